//! What a process keeps about the joins of its program between the engine's calls.
//!
//! # What this may not do
//!
//! Outlive a configuration: a preview and an update each have their own, and each looks for itself.

use super::declared::Declared;
use super::judge::Judged;
use super::look::{Look, Need};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::joins::memory::Memory;
use crate::survey::{Survey, Unavailable};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

/// How many stacks the joins of a program start in one run by default.
pub const MAX_STARTS: usize = 50;

/// What is known about the joins of a program since the provider was configured.
#[derive(Debug, Default)]
pub struct Joins {
    records: Mutex<Records>,
    /// The shared look.
    look: tokio::sync::Mutex<Option<Arc<Look>>>,
}

#[derive(Debug, Default)]
struct Records {
    /// The joins with a Check since their last Read.
    checked: BTreeSet<Urn>,
    /// The results of Diff, for the Update that follows.
    planned: BTreeMap<Urn, Planned>,
    /// The most stacks to start in this run, if the program limits it.
    bound: Option<usize>,
    /// The stacks that are started in this run.
    starts: BTreeSet<StackRef>,
    /// Whether some were held back by that limit.
    has_held_back: bool,
    /// Whether the program was started again for those.
    is_conducted_again: bool,
}

/// What an update of a join will do.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its memory if nothing is started.
    pub memory: Memory,
    /// The decision, if its stack should start.
    pub start: Option<Judged>,
}

impl Records {
    fn max_starts(&self) -> usize {
        self.bound.unwrap_or(MAX_STARTS)
    }
}

impl Joins {
    /// Records a Check: the program now declares the join.
    pub fn checked(&self, urn: &Urn) {
        self.lock().checked.insert(urn.clone());
    }

    /// Records a Read: until the next Check, a Diff belongs to a refresh.
    pub fn read(&self, urn: &Urn) {
        self.lock().checked.remove(urn);
    }

    /// Whether a Diff of this join belongs to a program that declares it, rather than to a refresh. The engine does not
    /// say: a refresh calls Read and then Diff, even in the middle of an update.
    pub fn is_declared(&self, urn: &Urn) -> bool {
        self.lock().checked.contains(urn)
    }

    /// Stores the result of Diff.
    pub fn plan(&self, urn: &Urn, planned: Planned) {
        self.lock().planned.insert(urn.clone(), planned);
    }

    /// Takes the result of Diff.
    pub fn take(&self, urn: &Urn) -> Option<Planned> {
        self.lock().planned.remove(urn)
    }

    /// Limits how many stacks are started in this run. The lowest of several limits applies.
    pub fn bound(&self, max_starts: usize) {
        let mut records = self.lock();
        let bound = records
            .bound
            .map_or(max_starts, |bound| bound.min(max_starts));
        records.bound = Some(bound);
    }

    /// The most stacks to start in this run.
    pub fn max_starts(&self) -> usize {
        self.lock().max_starts()
    }

    /// Whether one more stack may be started in this run.
    pub fn permit(&self, stack: &StackRef) -> bool {
        let mut records = self.lock();
        let max_starts = records.max_starts();
        let is_permitted = records.starts.contains(stack) || records.starts.len() < max_starts;
        if is_permitted {
            records.starts.insert(stack.clone());
        } else {
            records.has_held_back = true;
        }
        is_permitted
    }

    /// Whether to start the program again for stacks that were held back: true once, if there are any. A run with
    /// `n_starts` holds back those beyond the limit.
    pub fn conducts_again(&self, n_starts: usize) -> bool {
        let mut records = self.lock();
        let is_needed = records.has_held_back || n_starts > records.max_starts();
        is_needed && !std::mem::replace(&mut records.is_conducted_again, true)
    }

    /// The shared look of the program's joins. It is made when first needed, and again for a join that needs more. `above`
    /// are the program's other declarations above the join's stack; `ask` returns all declarations, and a time of the cloud
    /// if joins need one.
    ///
    /// # Errors
    ///
    /// Those of `ask`, and those of [`Look::at`].
    pub async fn look(
        &self,
        survey: &Survey,
        need: Need<'_>,
        above: &BTreeSet<StackRef>,
        ask: impl AsyncFnOnce() -> Result<(Declared, Option<Timestamp>), Unavailable>,
    ) -> Result<Arc<Look>, Unavailable> {
        let mut kept = self.look.lock().await;
        if let Some(look) = kept.as_ref().filter(|look| look.covers(need, above)) {
            return Ok(Arc::clone(look));
        }
        let (declared, clock) = ask().await?;
        let taken = Arc::new(Look::at(survey, &declared, need, clock).await?);
        *kept = Some(Arc::clone(&taken));
        Ok(taken)
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records
            .lock()
            .expect("nobody panics while holding this lock")
    }
}
