//! Which stacks users see as stale.
//!
//! # What this may not do
//!
//! Call a stack stale that was never updated or that was destroyed.

use super::due;
use super::ready::Outlook;
use super::seen::Seen;
use std::collections::VecDeque;

/// For each stack, whether it is stale: its newest completed attempt failed, an upstream stack succeeded after its own last
/// success began, or an upstream stack is stale.
pub(super) fn stale(seen: &Seen<'_>, outlook: &Outlook) -> Vec<bool> {
    let is_stale_itself = |stack: usize| {
        let mut upstream = seen.upstream(stack).iter();
        seen.is_live(stack)
            && (seen.has_failed(stack)
                || outlook.is_due(stack)
                || upstream.any(|&upstream| due::is_behind(seen, stack, upstream)))
    };
    let mut is_stale: Vec<bool> = (0..seen.len()).map(is_stale_itself).collect();
    let mut left: VecDeque<usize> = (0..seen.len()).filter(|&stack| is_stale[stack]).collect();
    while let Some(stack) = left.pop_front() {
        for &below in seen.downstream(stack) {
            if seen.is_live(below) && !is_stale[below] {
                is_stale[below] = true;
                left.push_back(below);
            }
        }
    }
    is_stale
}
