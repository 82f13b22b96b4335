//! What the decision says of one stack.
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

/// Whether a stack is up to date and may start now, with what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Start it, or the one reason not to.
    pub verdict: Verdict,
    /// Whether people are shown that it is behind: its last attempt failed, an upstream stack was updated after its last
    /// success began, or an upstream stack is stale.
    pub is_stale: bool,
    /// Its newest update that succeeded and that no destroy made void.
    pub good: Option<Update>,
    /// When it was last tried to be updated, and how that went.
    pub attempt: Option<Attempt>,
    /// The stacks that it depends on, in the order of names.
    pub upstream: Vec<Upstream>,
}

/// Start a stack, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is due, ready and free.
    Start,
    /// It is not to be started.
    Not(Reason),
}

/// A stack that another depends on, with what that means for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The stack.
    pub stack: StackRef,
    /// Its newest update that succeeded and that no destroy made void.
    pub good: Option<Update>,
    /// Whether that update makes the other one due.
    pub is_news: bool,
    /// How its outputs compare with those that the other one holds; `None` if they do not count, or were not compared.
    pub outputs: Option<Outputs>,
    /// What holds the other one back; `None` if this one is at rest.
    pub hold: Option<Hold>,
}

impl Answer {
    /// Whether one of these upstream stacks has made it due so short a time ago that what starts it at once may still do so.
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

    /// The upstream stacks whose newest success it has not seen.
    pub fn news(&self) -> impl Iterator<Item = &Upstream> {
        self.upstream.iter().filter(|upstream| upstream.is_news)
    }

    /// Whether an upstream stack has an update that it has not seen.
    pub fn is_due(&self) -> bool {
        self.news().next().is_some()
    }

    /// What people and programs read of it: a word or two.
    pub fn as_str(&self) -> &'static str {
        match &self.verdict {
            Verdict::Start => "due",
            Verdict::Not(Reason::NoUpstream) => Reason::UpToDate.as_str(),
            Verdict::Not(reason) => reason.as_str(),
        }
    }

    /// Whether it is not up to date, or nothing above it is such that it could stay so.
    pub fn is_behind(&self) -> bool {
        self.is_stale || matches!(self.reason(), Some(Reason::Blocked(_)))
    }

    /// Whether its last attempt failed, and none has begun since.
    pub fn has_failed(&self) -> bool {
        let failed = |attempt: Attempt| attempt.result == UpdateResult::Failed;
        self.attempt.is_some_and(failed)
    }
}
