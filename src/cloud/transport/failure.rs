//! What a failed try means: whether the cloud can have received the request, and what the user can do about it.
//!
//! # What this may not do
//!
//! Quote an error of a library: it may contain a whole address.

use super::retry::{Failed, Outcome};
use crate::cloud::call::Answer;
use crate::cloud::error::Unreached;
use reqwest::StatusCode;
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a try brought no final answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// No complete answer came.
    Network { reason: Unreached, outcome: Outcome },
    /// The cloud says that it cannot answer now.
    Status {
        answer: Answer,
        retry_after: Option<Duration>,
    },
    /// The answer is a redirect; with its scheme, host and port, if it is a valid address.
    Redirect { to: Option<String> },
    /// The answer exceeds the limit.
    TooLarge,
}

impl Failure {
    /// What an error of the HTTP client means. `proxy` is the host and port of the proxy, if there is one.
    pub(super) fn of(error: &reqwest::Error, proxy: Option<&str>, limit: Duration) -> Failure {
        let (reason, outcome) = judge(error, proxy, limit);
        Failure::Network { reason, outcome }
    }
}

impl Failed for Failure {
    fn outcome(&self) -> Outcome {
        match self {
            Failure::Network { outcome, .. } => *outcome,
            Failure::Status { answer, .. } => of_status(answer.status),
            Failure::Redirect { .. } | Failure::TooLarge => Outcome::Final,
        }
    }

    fn wish(&self) -> Option<Duration> {
        match self {
            Failure::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Network { reason, .. } => reason.fmt(f),
            Failure::Status { answer, .. } => write!(f, "it answered {}", answer.status),
            Failure::Redirect { .. } => f.write_str("it sends us elsewhere"),
            Failure::TooLarge => f.write_str("the answer does not end"),
        }
    }
}

/// Whether a status means that the cloud cannot do it now.
pub(super) fn is_failure(status: StatusCode) -> bool {
    of_status(status) != Outcome::Final
}

fn of_status(status: StatusCode) -> Outcome {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Outcome::TurnedAway,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Outcome::ServerFailure,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Outcome::Final,
        status if status.is_server_error() => Outcome::ServerFailure,
        _ => Outcome::Final,
    }
}

fn judge(error: &reqwest::Error, proxy: Option<&str>, limit: Duration) -> (Unreached, Outcome) {
    if error.is_builder() {
        return (Unreached::NoCertificates, Outcome::Final);
    }
    if !error.is_connect() {
        let reason = match error {
            slow if slow.is_timeout() => Unreached::Slow { limit },
            other if speaks_no_http(other) => Unreached::NoHttp,
            _ => Unreached::Cut,
        };
        return (reason, Outcome::AnswerLost);
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return (of_tls(tls), Outcome::Final);
    }
    let reason = match proxy {
        Some(proxy) => Unreached::Proxy {
            proxy: proxy.to_owned(),
        },
        None if error.is_timeout() => Unreached::NoConnection,
        None if causes(error).any(|cause| cause.to_string() == "dns error") => {
            Unreached::UnknownHost
        }
        None => match find::<io::Error>(error).map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Unreached::NothingListens,
            // The server hung up in the middle of the handshake.
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => Unreached::Cut,
            _ => Unreached::NoConnection,
        },
    };
    (reason, Outcome::NeverSent)
}

fn of_tls(error: &rustls::Error) -> Unreached {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Unreached::OtherHost,
            Bad::Expired
            | Bad::ExpiredContext { .. }
            | Bad::NotValidYet
            | Bad::NotValidYetContext { .. } => Unreached::NotValidNow,
            _ => Unreached::UnknownAuthority,
        },
        _ => Unreached::NoTls,
    }
}

/// Whether the answer is not HTTP.
fn speaks_no_http(error: &reqwest::Error) -> bool {
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// An error and all its causes. An I/O error may wrap another one that its `source` skips.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match held {
            Some(held) => Some(held as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
