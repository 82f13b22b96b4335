//! What the checks of a component report, and how much of it is shown.
//!
//! # What this may not do
//!
//! Find anything, or know where it is shown.

use crate::findings::{Code, Finding, Severity};
use crate::survey::Unavailable;
use std::collections::BTreeMap;

/// The most warnings of one kind in a deployment. A layered graph has more diamonds than anyone wants to read.
const MOST: usize = 10;

/// What to report.
#[derive(Debug, Default)]
pub struct Remarks {
    /// The findings, in order.
    pub(super) findings: Vec<Finding>,
    /// Why something is unknown, if a request for it failed.
    pub(super) unavailable: Option<Unavailable>,
}

/// The findings to show, which are all errors and the first few warnings of each kind, and the number of others by kind.
/// `count` counts one more of a kind and returns the new number.
pub(super) fn bounded<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    mut count: impl FnMut(Code) -> usize,
) -> (Vec<&'a Finding>, BTreeMap<Code, usize>) {
    let (mut told, mut more) = (Vec::new(), BTreeMap::new());
    for finding in findings {
        if finding.severity == Severity::Error || count(finding.code) <= MOST {
            told.push(finding);
        } else {
            *more.entry(finding.code).or_default() += 1;
        }
    }
    (told, more)
}

/// What is shown in place of the others.
pub(super) fn more_of(code: Code, n: usize) -> String {
    let are = if n == 1 { "is" } else { "are" };
    format!(
        "there {are} {n} more of the kind `{}` here, and perhaps at other resources; `auto-deploy check` lists \
         those that are live",
        code.as_str()
    )
}
