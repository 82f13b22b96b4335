//! What can go wrong between us and the cloud.
//!
//! # What this may not do
//!
//! Quote a body that is not an error message of the cloud, or anything that could hold a secret.

use reqwest::StatusCode;

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
        "could not {operation}: the access token does not allow it ({message}); use one of somebody who may"
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
    #[error("could not {operation}: {url} answered {status}{}", said(.message))]
    Refused {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// The status of the answer.
        status: StatusCode,
        /// The cloud's own words, or nothing.
        message: String,
    },
    /// No answer came.
    #[error(
        "could not {operation}: no answer from {url} after {}; check the address (configuration auto-deploy:apiUrl, \
         PULUMI_API or PULUMI_BACKEND_URL) and the network ({reason})",
        tries(*.attempts)
    )]
    Unreachable {
        /// What was asked.
        operation: String,
        /// The cloud.
        url: String,
        /// How often it was tried.
        attempts: usize,
        /// The last failure, in the words of its innermost cause.
        reason: String,
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

impl CloudError {
    /// Whether the name was taken.
    pub fn is_conflict(&self) -> bool {
        matches!(self, CloudError::Conflict { .. })
    }

    /// Whether the cloud may have done what was asked all the same: no clear answer came.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            CloudError::Unreachable { .. } | CloudError::Shape { .. } => true,
            CloudError::Refused { status, .. } => status.is_server_error(),
            _ => false,
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

fn tries(attempts: usize) -> String {
    if attempts == 1 {
        "one attempt".to_owned()
    } else {
        format!("{attempts} attempts")
    }
}
