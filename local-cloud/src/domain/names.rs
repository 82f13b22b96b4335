//! Which names are valid for organizations, projects, stacks, environments and webhooks.

/// The longest name of a project, stack or environment.
const MAX_NAME: usize = 100;

/// The longest name of a webhook.
const MAX_WEBHOOK_NAME: usize = 32;

/// A name is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a name of {what}: {rule}")]
pub struct NameError {
    what: &'static str,
    given: String,
    rule: &'static str,
}

/// Checks the name of an organization: 3 to 40 letters, digits, `-` and `_`, with a letter or digit at both ends.
///
/// # Errors
///
/// [`NameError`] if it is invalid.
pub(crate) fn check_organization(name: &str) -> Result<(), NameError> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    let fits = (3..=40).contains(&bytes.len())
        && bytes.iter().copied().all(inner)
        && ends(bytes.first())
        && ends(bytes.last());
    let rule = "it must have 3 to 40 letters, digits, `-` and `_`, and begin and end with a letter or digit";
    if fits {
        Ok(())
    } else {
        Err(NameError {
            what: "an organization",
            given: name.to_owned(),
            rule,
        })
    }
}

/// Checks the name of a project, stack or environment (`what`): 1 to 100 letters, digits, `.`, `_` and `-`.
///
/// # Errors
///
/// [`NameError`] if it is invalid, or is `.` or `..`, which cannot be part of a path.
pub(crate) fn check_segment(what: &'static str, name: &str) -> Result<(), NameError> {
    let rule = "it must have 1 to 100 letters, digits, `.`, `_` and `-`";
    if is_plain(name, MAX_NAME) {
        Ok(())
    } else {
        Err(NameError {
            what,
            given: name.to_owned(),
            rule,
        })
    }
}

/// Checks the name of a webhook: 1 to 32 letters, digits, `.`, `_` and `-`.
///
/// # Errors
///
/// [`NameError`] if it is invalid, or is `.` or `..`, which cannot be part of a path.
pub(crate) fn check_webhook(name: &str) -> Result<(), NameError> {
    let rule = "it must have 1 to 32 letters, digits, `.`, `_` and `-`";
    if is_plain(name, MAX_WEBHOOK_NAME) {
        Ok(())
    } else {
        Err(NameError {
            what: "a webhook",
            given: name.to_owned(),
            rule,
        })
    }
}

fn is_plain(name: &str, longest: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=longest).contains(&name.len()) && name.bytes().all(fits) && name != "." && name != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_can_and_cannot_be() {
        for name in ["acme", "a-1", "A_b-c"] {
            assert!(check_organization(name).is_ok(), "{name}");
        }
        for name in ["", "ab", "-acme", "acme_", "a.b.c", "a b", &"a".repeat(41)] {
            assert!(check_organization(name).is_err(), "{name}");
        }
        for name in ["x", "my.stack_1-a", &"a".repeat(100)] {
            assert!(check_segment("a stack", name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "ü", &"a".repeat(101)] {
            assert!(check_segment("a stack", name).is_err(), "{name}");
        }
        assert!(check_webhook(&"a".repeat(32)).is_ok());
        assert!(check_webhook(&"a".repeat(33)).is_err());
    }
}
