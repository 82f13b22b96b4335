//! Which stacks are asked about in more detail than the decision needs, and which not at all.
//!
//! # What this may not do
//!
//! Ask.

use crate::cascade::Join;
use crate::domain::StackRef;
use crate::joins::memory::Handled;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked beyond what the decision needs, and what is known besides.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// The stacks whose own history is read, whatever the lists say: only that shows an update that someone runs
    /// elsewhere just now. Two requests each.
    pub closely: BTreeSet<StackRef>,
    /// The stacks of which it is asked whether they could be started, though they need not be. Two requests each.
    pub freedom: BTreeSet<StackRef>,
    /// The stacks of which it is asked what distinguishes them from earlier ones of the same name. One request each.
    pub identity: BTreeSet<StackRef>,
    /// What joins remember.
    pub joins: BTreeMap<StackRef, Join>,
    /// The stacks about which nothing is asked, since nothing has happened to them that matters: the newest update of each.
    pub settled: BTreeMap<StackRef, Handled>,
}
