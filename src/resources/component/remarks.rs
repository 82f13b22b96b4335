//! What the checks of a component have to say, and how much of it is said.
//!
//! # What this may not do
//!
//! Find anything, or know to whom it is said.

use crate::findings::{Code, Finding, Severity};
use crate::survey::Unavailable;
use std::collections::BTreeMap;

/// How many warnings of one kind are reported in a deployment; a graph with layers has more diamonds than anyone reads.
const MOST: usize = 10;

/// What there is to say.
#[derive(Debug, Default)]
pub struct Remarks {
    /// The findings, in order.
    pub(super) findings: Vec<Finding>,
    /// Why something is not known, if something was asked that the cloud did not tell.
    pub(super) unavailable: Option<Unavailable>,
}

/// The findings to tell, which are all errors and the first few warnings of each kind, and how many more there are.
/// `count` counts those of a kind, each time one more.
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

/// What is said in place of the rest.
pub(super) fn more_of(code: Code, n: usize) -> String {
    let are = if n == 1 { "is" } else { "are" };
    format!(
        "there {are} {n} more of the kind `{}` here, and perhaps at other resources; `auto-deploy check` lists \
         those that are live",
        code.as_str()
    )
}
