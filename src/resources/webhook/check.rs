//! The rules for a webhook's inputs, and their defaults.
//!
//! Scopes and defaults follow pulumi/pulumi-pulumiservice, `provider/pkg/resources/webhook.go`; the rules for payload URLs
//! follow the Pulumi CLI, pulumi/pulumi, `pkg/cmd/pulumi/stack/stack_webhook_new.go`.
//!
//! # What this may not do
//!
//! Judge unknown values, change what the program wrote, or make a request.

use super::inputs::WebhookInputs;
use crate::cloud::REMOVE_SECRET;
use crate::domain::{self, Filter, Format, Group, ScopeKind, WebhookName};
use crate::property::{CheckFailure, Input, Map, Value};
use crate::resources::outcome::Checked;
use crate::words::is_visible;
use secrecy::ExposeSecret as _;
use std::collections::BTreeSet;

/// The longest signing key, in bytes. HMAC with SHA-256 hashes any key longer than 64 bytes first.
const MAX_SECRET: usize = 1024;

/// The properties that are texts, and may be written as digits.
const TEXTS: [&str; 8] = [
    "organizationName",
    "projectName",
    "stackName",
    "environmentName",
    "displayName",
    "payloadUrl",
    "secret",
    "name",
];

/// Checks `news`. `organization` is the default for an absent `organizationName`, or why there is none.
///
/// A property that is the same as in `olds` is not checked again: the cloud has accepted it, perhaps by an import or under
/// other rules.
pub fn check(olds: &Map, news: &Map, organization: Option<&Result<String, String>>) -> Checked {
    let (inputs, mut failures) = WebhookInputs::read(news);
    check_scope(&inputs, &mut failures);
    check_names(&inputs, &mut failures);
    if let (None, Some(Err(reason))) = (&inputs.organization_name, organization) {
        failures.push(CheckFailure::new("organizationName", reason));
    }
    let scope = scope_kind(&inputs);
    if let Some(scope) = scope {
        check_events(&inputs, scope, &mut failures);
    }
    check_target(&inputs, scope, &mut failures);
    check_secret(&inputs, &mut failures);
    failures.retain(|failure| !is_kept(failure, olds, news));

    let mut filled = news.clone();
    // The state has the text, as the cloud does.
    for name in TEXTS {
        if let Some(value) = filled.get_mut(name) {
            *value = value.clone().spelled();
        }
    }
    // A program may have it as plain text; the state may not.
    if let Some(secret) = filled.get_mut("secret")
        && !secret.peel().secret
        && *secret != Value::Null
    {
        *secret = secret.clone().into_secret();
    }
    // Anyone who knows the address of a chat's webhook can post there.
    if format(&inputs).is_some_and(Format::is_of_a_chat)
        && let Some(url) = filled.get_mut("payloadUrl")
        && !url.peel().secret
        && *url != Value::Null
    {
        *url = url.clone().into_secret();
    }
    let organization = organization.and_then(|found| found.as_deref().ok());
    for (name, value) in defaults(&inputs, scope, organization) {
        filled.insert(name.to_owned(), value);
    }
    Checked {
        inputs: filled,
        failures,
    }
}

/// Whether a failure is about an unchanged property.
fn is_kept(failure: &CheckFailure, olds: &Map, news: &Map) -> bool {
    let value = |map: &Map| Some(map.get(failure.path.top_level()?)?.unmarked());
    value(olds).is_some_and(|old| value(news) == Some(old))
}

/// The kind of the webhook's scope; `None` if the properties contradict each other or are incomplete.
fn scope_kind(inputs: &WebhookInputs) -> Option<ScopeKind> {
    match (
        &inputs.project_name,
        &inputs.stack_name,
        &inputs.environment_name,
    ) {
        (None, None, None) => Some(ScopeKind::Organization),
        (Some(_), Some(_), None) => Some(ScopeKind::Stack),
        (Some(_), None, Some(_)) => Some(ScopeKind::Environment),
        _ => None,
    }
}

fn check_scope(inputs: &WebhookInputs, failures: &mut Vec<CheckFailure>) {
    let mut fail = |property, reason| failures.push(CheckFailure::new(property, reason));
    match (
        &inputs.project_name,
        &inputs.stack_name,
        &inputs.environment_name,
    ) {
        (_, Some(_), Some(_)) => fail(
            "stackName",
            "a webhook watches a stack or an environment, not both: remove `stackName` or `environmentName`",
        ),
        (None, Some(_), None) => fail(
            "projectName",
            "is required with `stackName`: name the project that the stack is in",
        ),
        (None, None, Some(_)) => {
            fail(
                "projectName",
                "is required with `environmentName`: name the project that the environment is in",
            );
        }
        (Some(_), None, None) => fail(
            "projectName",
            "does not say what to watch by itself: add `stackName` or `environmentName`, or remove it to watch the organization",
        ),
        _ => {}
    }
}

fn check_names(inputs: &WebhookInputs, failures: &mut Vec<CheckFailure>) {
    let mut check =
        |property, input: Option<&Input<String>>, rule: fn(&str) -> Result<(), String>| {
            if let Some(Err(reason)) = input.and_then(Input::now).map(|name| rule(name)) {
                failures.push(CheckFailure::new(property, reason));
            }
        };
    check(
        "organizationName",
        inputs.organization_name.as_ref(),
        domain::check_path_name,
    );
    check(
        "projectName",
        inputs.project_name.as_ref(),
        domain::check_path_name,
    );
    check(
        "stackName",
        inputs.stack_name.as_ref(),
        domain::check_path_name,
    );
    check(
        "environmentName",
        inputs.environment_name.as_ref(),
        domain::check_path_name,
    );
    check("displayName", Some(&inputs.display_name), check_text);
    check("name", inputs.name.as_ref(), |name| {
        name.parse::<WebhookName>()
            .map(drop)
            .map_err(|error| error.to_string())
    });
}

/// Checks a text for users: it must not be empty or contain control characters.
fn check_text(text: &str) -> Result<(), String> {
    match text {
        blank if blank.trim().is_empty() => {
            Err("must not be empty: give the webhook a name that people recognize".to_owned())
        }
        long if long.chars().count() > 256 => {
            Err("must not be longer than 256 characters".to_owned())
        }
        odd if !is_visible(odd) => {
            Err("must not contain control characters and others that cannot be seen".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_events(inputs: &WebhookInputs, scope: ScopeKind, failures: &mut Vec<CheckFailure>) {
    let groups: Vec<(usize, Group)> = known_items(inputs.groups.as_ref());
    for (index, group) in &groups {
        if !group.is_available(scope) {
            let reason = format!(
                "a webhook on {scope} does not get the events of `{}`",
                group.as_str()
            );
            failures.push(CheckFailure {
                path: at("groups", *index),
                reason,
            });
        }
    }
    for (index, filter) in known_items::<Filter>(inputs.filters.as_ref()) {
        let covering = groups.iter().find(|(_, group)| filter.group() == *group);
        let reason = match covering {
            _ if !filter.is_available(scope) => format!(
                "a webhook on {scope} does not get the event `{}`",
                filter.as_str()
            ),
            Some((_, group)) => format!(
                "`{}` is already in the group `{}`: remove one of the two",
                filter.as_str(),
                group.as_str()
            ),
            None => continue,
        };
        failures.push(CheckFailure {
            path: at("filters", index),
            reason,
        });
    }
}

fn check_target(
    inputs: &WebhookInputs,
    scope: Option<ScopeKind>,
    failures: &mut Vec<CheckFailure>,
) {
    let format = format(inputs);
    if format == Some(Format::PulumiDeployments) && scope == Some(ScopeKind::Organization) {
        let reason = "`pulumi_deployments` works on a stack or an environment only: add `projectName` and `stackName`";
        failures.push(CheckFailure::new("format", reason));
    }
    let Some(target) = inputs.payload_url.now() else {
        return;
    };
    let judge = |format: &Format| domain::check_payload_url(*format, target).err();
    let reason = if let Some(format) = format {
        judge(&format)
    } else {
        // It must be valid for at least one of them.
        let reasons: Option<BTreeSet<_>> = Format::ALL.iter().map(judge).collect();
        reasons.map(|mut reasons| match reasons.len() {
            1 => reasons.pop_first().unwrap_or_default(),
            _ => "fits no format: write a URL, or `project/stack` for `pulumi_deployments`"
                .to_owned(),
        })
    };
    failures.extend(reason.map(|reason| CheckFailure::new("payloadUrl", reason)));
}

fn check_secret(inputs: &WebhookInputs, failures: &mut Vec<CheckFailure>) {
    let Some(secret) = inputs.secret.as_ref().and_then(Input::now) else {
        return;
    };
    let reason = match secret.0.expose_secret() {
        "" => "must not be empty: leave it out to send deliveries without a signature",
        REMOVE_SECRET => "is the text that tells Pulumi Cloud to remove the secret: choose another",
        blank if blank.trim().is_empty() => {
            "must not consist of spaces: leave it out to send deliveries without a signature"
        }
        long if long.len() > MAX_SECRET => {
            "must not be longer than 1024 bytes: a key of 32 random bytes is enough"
        }
        _ => return,
    };
    failures.push(CheckFailure::new("secret", reason));
}

/// The format, by default `raw`; `None` while unknown.
fn format(inputs: &WebhookInputs) -> Option<Format> {
    match &inputs.format {
        None => Some(Format::Raw),
        Some(given) => given.now().copied(),
    }
}

fn defaults(
    inputs: &WebhookInputs,
    scope: Option<ScopeKind>,
    organization: Option<&str>,
) -> Vec<(&'static str, Value)> {
    let mut defaults = Vec::new();
    if let (None, Some(organization)) = (&inputs.organization_name, organization) {
        defaults.push(("organizationName", organization.into()));
    }
    if inputs.active.is_none() {
        defaults.push(("active", true.into()));
    }
    if inputs.format.is_none() {
        defaults.push(("format", Format::Raw.as_str().into()));
    }
    if let (Some(scope), Some(format)) = (scope, format(inputs))
        && is_empty(inputs.filters.as_ref())
        && is_empty(inputs.groups.as_ref())
    {
        defaults.push(default_events(scope, format));
    }
    defaults
}

/// The default events of a webhook. For a deployment, this is the one event after which the target should run: with the
/// groups of the other formats, every change would start it four times.
fn default_events(scope: ScopeKind, format: Format) -> (&'static str, Value) {
    if format == Format::PulumiDeployments {
        let filter = match scope {
            ScopeKind::Environment => Filter::EnvironmentRevisionCreated,
            ScopeKind::Organization | ScopeKind::Stack => Filter::UpdateSucceeded,
        };
        return ("filters", [filter.as_str()].into_iter().collect());
    }
    (
        "groups",
        domain::default_groups(scope)
            .iter()
            .map(|group| group.as_str())
            .collect(),
    )
}

/// Whether a list is known to be empty.
fn is_empty<T>(list: Option<&Input<Vec<T>>>) -> bool {
    list.is_none_or(|list| list.now().is_some_and(Vec::is_empty))
}

fn known_items<T: Copy>(list: Option<&Input<Vec<Input<T>>>>) -> Vec<(usize, T)> {
    let items = list.and_then(Input::now).into_iter().flatten().enumerate();
    items
        .filter_map(|(index, item)| Some((index, *item.now()?)))
        .collect()
}

fn at(property: &str, index: usize) -> crate::property::PropertyPath {
    crate::property::PropertyPath::from(property).index(index)
}

#[cfg(test)]
mod tests;
