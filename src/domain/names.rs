//! Which names can be valid.
//!
//! The rules for webhook names are those of the Pulumi CLI (pulumi/pulumi,
//! `pkg/cmd/pulumi/stack/stack_webhook_new.go`).
//!
//! # What this may not do
//!
//! Refuse what the cloud may accept: a rule is here only if nothing else can be valid.

use std::str::FromStr;

/// The longest name of a project, stack or organization, in characters.
const MAX_NAME: usize = 100;

/// The longest name of a webhook: the width of its column on the cloud.
const MAX_WEBHOOK_NAME: usize = 32;

/// A webhook's name: 1 to 32 letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookName(String);

/// The text cannot be a webhook's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_WEBHOOK_NAME} characters long, of letters, digits, `.`, `_` and `-`")]
pub struct WebhookNameError;

impl WebhookName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebhookName {
    type Err = WebhookNameError;

    fn from_str(text: &str) -> Result<WebhookName, WebhookNameError> {
        let fits = (1..=MAX_WEBHOOK_NAME).contains(&text.len())
            && text.bytes().all(is_name_byte)
            && !is_dots(text);
        if fits {
            Ok(WebhookName(text.to_owned()))
        } else {
            Err(WebhookNameError)
        }
    }
}

/// Checks the name of an organization, project, stack or environment.
///
/// # Errors
///
/// What is wrong, for a message that names the property.
pub fn check_path_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if name.contains('/') {
        return Err("must be a single name, without `/`".to_owned());
    }
    if !name.bytes().all(is_name_byte) || is_dots(name) {
        return Err("must be of letters, digits, `.`, `_` and `-`".to_owned());
    }
    if name.len() > MAX_NAME {
        return Err(format!("must not be longer than {MAX_NAME} characters"));
    }
    Ok(())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// `.` and `..` would change a URL's path.
fn is_dots(name: &str) -> bool {
    name == "." || name == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_names_fit_the_clouds_column() {
        for good in ["a", "4b0d0671", "A.b_c-d", &"x".repeat(32)] {
            assert!(good.parse::<WebhookName>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", ".", "..", &"x".repeat(33)] {
            assert!(bad.parse::<WebhookName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn path_names_are_single_plain_names() {
        let check = |name: &str, expected: &str| {
            assert_eq!(
                check_path_name(name).err().unwrap_or_default(),
                expected,
                "{name:?}"
            );
        };
        check("my-project.2_x", "");
        check("", "must not be empty");
        check("a/b", "must be a single name, without `/`");
        for odd in ["..", ".", "a b", "a\n", "a?", "a#", "a%2f", "ä"] {
            check(odd, "must be of letters, digits, `.`, `_` and `-`");
        }
        check(
            &"x".repeat(10_000),
            "must not be longer than 100 characters",
        );
    }
}
