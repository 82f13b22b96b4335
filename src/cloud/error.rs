//! Errors of the cloud, and on the way to it.
//!
//! # What this may not do
//!
//! Quote a body that is not an error message of the cloud, or anything that may hold a secret.

use crate::words::quotes_hint;
use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// The error of a request. It is cheap to clone, because requests that share an answer also share its error.
#[derive(Clone, Debug)]
pub struct CloudError {
    /// What was requested; completes "could not …".
    pub operation: String,
    /// The cloud, and the setting that named it, in case it is the wrong cloud.
    pub url: String,
    /// Why.
    pub kind: ErrorKind,
    /// Whether the cloud may have carried out a try whose answer was lost, this one or an earlier one.
    pub is_after_lost_try: bool,
}

/// Why the cloud did not do what was requested.
#[derive(Clone, Debug)]
pub enum ErrorKind {
    /// The cloud does not know the token (401).
    Unauthorized {
        /// Where the token came from; completes "does not accept the access token …".
        origin: String,
        /// What to do.
        cure: String,
    },
    /// The token is valid but lacks the permission (403).
    Forbidden {
        /// The cloud's own message.
        message: String,
    },
    /// The subject of the request does not exist (404), or the token may not see it.
    NoSuchScope {
        /// The stack, organization or environment.
        what: String,
    },
    /// The name is taken (409).
    NameTaken,
    /// The request had to end before the cloud answered.
    Stopped,
    /// The cloud refused the request, or failed at each try.
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// The number of tries.
        attempts: usize,
        /// The cloud's own message; may be empty.
        message: String,
    },
    /// The cloud asks for a pause that is too long to wait for (429 or 503).
    Busy {
        /// The status of the answer.
        status: StatusCode,
        /// The pause that it asks for.
        wait: Duration,
    },
    /// No try brought a complete answer.
    Unreachable {
        /// The number of tries.
        attempts: usize,
        /// The last failure.
        reason: Unreached,
    },
    /// The answer is a redirect. It is not followed, because the token is for this cloud alone and a change must be made
    /// where it was requested.
    Redirected {
        /// The scheme, host and port of the target, or `nowhere`.
        to: String,
    },
    /// The answer is a page or a text, which no cloud sends.
    NotTheCloud {
        /// The status of the answer.
        status: StatusCode,
    },
    /// The answer exceeds the limit.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer does not have the expected form.
    Shape {
        /// The place in the answer; never its content.
        path: String,
    },
}

impl std::error::Error for CloudError {}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CloudError {
            operation,
            url,
            kind,
            ..
        } = self;
        write!(f, "could not {operation}: ")?;
        match kind {
            ErrorKind::Unauthorized { origin, cure } => {
                write!(f, "{url} does not accept the access token {origin}: {cure}")
            }
            ErrorKind::Forbidden { message } => write!(
                f,
                "{url} does not allow this with this access token{}; use a token with that permission",
                said(message)
            ),
            ErrorKind::NoSuchScope { what } => write!(
                f,
                "{url} has no {what}, or the access token may not see it; create it, or correct its name{}",
                quotes_hint(what)
            ),
            ErrorKind::NameTaken => write!(f, "the name is taken on {url}"),
            ErrorKind::Stopped => {
                write!(f, "the deployment was cancelled before {url} had answered")
            }
            ErrorKind::Refused {
                status,
                attempts,
                message,
            } => {
                let each = each(*attempts);
                write!(f, "{url} answered {status}{each}{}", said(message))
            }
            ErrorKind::Busy { status, wait } => write!(
                f,
                "{url} answered {status} and asks to wait {} s; try again after that",
                wait.as_secs()
            ),
            ErrorKind::Unreachable { attempts, reason } => {
                let tries = tries(*attempts);
                write!(f, "no answer from {url} after {tries}: {reason}")
            }
            ErrorKind::Redirected { to } => write!(
                f,
                "{url} redirects to {to}, where the access token is not sent; if that is the right address, set it"
            ),
            ErrorKind::NotTheCloud { status } => write!(
                f,
                "{url} answered {status} with a page that is not from Pulumi Cloud, such as that of a proxy or a \
                 login; check the proxy (HTTPS_PROXY, NO_PROXY) and the address"
            ),
            ErrorKind::TooLarge { limit } => write!(
                f,
                "the answer of {url} is longer than {} MiB, more than Pulumi Cloud ever sends; check the address",
                limit / (1024 * 1024)
            ),
            ErrorKind::Shape { path } => write!(
                f,
                "the answer of {url} is not one that Pulumi Cloud gives, at `{path}`; check the address"
            ),
        }
    }
}

/// Why there was no complete answer, and what the user can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The connection was refused.
    #[error("nothing listens there; start it, or correct the address")]
    NothingListens,
    /// DNS does not know the host.
    #[error(
        "its host name cannot be found; correct the address, or check the name service of this machine"
    )]
    UnknownHost,
    /// The connection was not established in time.
    #[error(
        "the connection timed out; check the network and its firewall, and whether a proxy is needed (HTTPS_PROXY)"
    )]
    NoConnection,
    /// The certificate is not signed by an authority that this machine trusts.
    #[error(
        "its certificate is signed by an authority that this machine does not trust; if it is your own, set \
         SSL_CERT_FILE to a file with its certificate"
    )]
    UnknownAuthority,
    /// The certificate is for another host.
    #[error(
        "its certificate is for another host name; correct the address, or have the certificate renewed"
    )]
    OtherHost,
    /// The certificate has expired or is not valid yet.
    #[error(
        "its certificate has expired or is not valid yet; check the clock of this machine, or have the certificate \
         renewed"
    )]
    NotValidNow,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed; should the address begin with `http://`?")]
    NoTls,
    /// No certificates of authorities were found.
    #[error(
        "this machine has no certificates to trust; install them (on Debian, the package `ca-certificates`), or correct \
         SSL_CERT_FILE"
    )]
    NoCertificates,
    /// The proxy cannot be reached, or refuses the connection.
    #[error(
        "the proxy {proxy} refused the connection; correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"
    )]
    Proxy {
        /// Its host and port, without its password.
        proxy: String,
    },
    /// The answer took too long.
    #[error("the answer took longer than {}; try again when the network and the cloud work", time(*.limit))]
    Slow {
        /// The time limit.
        limit: Duration,
    },
    /// The connection was closed before the answer was complete.
    #[error(
        "the connection was closed before the answer was complete; try again when the network and the cloud work"
    )]
    Cut,
    /// The server does not speak HTTP.
    #[error("it does not speak HTTP; correct the address")]
    NoHttp,
}

impl CloudError {
    /// Whether the name was taken.
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind, ErrorKind::NameTaken)
    }

    /// Whether the cloud reported success in an answer that could not be parsed.
    pub fn was_done(&self) -> bool {
        match &self.kind {
            ErrorKind::Shape { .. } | ErrorKind::TooLarge { .. } => true,
            ErrorKind::NotTheCloud { status } => status.is_success(),
            _ => false,
        }
    }

    /// Whether the cloud may have done what was requested: no clear answer came.
    pub fn may_have_been_done(&self) -> bool {
        let is_unclear = matches!(
            self.kind,
            ErrorKind::NotTheCloud { .. } | ErrorKind::Stopped
        );
        self.is_after_lost_try || is_unclear || self.was_done()
    }

    /// Whether every other request would fail as well: the cloud cannot be reached, or not with this token.
    pub fn meets_all(&self) -> bool {
        match &self.kind {
            ErrorKind::Unauthorized { .. }
            | ErrorKind::Unreachable { .. }
            | ErrorKind::Busy { .. }
            | ErrorKind::Redirected { .. }
            | ErrorKind::NotTheCloud { .. } => true,
            ErrorKind::Refused { status, .. } => status.is_server_error() || status.as_u16() == 429,
            ErrorKind::Forbidden { .. }
            | ErrorKind::NoSuchScope { .. }
            | ErrorKind::NameTaken
            | ErrorKind::Stopped
            | ErrorKind::TooLarge { .. }
            | ErrorKind::Shape { .. } => false,
        }
    }
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(" ({message})")
    }
}

fn each(attempts: usize) -> String {
    if attempts > 1 {
        format!(" each of {attempts} times")
    } else {
        String::new()
    }
}

fn time(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

fn tries(attempts: usize) -> String {
    if attempts == 1 {
        "one attempt".to_owned()
    } else {
        format!("{attempts} attempts")
    }
}
