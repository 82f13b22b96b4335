//! Answers to one kind of question, each asked once.
//!
//! # What this may not do
//!
//! Keep a failure for ever, or let the one who asked first take the answer with them when they stop waiting.

use super::unavailable::{KEEP_FAILURE, Unavailable};
use crate::cloud::Bounds;
use crate::domain::StackRef;
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

/// The answers for each stack, those that are being waited for among them.
#[derive(Debug)]
pub(super) struct Answers<V>(Mutex<HashMap<StackRef, watch::Receiver<Option<Answer<V>>>>>);

/// An answer, and when it came.
#[derive(Clone, Debug)]
struct Answer<V> {
    at: Instant,
    answer: Result<V, Unavailable>,
}

impl<V> Default for Answers<V> {
    fn default() -> Answers<V> {
        Answers(Mutex::default())
    }
}

impl<V: Clone + Send + Sync + 'static> Answers<V> {
    /// The answer for a stack. The first to come sends the request; whoever comes while it is under way waits for the
    /// same answer, and whoever comes later gets it at once, a failure for as long as [`KEEP_FAILURE`].
    pub(super) async fn get<F>(
        &self,
        stack: &StackRef,
        ask: impl FnOnce() -> F,
    ) -> Result<V, Unavailable>
    where
        F: Future<Output = Result<V, Unavailable>> + Send + 'static,
    {
        let mut receiver = self.receiver(stack, ask);
        let answer = receiver.wait_for(Option::is_some).await;
        let answer = answer.expect("the task that asks answers before it ends");
        answer.clone().expect("it was waited for").answer
    }

    fn receiver<F>(
        &self,
        stack: &StackRef,
        ask: impl FnOnce() -> F,
    ) -> watch::Receiver<Option<Answer<V>>>
    where
        F: Future<Output = Result<V, Unavailable>> + Send + 'static,
    {
        let mut answers = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        if let Some(receiver) = answers.get(stack).filter(|receiver| is_good(receiver)) {
            return receiver.clone();
        }
        let (sender, receiver) = watch::channel(None);
        answers.insert(stack.clone(), receiver.clone());
        let request = Bounds::current().hold(ask());
        // A task of its own: that the first one stops waiting must not end it for the others.
        tokio::spawn(async move {
            let answer = request.await;
            sender.send_replace(Some(Answer {
                at: Instant::now(),
                answer,
            }));
        });
        receiver
    }
}

/// Whether an answer is still to come, or can be given again.
fn is_good<V>(receiver: &watch::Receiver<Option<Answer<V>>>) -> bool {
    match &*receiver.borrow() {
        Some(Answer { at, answer: Err(_) }) => at.elapsed() < KEEP_FAILURE,
        Some(Answer { answer: Ok(_), .. }) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CloudError, ErrorKind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::time::{advance, sleep};

    /// Answers, and how many requests there were for them.
    #[derive(Default)]
    struct Counted {
        answers: Answers<usize>,
        n_requests: Arc<AtomicUsize>,
    }

    impl Counted {
        /// Asks for a stack; the answer is the number of the request, and comes after a second.
        async fn get(&self, name: &str, works: bool) -> Result<usize, Unavailable> {
            let stack = StackRef::parse_in("acme", &format!("p/{name}")).expect("a name");
            let n_requests = Arc::clone(&self.n_requests);
            let ask = || async move {
                let number = n_requests.fetch_add(1, Ordering::SeqCst) + 1;
                sleep(Duration::from_secs(1)).await;
                if works { Ok(number) } else { Err(refused()) }
            };
            self.answers.get(&stack, ask).await
        }
    }

    fn refused() -> Unavailable {
        let reason = CloudError {
            operation: "look".to_owned(),
            url: "https://example.com".to_owned(),
            kind: ErrorKind::Forbidden {
                message: "no".to_owned(),
            },
            is_after_lost_try: false,
        };
        Unavailable {
            reason: Arc::new(reason),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_the_same_share_one_request_and_its_answer_is_kept() {
        let counted = Counted::default();
        let (one, other, different) = tokio::join!(
            counted.get("a", true),
            counted.get("a", true),
            counted.get("b", true)
        );
        assert_eq!(
            [one.ok(), other.ok(), different.ok()],
            [Some(1), Some(1), Some(2)]
        );
        advance(Duration::from_hours(1)).await;
        assert_eq!(counted.get("a", true).await.ok(), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_kept_for_a_while() {
        let counted = Counted::default();
        let (one, other) = tokio::join!(counted.get("a", false), counted.get("a", false));
        assert!(one.is_err() && other.is_err());
        assert!(counted.get("a", true).await.is_err());
        advance(KEEP_FAILURE).await;
        assert_eq!(counted.get("a", true).await.ok(), Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_does_not_take_the_answer_along() {
        let counted = Counted::default();
        let impatient = tokio::time::timeout(Duration::from_millis(1), counted.get("a", true));
        let (impatient, patient) = tokio::join!(impatient, counted.get("a", true));
        assert!(impatient.is_err());
        assert_eq!(patient.ok(), Some(1));
    }
}
