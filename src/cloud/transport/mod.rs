//! Sends requests to the cloud: address, token, time limits, retries, size limits.
//!
//! Each request says what happens if it is repeated (its `repeat`), and is retried accordingly (`retry`). `http` is one
//! try, and `failure` says what its failure means. If the name of a create is taken, the error says whether an earlier try
//! of the same create may have taken it.
//!
//! # What this may not do
//!
//! Know what a request means.

pub mod answers;
mod failure;
mod http;
mod retry;

pub use http::{MAX_AT_ONCE, http_client};
pub use retry::Patience;

use super::bounds::Bounds;
use super::call::{Answer, Call, Conflict};
use super::changes::Changes;
use super::endpoint::{CurrentToken, Endpoint};
use super::error::{CloudError, ErrorKind, Unreached};
use failure::Failure;
use http::Http;
use reqwest::StatusCode;
use retry::Failed as _;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Sends requests to one endpoint over persistent connections.
#[derive(Debug)]
pub(super) struct Transport {
    endpoint: Endpoint,
    token: CurrentToken,
    patience: Patience,
    http: OnceLock<Http>,
    changes: Changes,
}

impl Transport {
    pub(super) fn new(endpoint: Endpoint, patience: Patience) -> Transport {
        Transport {
            token: CurrentToken::new(&endpoint.token),
            endpoint,
            patience,
            http: OnceLock::new(),
            changes: Changes::default(),
        }
    }

    /// Sends a request whose answer does not matter. "Not found" counts as done.
    pub(super) async fn done(&self, call: &Call) -> Result<(), CloudError> {
        self.send(call).await.map(drop)
    }

    /// Like [`Transport::done`]; returns whether the thing existed.
    pub(super) async fn removed(&self, call: &Call) -> Result<bool, CloudError> {
        let answer = self.send(call).await?;
        Ok(answer.status != StatusCode::NOT_FOUND)
    }

    /// Sends a request and parses its answer as JSON; `None` on 404.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Option<T>, CloudError> {
        let answer = self.send(call).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(call, &answer).map(Some)
    }

    /// Like [`Transport::json`], for a request that [`Call::needs`] something: if that does not exist, it is an error.
    pub(super) async fn required<T: DeserializeOwned>(&self, call: &Call) -> Result<T, CloudError> {
        let answer = self.send(call).await?;
        self.read(call, &answer)
    }

    /// The error for an answer that does not have the expected form at `path`.
    pub(super) fn misshapen(&self, call: &Call, path: String) -> CloudError {
        self.error(call, ErrorKind::Shape { path })
    }

    /// The error for a request that had to end before it was answered.
    pub(super) fn stopped(&self, call: &Call) -> CloudError {
        self.error(call, ErrorKind::Stopped)
    }

    /// The error for a request whose subject does not exist.
    pub(super) fn missing(&self, call: &Call) -> CloudError {
        let what = call.needs.clone().unwrap_or_default();
        self.error(call, ErrorKind::NoSuchScope { what })
    }

    /// Sends a request, with retries. If the cloud rejects the token and another one was stored meanwhile, the request is
    /// sent again with that one: a request that was refused with 401 was not carried out.
    ///
    /// Returns successes, and 404 and 409 where they are answers to the request. Every other status is an error, and so is
    /// a 404 or 409 that does not come from the cloud.
    async fn send(&self, call: &Call) -> Result<Answer, CloudError> {
        let _change = self.changes.counted_at_the_end(&call.touched);
        let token = self.token.now();
        let (answer, lost) = self.send_with(&token, call).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return self.judge(call, answer, lost);
        }
        let Some(token) = self.token.renewed(&token) else {
            return self.judge(call, answer, lost);
        };
        tracing::info!("the access token was renewed, and the request is sent again");
        let (answer, lost_again) = self.send_with(&token, call).await?;
        self.judge(call, answer, lost || lost_again)
    }

    /// Sends a request with this token, and retries while the network or the cloud is in trouble. Also returns whether a
    /// try before the last one may have been carried out.
    async fn send_with(
        &self,
        token: &SecretString,
        call: &Call,
    ) -> Result<(Answer, bool), CloudError> {
        let http = self.http(call)?;
        let url = call.url(&self.endpoint.url);
        let (attempts, lost) = (AtomicUsize::new(0), AtomicBool::new(false));
        let attempt = |limit| {
            attempts.fetch_add(1, Ordering::Relaxed);
            let sent = http.send(call, url.clone(), token, limit);
            let lost = &lost;
            async move {
                let outcome = sent.await;
                if let Err(failure) = &outcome
                    && failure.outcome().may_have_been_done()
                {
                    lost.store(true, Ordering::Relaxed);
                }
                outcome
            }
        };
        let about = format!("still trying to {} at {}", call.operation, self.address());
        let bounds = Bounds::current();
        let outcome = retry::until_done(self.patience, call.repeat, &bounds, &about, attempt).await;
        match outcome {
            Ok(answer) => Ok((answer, lost.into_inner())),
            Err(failure) => Err(CloudError {
                is_after_lost_try: lost.into_inner(),
                ..self.error(call, kind_of(failure, attempts.into_inner()))
            }),
        }
    }

    /// What an answer means for its request. `after_lost_try` says whether an earlier try may have been carried out.
    fn judge(
        &self,
        call: &Call,
        answer: Answer,
        after_lost_try: bool,
    ) -> Result<Answer, CloudError> {
        let kind = match answer.status {
            status if status.is_success() => return Ok(answer),
            StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized {
                origin: self.endpoint.token.origin.clone(),
                cure: self.endpoint.token.cure.clone(),
            },
            status if !answers::may_be_the_clouds(&answer.body) => {
                ErrorKind::NotTheCloud { status }
            }
            StatusCode::NOT_FOUND => match &call.needs {
                None => return Ok(answer),
                Some(_) => return Err(self.missing(call)),
            },
            StatusCode::CONFLICT if call.conflict == Conflict::Done => return Ok(answer),
            StatusCode::CONFLICT if call.conflict == Conflict::NameTaken => ErrorKind::NameTaken,
            StatusCode::FORBIDDEN => ErrorKind::Forbidden {
                message: answers::message(&answer.body),
            },
            status => ErrorKind::Refused {
                status,
                attempts: 1,
                message: answers::message(&answer.body),
            },
        };
        Err(CloudError {
            is_after_lost_try: after_lost_try,
            ..self.error(call, kind)
        })
    }

    /// Parses an answer as JSON.
    fn read<T: DeserializeOwned>(&self, call: &Call, answer: &Answer) -> Result<T, CloudError> {
        let json = &mut serde_json::Deserializer::from_slice(&answer.body);
        serde_path_to_error::deserialize(json).map_err(|error| {
            let kind = if answers::may_be_the_clouds(&answer.body) {
                ErrorKind::Shape {
                    path: error.path().to_string(),
                }
            } else {
                ErrorKind::NotTheCloud {
                    status: answer.status,
                }
            };
            self.error(call, kind)
        })
    }

    /// The HTTP client, created on first use: reading the certificates takes longer than the rest of the start.
    fn http(&self, call: &Call) -> Result<&Http, CloudError> {
        if self.http.get().is_none() {
            let made = Http::new(&self.endpoint);
            // Everything else in the client is constant.
            let no_certificates = |_| ErrorKind::Unreachable {
                attempts: 1,
                reason: Unreached::NoCertificates,
            };
            let http = made.map_err(|error| self.error(call, no_certificates(error)))?;
            // If another task was faster, its client is equal.
            let _ = self.http.set(http);
        }
        Ok(self.http.get().expect("it was set"))
    }

    fn error(&self, call: &Call, kind: ErrorKind) -> CloudError {
        CloudError {
            operation: call.operation.clone(),
            url: self.address(),
            kind,
            is_after_lost_try: false,
        }
    }

    /// What this process has changed on the cloud.
    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The cloud's address and the setting that named it, for messages.
    pub(super) fn address(&self) -> String {
        self.endpoint.cloud()
    }
}

/// The error to report after the last of `attempts` tries.
fn kind_of(failure: Failure, attempts: usize) -> ErrorKind {
    match failure {
        Failure::Network { reason, .. } => ErrorKind::Unreachable { attempts, reason },
        Failure::Redirect { to } => ErrorKind::Redirected {
            to: to.unwrap_or_else(|| "nowhere".to_owned()),
        },
        Failure::TooLarge => ErrorKind::TooLarge {
            limit: http::MAX_ANSWER,
        },
        Failure::Status {
            answer,
            retry_after: Some(wait),
        } if retry::is_too_long(wait) => ErrorKind::Busy {
            status: answer.status,
            wait,
        },
        Failure::Status { answer, .. } if !answers::may_be_the_clouds(&answer.body) => {
            ErrorKind::NotTheCloud {
                status: answer.status,
            }
        }
        Failure::Status { answer, .. } => ErrorKind::Refused {
            status: answer.status,
            attempts,
            message: answers::message(&answer.body),
        },
    }
}
