//! What must come of each cell, said without the provider: the rules that `docs/reliability.md` spells out.

use super::REPEATS;
use super::faults::{Fault, Meaning, Moment};
use super::operations::Operation;
use tonic::Code;

/// How an operation must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As if nothing had gone wrong.
    Done,
    /// The cloud says that there is none, and so does the state.
    HasNone,
    /// With a failure of this code; what is in the state stays.
    Fails(Code),
    /// With a failure that tells the engine what is there, so that it is in the state.
    FailsHalfWay,
}

/// What must come of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) end: End,
    pub(crate) n_calls: usize,
    /// Whether the cloud has done what was asked; always, if that is to look.
    pub(crate) is_done: bool,
}

/// What must come of `operation` when its first `times` requests meet `fault`.
pub(crate) fn of(operation: Operation, fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    let was_done = fault.moment != Moment::Before || operation.reads();
    let creates = operation.creates();
    let expected = |end, n_calls, is_done| Expected {
        end,
        n_calls,
        is_done,
    };
    match fault.meaning {
        // A create whose first try was carried out meets itself, and looks.
        Meaning::Passes if times < n_tries => expected(
            End::Done,
            times + 1 + usize::from(creates && was_done),
            true,
        ),
        Meaning::Passes => {
            let n_calls = if fault.trouble.is_some() { n_tries } else { 0 };
            expected(End::Fails(Code::Unavailable), n_calls, was_done)
        }
        Meaning::Refused(code) => expected(End::Fails(code), 1, was_done),
        Meaning::Gone => expected(gone(operation), 1, was_done),
        // It looks whether what has the name is its own.
        Meaning::Conflict if creates => {
            let code = match times {
                1 => Code::AlreadyExists,
                _ => Code::FailedPrecondition,
            };
            expected(End::Fails(code), 2, false)
        }
        Meaning::Conflict => expected(End::Fails(Code::FailedPrecondition), 1, was_done),
        // It was done, and the answer of a delete says no more than that.
        Meaning::Foreign | Meaning::Misshapen if operation == Operation::Delete => {
            expected(End::Done, 1, true)
        }
        // It looks, and finds what it made, unless what it sees is spoilt, too.
        Meaning::Foreign | Meaning::Misshapen if creates && times == 1 => {
            expected(End::Done, 2, true)
        }
        Meaning::Misshapen if creates => expected(End::FailsHalfWay, 2, true),
        Meaning::Foreign | Meaning::Misshapen => {
            expected(End::Fails(Code::Internal), 1 + usize::from(creates), true)
        }
    }
}

fn gone(operation: Operation) -> End {
    match operation {
        Operation::Delete => End::Done,
        _ if operation.reads() => End::HasNone,
        _ => End::Fails(Code::NotFound),
    }
}
