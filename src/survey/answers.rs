//! Answers to one kind of question, each asked once.
//!
//! # What this may not do
//!
//! Keep a failure for ever, or let the one who asked first take the answer with them when they stop waiting.

use super::Asked;
use super::unavailable::KEEP_FAILURE;
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
    asked: Asked<V>,
}

impl<V> Default for Answers<V> {
    fn default() -> Answers<V> {
        Answers(Mutex::default())
    }
}

impl<V: Clone + Send + Sync + 'static> Answers<V> {
    /// The answer for a stack. The first to come sends the request; whoever comes while it is under way waits for the
    /// same answer, and whoever comes later gets it at once, a failure for as long as [`KEEP_FAILURE`].
    pub(super) async fn get<F>(&self, stack: &StackRef, ask: impl FnOnce() -> F) -> Asked<V>
    where
        F: Future<Output = Asked<V>> + Send + 'static,
    {
        let mut receiver = self.receiver(stack, ask);
        let answer = receiver.wait_for(Option::is_some).await;
        let answer = answer.expect("the task that asks answers before it ends");
        answer.clone().expect("it was waited for").asked
    }

    fn receiver<F>(
        &self,
        stack: &StackRef,
        ask: impl FnOnce() -> F,
    ) -> watch::Receiver<Option<Answer<V>>>
    where
        F: Future<Output = Asked<V>> + Send + 'static,
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
        let request = ask();
        // A task of its own: that the first one stops waiting must not end it for the others.
        tokio::spawn(async move {
            let asked = request.await;
            sender.send_replace(Some(Answer {
                at: Instant::now(),
                asked,
            }));
        });
        receiver
    }
}

/// Whether an answer is still to come, or can be given again.
fn is_good<V>(receiver: &watch::Receiver<Option<Answer<V>>>) -> bool {
    match &*receiver.borrow() {
        Some(Answer { at, asked: Err(_) }) => at.elapsed() < KEEP_FAILURE,
        Some(Answer { asked: Ok(_), .. }) | None => true,
    }
}
