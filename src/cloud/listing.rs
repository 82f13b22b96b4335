//! Combines reads of many webhooks of one scope into one request.
//!
//! During a refresh, the engine asks for each webhook separately. It has as many questions open as it has parallelism, and
//! asks the next one when one is answered. The questions are gathered and answered in rounds, with one list per scope, all
//! at the same time. No caller gets an answer that was requested before it asked: a list serves only those who asked before
//! it was sent.
//!
//! A round begins when the lists of the round before have arrived and no other caller is expected:
//!
//! - As many callers wait as the last time that no other one came: the engine has nothing more to ask before it gets an
//!   answer. A caller that reads one by one therefore waits only once.
//! - No caller has come for [`QUIET`]. That is the case at first, and at the end of a refresh.
//!
//! # What this may not do
//!
//! Keep an answer. Let a slow scope delay the others for longer than [`PATIENCE`].

use super::bounds::Bounds;
use super::error::CloudError;
use super::webhook::LiveWebhook;
use crate::domain::Scope;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

/// How long no caller must have come, and how long to wait for that at most.
const QUIET: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_millis(300);

/// The webhooks of a scope; `None` if the scope does not exist.
pub(super) type Listed = Result<Option<Arc<Vec<LiveWebhook>>>, CloudError>;

/// The callers that wait for a list.
#[derive(Debug, Default)]
pub(super) struct Listings {
    crowd: Mutex<Crowd>,
    /// Signals that a caller or a list has arrived.
    changed: Notify,
}

#[derive(Default)]
struct Crowd {
    /// The scopes of the next round.
    gathering: HashMap<Scope, Gathering>,
    /// The number of callers in the next round.
    n_gathered: usize,
    /// The number of callers when last no other one came; `None` if more have come since.
    n_expected: Option<usize>,
    /// The number of lists that were sent and have not arrived.
    n_under_way: usize,
    /// Whether a task is waiting to begin the next round. There is one as long as callers wait.
    is_led: bool,
}

/// The callers that wait for the list of one scope.
struct Gathering {
    list: Pin<Box<dyn Future<Output = Listed> + Send>>,
    answers: watch::Sender<Option<Listed>>,
}

impl Listings {
    /// Waits for the list of `scope`, with the others that do. `list` sends the request.
    pub(super) async fn get<F>(self: &Arc<Self>, scope: &Scope, list: impl FnOnce() -> F) -> Listed
    where
        F: Future<Output = Listed> + Send + 'static,
    {
        let mut answer = self.join(scope, || Box::pin(Bounds::current().hold(list())));
        let listed = answer.wait_for(Option::is_some).await;
        let listed = listed.expect("the task that lists answers before it ends");
        listed.clone().expect("it was waited for")
    }

    fn join(
        self: &Arc<Self>,
        scope: &Scope,
        list: impl FnOnce() -> Pin<Box<dyn Future<Output = Listed> + Send>>,
    ) -> watch::Receiver<Option<Listed>> {
        let mut crowd = self.crowd();
        let gathering = crowd
            .gathering
            .entry(scope.clone())
            .or_insert_with(|| Gathering {
                list: list(),
                answers: watch::channel(None).0,
            });
        let answer = gathering.answers.subscribe();
        crowd.n_gathered += 1;
        if crowd.n_expected.is_some_and(|n| n < crowd.n_gathered) {
            crowd.n_expected = None;
        }
        let is_led = std::mem::replace(&mut crowd.is_led, true);
        drop(crowd);
        if is_led {
            self.changed.notify_one();
        } else {
            // A separate task, because the others still need the list if the first caller stops waiting.
            tokio::spawn(Arc::clone(self).lead());
        }
        answer
    }

    /// Begins a round when all callers have come. Later ones are in the next round.
    async fn lead(self: Arc<Self>) {
        self.all_are_here().await;
        let mut crowd = self.crowd();
        let gathered = std::mem::take(&mut crowd.gathering);
        crowd.n_gathered = 0;
        crowd.n_under_way += gathered.len();
        crowd.is_led = false;
        drop(crowd);
        for gathering in gathered.into_values() {
            tokio::spawn(Arc::clone(&self).answer(gathering));
        }
    }

    async fn answer(self: Arc<Self>, gathering: Gathering) {
        let listed = gathering.list.await;
        self.crowd().n_under_way -= 1;
        gathering.answers.send_replace(Some(listed));
        self.changed.notify_one();
    }

    /// Waits until no other caller is expected in this round.
    async fn all_are_here(&self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let quiet = (Instant::now() + QUIET).min(end);
            let is_free = {
                let crowd = self.crowd();
                if crowd.n_expected == Some(crowd.n_gathered) {
                    return;
                }
                crowd.n_under_way == 0
            };
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = sleep_until(quiet), if is_free => {
                    let mut crowd = self.crowd();
                    crowd.n_expected = Some(crowd.n_gathered);
                    return;
                }
                () = sleep_until(end) => return,
            }
        }
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.crowd
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crowd")
            .field("n_gathered", &self.n_gathered)
            .field("n_expected", &self.n_expected)
            .field("n_under_way", &self.n_under_way)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn scope(organization: &str) -> Scope {
        Scope::Organization {
            organization: organization.to_owned(),
        }
    }

    async fn ask(listings: &Arc<Listings>, organization: &str, requests: &Arc<AtomicUsize>) {
        let requests = Arc::clone(requests);
        let list = || async move {
            requests.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Arc::new(Vec::new())))
        };
        assert!(
            listings
                .get(&scope(organization), list)
                .await
                .expect("it answers")
                .is_some()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_in_time_share_one_list() {
        let listings = Arc::new(Listings::default());
        let requests = Arc::new(AtomicUsize::new(0));
        let later = |ms| {
            let (listings, requests) = (Arc::clone(&listings), Arc::clone(&requests));
            async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                ask(&listings, "a", &requests).await;
            }
        };
        tokio::join!(later(0), later(0), later(20), later(40), later(60));
        assert_eq!(requests.load(Ordering::SeqCst), 1);
        later(0).await;
        assert_eq!(requests.load(Ordering::SeqCst), 2, "an answer is not kept");
        tokio::join!(
            ask(&listings, "a", &requests),
            ask(&listings, "b", &requests)
        );
        assert_eq!(requests.load(Ordering::SeqCst), 4, "each scope has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_alone_waits_once_only() {
        let listings = Arc::new(Listings::default());
        let requests = Arc::new(AtomicUsize::new(0));
        let time = async |organizations: &[&str]| {
            let begin = Instant::now();
            let asked = organizations
                .iter()
                .map(|organization| ask(&listings, organization, &requests));
            futures_util::future::join_all(asked).await;
            begin.elapsed()
        };
        assert!(time(&["a"]).await >= QUIET, "others may come");
        assert_eq!(time(&["a"]).await, Duration::ZERO);
        assert_eq!(time(&["b"]).await, Duration::ZERO);
        assert!(time(&["a", "b"]).await >= QUIET, "there are others again");
    }

    const DISTANCE: Duration = Duration::from_millis(2);
    const ANSWER: Duration = Duration::from_millis(50);

    /// An engine with at most `n_parallel` open questions, each asked `DISTANCE` after the one before, and a cloud that
    /// takes `ANSWER`. Returns the number of lists and the time.
    async fn refresh(scopes: &[String], n_parallel: usize) -> (usize, Duration) {
        let listings = Arc::new(Listings::default());
        let requests = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        let asked = scopes.iter().map(|organization| {
            let (listings, requests) = (Arc::clone(&listings), Arc::clone(&requests));
            let organization = organization.clone();
            async move {
                let list = || async move {
                    requests.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(ANSWER).await;
                    Ok(Some(Arc::new(Vec::new())))
                };
                let listed = listings.get(&scope(&organization), list).await;
                assert!(listed.expect("it answers").is_some());
            }
        });
        let mut next = asked.into_iter();
        let mut running = tokio::task::JoinSet::new();
        loop {
            while running.len() < n_parallel {
                let Some(question) = next.next() else { break };
                tokio::time::sleep(DISTANCE).await;
                running.spawn(question);
            }
            if running.join_next().await.is_none() {
                break;
            }
        }
        (requests.load(Ordering::SeqCst), begin.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_lists_each_scope_as_rarely_as_the_engine_allows() {
        let scopes = |n_scopes: usize, n_each: usize| -> Vec<String> {
            (0..n_scopes * n_each)
                .map(|place| (place / n_each).to_string())
                .collect()
        };
        for (n_scopes, n_each, n_parallel, n_lists) in [
            (1, 500, 8, 63),
            (40, 1, 8, 40),
            (40, 4, 8, 40),
            (40, 8, 8, 40),
            // The engine asks for the rest only after the first eight are answered.
            (40, 5, 8, 60),
            (40, 10, 8, 80),
            (40, 10, 1, 400),
        ] {
            let (requests, took) = refresh(&scopes(n_scopes, n_each), n_parallel).await;
            let about = format!("{n_scopes} scopes with {n_each} each, {n_parallel} at a time");
            assert_eq!(requests, n_lists, "{about}");
            let n_asked = u32::try_from(n_scopes * n_each).expect("it is small");
            let n_lists = u32::try_from(n_lists).expect("it is small");
            let busy = DISTANCE * n_asked + ANSWER * n_lists;
            assert!(took <= busy + 3 * QUIET, "{about}: {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_scope_that_does_not_answer_holds_up_nobody_for_long() {
        let listings = Arc::new(Listings::default());
        let slow = tokio::spawn({
            let listings = Arc::clone(&listings);
            async move {
                let list = || async { std::future::pending::<Listed>().await };
                listings.get(&scope("slow"), list).await
            }
        });
        tokio::time::sleep(QUIET * 2).await;
        let requests = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        tokio::join!(
            ask(&listings, "a", &requests),
            ask(&listings, "b", &requests)
        );
        assert!(begin.elapsed() <= PATIENCE, "{:?}", begin.elapsed());
        assert!(!slow.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_and_who_leaves_does_not_take_the_others_along() {
        let listings = Arc::new(Listings::default());
        let requests = Arc::new(AtomicUsize::new(0));
        let leaves =
            tokio::time::timeout(Duration::from_millis(10), ask(&listings, "a", &requests));
        let stays = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            ask(&listings, "a", &requests).await;
        };
        let (left, ()) = tokio::join!(leaves, stays);
        assert!(left.is_err());
        assert_eq!(requests.load(Ordering::SeqCst), 1);

        let begin = Instant::now();
        let crowd: Vec<_> = (0..100u64)
            .map(|place| {
                let (listings, requests) = (Arc::clone(&listings), Arc::clone(&requests));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(place * 20)).await;
                    ask(&listings, "a", &requests).await;
                    begin
                        .elapsed()
                        .checked_sub(Duration::from_millis(place * 20))
                        .unwrap()
                })
            })
            .collect();
        for waited in crowd {
            assert!(waited.await.expect("no panic") <= PATIENCE + QUIET);
        }
    }
}
