//! Which stacks are examined in more detail than the decision needs, and which not at all.
//!
//! # What this may not do
//!
//! Make a request.

use crate::cascade::Join;
use crate::domain::StackRef;
use crate::joins::memory::Handled;
use std::collections::{BTreeMap, BTreeSet};

/// What to request beyond what the decision needs, and what is already known.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// The stacks whose own history is read, whatever the lists say: only that shows an update that is running outside of a
    /// deployment. Two requests each.
    pub closely: BTreeSet<StackRef>,
    /// The stacks for which it is asked whether they could be started, even if they are not due. Two requests each.
    pub freedom: BTreeSet<StackRef>,
    /// The stacks for which it is asked what distinguishes them from earlier ones of the same name. One request each.
    pub identity: BTreeSet<StackRef>,
    /// What joins remember.
    pub joins: BTreeMap<StackRef, Join>,
    /// The stacks about which nothing is requested, because nothing relevant has happened to them: the newest update of
    /// each.
    pub settled: BTreeMap<StackRef, Handled>,
}
