//! Which of the deployments that wait are not worth running any more.
//!
//! # What this may not do
//!
//! Look into the store: it is pure.

use super::states::Operation;

/// A deployment in the queue of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued<Id> {
    pub(crate) id: Id,
    pub(crate) operation: Operation,
    /// Whether its settings say that only the latest of several that wait is to run.
    pub(crate) skips_intermediate: bool,
}

/// Of the deployments that wait for one stack, in their order, those that are to be skipped when another has finished:
/// each that may be skipped and has a later one of the same operation behind it.
pub(crate) fn superseded<Id: Copy>(waiting: &[Queued<Id>]) -> Vec<Id> {
    let is_superseded = |place: usize, one: &Queued<Id>| {
        let mut later = waiting.iter().skip(place + 1);
        one.skips_intermediate && later.any(|other| other.operation == one.operation)
    };
    waiting
        .iter()
        .enumerate()
        .filter(|(place, one)| is_superseded(*place, one))
        .map(|(_, one)| one.id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `u` and `p` are an update and a preview; in capitals they may be skipped.
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
    fn only_the_latest_of_each_operation_is_kept() {
        check("", &[]);
        check("U", &[]);
        check("UUU", &[0, 1]);
        check("UPU", &[0]);
        check("UPUP", &[0, 1]);
    }

    #[test]
    fn what_may_not_be_skipped_stays() {
        check("uuu", &[]);
        check("uUu", &[1]);
        check("Uu", &[0]);
    }
}
