//! Which names and addresses can be right.
//!
//! The rules for webhook names and payload URLs are those of the Pulumi CLI (pulumi/pulumi,
//! `pkg/cmd/pulumi/stack/stack_webhook_new.go`).
//!
//! # What this may not do
//!
//! Refuse what the cloud may know better: a rule is here only if nothing else can be right.

use super::events::Format;
use std::str::FromStr;
use url::Url;

/// The longest name of a project, stack or organization, in characters.
const MAX_NAME: usize = 100;

/// The longest name of a webhook: the width of its column on the cloud.
const MAX_HOOK_NAME: usize = 32;

/// The longest payload URL, in characters; servers and clouds take no longer ones.
const MAX_TARGET: usize = 2048;

/// A webhook's name: 1 to 32 letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HookName(String);

/// The text cannot be a webhook's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_HOOK_NAME} characters long, of letters, digits, `.`, `_` and `-`")]
pub struct HookNameError;

impl HookName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HookName {
    type Err = HookNameError;

    fn from_str(text: &str) -> Result<HookName, HookNameError> {
        let fits = (1..=MAX_HOOK_NAME).contains(&text.len())
            && text.bytes().all(is_name_byte)
            && !is_dots(text);
        if fits {
            Ok(HookName(text.to_owned()))
        } else {
            Err(HookNameError)
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

/// Checks that deliveries in `format` can go to `target`.
///
/// # Errors
///
/// What to write instead, for a message that names the property.
pub fn check_payload_url(format: Format, target: &str) -> Result<(), String> {
    if target.is_empty() {
        return Err("must not be empty: write where the deliveries go".to_owned());
    }
    // An address is read without such characters, but not sent without them.
    if target.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(
            "must not have spaces, line breaks or other such characters in it: take them out"
                .to_owned(),
        );
    }
    if target.chars().count() > MAX_TARGET {
        return Err(format!("must not be longer than {MAX_TARGET} characters"));
    }
    let fits = match format {
        Format::PulumiDeployments => match target.split('/').collect::<Vec<_>>()[..] {
            [project, stack] => check_path_name(project)
                .and_then(|()| check_path_name(stack))
                .is_ok(),
            _ => false,
        },
        Format::Slack => {
            target.starts_with("https://hooks.slack.com/") && Url::parse(target).is_ok()
        }
        Format::Raw | Format::MicrosoftTeams => is_web_address(target),
    };
    let expected = match format {
        _ if fits => return Ok(()),
        Format::PulumiDeployments => {
            "must be `project/stack`, the stack to update in the webhook's own organization"
        }
        Format::Slack => {
            "must be an incoming webhook of Slack, which begins with `https://hooks.slack.com/`"
        }
        Format::Raw | Format::MicrosoftTeams => {
            "must be a URL that begins with `https://` or `http://`"
        }
    };
    Err(expected.to_owned())
}

fn is_web_address(target: &str) -> bool {
    Url::parse(target).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// `.` and `..` would walk out of a URL's path.
fn is_dots(name: &str) -> bool {
    name == "." || name == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_names_fit_the_clouds_column() {
        for good in ["a", "4b0d0671", "A.b_c-d", &"x".repeat(32)] {
            assert!(good.parse::<HookName>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", ".", "..", &"x".repeat(33)] {
            assert!(bad.parse::<HookName>().is_err(), "{bad}");
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
