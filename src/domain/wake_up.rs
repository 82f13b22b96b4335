//! The display name of a webhook that wakes up the stack that conducts joins.
//!
//! On the cloud, this name alone shows which stacks conduct joins.
//!
//! # What this may not do
//!
//! Know whether the target has joins.

use super::stack_ref::StackRef;

/// The display name of a wake-up webhook, or its prefix.
const WORD: &str = "wake-up";

/// The display name of a webhook that wakes up this stack.
pub fn wake_up_name(conductor: &StackRef) -> String {
    format!("{WORD} {}", conductor.short())
}

/// Whether a webhook with this display name wakes up a stack that conducts joins.
pub fn is_wake_up(display_name: &str) -> bool {
    let rest = display_name.strip_prefix(WORD);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_recognised_and_others_are_not() {
        let conductor = StackRef::new("acme", "wiring", "prod").expect("it is a name");
        assert_eq!(wake_up_name(&conductor), "wake-up wiring/prod");
        for (name, expected) in [
            (wake_up_name(&conductor).as_str(), true),
            ("wake-up", true),
            ("wake-ups", false),
            ("app/prod", false),
        ] {
            assert_eq!(is_wake_up(name), expected, "{name}");
        }
    }
}
