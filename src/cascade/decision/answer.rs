//! What the decision says about one stack.
//!
//! # What this may not do
//!
//! Give more than one reason.

use crate::cascade::history::Attempt;
use crate::cascade::observation::Outputs;
use crate::cascade::reason::{Hold, Reason};
use crate::cloud::{Update, UpdateResult};
use crate::domain::StackRef;
use jiff::{SignedDuration, Timestamp};

/// Whether a stack is up to date and may start now, with the facts behind that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Start it, or the one reason not to start it.
    pub verdict: Verdict,
    /// Whether users see it as stale: its last attempt failed, an upstream stack was updated after its last success began,
    /// or an upstream stack is stale.
    pub is_stale: bool,
    /// Its newest successful update, unless a later destroy made it void.
    pub good: Option<Update>,
    /// The last attempt to update it, and the result.
    pub attempt: Option<Attempt>,
    /// The stacks that it depends on, sorted by name.
    pub upstream: Vec<Upstream>,
}

/// Start a stack, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stack is due, ready and free.
    Start,
    /// The stack must not start.
    Not(Reason),
}

/// A stack that another one depends on, with what that means for the other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The stack.
    pub stack: StackRef,
    /// Its newest successful update, unless a later destroy made it void.
    pub good: Option<Update>,
    /// Whether that update makes the downstream stack due.
    pub is_news: bool,
    /// How its outputs compare with those that the downstream stack holds; `None` if they do not count or were not
    /// compared.
    pub outputs: Option<Outputs>,
    /// What holds the downstream stack back; `None` if this one is at rest.
    pub hold: Option<Hold>,
}

impl Answer {
    /// Whether one of these upstream stacks has made it due so recently that a webhook may still start it.
    pub fn is_fresh(
        &self,
        now: Timestamp,
        grace: SignedDuration,
        counts: impl Fn(&Upstream) -> bool,
    ) -> bool {
        let ends = self.news().filter(|news| counts(news));
        let newest = ends.filter_map(|news| news.good?.ended).max();
        newest.is_some_and(|ended| now.duration_since(ended) < grace)
    }

    /// Whether to start it.
    pub fn starts(&self) -> bool {
        self.verdict == Verdict::Start
    }

    /// Why not to start it; `None` if it should be started.
    pub fn reason(&self) -> Option<&Reason> {
        match &self.verdict {
            Verdict::Start => None,
            Verdict::Not(reason) => Some(reason),
        }
    }

    /// The upstream stacks with a success that this stack has not seen.
    pub fn news(&self) -> impl Iterator<Item = &Upstream> {
        self.upstream.iter().filter(|upstream| upstream.is_news)
    }

    /// Whether an upstream stack has an update that this stack has not seen.
    pub fn is_due(&self) -> bool {
        self.news().next().is_some()
    }

    /// The verdict in a word or two, for users and programs.
    pub fn as_str(&self) -> &'static str {
        match &self.verdict {
            Verdict::Start => "due",
            Verdict::Not(Reason::NoUpstream) => Reason::UpToDate.as_str(),
            Verdict::Not(reason) => reason.as_str(),
        }
    }

    /// Whether it is not up to date, or might not be because of a stack above it.
    pub fn is_behind(&self) -> bool {
        self.is_stale || matches!(self.reason(), Some(Reason::Blocked(_)))
    }

    /// Whether its last attempt failed and no other has begun since.
    pub fn has_failed(&self) -> bool {
        let failed = |attempt: Attempt| attempt.result == UpdateResult::Failed;
        self.attempt.is_some_and(failed)
    }
}
