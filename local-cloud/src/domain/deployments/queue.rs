//! Which queued deployments need not run any more.
//!
//! # What this may not do
//!
//! Read the store: these are pure functions.

use super::states::Operation;

/// A deployment in the queue of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued<Id> {
    pub(crate) id: Id,
    pub(crate) operation: Operation,
    /// Whether its settings say that only the last of several queued deployments should run.
    pub(crate) skips_intermediate: bool,
}

/// The queued deployments of a stack, in order, that are skipped when another one has finished: each that may be skipped
/// and has one with the same operation directly behind it. So the newest always stays, and another operation between two
/// updates keeps both.
pub(crate) fn superseded<Id: Copy>(waiting: &[Queued<Id>]) -> Vec<Id> {
    let pairs = waiting.iter().zip(waiting.iter().skip(1));
    pairs
        .filter(|(one, next)| one.skips_intermediate && next.operation == one.operation)
        .map(|(one, _)| one.id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `u` and `p` are an update and a preview; capitals mean that it may be skipped.
    fn check(queue: &str, skipped: &[usize]) {
        let waiting: Vec<_> = queue
            .chars()
            .enumerate()
            .map(|(id, letter)| Queued {
                id,
                operation: if letter.eq_ignore_ascii_case(&'u') {
                    Operation::Update
                } else {
                    Operation::Preview
                },
                skips_intermediate: letter.is_ascii_uppercase(),
            })
            .collect();
        assert_eq!(superseded(&waiting), skipped, "{queue}");
    }

    #[test]
    fn of_several_of_one_operation_in_a_row_the_latest_is_kept() {
        check("", &[]);
        check("U", &[]);
        check("UUU", &[0, 1]);
        check("UPU", &[]);
        check("UUPPU", &[0, 2]);
    }

    #[test]
    fn what_may_not_be_skipped_stays() {
        check("uuu", &[]);
        check("uUu", &[1]);
        check("Uu", &[0]);
        check("UuP", &[0]);
    }
}
