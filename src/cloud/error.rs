//! What can go wrong between us and the cloud.
//!
//! # What this may not do
//!
//! Quote a body that is not an error message of the cloud, or anything that could hold a secret.

use reqwest::StatusCode;
use std::time::Duration;

/// Where the address comes from, for whoever has to correct it.
const ADDRESS: &str = "configuration auto-deploy:apiUrl, PULUMI_API or PULUMI_BACKEND_URL";

/// Why the cloud did not do what was asked.
///
/// `operation` completes "could not …". Cheap to clone: requests that were answered together fail together.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CloudError {
    /// The token is not one that the cloud knows (401).
    #[error(
        "could not {operation}: {url} does not accept the access token; run `pulumi login`, or set \
         PULUMI_ACCESS_TOKEN or the configuration auto-deploy:accessToken to a valid one"
    )]
    Unauthorized {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
    },
    /// The token is good, but not for this (403).
    #[error(
        "could not {operation}: the access token does not allow it{}; use one of somebody who may", said(.message)
    )]
    Forbidden {
        /// What was asked.
        operation: String,
        /// The cloud's own words.
        message: String,
    },
    /// What the webhook is to watch is not there (404), or not for this token.
    #[error(
        "could not {operation}: {url} has no {what}, or the access token may not see it; create it, or correct its name"
    )]
    NoSuchScope {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The stack, organization or environment.
        what: String,
    },
    /// The name is taken (409).
    #[error("could not {operation}: the name is taken")]
    Conflict {
        /// What was asked.
        operation: String,
        /// Whether an earlier try of this very request got no clear answer, so that the name may be taken by us.
        after_lost_try: bool,
    },
    /// The cloud understood and said no, or it was in trouble each time.
    #[error("could not {operation}: {url} answered {status}{}{}", each(*.attempts), said(.message))]
    Refused {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The status of the answer.
        status: StatusCode,
        /// How often it was tried.
        attempts: usize,
        /// The cloud's own words, or nothing.
        message: String,
    },
    /// The cloud has had too many requests, and wants a rest that is too long to wait for (429 or 503).
    #[error(
        "could not {operation}: {url} answered {status} and asks to wait {} s; run it again then", .wait.as_secs()
    )]
    Busy {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The status of the answer.
        status: StatusCode,
        /// How long it wants.
        wait: Duration,
    },
    /// No complete answer came.
    #[error("could not {operation}: no answer from {url} after {}: {reason}", tries(*.attempts))]
    Unreachable {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// How often it was tried.
        attempts: usize,
        /// The last failure.
        reason: Unreached,
    },
    /// The answer leads elsewhere. It is not followed: the token is for this cloud alone, and a change is made where it
    /// was asked for.
    #[error(
        "could not {operation}: {url} sends us on to {to}, where the access token does not go; if that is the right \
         address, set it ({ADDRESS})"
    )]
    Redirected {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The scheme, host and port that it names, or `nowhere`.
        to: String,
    },
    /// The answer is a page or a text, as no cloud gives.
    #[error(
        "could not {operation}: {url} answered {status} with a text that is not from Pulumi Cloud, such as the page of a \
         proxy or a login; check the proxy (HTTPS_PROXY, NO_PROXY) and the address ({ADDRESS})"
    )]
    NotTheCloud {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The answer does not end where any answer should have.
    #[error(
        "could not {operation}: the answer of {url} is longer than {} MiB, as none of Pulumi Cloud is; is the address \
         right ({ADDRESS})?", .limit / (1024 * 1024)
    )]
    TooLarge {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// What is read at the most, in bytes.
        limit: usize,
    },
    /// The answer is not of the form that it must have.
    #[error(
        "could not {operation}: the answer of {url} is not what Pulumi Cloud would say, at `{path}`; is the address right?"
    )]
    Shape {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// Where in the answer; never its content.
        path: String,
    },
}

/// Why no complete answer came, and what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The connection was refused.
    #[error("nothing listens there; start it, or correct the address ({ADDRESS})")]
    NothingListens,
    /// The name service does not know the host.
    #[error(
        "its host name cannot be found; correct the address ({ADDRESS}), or check the name service of this machine"
    )]
    UnknownHost,
    /// The connection did not come about in time.
    #[error(
        "no connection came about in time; check the network and its firewall, and whether a proxy is needed (HTTPS_PROXY)"
    )]
    NoConnection,
    /// The certificate leads to no authority that is trusted here.
    #[error(
        "its certificate is signed by nobody that this machine trusts; if it is an authority of your own, set \
         SSL_CERT_FILE to a file with its certificate"
    )]
    UnknownAuthority,
    /// The certificate is of another host.
    #[error(
        "its certificate is for another host name; correct the address ({ADDRESS}), or have the certificate renewed"
    )]
    OtherHost,
    /// The certificate is too old, or too new.
    #[error(
        "its certificate is not valid today; check the clock of this machine, or have the certificate renewed"
    )]
    NotValidNow,
    /// There is no TLS to speak of.
    #[error("it does not speak TLS as we do; should the address begin with `http://`? ({ADDRESS})")]
    NoTls,
    /// There are no certificates of authorities to trust.
    #[error(
        "this machine has no certificates to trust; install them (on Debian, the package `ca-certificates`), or correct \
         SSL_CERT_FILE"
    )]
    NoCertificates,
    /// The proxy cannot be reached, or does not let us through.
    #[error(
        "the proxy {proxy} does not let us through; correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"
    )]
    Proxy {
        /// Its host and port, never its password.
        proxy: String,
    },
    /// The answer did not come in time.
    #[error("the answer took longer than {}; run it again when the network and the cloud are well", time(*.limit))]
    Slow {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The answer, or its end, did not come.
    #[error(
        "the connection was closed before the answer was complete; run it again when the network and the cloud are well"
    )]
    Cut,
    /// What we send is not HTTP, or what comes back.
    #[error("it does not speak HTTP as we do; correct the address ({ADDRESS})")]
    NoHttp,
}

impl CloudError {
    /// Whether the name was taken.
    pub fn is_conflict(&self) -> bool {
        matches!(self, CloudError::Conflict { .. })
    }

    /// Whether the cloud said that it did what was asked, in words that could not be read.
    pub fn was_done(&self) -> bool {
        match self {
            CloudError::Shape { .. } | CloudError::TooLarge { .. } => true,
            CloudError::NotTheCloud { status, .. } => status.is_success(),
            _ => false,
        }
    }

    /// Whether the cloud may have done what was asked all the same: no clear answer came.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            CloudError::Unreachable { .. } | CloudError::NotTheCloud { .. } => true,
            CloudError::Refused { status, .. } => status.is_server_error(),
            other => other.was_done(),
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
