//! The result for all stacks.
//!
//! # What this may not do
//!
//! Call a result with a gap complete.

use super::events::Op;
use super::gap::Gap;
use super::members::Onlooker;
use super::row::{Result, Row};
use crate::domain::StackRef;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The result for all stacks.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The result for each member, layer by layer.
    pub rows: Vec<Row>,
    /// The stacks that read a member but that nothing starts.
    pub onlookers: Vec<Onlooker>,
}

/// A change for which the exit status reports a failure, as the user asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailOn {
    /// Anything changes, even if only an output.
    Change,
    /// A resource is created.
    Create,
    /// A resource is changed in place.
    Update,
    /// A resource is replaced. The deletion that this implies is not a [`FailOn::Delete`].
    Replace,
    /// A resource is deleted.
    Delete,
    /// An output changes.
    Output,
}

impl FailOn {
    /// All of them.
    pub const ALL: [FailOn; 6] = [
        FailOn::Change,
        FailOn::Create,
        FailOn::Update,
        FailOn::Replace,
        FailOn::Delete,
        FailOn::Output,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            FailOn::Change => "change",
            FailOn::Create => "create",
            FailOn::Update => "update",
            FailOn::Replace => "replace",
            FailOn::Delete => "delete",
            FailOn::Output => "output",
        }
    }

    fn is_met(self, row: &Row) -> bool {
        let has = |op| row.count(op) > 0;
        match self {
            FailOn::Change => row.changes(),
            FailOn::Create => has(Op::Create),
            FailOn::Update => has(Op::Update),
            FailOn::Replace => has(Op::Replace),
            FailOn::Delete => has(Op::Delete),
            FailOn::Output => row.n_outputs() > 0,
        }
    }
}

/// The text is not one of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is none of `change`, `create`, `update`, `replace`, `delete`, `output`")]
pub struct UnknownFailOn;

impl FromStr for FailOn {
    type Err = UnknownFailOn;

    fn from_str(text: &str) -> std::result::Result<FailOn, UnknownFailOn> {
        let mut all = FailOn::ALL.into_iter();
        all.find(|it| it.as_str() == text).ok_or(UnknownFailOn)
    }
}

/// The number of stacks with each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Stacks in which something changes.
    pub n_changing: usize,
    /// Stacks in which a resource is replaced.
    pub n_replacing: usize,
    /// Stacks in which a resource is deleted.
    pub n_deleting: usize,
    /// Stacks in which nothing changes.
    pub n_unchanged: usize,
    /// Stacks whose preview failed.
    pub n_failed: usize,
    /// Stacks without a preview.
    pub n_unreached: usize,
    /// Stacks that would not be started.
    pub n_resting: usize,
    /// Stacks whose preview may be wrong.
    pub n_doubtful: usize,
}

impl Outcome {
    /// The number of stacks with each result.
    pub fn summary(&self) -> Summary {
        let n = |is: &dyn Fn(&Row) -> bool| self.rows.iter().filter(|row| is(row)).count();
        Summary {
            n_changing: n(&|row| row.result() == Result::Changes),
            n_replacing: n(&|row| row.is_good() && row.count(Op::Replace) > 0),
            n_deleting: n(&|row| row.is_good() && row.count(Op::Delete) > 0),
            n_unchanged: n(&|row| row.result() == Result::Unchanged),
            n_failed: n(&|row| row.result() == Result::Failed),
            n_unreached: n(&|row| row.result() == Result::NotPreviewed),
            n_resting: n(&|row| row.result() == Result::NotStarted),
            n_doubtful: n(&|row| row.is_good() && !row.gaps.is_empty()),
        }
    }

    /// All gaps, each with its stack.
    pub fn gaps(&self) -> impl Iterator<Item = (&StackRef, &Gap)> {
        self.rows
            .iter()
            .flat_map(|row| row.gaps.iter().map(move |gap| (&row.stack, gap)))
    }

    /// Whether there is a gap.
    pub fn is_incomplete(&self) -> bool {
        self.gaps().next().is_some()
    }

    /// Whether a preview failed or contains a change for which the user asked to fail.
    pub fn fails(&self, on: &BTreeSet<FailOn>) -> bool {
        self.rows.iter().any(|row| {
            row.result() == Result::Failed
                || (row.result() == Result::Changes && on.iter().any(|it| it.is_met(row)))
        })
    }
}

impl fmt::Display for Summary {
    /// One sentence without a full stop, such as `3 stacks change, 1 replaces a resource, 2 are not reached`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![match self.n_changing {
            0 => "no stack changes".to_owned(),
            1 => "1 stack changes".to_owned(),
            n => format!("{n} stacks change"),
        }];
        for (n, one, many) in [
            (self.n_replacing, "replaces a resource", "replace resources"),
            (self.n_deleting, "deletes a resource", "delete resources"),
            (self.n_unchanged, "stays as it is", "stay as they are"),
            (self.n_failed, "fails", "fail"),
            (self.n_resting, "would not start", "would not start"),
            (self.n_unreached, "is not reached", "are not reached"),
            (self.n_doubtful, "may be wrong", "may be wrong"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {}", if n == 1 { one } else { many }));
            }
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{edges, stack};
    use super::super::events::{Change, Seen};
    use super::super::members::{Members, Ties};
    use super::super::outputs::{Output, OutputChange};
    use super::*;
    use std::collections::BTreeMap;

    /// A stack with these changes of resources, whose preview completed.
    fn row(ops: &[Op]) -> Row {
        let ties = Ties {
            webhooks: edges(&[]),
            ..Ties::default()
        };
        let members = Members::of(&stack("app"), ties, false);
        let change = |op: &Op| Change {
            urn: format!("urn::{}", op.as_str()),
            kind: "a:b:C".to_owned(),
            op: *op,
            forced_by: Vec::new(),
            is_protected: false,
        };
        Row {
            seen: Some(Seen {
                changes: ops.iter().map(change).collect(),
                counts: Some(BTreeMap::new()),
                ..Seen::default()
            }),
            outputs: Some(BTreeMap::new()),
            ..Row::of(&members.members()[0])
        }
    }

    fn with_output(change: OutputChange) -> Row {
        Row {
            outputs: Some(BTreeMap::from([("cidr".to_owned(), change)])),
            ..row(&[])
        }
    }

    fn failed() -> Row {
        Row {
            failure: Some("it broke".to_owned()),
            ..row(&[])
        }
    }

    fn with_gap(gap: Gap) -> Row {
        Row {
            gaps: vec![gap],
            ..row(&[Op::Create])
        }
    }

    fn outcome(rows: Vec<Row>) -> Outcome {
        Outcome {
            rows,
            onlookers: Vec::new(),
        }
    }

    #[test]
    fn one_sentence_says_what_would_happen() {
        let said = |rows| outcome(rows).summary().to_string();
        insta::assert_snapshot!(said(vec![row(&[])]), @"no stack changes, 1 stays as it is");
        insta::assert_snapshot!(said(vec![
            row(&[Op::Create]),
            row(&[Op::Replace, Op::Delete]),
            with_output(OutputChange::Unknown),
            with_output(OutputChange::Secret),
            failed(),
            with_gap(Gap::NoSettings),
            with_gap(Gap::Skipped),
            with_gap(Gap::Updated { from: 1, to: 2 }),
        ]), @"4 stacks change, 1 replaces a resource, 1 deletes a resource, 1 stays as it is, 1 fails, 2 are not reached, 1 may be wrong");
    }

    #[test]
    fn a_gap_is_never_complete_and_only_a_doubt_leaves_a_result() {
        let updated = Gap::Updated { from: 1, to: 2 };
        for (gap, expected) in [
            (Gap::NoWindows, Result::NotPreviewed),
            (Gap::Below(stack("x")), Result::NotPreviewed),
            (Gap::NoSummary, Result::NotPreviewed),
            (Gap::OldValues([stack("x")].into()), Result::Changes),
            (updated, Result::Changes),
        ] {
            let row = with_gap(gap);
            assert_eq!(row.result(), expected);
            assert!(outcome(vec![row]).is_incomplete());
        }
        assert!(!outcome(vec![row(&[]), failed()]).is_incomplete());
        assert_eq!(row(&[]).result(), Result::Unchanged);
        let nothing = Row {
            seen: None,
            ..row(&[])
        };
        assert_eq!(nothing.result(), Result::NotPreviewed);
    }

    #[test]
    fn what_fails_is_what_was_named() {
        let fails = |row: &Row| -> String {
            let words = FailOn::ALL.into_iter().filter(|on| {
                let outcome = outcome(vec![row.clone()]);
                outcome.fails(&BTreeSet::from([*on]))
            });
            words.map(FailOn::as_str).collect::<Vec<_>>().join(",")
        };
        assert_eq!(fails(&row(&[])), "");
        assert_eq!(fails(&row(&[Op::Create])), "change,create");
        assert_eq!(fails(&row(&[Op::Replace])), "change,replace");
        assert_eq!(
            fails(&row(&[Op::Delete, Op::Update])),
            "change,update,delete"
        );
        assert_eq!(fails(&row(&[Op::Import])), "change");
        assert_eq!(fails(&with_output(OutputChange::Unknown)), "change,output");
        assert_eq!(fails(&with_output(OutputChange::Secret)), "");
        let added = OutputChange::Added(Output::Secret);
        assert_eq!(fails(&with_output(added)), "change,output");
        assert!(outcome(vec![failed()]).fails(&BTreeSet::new()));
        assert!(!outcome(vec![row(&[Op::Delete])]).fails(&BTreeSet::new()));
        assert!(FailOn::ALL.iter().all(|on| on.as_str().parse() == Ok(*on)));
        assert_eq!("moon".parse::<FailOn>(), Err(UnknownFailOn));
    }
}
