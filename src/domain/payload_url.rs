//! Which payload URLs can be valid.
//!
//! The rules are those of the Pulumi CLI (pulumi/pulumi, `pkg/cmd/pulumi/stack/stack_webhook_new.go`).
//!
//! # What this may not do
//!
//! Refuse what the cloud may accept: a rule is here only if nothing else can be valid.

use super::events::Format;
use super::names::check_path_name;
use url::Url;

/// The longest payload URL, in characters. Servers and clouds accept no longer ones.
const MAX_TARGET: usize = 2048;

/// Checks that deliveries in `format` can go to `target`.
///
/// # Errors
///
/// What to write instead, for a message that names the property.
pub fn check_payload_url(format: Format, target: &str) -> Result<(), String> {
    if target.is_empty() {
        return Err("must not be empty: write where the deliveries go".to_owned());
    }
    // A URL parser drops these characters, but the webhook would be created with them.
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
