//! One try of a request over HTTP: the client, its proxy and certificates, redirects, and limits on the answer.
//!
//! # What this may not do
//!
//! Try again. Follow a redirect to another host: the token is for one host only.

use super::answers;
use super::failure::{Failure, is_failure};
use crate::cloud::call::{Answer, Call};
use crate::cloud::endpoint::Endpoint;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

/// The version of the API that this client was written for.
const API_VERSION: &str = "application/vnd.pulumi+8";

/// The time limit for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
pub(super) const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// How many requests to one cloud run at the same time; others wait. Without a limit, each caller would open its own
/// connection, which costs both sides more than waiting for an open one. Slightly more connections than this are opened:
/// while one is being established, another becomes free and serves the request.
pub const MAX_AT_ONCE: usize = 12;

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// The base of every HTTP client here, with `ring` for TLS. `ring` is a quarter of the size of the library's default, and
/// every program of this workspace contains a client.
pub fn http_client() -> reqwest::ClientBuilder {
    // It does not matter if one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// Sends single requests over persistent connections.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    under_way: Semaphore,
    /// The host and port of the proxy, for messages.
    proxy: Option<String>,
}

impl Http {
    /// A client for one cloud. Certificates come from the environment, as for the Pulumi CLI: `SSL_CERT_FILE`,
    /// `SSL_CERT_DIR`, or else those of the system.
    pub(super) fn new(endpoint: &Endpoint) -> Result<Http, reqwest::Error> {
        let mut client = http_client()
            .default_headers(headers())
            .redirect(Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .user_agent(concat!("pulumi-auto-deploy/", env!("CARGO_PKG_VERSION")));
        if endpoint.url.scheme() == "http" {
            // Nothing is verified, so this works on a machine without certificates.
            client = client.tls_certs_only([]);
        }
        if endpoint.route.is_insecure {
            client = client.tls_danger_accept_invalid_certs(true);
        }
        let proxy = endpoint.route.proxy.as_ref();
        // The library's own rules about proxies in the environment differ from those of the Pulumi CLI.
        client = match proxy {
            Some(proxy) => client.proxy(reqwest::Proxy::all(proxy.url().clone())?),
            None => client.no_proxy(),
        };
        Ok(Http {
            client: client.build()?,
            under_way: Semaphore::new(MAX_AT_ONCE),
            proxy: proxy.map(ToString::to_string),
        })
    }

    /// Sends a request, follows redirects within its host, and reads the answer, all within `limit`.
    pub(super) async fn send(
        &self,
        call: &Call,
        url: Url,
        token: &SecretString,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let failure = |error: reqwest::Error| Failure::of(&error, self.proxy.as_deref(), limit);
        let permit = self.under_way.acquire().await;
        let _permit = permit.expect("nobody closes the semaphore");
        // The wait for other requests does not count.
        let begin = Instant::now();
        let mut target = url;
        for _ in 0..=MAX_REDIRECTS {
            let left = limit.saturating_sub(begin.elapsed());
            let mut request = self
                .client
                .request(call.method.clone(), target.clone())
                .header(AUTHORIZATION, authorization(token));
            if let Some(body) = &call.body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone());
            }
            let response = request.timeout(left).send().await.map_err(failure)?;
            if !leads_elsewhere(&response) {
                return self.read(response, limit).await;
            }
            let next = location(&response, &target);
            match next {
                Some(next) if call.method == Method::GET && next.origin() == target.origin() => {
                    target = next;
                }
                elsewhere => {
                    let to = elsewhere.map(|url| url.origin().ascii_serialization());
                    return Err(Failure::Redirect { to });
                }
            }
        }
        Err(Failure::Redirect { to: None })
    }

    async fn read(&self, mut response: Response, limit: Duration) -> Result<Answer, Failure> {
        let status = response.status();
        let retry_after = wish(response.headers());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(Failure::of(&error, self.proxy.as_deref(), limit)),
            }
            if body.len() > MAX_ANSWER {
                return Err(Failure::TooLarge);
            }
        }
        let answer = Answer { status, body };
        if is_failure(status) {
            return Err(Failure::Status {
                answer,
                retry_after,
            });
        }
        Ok(answer)
    }
}

fn leads_elsewhere(response: &Response) -> bool {
    response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED
}

fn location(response: &Response, from: &Url) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok()
}

/// How long the cloud asks to wait. A date is relative to that of the answer, because our clock may be wrong.
fn wish(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    answers::retry_after(text(RETRY_AFTER)?, now.unwrap_or_else(today))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock stands in for that of a cloud which does not tell its time"
)]
fn today() -> SystemTime {
    SystemTime::now()
}

fn authorization(token: &SecretString) -> HeaderValue {
    let token = format!("token {}", token.expose_secret());
    let mut token =
        HeaderValue::try_from(token).expect("the configuration lets only printable tokens in");
    token.set_sensitive(true);
    token
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static(API_VERSION)),
        (
            HeaderName::from_static("x-pulumi-source"),
            HeaderValue::from_static("provider"),
        ),
    ])
}
