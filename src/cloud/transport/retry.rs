//! When to retry a request, and after how long.
//!
//! # What this may not do
//!
//! Know HTTP. The result of a try is an [`Outcome`], and what happens if it is repeated is a [`Repeat`].

use crate::cloud::bounds::Bounds;
use crate::cloud::call::Repeat;
use backon::{ExponentialBuilder, Retryable as _};
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

/// After how long the user is told that the cloud is slow.
const TELL_AFTER: Duration = Duration::from_secs(5);

/// The longest wait that the cloud may ask for. For a longer one, the user should try again later.
const MAX_WISH: Duration = Duration::from_mins(2);

/// How long to retry when the network or the cloud is in trouble.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The wait before the second try; it doubles each time, and varies a little.
    pub first_wait: Duration,
    /// The number of retries.
    pub repeats: usize,
    /// The time limit for a single try, from the connection to the end of the answer.
    pub try_limit: Duration,
}

impl Default for Patience {
    /// Five tries with 8 to 15 seconds of waiting between them, and a minute for each.
    fn default() -> Patience {
        Patience {
            first_wait: Duration::from_millis(500),
            repeats: 4,
            try_limit: Duration::from_mins(1),
        }
    }
}

/// The outcome of a try without a final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was no connection: the cloud has received nothing.
    NeverSent,
    /// The cloud said that it has too much to do, and did nothing.
    TurnedAway,
    /// The cloud, or something in front of it, reports a failure. The request may have been carried out.
    ServerFailure,
    /// The request was sent, and no complete answer came.
    AnswerLost,
    /// The result would be the same the next time.
    Final,
}

/// A failed try.
pub(super) trait Failed: std::fmt::Display {
    /// The outcome of the try.
    fn outcome(&self) -> Outcome;
    /// How long the cloud asks to wait.
    fn wish(&self) -> Option<Duration>;
}

impl Outcome {
    /// Whether the cloud may have done what was requested.
    pub(super) fn may_have_been_done(self) -> bool {
        matches!(self, Outcome::ServerFailure | Outcome::AnswerLost)
    }
}

/// Whether a request may be sent again.
#[expect(clippy::match_same_arms, reason = "it is a table, row by row")]
fn may_repeat(repeat: Repeat, outcome: Outcome) -> bool {
    match (repeat, outcome) {
        (_, Outcome::NeverSent | Outcome::TurnedAway) => true,
        (Repeat::Harmless, Outcome::ServerFailure | Outcome::AnswerLost) => true,
        (Repeat::MayDuplicate, Outcome::ServerFailure | Outcome::AnswerLost) => false,
        (_, Outcome::Final) => false,
    }
}

/// Whether the cloud asks for a longer wait than we accept.
pub(super) fn is_too_long(wish: Duration) -> bool {
    wish > MAX_WISH
}

/// Sends a request by `attempt` until it succeeds or fails for good, or until patience or the time of the request ends.
///
/// `attempt` gets the time limit for a try. Dropping the future ends the wait. If everything takes longer than five
/// seconds, the user is told once, through `bounds`, with `about` and the last failure.
pub(super) async fn until_done<T, E, F>(
    patience: Patience,
    repeat: Repeat,
    bounds: &Bounds,
    about: &str,
    mut attempt: impl FnMut(Duration) -> F,
) -> Result<T, E>
where
    E: Failed,
    F: Future<Output = Result<T, E>>,
{
    let last = Mutex::new("there is no answer yet".to_owned());
    let last = || last.lock().expect("nobody panics while holding this lock");
    let backoff = ExponentialBuilder::default()
        .with_min_delay(patience.first_wait)
        .with_max_times(patience.repeats)
        .with_jitter();
    let one = || {
        let left = bounds.left().unwrap_or(patience.try_limit);
        attempt(left.min(patience.try_limit))
    };
    let all = one
        .retry(backoff)
        .when(|failed: &E| may_repeat(repeat, failed.outcome()) && !bounds.is_stopped())
        .adjust(|failed, wait| next_wait(wait?, failed.wish(), bounds.left()))
        .notify(|failed, wait| {
            tracing::info!(wait_ms = wait.as_millis(), "{about}: {failed}");
            *last() = failed.to_string();
        });
    tokio::pin!(all);
    tokio::select! {
        biased;
        done = &mut all => return done,
        () = tokio::time::sleep(TELL_AFTER) => bounds.tell(|| format!("{about}: {}", last())),
    }
    all.await
}

/// How long to wait for the next try: `ours`, unless the cloud asks for another wait. `None` if there should be no further
/// try.
fn next_wait(ours: Duration, wish: Option<Duration>, left: Option<Duration>) -> Option<Duration> {
    let wait = wish.unwrap_or(ours);
    let is_in_time = left.is_none_or(|left| wait < left);
    (is_in_time && !is_too_long(wait)).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;
    use std::sync::Arc;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Failure(Outcome, Option<u64>);

    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }

    impl Failed for Failure {
        fn outcome(&self) -> Outcome {
            self.0
        }

        fn wish(&self) -> Option<Duration> {
            self.1.map(Duration::from_secs)
        }
    }

    /// A request: tries that take `seconds` each and fail with `failures`, then succeed.
    struct Run {
        repeat: Repeat,
        limit: Option<u64>,
        try_seconds: u64,
        failures: Vec<Failure>,
    }

    /// Runs it; returns the number of tries, the seconds that passed, the success or last failure, and what the user was
    /// told.
    async fn run(run: Run) -> (usize, u64, Result<(), Failure>, Vec<String>) {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let bounds = {
            let told = Arc::clone(&told);
            let limit = run.limit.map(Duration::from_secs);
            Bounds::new(limit, CancellationToken::new(), move |message| {
                told.lock().expect("no panic").push(message);
            })
        };
        let (begin, mut n_tries) = (Instant::now(), 0);
        let patience = Patience::default();
        let failures = &run.failures;
        let attempt = |limit: Duration| {
            let failure = failures.get(n_tries).copied();
            n_tries += 1;
            async move {
                tokio::time::sleep(Duration::from_secs(run.try_seconds).min(limit)).await;
                failure.map_or(Ok(()), Err)
            }
        };
        let outcome = until_done(patience, run.repeat, &bounds, "still at it", attempt).await;
        let told = told.lock().expect("no panic").clone();
        (n_tries, begin.elapsed().as_secs(), outcome, told)
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeat_depends_on_what_it_may_do() {
        use Outcome::{AnswerLost, Final, NeverSent, ServerFailure, TurnedAway};
        use Repeat::{Harmless, MayDuplicate};
        let cases = [
            (Harmless, NeverSent, true),
            (Harmless, TurnedAway, true),
            (Harmless, ServerFailure, true),
            (Harmless, AnswerLost, true),
            (Harmless, Final, false),
            (MayDuplicate, NeverSent, true),
            (MayDuplicate, TurnedAway, true),
            (MayDuplicate, ServerFailure, false),
            (MayDuplicate, AnswerLost, false),
            (MayDuplicate, Final, false),
        ];
        for (repeat, outcome, again) in cases {
            for n_failures in [1, 4, 5, 100] {
                let failure = Failure(outcome, None);
                let (n_tries, _, end, _) = run(Run {
                    repeat,
                    limit: None,
                    try_seconds: 0,
                    failures: vec![failure; n_failures],
                })
                .await;
                let (tries, expected) = match n_failures {
                    _ if !again => (1, Err(failure)),
                    few @ (1 | 4) => (few + 1, Ok(())),
                    _ => (5, Err(failure)),
                };
                assert_eq!(
                    (n_tries, end),
                    (tries, expected),
                    "{repeat:?} {outcome:?} {n_failures}"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_longer_each_time_and_as_long_as_it_is_asked_to() {
        let always = |failure| vec![failure; 100];
        let cases = [
            // Our own waits: 0.5, 1, 2 and 4 s, each at most doubled.
            (
                always(Failure(Outcome::ServerFailure, None)),
                None,
                0,
                5,
                7..=15,
            ),
            // The cloud's waits, to the second.
            (
                always(Failure(Outcome::TurnedAway, Some(20))),
                None,
                0,
                5,
                80..=80,
            ),
            (
                always(Failure(Outcome::TurnedAway, Some(0))),
                None,
                0,
                5,
                0..=0,
            ),
            // It asks for a longer wait than we accept.
            (
                always(Failure(Outcome::TurnedAway, Some(121))),
                None,
                0,
                1,
                0..=0,
            ),
            // The time limit of the resource: a wait that would exceed it does not begin, and a try ends with it.
            (
                always(Failure(Outcome::TurnedAway, Some(20))),
                Some(50),
                0,
                3,
                40..=40,
            ),
            (
                always(Failure(Outcome::AnswerLost, None)),
                Some(30),
                3600,
                1,
                29..=29,
            ),
            (
                always(Failure(Outcome::AnswerLost, None)),
                Some(100),
                3600,
                2,
                99..=99,
            ),
            // The time limit of a try.
            (
                always(Failure(Outcome::AnswerLost, None)),
                None,
                3600,
                5,
                307..=315,
            ),
        ];
        for (failures, limit, try_seconds, tries, seconds) in cases {
            let said = format!("{:?} {limit:?} {try_seconds}", failures[0]);
            let (n_tries, passed, end, _) = run(Run {
                repeat: Repeat::Harmless,
                limit,
                try_seconds,
                failures,
            })
            .await;
            assert_eq!(n_tries, tries, "{said}");
            assert!(seconds.contains(&passed), "{said}: {passed} s");
            assert!(end.is_err(), "{said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_is_told_once_and_only_if_it_takes_long() {
        let told = async |try_seconds, failures| {
            let (_, _, _, told) = run(Run {
                repeat: Repeat::Harmless,
                limit: None,
                try_seconds,
                failures,
            })
            .await;
            told.join("; ")
        };
        let wait = |seconds| Failure(Outcome::TurnedAway, Some(seconds));
        assert_eq!(told(0, vec![]).await, "");
        assert_eq!(told(0, vec![wait(1), wait(3)]).await, "");
        assert_eq!(told(0, vec![wait(20); 4]).await, "still at it: TurnedAway");
        assert_eq!(
            told(30, vec![]).await,
            "still at it: there is no answer yet"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_when_nobody_waits_any_more() {
        let begin = Instant::now();
        let waits = run(Run {
            repeat: Repeat::Harmless,
            limit: None,
            try_seconds: 0,
            failures: vec![Failure(Outcome::TurnedAway, Some(100)); 4],
        });
        tokio::select! {
            _ = waits => panic!("it waits"),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        assert!(begin.elapsed() < Duration::from_millis(5));
    }
}
