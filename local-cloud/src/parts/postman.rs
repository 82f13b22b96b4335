//! Sending: sign, post, and write down what came back.

use crate::domain::deployments::{Deployment, DeploymentError};
use crate::domain::webhooks::{SEALED_FOR, Webhook, WebhookError};
use crate::parts::secrets::{Secrets, mac};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, ClientBuilder, Response, redirect};
use secrecy::ExposeSecret as _;
use serde_json::json;
use std::error::Error;
use std::time::{Duration, Instant};
use url::{Host, Url};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer is kept.
const MAX_RESPONSE: usize = 64 * 1024;

const ID_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-id");
const KIND_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-kind");
const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-signature");

/// The headers of a call within the cloud.
const JSON_HEADER: &str = "Content-Type: application/json\r\n";

/// One event that was sent to one webhook, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The id of the event. A redelivery has the same.
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
    /// Unix seconds.
    pub(crate) timestamp: i64,
    pub(crate) duration_ms: i64,
    pub(crate) request_url: String,
    pub(crate) request_headers: String,
    /// 0 if no answer came.
    pub(crate) response_code: u16,
    pub(crate) response_headers: String,
    /// If no answer came, why not.
    pub(crate) response_body: String,
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// The id of the event.
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
    /// Unix seconds.
    pub(crate) timestamp: i64,
}

impl Parcel {
    /// The record of having been sent.
    fn delivered(
        self,
        request_url: String,
        request_headers: String,
        took: Duration,
        answer: Answer,
    ) -> Delivery {
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

/// The clients that deliveries go out with.
#[derive(Clone, Debug)]
pub(crate) struct Postman {
    /// For this machine: a proxy could not reach it.
    near: Client,
    /// For everything else, through the proxy that the environment names.
    far: Client,
}

impl Postman {
    /// Makes the clients. Redirects are not followed: the signature is meant for the receiver that was named.
    pub(crate) fn new() -> reqwest::Result<Postman> {
        // The cryptography for TLS, for this process. That there is one already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            ClientBuilder::new()
                .timeout(TIMEOUT)
                .redirect(redirect::Policy::none())
        };
        Ok(Postman {
            near: builder().no_proxy().build()?,
            far: builder().build()?,
        })
    }

    /// Posts a parcel to the URL of a webhook. No answer is a delivery too, with response code 0.
    pub(crate) async fn post(
        &self,
        secrets: &Secrets,
        webhook: &Webhook,
        parcel: Parcel,
    ) -> Result<Delivery, WebhookError> {
        let headers = headers(secrets, webhook, &parcel)?;
        let request_headers = print_headers(&headers);
        let url = &webhook.settings.payload_url;
        let client = if is_near(url) { &self.near } else { &self.far };
        let begun = Instant::now();
        let answered = match client
            .post(url)
            .headers(headers)
            .body(parcel.payload.clone())
            .send()
            .await
        {
            Ok(response) => Answer::read(response).await,
            Err(error) => Answer::none(&error),
        };
        Ok(parcel.delivered(url.clone(), request_headers, begun.elapsed(), answered))
    }
}

/// The record of a webhook that starts a deployment, as if the call that creates one had been sent.
pub(crate) fn deployment_delivery(
    webhook: &Webhook,
    parcel: Parcel,
    made: &Result<Deployment, DeploymentError>,
    base_url: &str,
) -> Delivery {
    let (code, body) = match made {
        Ok(made) => {
            let body = json!({
                "id": made.uid, "version": made.version, "consoleUrl": made.console_url(base_url),
            });
            (202, body)
        }
        Err(error) => {
            let body = json!({ "code": error.code(), "message": error.to_string() });
            (error.code(), body)
        }
    };
    let answer = Answer {
        code,
        headers: JSON_HEADER.to_owned(),
        body: body.to_string(),
    };
    not_sent(webhook, parcel, base_url, answer)
}

/// The record of a ping of such a webhook: it says what would be called, and starts nothing.
pub(crate) fn ping_delivery(webhook: &Webhook, parcel: Parcel, base_url: &str) -> Delivery {
    let answer = Answer {
        code: 200,
        headers: String::new(),
        body: "a ping starts no deployment".to_owned(),
    };
    not_sent(webhook, parcel, base_url, answer)
}

/// The record of a call that stays within the cloud: it is made without HTTP, and takes no time.
fn not_sent(webhook: &Webhook, parcel: Parcel, base_url: &str, answer: Answer) -> Delivery {
    let (organization, target) = (webhook.scope.organization(), &webhook.settings.payload_url);
    let request_url = format!("{base_url}/api/stacks/{organization}/{target}/deployments");
    parcel.delivered(request_url, JSON_HEADER.to_owned(), Duration::ZERO, answer)
}

/// What came back.
struct Answer {
    code: u16,
    headers: String,
    body: String,
}

impl Answer {
    async fn read(mut response: Response) -> Answer {
        let (code, headers) = (
            response.status().as_u16(),
            print_headers(response.headers()),
        );
        let mut body = Vec::new();
        // A body that ends early is an answer all the same: what came is kept.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_RESPONSE {
                body.truncate(MAX_RESPONSE);
                break;
            }
        }
        Answer {
            code,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn none(error: &reqwest::Error) -> Answer {
        let mut causes = vec!["no answer".to_owned()];
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        Answer {
            code: 0,
            headers: String::new(),
            body: causes.join(": "),
        }
    }
}

fn headers(
    secrets: &Secrets,
    webhook: &Webhook,
    parcel: &Parcel,
) -> Result<HeaderMap, WebhookError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("local-cloud/", env!("CARGO_PKG_VERSION"))),
    );
    let text = |text: &str| {
        HeaderValue::from_str(text).expect("ids, kinds and signatures are plain ASCII")
    };
    headers.insert(ID_HEADER, text(&parcel.id));
    headers.insert(KIND_HEADER, text(&parcel.kind));
    if let Some(sealed) = &webhook.secret {
        let secret = secrets.open_sealed(SEALED_FOR, sealed)?;
        headers.insert(
            SIGNATURE_HEADER,
            text(&sign(secret.expose_secret(), &parcel.payload)),
        );
    }
    Ok(headers)
}

/// HMAC-SHA256 of the body's bytes with the secret as key, in lower-case hexadecimal digits.
fn sign(secret: &str, payload: &str) -> String {
    hex::encode(mac(secret.as_bytes(), payload.as_bytes()))
}

/// One line for each header. Names that we make ourselves are known by their documented spelling.
fn print_headers(headers: &HeaderMap) -> String {
    let spelled = |name: &HeaderName| {
        name.as_str()
            .split('-')
            .map(capitalized)
            .collect::<Vec<_>>()
            .join("-")
    };
    headers.iter().fold(String::new(), |lines, (name, value)| {
        lines + &spelled(name) + ": " + &String::from_utf8_lossy(value.as_bytes()) + "\r\n"
    })
}

fn capitalized(word: &str) -> String {
    match word {
        "id" => "ID".to_owned(),
        _ => {
            word.get(..1).unwrap_or_default().to_ascii_uppercase()
                + word.get(1..).unwrap_or_default()
        }
    }
}

fn is_near(url: &str) -> bool {
    let url = Url::parse(url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn headers_are_printed_one_to_a_line() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ID_HEADER, HeaderValue::from_static("x"));
        assert_eq!(
            print_headers(&headers),
            "Content-Type: application/json\r\nPulumi-Webhook-ID: x\r\n"
        );
    }

    #[test]
    fn no_proxy_for_this_machine() {
        for url in [
            "http://localhost:1/x",
            "http://127.0.0.1/x",
            "http://127.1.2.3",
            "https://[::1]:9/",
        ] {
            assert!(is_near(url), "{url}");
        }
        for url in [
            "https://hooks.slack.com/x",
            "http://10.0.0.1/",
            "http://localhost.example/",
        ] {
            assert!(!is_near(url), "{url}");
        }
    }
}
