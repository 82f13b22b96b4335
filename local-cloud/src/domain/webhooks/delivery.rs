//! What is sent to webhooks, and the records of it.

use super::webhook::Webhook;
use crate::domain::deployments::{Deployment, DeploymentError};
use crate::parts::{Answer, Posted};
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

/// The headers of a call within the cloud.
const JSON_HEADER: &str = "Content-Type: application/json\r\n";

/// An event that was sent to a webhook, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The ID of the event. A redelivery has the same.
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
    /// Unix seconds.
    pub(crate) timestamp: i64,
    pub(crate) duration_ms: i64,
    pub(crate) request_url: String,
    pub(crate) request_headers: String,
    /// 0 if there was no answer.
    pub(crate) response_code: u16,
    pub(crate) response_headers: String,
    /// If there was no answer, the reason.
    pub(crate) response_body: String,
}

/// A message to send.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// The ID of the event.
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
    /// Unix seconds.
    pub(crate) timestamp: i64,
}

impl Parcel {
    /// The record of a delivery.
    pub(crate) fn delivered(self, request_url: String, posted: Posted) -> Delivery {
        let Posted {
            request_headers,
            took,
            answer,
        } = posted;
        Delivery {
            id: self.id,
            kind: self.kind,
            payload: self.payload,
            timestamp: self.timestamp,
            duration_ms: took.as_millis().try_into().unwrap_or(i64::MAX),
            request_url,
            request_headers,
            response_code: answer.code,
            response_headers: answer.headers,
            response_body: answer.body,
        }
    }
}

/// The record of a webhook that starts a deployment, as if the corresponding request had been sent.
pub(crate) fn deployment_delivery(
    webhook: &Webhook,
    parcel: Parcel,
    made: &Result<Deployment, DeploymentError>,
    base_url: &str,
) -> Delivery {
    let (status, body) = match made {
        Ok(made) => {
            let body = json!({
                "id": made.uid, "version": made.version, "consoleUrl": made.console_url(base_url),
            });
            (StatusCode::ACCEPTED, body)
        }
        Err(error) => {
            let status = error.refusal().status();
            let body = json!({ "code": status.as_u16(), "message": error.to_string() });
            (status, body)
        }
    };
    let answer = Answer {
        code: status.as_u16(),
        headers: JSON_HEADER.to_owned(),
        body: body.to_string(),
    };
    not_sent(webhook, parcel, base_url, answer)
}

/// The record of a ping of such a webhook: it contains the request that would be sent, and starts nothing.
pub(crate) fn ping_delivery(webhook: &Webhook, parcel: Parcel, base_url: &str) -> Delivery {
    let answer = Answer {
        code: StatusCode::OK.as_u16(),
        headers: String::new(),
        body: "a ping starts no deployment".to_owned(),
    };
    not_sent(webhook, parcel, base_url, answer)
}

/// The record of a call within the cloud, which is made without HTTP and takes no time.
fn not_sent(webhook: &Webhook, parcel: Parcel, base_url: &str, answer: Answer) -> Delivery {
    let (organization, target) = (webhook.scope.organization(), &webhook.settings.payload_url);
    let request_url = format!("{base_url}/api/stacks/{organization}/{target}/deployments");
    let posted = Posted {
        request_headers: JSON_HEADER.to_owned(),
        took: Duration::ZERO,
        answer,
    };
    parcel.delivered(request_url, posted)
}
