//! Ends a request early: on the engine's Cancel, on the request's own timeout, or after a panic in it.
//!
//! # What this may not do
//!
//! Know what the requests do.

use crate::cloud::LAST_MOMENT;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// How long a request may take to end by itself after a cancel. What the cloud did before then, or may have done, gets into
/// the state.
pub(super) const GRACE: Duration = LAST_MOMENT.saturating_mul(2);

/// Ends the requests of one deployment together.
#[derive(Debug, Default)]
pub(super) struct Cancellation {
    current: Mutex<CancellationToken>,
}

impl Cancellation {
    /// Ends every current request. Later ones end immediately, until [`Cancellation::renew`].
    pub(super) fn cancel(&self) {
        self.token().cancel();
    }

    /// Resets the cancellation: in attach mode the process serves several deployments in turn.
    pub(super) fn renew(&self) {
        let mut current = self
            .current
            .lock()
            .expect("nobody panics while holding this lock");
        if current.is_cancelled() {
            *current = CancellationToken::new();
        }
    }

    /// The token that ends the requests of this deployment, for code that can end by itself.
    pub(super) fn token(&self) -> CancellationToken {
        self.current
            .lock()
            .expect("nobody panics while holding this lock")
            .clone()
    }

    /// Runs a request to its end, unless it is cancelled or `limit` passes first.
    ///
    /// After a cancel it has [`GRACE`] to end by itself; a request that arrives after a cancel does not begin.
    ///
    /// # Errors
    ///
    /// The request's own error; `CANCELLED` and `DEADLINE_EXCEEDED` if it was stopped; `INTERNAL` if it panicked. The
    /// process and all other requests continue.
    pub(super) async fn run<T, F>(
        &self,
        rpc: &'static str,
        limit: Option<Duration>,
        request: F,
    ) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let token = self.token();
        let cancelled = || {
            let reason = "was stopped, because the deployment was cancelled";
            Err(Status::cancelled(format!("{rpc} {reason}")))
        };
        if token.is_cancelled() {
            return cancelled();
        }
        let mut task = AbortOnDrop(tokio::spawn(request));
        let ended =
            |joined: Result<_, _>| joined.unwrap_or_else(|error| Err(panicked(rpc, &error)));
        tokio::select! {
            () = token.cancelled() => match tokio::time::timeout(GRACE, &mut task.0).await {
                Ok(joined) => ended(joined),
                Err(_) => cancelled(),
            },
            () = expired(limit) => Err(Status::deadline_exceeded(format!("{rpc} did not end within its time limit"))),
            joined = &mut task.0 => ended(joined),
        }
    }
}

/// A task that is aborted when no caller waits for it any more: when its time is over, or when the engine dropped its call.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn expired(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

fn panicked(rpc: &str, error: &tokio::task::JoinError) -> Status {
    tracing::error!(rpc, "{rpc} panicked: {error}");
    Status::internal(format!(
        "{rpc} failed because of a defect in the auto-deploy provider {}; please report it",
        crate::schema::VERSION
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tonic::Code;

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_by_whatever_comes_first() {
        let cancellation = Cancellation::default();
        let minute = Some(Duration::from_mins(1));

        let answer = cancellation.run("Create", minute, async { Ok(7) }).await;
        assert_eq!(answer.expect("it answers"), 7);

        let late = cancellation
            .run::<(), _>("Create", minute, std::future::pending())
            .await;
        assert_eq!(late.expect_err("it is late").code(), Code::DeadlineExceeded);

        let defect = cancellation
            .run::<(), _>("Create", None, async { panic!("out of cheese") })
            .await;
        let status = defect.expect_err("it panicked");
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("cheese"), "{status}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_in_the_moment_after_a_cancel_has_ended_well() {
        for (more, code) in [(400, Code::Ok), (600, Code::Cancelled)] {
            let cancellation = Cancellation::default();
            let begin = tokio::time::Instant::now();
            let request = async move {
                tokio::time::sleep(Duration::from_millis(1000 + more)).await;
                Ok(())
            };
            let (outcome, ()) = tokio::join!(cancellation.run("Create", None, request), async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                cancellation.cancel();
            });
            assert_eq!(outcome.err().map_or(Code::Ok, |status| status.code()), code);
            assert!(begin.elapsed() <= Duration::from_secs(1) + GRACE);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_the_engine_drops_ends() {
        let cancellation = Cancellation::default();
        let (held, dropped) = tokio::sync::oneshot::channel::<()>();
        let request = async move {
            let _held = held;
            std::future::pending().await
        };
        let call = cancellation.run::<(), _>("Create", None, request);
        let ended = tokio::time::timeout(Duration::from_secs(1), call).await;
        assert!(ended.is_err(), "it runs");
        assert!(dropped.await.is_err(), "it is gone with its call");
    }

    #[tokio::test(start_paused = true)]
    async fn cancel_ends_what_runs_and_what_comes_until_it_is_renewed() {
        let cancellation = Arc::new(Cancellation::default());
        let (started, has_started) = tokio::sync::oneshot::channel::<()>();
        let (held, dropped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn({
            let cancellation = Arc::clone(&cancellation);
            async move {
                let request = async move {
                    let _held = held;
                    let _ = started.send(());
                    std::future::pending().await
                };
                cancellation.run::<(), _>("Create", None, request).await
            }
        });
        has_started.await.expect("the request runs");
        cancellation.cancel();
        cancellation.cancel();
        let status = running
            .await
            .expect("no panic")
            .expect_err("it was cancelled");
        assert_eq!(status.code(), Code::Cancelled);
        assert!(
            dropped.await.is_err(),
            "the request is gone, and what it held with it"
        );

        let after = cancellation
            .run::<(), _>("Create", None, std::future::pending())
            .await;
        assert_eq!(after.expect_err("still cancelled").code(), Code::Cancelled);
        cancellation.renew();
        assert!(
            cancellation
                .run("Create", None, async { Ok(()) })
                .await
                .is_ok()
        );
    }
}
