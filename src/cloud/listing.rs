//! Reads of many webhooks in one scope, made one request.
//!
//! A refresh asks for each webhook by itself, all at about the same time. The first to ask for a scope waits until
//! nobody new has come for a moment; then one list answers all. Nobody gets an answer that was asked for before their
//! question: a list serves only those who came before it was sent.
//!
//! # What this may not do
//!
//! Keep an answer.

use super::bounds::Bounds;
use super::client::LiveWebhook;
use super::error::CloudError;
use crate::domain::Scope;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout_at};

/// How long nobody new must have come, and how long to wait for that at the most.
const QUIET: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_millis(300);

/// The webhooks of a scope, or `None` if the scope is gone.
pub(super) type Listed = Result<Option<Arc<Vec<LiveWebhook>>>, CloudError>;

/// The lists that are being waited for.
#[derive(Debug, Default)]
pub(super) struct Listings {
    gathering: Mutex<HashMap<Scope, Gathering>>,
}

/// Those who wait for a list that was not sent yet.
#[derive(Debug)]
struct Gathering {
    came: Arc<Notify>,
    answer: watch::Receiver<Option<Listed>>,
}

impl Listings {
    /// Joins those who wait for the list of `scope`, or becomes the first of them. `list` sends the request.
    pub(super) async fn get<F>(self: &Arc<Self>, scope: &Scope, list: impl FnOnce() -> F) -> Listed
    where
        F: Future<Output = Listed> + Send + 'static,
    {
        let mut answer = self.join(scope, list);
        let listed = answer.wait_for(Option::is_some).await;
        let listed = listed.expect("the task that lists answers before it ends");
        listed.clone().expect("it was waited for")
    }

    fn join<F>(
        self: &Arc<Self>,
        scope: &Scope,
        list: impl FnOnce() -> F,
    ) -> watch::Receiver<Option<Listed>>
    where
        F: Future<Output = Listed> + Send + 'static,
    {
        let mut gathering = self
            .gathering
            .lock()
            .expect("nobody panics while holding this lock");
        if let Some(others) = gathering.get(scope) {
            others.came.notify_one();
            return others.answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        let came = Arc::new(Notify::new());
        gathering.insert(
            scope.clone(),
            Gathering {
                came: Arc::clone(&came),
                answer: answer.clone(),
            },
        );
        let (listings, scope) = (Arc::clone(self), scope.clone());
        let list = Bounds::current().hold(list());
        // A task of its own: that the first one stops asking must not end it for the others.
        tokio::spawn(async move {
            quiet(&came).await;
            listings
                .gathering
                .lock()
                .expect("nobody panics while holding this lock")
                .remove(&scope);
            sender.send_replace(Some(list.await));
        });
        answer
    }
}

/// Waits until nobody has come for [`QUIET`].
async fn quiet(came: &Notify) {
    let end = Instant::now() + PATIENCE;
    while timeout_at(end.min(Instant::now() + QUIET), came.notified())
        .await
        .is_ok()
    {}
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
