//! What a process keeps of the joins of its program between the engine's calls.
//!
//! # What this may not do
//!
//! Outlive a configuration: a preview and an update are two, and each looks for itself.

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

/// How many stacks the joins of a program start in one run, unless it says otherwise.
pub const MAX_STARTS: usize = 50;

/// What is known of the joins of a program since the provider was configured.
#[derive(Debug, Default)]
pub struct Joins {
    records: Mutex<Records>,
    /// The one look of all.
    look: tokio::sync::Mutex<Option<Arc<Look>>>,
}

#[derive(Debug, Default)]
struct Records {
    /// The joins that had a Check since their last Read.
    checked: BTreeSet<Urn>,
    /// What Diff found, for the Update that follows.
    planned: BTreeMap<Urn, Planned>,
    /// How many stacks may be started in this run, if the program says.
    bound: Option<usize>,
    /// The stacks that are started in this run.
    starts: BTreeSet<StackRef>,
    /// Whether some were held back because so many are started.
    has_held_back: bool,
    /// Whether the program was started again for those.
    is_conducted_again: bool,
}

/// What an update of a join will do.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What it remembers if nothing is started.
    pub memory: Memory,
    /// The decision, if its stack should be started.
    pub start: Option<Judged>,
}

impl Records {
    fn max_starts(&self) -> usize {
        self.bound.unwrap_or(MAX_STARTS)
    }
}

impl Joins {
    /// Notes a Check: the program declares the join now.
    pub fn checked(&self, urn: &Urn) {
        self.lock().checked.insert(urn.clone());
    }

    /// Notes a Read: until the next Check, a Diff is that of a refresh.
    pub fn read(&self, urn: &Urn) {
        self.lock().checked.remove(urn);
    }

    /// Whether a Diff of this join is that of a program which declares it, and not that of a refresh. The engine does not
    /// say: a refresh calls Read and then Diff, also in the middle of an update.
    pub fn is_declared(&self, urn: &Urn) -> bool {
        self.lock().checked.contains(urn)
    }

    /// Keeps what Diff found.
    pub fn plan(&self, urn: &Urn, planned: Planned) {
        self.lock().planned.insert(urn.clone(), planned);
    }

    /// What Diff found, once.
    pub fn take(&self, urn: &Urn) -> Option<Planned> {
        self.lock().planned.remove(urn)
    }

    /// Bounds how many stacks are started in this run. Of several bounds the lowest counts.
    pub fn bound(&self, max_starts: usize) {
        let mut records = self.lock();
        let bound = records
            .bound
            .map_or(max_starts, |bound| bound.min(max_starts));
        records.bound = Some(bound);
    }

    /// How many stacks may be started in this run.
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

    /// Whether to start the program again for stacks that were held back: the first time that this is asked for, if
    /// there are any. A run of `n_starts` holds back those beyond the bound.
    pub fn conducts_again(&self, n_starts: usize) -> bool {
        let mut records = self.lock();
        let is_needed = records.has_held_back || n_starts > records.max_starts();
        is_needed && !std::mem::replace(&mut records.is_conducted_again, true)
    }

    /// The one look of all joins of the program: taken when it is first asked for, and anew for a join that needs more.
    /// `above` is what the program declares above its stack besides; `ask` returns all that it declares, with a time of
    /// the cloud if joins need one.
    ///
    /// # Errors
    ///
    /// Those of `ask`, and as [`Look::at`].
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
