//! What must become of each cell, worked out without the provider: the rules that `docs/reliability.md` spells out.

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
    /// With a failure that tells the engine what is there, so it is in the state.
    FailsHalfWay,
}

/// What must become of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) end: End,
    pub(crate) n_calls: usize,
    /// Whether the cloud has done what was asked; always, if that is to look.
    pub(crate) is_done: bool,
}

/// What a create asks once its webhook is there: where the program's own state is, and for others that do the same.
const N_AFTERWARDS: usize = 2;

/// What must become of `operation` when its first `times` requests meet `fault`.
pub(crate) fn of(operation: Operation, fault: &Fault, times: usize) -> Expected {
    match operation {
        Operation::Create => of_create(fault, times),
        Operation::CreateNamed => of_named_create(fault, times),
        _ => of_other(operation, fault, times),
    }
}

fn expected(end: End, n_calls: usize, is_done: bool) -> Expected {
    Expected {
        end,
        n_calls,
        is_done,
    }
}

fn of_other(operation: Operation, fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    let was_done = fault.moment != Moment::Before || operation.reads();
    match fault.meaning {
        Meaning::Passes if times < n_tries => expected(End::Done, times + 1, true),
        Meaning::Passes => {
            let n_calls = if fault.trouble.is_some() { n_tries } else { 0 };
            expected(End::Fails(Code::Unavailable), n_calls, was_done)
        }
        Meaning::Refused(code) => expected(End::Fails(code), 1, was_done),
        // It makes it again under its name, and meets it.
        Meaning::Gone if operation == Operation::Update && times == 1 => {
            expected(End::Done, 3, true)
        }
        Meaning::Gone if operation == Operation::Update => {
            expected(End::Fails(Code::NotFound), 2, false)
        }
        Meaning::Gone => expected(gone(operation), 1, was_done),
        Meaning::Conflict => expected(End::Fails(Code::FailedPrecondition), 1, was_done),
        // It was done, and the answer of a delete says no more than that.
        Meaning::Foreign | Meaning::Misshapen if operation == Operation::Delete => {
            expected(End::Done, 1, true)
        }
        Meaning::Foreign | Meaning::Misshapen => expected(End::Fails(Code::Internal), 1, true),
    }
}

/// A create under a name that was made for it.
fn of_create(fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    let was_done = fault.moment != Moment::Before;
    match fault.meaning {
        // One whose first try was carried out meets itself, and looks.
        Meaning::Passes if times < n_tries => {
            let n_looks = usize::from(was_done);
            expected(End::Done, times + 1 + n_looks + N_AFTERWARDS, true)
        }
        // Nobody has seen it.
        Meaning::Passes if fault.trouble.is_none() => {
            expected(End::Fails(Code::Unavailable), 0, false)
        }
        Meaning::Passes if fault.is_turned_away() => {
            expected(End::Fails(Code::Unavailable), n_tries, false)
        }
        // Nobody knows what came of it, nor does the look say it.
        Meaning::Passes => expected(End::FailsHalfWay, 2 * n_tries, was_done),
        Meaning::Refused(code) => expected(End::Fails(code), 1, was_done),
        Meaning::Gone => expected(End::Fails(Code::NotFound), 1, was_done),
        // It looks at what has the name, which is its own if it is there.
        Meaning::Conflict if times == 1 => expected(End::Fails(Code::AlreadyExists), 2, false),
        Meaning::Conflict => expected(End::FailsHalfWay, 2, false),
        // It looks, and finds what it made, unless what it sees is spoilt, too.
        Meaning::Foreign | Meaning::Misshapen if times == 1 => {
            expected(End::Done, 2 + N_AFTERWARDS, true)
        }
        Meaning::Foreign | Meaning::Misshapen => expected(End::FailsHalfWay, 2, true),
    }
}

/// A create under a name that the program gives: it looks whether the name is free, before it changes anything.
fn of_named_create(fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    match fault.meaning {
        Meaning::Passes if times < n_tries => expected(End::Done, times + 2 + N_AFTERWARDS, true),
        Meaning::Passes => {
            let n_calls = if fault.trouble.is_some() { n_tries } else { 0 };
            expected(End::Fails(Code::Unavailable), n_calls, false)
        }
        Meaning::Refused(code) => expected(End::Fails(code), 1, false),
        // That there is no list is the create's own answer as well.
        Meaning::Gone if times == 1 => expected(End::Done, 2 + N_AFTERWARDS, true),
        Meaning::Gone => expected(End::Fails(Code::NotFound), 2, false),
        Meaning::Conflict => expected(End::Fails(Code::FailedPrecondition), 1, false),
        Meaning::Foreign | Meaning::Misshapen => expected(End::Fails(Code::Internal), 1, false),
    }
}

fn gone(operation: Operation) -> End {
    match operation {
        Operation::Delete => End::Done,
        _ if operation.reads() => End::HasNone,
        _ => End::Fails(Code::NotFound),
    }
}
