//! The expected result of each cell, computed without the provider: the rules in `docs/reliability.md`.

use super::REPEATS;
use super::faults::{Fault, Meaning, Moment};
use super::operations::Operation;
use tonic::Code;

/// How an operation must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As if nothing had gone wrong.
    Done,
    /// The cloud says that there is no webhook, and so does the state.
    HasNone,
    /// With a failure of this code; the state stays as it is.
    Fails(Code),
    /// With a failure that tells the engine what exists, which goes into the state.
    FailsHalfWay,
}

/// The expected result of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) end: End,
    pub(crate) n_calls: usize,
    /// Whether the cloud has carried out the request; always true for a read.
    pub(crate) is_done: bool,
}

/// The requests of a create after its webhook exists: for the program's own state, and for duplicates.
const N_AFTERWARDS: usize = 2;

/// The expected result of `operation` when its first `times` requests meet `fault`.
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
        // It creates the webhook again under its name, and finds it.
        Meaning::Gone if operation == Operation::Update && times == 1 => {
            expected(End::Done, 3, true)
        }
        Meaning::Gone if operation == Operation::Update => {
            expected(End::Fails(Code::NotFound), 2, false)
        }
        Meaning::Gone => expected(gone(operation), 1, was_done),
        Meaning::Conflict => expected(End::Fails(Code::FailedPrecondition), 1, was_done),
        // It was carried out, and the answer of a delete has no further content.
        Meaning::Foreign | Meaning::Misshapen if operation == Operation::Delete => {
            expected(End::Done, 1, true)
        }
        Meaning::Foreign | Meaning::Misshapen => expected(End::Fails(Code::Internal), 1, true),
    }
}

/// A create under a generated name.
fn of_create(fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    let was_done = fault.moment != Moment::Before;
    match fault.meaning {
        // A create whose first try was carried out finds its own webhook, and looks it up.
        Meaning::Passes if times < n_tries => {
            let n_looks = usize::from(was_done);
            expected(End::Done, times + 1 + n_looks + N_AFTERWARDS, true)
        }
        // No request reached the cloud.
        Meaning::Passes if fault.trouble.is_none() => {
            expected(End::Fails(Code::Unavailable), 0, false)
        }
        Meaning::Passes if fault.is_turned_away() => {
            expected(End::Fails(Code::Unavailable), n_tries, false)
        }
        // Nobody knows the result, and the lookup does not tell either.
        Meaning::Passes => expected(End::FailsHalfWay, 2 * n_tries, was_done),
        Meaning::Refused(code) => expected(End::Fails(code), 1, was_done),
        Meaning::Gone => expected(End::Fails(Code::NotFound), 1, was_done),
        // It looks up the webhook with the name, which is its own if it exists.
        Meaning::Conflict if times == 1 => expected(End::Fails(Code::AlreadyExists), 2, false),
        Meaning::Conflict => expected(End::FailsHalfWay, 2, false),
        // It looks it up and finds its own webhook, unless that answer is broken too.
        Meaning::Foreign | Meaning::Misshapen if times == 1 => {
            expected(End::Done, 2 + N_AFTERWARDS, true)
        }
        Meaning::Foreign | Meaning::Misshapen => expected(End::FailsHalfWay, 2, true),
    }
}

/// A create under a name from the program: it looks whether the name is free before it changes anything.
fn of_named_create(fault: &Fault, times: usize) -> Expected {
    let n_tries = REPEATS + 1;
    match fault.meaning {
        Meaning::Passes if times < n_tries => expected(End::Done, times + 2 + N_AFTERWARDS, true),
        Meaning::Passes => {
            let n_calls = if fault.trouble.is_some() { n_tries } else { 0 };
            expected(End::Fails(Code::Unavailable), n_calls, false)
        }
        Meaning::Refused(code) => expected(End::Fails(code), 1, false),
        // If there is no list, the create itself gets the same answer.
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
