//! The common part of all methods: the bounds of a request, and how it ends.
//!
//! # What this may not do
//!
//! Know what the methods do.

use super::session::Session;
use crate::cloud::Bounds;
use crate::pb;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;

/// The bounds that a request contains.
pub(super) trait Bounded {
    /// The resource at which the user is told that the request takes long; empty if there is none.
    fn urn(&self) -> &str;

    /// The time limit; `None` if there is none.
    fn limit(&self) -> Option<Duration> {
        None
    }
}

/// Runs a request until it ends, is cancelled, exceeds its time limit or panics.
///
/// # Errors
///
/// As [`super::cancel::Cancellation::run`].
pub(super) async fn run<Q, T, F>(
    session: &Arc<Session>,
    rpc: &'static str,
    request: Q,
    method: impl FnOnce(Arc<Session>, Q) -> F,
) -> Result<T, Status>
where
    Q: Bounded,
    T: Send + 'static,
    F: Future<Output = Result<T, Status>> + Send + 'static,
{
    let (urn, limit) = (request.urn().to_owned(), request.limit());
    let stop = session.cancellation.token();
    let bounds = Bounds::new(limit, stop, remark(session, &urn));
    let answer = Box::pin(method(Arc::clone(session), request));
    let answer = session.log.veil.clone().hold(answer);
    let answered = session
        .cancellation
        .run(rpc, limit, bounds.hold(answer))
        .await;
    if let Err(status) = &answered {
        tracing::debug!(
            rpc,
            urn,
            "{rpc} answers {:?}: {}",
            status.code(),
            status.message()
        );
    }
    answered
}

/// Reports something at a resource, without waiting for the engine to accept it.
fn remark(session: &Arc<Session>, urn: &str) -> impl Fn(String) + Send + Sync + 'static {
    let (session, urn) = (Arc::clone(session), urn.to_owned());
    move |message| {
        let (session, urn) = (Arc::clone(&session), urn.clone());
        tokio::spawn(async move { session.log.info(&urn, &message).await });
    }
}

/// A time limit in the engine's form: in seconds, where 0 means none.
fn seconds(timeout: f64) -> Option<Duration> {
    let limit = Duration::try_from_secs_f64(timeout).ok();
    limit.filter(|limit| !limit.is_zero())
}

impl Bounded for pb::CheckRequest {
    fn urn(&self) -> &str {
        &self.urn
    }
}

impl Bounded for pb::DiffRequest {
    fn urn(&self) -> &str {
        &self.urn
    }
}

/// Requests without a resource in the state.
macro_rules! about_none {
    ($($request:ident)*) => {
        $(
            impl Bounded for pb::$request {
                fn urn(&self) -> &'static str {
                    ""
                }
            }
        )*
    };
}

about_none! { ConfigureRequest ConstructRequest InvokeRequest ListRequest }

/// Requests about one resource, with their own time limit.
macro_rules! limited {
    ($($request:ident)*) => {
        $(
            impl Bounded for pb::$request {
                fn urn(&self) -> &str {
                    &self.urn
                }

                fn limit(&self) -> Option<Duration> {
                    seconds(self.timeout)
                }
            }
        )*
    };
}

limited! { CreateRequest ReadRequest UpdateRequest DeleteRequest }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_none_or_no_number_of_seconds_is_none() {
        for (timeout, expected) in [
            (0.0, None),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (1.5, Some(Duration::from_millis(1500))),
        ] {
            assert_eq!(seconds(timeout), expected, "{timeout}");
        }
    }
}
