//! Answers to one kind of question, each requested once while it is valid.
//!
//! What exists stays as it is until this process changes it, so such an answer is kept until then. What does not exist may
//! be created at any time by another resource of the same program, so "not found" is given only to callers that had asked
//! before the request was sent. Libraries that share one request between callers (`moka`, `async_singleflight`) give its
//! answer to all that came before it arrived, so this is our own.
//!
//! # What this may not do
//!
//! Keep a failure forever, or lose the answer if the first caller stops waiting.

use super::unavailable::{KEEP_FAILURE, Unavailable};
use crate::cloud::Bounds;
use crate::domain::StackRef;
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

/// The answer about a stack; `None` if it was not found.
type Answer<V> = Result<Option<V>, Unavailable>;

/// The answers for each stack, including pending ones.
#[derive(Debug)]
pub(super) struct Answers<V>(Mutex<Kept<V>>);

#[derive(Debug)]
struct Kept<V> {
    questions: HashMap<StackRef, Question<V>>,
    /// Counts callers and requests in one sequence, so it is known which came first.
    turn: u64,
}

/// A request.
#[derive(Clone, Debug)]
struct Question<V> {
    /// Its place in that sequence.
    sent: u64,
    /// How often this process had changed the subject.
    n_changes: u64,
    /// The answer, and when it arrived.
    answer: watch::Receiver<Option<(Instant, Answer<V>)>>,
}

impl<V> Default for Answers<V> {
    fn default() -> Answers<V> {
        Answers(Mutex::new(Kept {
            questions: HashMap::new(),
            turn: 0,
        }))
    }
}

impl<V: Clone + Send + Sync + 'static> Answers<V> {
    /// The valid answer for a stack. The first caller sends the request. Callers that come in the meantime wait for the
    /// same answer, and later ones get it immediately: a found one while this process has changed the subject `n_changes`
    /// times, and a failure for [`KEEP_FAILURE`].
    pub(super) async fn get<F>(
        &self,
        stack: &StackRef,
        n_changes: u64,
        ask: impl Fn() -> F,
    ) -> Answer<V>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        let came = self.next_turn();
        loop {
            let mut question = self.question(stack, n_changes, came, &ask);
            let answer = question.answer.wait_for(Option::is_some).await;
            let answer = answer.expect("the task that asks answers before it ends");
            let (_, answer) = answer.clone().expect("it was waited for");
            // What did not exist when another caller asked may exist now.
            if !matches!(answer, Ok(None)) || question.sent > came {
                return answer;
            }
        }
    }

    /// Stores what is known about a stack from elsewhere, requested when this process had changed the subject `n_changes`
    /// times.
    pub(super) fn put(&self, stack: &StackRef, n_changes: u64, found: V) {
        let mut kept = self.lock();
        kept.turn += 1;
        let question = Question {
            sent: kept.turn,
            n_changes,
            answer: watch::channel(Some((Instant::now(), Ok(Some(found))))).1,
        };
        kept.questions.insert(stack.clone(), question);
    }

    /// A request whose answer is valid for a caller that `came` at that turn; it is sent if there is none.
    fn question<F>(
        &self,
        stack: &StackRef,
        n_changes: u64,
        came: u64,
        ask: impl Fn() -> F,
    ) -> Question<V>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        let mut kept = self.lock();
        let known = kept.questions.get(stack);
        if let Some(known) = known.filter(|known| known.will_do(n_changes, came)) {
            return known.clone();
        }
        kept.turn += 1;
        let (sender, receiver) = watch::channel(None);
        let question = Question {
            sent: kept.turn,
            n_changes,
            answer: receiver,
        };
        kept.questions.insert(stack.clone(), question.clone());
        drop(kept);
        let request = Bounds::current().hold(ask());
        // A separate task, because the others still need the answer if the first caller stops waiting.
        tokio::spawn(async move {
            let answer = request.await;
            sender.send_replace(Some((Instant::now(), answer)));
        });
        question
    }

    fn next_turn(&self) -> u64 {
        let mut kept = self.lock();
        kept.turn += 1;
        kept.turn
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept<V>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl<V> Question<V> {
    /// Whether its answer is pending, or valid for a caller that `came` at that turn.
    fn will_do(&self, n_changes: u64, came: u64) -> bool {
        if self.n_changes != n_changes {
            return false;
        }
        match &*self.answer.borrow() {
            None | Some((_, Ok(Some(_)))) => true,
            Some((_, Ok(None))) => self.sent > came,
            Some((at, Err(_))) => at.elapsed() < KEEP_FAILURE,
        }
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

    /// Answers, and the number of requests for them.
    #[derive(Default)]
    struct Counted {
        answers: Answers<usize>,
        n_requests: Arc<AtomicUsize>,
    }

    impl Counted {
        /// Asks about a stack. The answer is the number of the request, and arrives after a second.
        async fn get(&self, name: &str, works: bool) -> Result<usize, Unavailable> {
            let answer = self.get_after(0, name, works, true).await?;
            Ok(answer.expect("it is there"))
        }

        /// The same after some changes, about something that may not exist.
        async fn get_after(
            &self,
            n_changes: u64,
            name: &str,
            works: bool,
            is_there: bool,
        ) -> Answer<usize> {
            let stack = StackRef::parse_in("acme", &format!("p/{name}")).expect("a name");
            let ask = || {
                let n_requests = Arc::clone(&self.n_requests);
                async move {
                    let number = n_requests.fetch_add(1, Ordering::SeqCst) + 1;
                    sleep(Duration::from_secs(1)).await;
                    if works {
                        Ok(is_there.then_some(number))
                    } else {
                        Err(refused())
                    }
                }
            };
            self.answers.get(&stack, n_changes, ask).await
        }

        fn n_requests(&self) -> usize {
            self.n_requests.load(Ordering::SeqCst)
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

    #[tokio::test(start_paused = true)]
    async fn a_change_voids_what_was_asked_before() {
        let counted = Counted::default();
        let get = |n_changes| counted.get_after(n_changes, "a", true, true);
        assert_eq!(get(0).await.ok(), Some(Some(1)));
        assert_eq!(get(1).await.ok(), Some(Some(2)));
        assert_eq!(get(1).await.ok(), Some(Some(2)));
        // A request that is pending when the change ends may have an outdated answer.
        let (before, after) = tokio::join!(get(2), get(3));
        assert_eq!([before.ok(), after.ok()], [Some(Some(3)), Some(Some(4))]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_there_is_asked_for_by_each_who_comes_later() {
        let counted = Counted::default();
        let get = || counted.get_after(0, "a", true, false);
        assert_eq!(get().await.ok(), Some(None));
        assert_eq!(get().await.ok(), Some(None));
        assert_eq!(counted.n_requests(), 2);
        // Callers that come in the meantime share the next request, which is sent after they came.
        let _ = tokio::join!(get(), get(), get(), get());
        assert_eq!(counted.n_requests(), 4);
    }
}
