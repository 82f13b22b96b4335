//! The findings before the edges of a program are created.
//!
//! # What this may not do
//!
//! Judge what the cloud did not report.

use super::ends::Ends;
use super::finding::{Declared, Finding};
use super::{cycles, pushes, targets, webhooks};
use crate::survey::Facts;

/// The findings before the edges of a program are created, from what is on the cloud.
///
/// [`super::shapes()`] is not included. What the cloud did not report is not judged; the caller reports
/// [`Facts::unavailable`].
pub fn preflight(declared: &Declared, facts: &Facts) -> Vec<Finding> {
    let ends = Ends::of(&declared.edges);
    let live = facts.live_edges();
    let mut findings = targets::missing(&ends, declared, facts);
    findings.extend(targets::settings(&ends, &facts.settings));
    findings.extend(targets::paused(&ends, &facts.pauses));
    findings.extend(pushes::pushes(
        &ends,
        &facts.settings,
        &declared.joined.iter().collect(),
    ));
    findings.extend(webhooks::others(declared, &live));
    findings.extend(webhooks::own_events(declared));
    findings.extend(cycles::through_webhooks(declared, &live));
    findings.sort_unstable();
    findings.into_iter().map(Finding::cleaned).collect()
}
