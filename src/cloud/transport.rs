//! How a request gets to the cloud and its answer back: address, token, time limits, repeats, size limits.
//!
//! Nearly every request that goes through here may be repeated without harm: reads, full replacements, deletes, and
//! creates that bring their own name, where the second meets the first as a conflict. [`Answer::after_lost_try`] tells
//! the caller that such a conflict may be with itself. The others say so ([`Call::may_duplicate`]).
//!
//! # What this may not do
//!
//! Know what a request means. Follow a redirect to another host: the token stays with the one it is for.

use super::error::CloudError;
use super::wire::Refusal;
use backon::{ExponentialBuilder, Retryable as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use url::Url;

/// The version of the API that we were written for.
const API_VERSION: &str = "application/vnd.pulumi+8";

/// The longest that a single try may take, and the longest that it may take to connect.
const TRY_LIMIT: Duration = Duration::from_mins(1);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The longest that we wait because the cloud said so.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// What stays as it is in a path segment; everything else is escaped, `/`, `.` in `..`, `?`, `#` and `%` included.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'.');

/// Where the cloud is and who asks.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address, such as `https://api.pulumi.com`.
    pub url: Url,
    /// The access token.
    pub token: SecretString,
}

/// How long to keep trying when the network or the cloud is in trouble.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The wait before the second try; it doubles each time, and varies a little.
    pub first_wait: Duration,
    /// How often to try again.
    pub repeats: usize,
}

impl Default for Patience {
    /// Five tries within about ten seconds.
    fn default() -> Patience {
        Patience {
            first_wait: Duration::from_millis(500),
            repeats: 4,
        }
    }
}

/// A request. `operation` completes "could not …".
pub(super) struct Call<'a> {
    pub(super) operation: String,
    pub(super) method: Method,
    /// The path, segment by segment, not yet escaped.
    pub(super) segments: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, &'a str)>,
    /// The body, JSON.
    pub(super) body: Option<Vec<u8>>,
    /// Whether doing it twice is not the same as doing it once.
    pub(super) may_duplicate: bool,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// Whether an earlier try may have been carried out though no clear answer came.
    pub(super) after_lost_try: bool,
}

/// Sends requests to one endpoint over kept connections.
#[derive(Debug)]
pub(super) struct Transport {
    endpoint: Endpoint,
    patience: Patience,
    client: OnceLock<reqwest::Client>,
}

/// Why a single try did not bring a final answer.
#[derive(Debug)]
enum Trouble {
    /// Nothing was sent, or nothing came back.
    Network(reqwest::Error),
    /// The cloud says that it cannot now.
    Status {
        answer: Answer,
        retry_after: Option<Duration>,
    },
}

impl<'a> Call<'a> {
    /// A request without a body.
    pub(super) fn new(method: Method, operation: String, segments: Vec<&'a str>) -> Call<'a> {
        Call {
            operation,
            method,
            segments,
            query: Vec::new(),
            body: None,
            may_duplicate: false,
        }
    }

    /// The same, to be repeated only if it was surely not carried out.
    pub(super) fn may_duplicate(self) -> Call<'a> {
        Call {
            may_duplicate: true,
            ..self
        }
    }

    /// The same with a body.
    pub(super) fn with_body(self, body: &impl Serialize) -> Call<'a> {
        let body = serde_json::to_vec(body).expect("our bodies are plain data");
        Call {
            body: Some(body),
            ..self
        }
    }
}

impl Transport {
    pub(super) fn new(endpoint: Endpoint, patience: Patience) -> Transport {
        Transport {
            endpoint,
            patience,
            client: OnceLock::new(),
        }
    }

    /// The cloud's address, for messages.
    pub(super) fn url(&self) -> String {
        self.endpoint.url.as_str().trim_end_matches('/').to_owned()
    }

    /// Sends a request, again and again if need be.
    ///
    /// Answers with success, 404 and 409, which mean something to the caller; every other status is an error.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, CloudError> {
        let url = self.address(call);
        let attempts = AtomicUsize::new(0);
        let lost = AtomicBool::new(false);
        let attempt = || async {
            attempts.fetch_add(1, Ordering::Relaxed);
            let outcome = self.attempt(call, url.clone()).await;
            if outcome.as_ref().is_err_and(Trouble::may_have_been_done) {
                lost.store(true, Ordering::Relaxed);
            }
            outcome
        };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.patience.first_wait)
            .with_max_times(self.patience.repeats)
            .with_jitter();
        let outcome = attempt
            .retry(backoff)
            .when(|trouble| {
                trouble.may_pass() && !(call.may_duplicate && trouble.may_have_been_done())
            })
            .adjust(|trouble, wait| wait.map(|wait| trouble.retry_after().unwrap_or(wait)))
            .notify(|trouble, wait| {
                tracing::info!(
                    wait_ms = wait.as_millis(),
                    "could not {} yet: {trouble}",
                    call.operation
                );
            })
            .await;
        match outcome {
            Ok(answer) | Err(Trouble::Status { answer, .. }) => {
                let after_lost_try = lost.into_inner();
                self.judge(
                    call,
                    Answer {
                        after_lost_try,
                        ..answer
                    },
                )
            }
            Err(Trouble::Network(error)) => Err(CloudError::Unreachable {
                operation: call.operation.clone(),
                url: self.url(),
                attempts: attempts.into_inner(),
                reason: innermost(&error),
            }),
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
        serde_path_to_error::deserialize(json).map_err(|error| CloudError::Shape {
            operation: call.operation.clone(),
            url: self.url(),
            path: error.path().to_string(),
        })
    }

    fn address(&self, call: &Call<'_>) -> Url {
        let mut path = self.endpoint.url.path().trim_end_matches('/').to_owned();
        for segment in &call.segments {
            // A segment of dots alone would be taken out of the path, however it is written; no name is one.
            debug_assert!(
                !matches!(*segment, "." | ".."),
                "names are parsed before they get here"
            );
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let mut url = self.endpoint.url.clone();
        url.set_path(&path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    async fn attempt(&self, call: &Call<'_>, url: Url) -> Result<Answer, Trouble> {
        let mut request = self.client().request(call.method.clone(), url);
        if let Some(body) = &call.body {
            request = request
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let mut response = request.send().await.map_err(Trouble::Network)?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Trouble::Network)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                break;
            }
        }
        let answer = Answer {
            status,
            body,
            after_lost_try: false,
        };
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Trouble::Status {
                answer,
                retry_after,
            });
        }
        Ok(answer)
    }

    /// The HTTP client, made on first use: reading the certificates takes longer than everything else at the start.
    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            let origin = self.endpoint.url.origin();
            let same_host = Policy::custom(move |attempt| {
                let stays = attempt.url().origin() == origin && attempt.previous().len() < 5;
                if stays {
                    attempt.follow()
                } else {
                    attempt.stop()
                }
            });
            reqwest::Client::builder()
                .default_headers(self.headers())
                .redirect(same_host)
                .connect_timeout(CONNECT_LIMIT)
                .timeout(TRY_LIMIT)
                .user_agent(concat!("pulumi-auto-deploy/", env!("CARGO_PKG_VERSION")))
                .build()
                .expect("the settings of the HTTP client are constant")
        })
    }

    fn headers(&self) -> HeaderMap {
        let token = format!("token {}", self.endpoint.token.expose_secret());
        let mut token =
            HeaderValue::try_from(token).expect("the configuration lets only printable tokens in");
        token.set_sensitive(true);
        HeaderMap::from_iter([
            (AUTHORIZATION, token),
            (ACCEPT, HeaderValue::from_static(API_VERSION)),
            (
                HeaderName::from_static("x-pulumi-source"),
                HeaderValue::from_static("provider"),
            ),
        ])
    }

    fn judge(&self, call: &Call<'_>, answer: Answer) -> Result<Answer, CloudError> {
        let operation = call.operation.clone();
        let url = self.url();
        match answer.status {
            status if status.is_success() => Ok(answer),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(CloudError::Unauthorized { operation, url }),
            StatusCode::FORBIDDEN => Err(CloudError::Forbidden {
                operation,
                message: message(&answer.body),
            }),
            status => Err(CloudError::Refused {
                operation,
                url,
                status,
                message: message(&answer.body),
            }),
        }
    }
}

impl Trouble {
    /// Whether the next try may go better. What was refused for its form, such as a bad certificate, will not.
    fn may_pass(&self) -> bool {
        match self {
            Trouble::Network(error) => !error.is_builder() && !error.is_redirect(),
            Trouble::Status { answer, .. } => answer.status != StatusCode::NOT_IMPLEMENTED,
        }
    }

    /// Whether the cloud may have done what was asked. Not if there was no connection, nor if it said "later".
    fn may_have_been_done(&self) -> bool {
        match self {
            Trouble::Network(error) => !error.is_connect(),
            Trouble::Status { answer, .. } => answer.status.is_server_error(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Trouble::Status { retry_after, .. } => *retry_after,
            Trouble::Network(_) => None,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Network(error) if error.is_timeout() => f.write_str("it took too long"),
            Trouble::Network(error) if error.is_connect() => f.write_str("no connection"),
            Trouble::Network(_) => f.write_str("the answer was cut off"),
            Trouble::Status { answer, .. } => write!(f, "the answer was {}", answer.status),
        }
    }
}

/// The innermost cause of a failure, which is what a person can do something about. It names no address.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The wait that a `Retry-After` header of seconds asks for, up to [`MAX_RETRY_AFTER`].
fn seconds(header: &HeaderValue) -> Option<Duration> {
    let seconds = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// The cloud's own words in the body of a refusal. Anything else, such as a proxy's page, is left out.
fn message(body: &[u8]) -> String {
    let said = serde_json::from_slice::<Refusal>(body)
        .map(|refusal| refusal.message)
        .unwrap_or_default();
    said.trim()
        .trim_end_matches('.')
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}
