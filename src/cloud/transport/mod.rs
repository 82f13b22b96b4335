//! How a request gets to the cloud and its answer back: address, token, time limits, repeats, size limits.
//!
//! Each request says what a repeat of it may do (`Call::repeat`), and is sent again accordingly (`retry`); one try over HTTP is
//! `http`, and what its failure means is `trouble`. [`Answer::after_lost_try`] tells the caller of a create that a
//! conflict may be with an earlier try of its own.
//!
//! # What this may not do
//!
//! Know what a request means.

pub mod answers;
mod http;
mod retry;
mod trouble;

pub use http::http_client;
pub use retry::Patience;

use super::bounds::Bounds;
use super::call::{Answer, Call};
use super::endpoint::Endpoint;
use super::error::{CloudError, Unreached};
use http::Http;
use reqwest::{Method, StatusCode};
use retry::Failed as _;
use serde::de::DeserializeOwned;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use trouble::Trouble;

/// Sends requests to one endpoint over kept connections.
#[derive(Debug)]
pub(super) struct Transport {
    endpoint: Endpoint,
    patience: Patience,
    http: OnceLock<Http>,
}

impl Transport {
    pub(super) fn new(endpoint: Endpoint, patience: Patience) -> Transport {
        Transport {
            endpoint,
            patience,
            http: OnceLock::new(),
        }
    }

    /// The cloud's address, for messages.
    pub(super) fn url(&self) -> String {
        self.endpoint.url.as_str().trim_end_matches('/').to_owned()
    }

    /// Sends a request, again and again if need be.
    ///
    /// Answers with success, 404, and 409 to a create, which mean something to the caller; every other status is an error,
    /// and so is a 404 or 409 in words that are not the cloud's.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, CloudError> {
        let http = self.http(call)?;
        let url = call.address(&self.endpoint.url);
        let (attempts, lost) = (AtomicUsize::new(0), AtomicBool::new(false));
        let attempt = |limit| {
            attempts.fetch_add(1, Ordering::Relaxed);
            let sent = http.send(call, url.clone(), limit);
            let lost = &lost;
            async move {
                let outcome = sent.await;
                if let Err(trouble) = &outcome
                    && trouble.outcome().may_have_been_done()
                {
                    lost.store(true, Ordering::Relaxed);
                }
                outcome
            }
        };
        let about = format!("still trying to {} at {}", call.operation, self.url());
        let bounds = Bounds::current();
        let outcome = retry::until_done(self.patience, call.repeat, &bounds, &about, attempt).await;
        let attempts = attempts.into_inner();
        match outcome {
            Ok(answer) => self.judge(
                call,
                Answer {
                    after_lost_try: lost.into_inner(),
                    ..answer
                },
            ),
            Err(trouble) => Err(self.failure(call, trouble, attempts)),
        }
    }

    /// Sends a request and reads its answer as JSON; `None` on 404.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<Option<T>, CloudError> {
        let answer = self.send(call).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(call, &answer).map(Some)
    }

    /// Reads an answer as JSON.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        answer: &Answer,
    ) -> Result<T, CloudError> {
        let json = &mut serde_json::Deserializer::from_slice(&answer.body);
        serde_path_to_error::deserialize(json).map_err(|error| {
            let (operation, url) = (call.operation.clone(), self.url());
            if answers::may_be_the_clouds(&answer.body) {
                let path = error.path().to_string();
                return CloudError::Shape {
                    operation,
                    url,
                    path,
                };
            }
            CloudError::NotTheCloud {
                operation,
                url,
                status: answer.status,
            }
        })
    }

    /// The HTTP client, made on first use: reading the certificates takes longer than everything else at the start.
    fn http(&self, call: &Call<'_>) -> Result<&Http, CloudError> {
        if self.http.get().is_none() {
            let http = Http::new(&self.endpoint).map_err(|_| CloudError::Unreachable {
                operation: call.operation.clone(),
                url: self.url(),
                attempts: 1,
                // Everything else that the client is made of is constant.
                reason: Unreached::NoCertificates,
            })?;
            // Whoever was faster has made the same.
            let _ = self.http.set(http);
        }
        Ok(self.http.get().expect("it was set"))
    }

    fn judge(&self, call: &Call<'_>, answer: Answer) -> Result<Answer, CloudError> {
        let (operation, url) = (call.operation.clone(), self.url());
        match answer.status {
            status if status.is_success() => Ok(answer),
            StatusCode::NOT_FOUND if answers::may_be_the_clouds(&answer.body) => Ok(answer),
            // Nothing else brings a name that can be taken.
            StatusCode::CONFLICT
                if call.method == Method::POST && answers::may_be_the_clouds(&answer.body) =>
            {
                Ok(answer)
            }
            StatusCode::UNAUTHORIZED => Err(CloudError::Unauthorized { operation, url }),
            status if !answers::may_be_the_clouds(&answer.body) => Err(CloudError::NotTheCloud {
                operation,
                url,
                status,
            }),
            StatusCode::FORBIDDEN => Err(CloudError::Forbidden {
                operation,
                message: answers::message(&answer.body),
            }),
            status => Err(CloudError::Refused {
                operation,
                url,
                status,
                attempts: 1,
                message: answers::message(&answer.body),
            }),
        }
    }

    /// What the user is told about the last of `attempts` tries.
    fn failure(&self, call: &Call<'_>, trouble: Trouble, attempts: usize) -> CloudError {
        let (operation, url) = (call.operation.clone(), self.url());
        match trouble {
            Trouble::Network { reason, .. } => CloudError::Unreachable {
                operation,
                url,
                attempts,
                reason,
            },
            Trouble::Redirect { to } => CloudError::Redirected {
                operation,
                url,
                to: to.unwrap_or_else(|| "nowhere".to_owned()),
            },
            Trouble::TooLarge => CloudError::TooLarge {
                operation,
                url,
                limit: http::MAX_ANSWER,
            },
            Trouble::Status {
                answer,
                retry_after: Some(wait),
            } if retry::is_too_long(wait) => CloudError::Busy {
                operation,
                url,
                status: answer.status,
                wait,
            },
            Trouble::Status { answer, .. } if !answers::may_be_the_clouds(&answer.body) => {
                CloudError::NotTheCloud {
                    operation,
                    url,
                    status: answer.status,
                }
            }
            Trouble::Status { answer, .. } => CloudError::Refused {
                operation,
                url,
                status: answer.status,
                attempts,
                message: answers::message(&answer.body),
            },
        }
    }
}
