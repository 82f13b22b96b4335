//! The body of a request that creates or changes a webhook, and its rules.
//!
//! # What this may not do
//!
//! Read the store, or use the network: these are pure functions.

use super::events::{Event, Group};
use super::webhook::{Format, Scope, WebhookSettings};
use crate::domain::names;
use crate::domain::words::UnknownWord;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// The maximum length of a webhook's texts, in characters.
const MAX_TEXT: usize = 4096;

/// The secret that means "remove the secret". An empty secret keeps the old one.
const REMOVE_SECRET: &str = "__remove-secret";

/// The body of a create or an update. Unknown keys are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookBody {
    organization_name: Option<String>,
    project_name: Option<String>,
    stack_name: Option<String>,
    env_name: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    payload_url: Option<String>,
    active: Option<bool>,
    format: Option<String>,
    filters: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    secret: Option<SecretString>,
}

/// What happens to a webhook's secret.
#[derive(Clone, Debug)]
pub(crate) enum SecretChange {
    Keep,
    Remove,
    Set(SecretString),
}

/// The body is invalid, with all problems.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct InvalidWebhook(Vec<String>);

impl fmt::Display for InvalidWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl WebhookBody {
    /// The name and settings of a webhook to create. An empty name counts as absent.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`] if a required field is missing, the body names another scope than the path, or a value is
    /// invalid.
    pub(crate) fn to_new(
        &self,
        scope: &Scope,
    ) -> Result<(Option<String>, WebhookSettings), InvalidWebhook> {
        let mut problems = Vec::new();
        if self.organization_name.is_none() {
            problems.push("`organizationName` is required".to_owned());
        }
        self.check_scope(scope, &mut problems);
        let name = self.name.clone().filter(|name| !name.is_empty());
        if let Some(Err(error)) = name.as_deref().map(names::check_webhook) {
            problems.push(format!("`name`: {error}"));
        }
        let mut required = |given: Option<String>, name| {
            if given.is_none() {
                problems.push(format!("`{name}` is required"));
            }
            given.unwrap_or_default()
        };
        let display_name = required(self.display_name.clone(), "displayName");
        let payload_url = required(self.payload_url.clone(), "payloadUrl");
        if self.active.is_none() {
            problems.push("`active` is required".to_owned());
        }
        let nothing = WebhookSettings {
            display_name,
            payload_url,
            active: self.active.unwrap_or_default(),
            format: Format::Raw,
            filters: Vec::new(),
            groups: Vec::new(),
        };
        let settings = self.apply_words(nothing, &mut problems);
        // A missing field has already been reported.
        if self.display_name.is_some() {
            check_display_name(&settings, &mut problems);
        }
        if self.payload_url.is_some() {
            check_payload_url(&settings, scope, &mut problems);
        }
        finish(problems, (name, settings))
    }

    /// The settings of a webhook after this change: absent fields stay. A name is ignored, because the path contains it.
    ///
    /// Lists are the exception. Clients leave empty lists out and always send the whole webhook, so in a body with every
    /// required field, an absent list means an empty one.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`] if the body names another webhook than the path, or the result would be invalid.
    pub(crate) fn to_changed(
        &self,
        scope: &Scope,
        old: WebhookSettings,
    ) -> Result<WebhookSettings, InvalidWebhook> {
        let mut problems = Vec::new();
        self.check_scope(scope, &mut problems);
        let (filters, groups) = if self.is_whole() {
            Default::default()
        } else {
            (old.filters, old.groups)
        };
        let merged = WebhookSettings {
            display_name: self.display_name.clone().unwrap_or(old.display_name),
            payload_url: self.payload_url.clone().unwrap_or(old.payload_url),
            active: self.active.unwrap_or(old.active),
            format: old.format,
            filters,
            groups,
        };
        let settings = self.apply_words(merged, &mut problems);
        check_display_name(&settings, &mut problems);
        check_payload_url(&settings, scope, &mut problems);
        finish(problems, settings)
    }

    /// The change of the secret.
    pub(crate) fn secret_change(&self) -> SecretChange {
        match &self.secret {
            None => SecretChange::Keep,
            Some(secret) if secret.expose_secret().is_empty() => SecretChange::Keep,
            Some(secret) if secret.expose_secret() == REMOVE_SECRET => SecretChange::Remove,
            Some(secret) => SecretChange::Set(secret.clone()),
        }
    }

    fn is_whole(&self) -> bool {
        self.organization_name.is_some()
            && self.display_name.is_some()
            && self.payload_url.is_some()
            && self.active.is_some()
    }

    /// The scope in the body must match the one in the path.
    fn check_scope(&self, scope: &Scope, problems: &mut Vec<String>) {
        let mut check = |field: &str, given: &Option<String>, wanted: Option<&str>| {
            let given = given.as_deref().filter(|given| !given.is_empty());
            if given.is_some() && given != wanted {
                problems.push(format!("`{field}` is not that of {scope}"));
            }
        };
        check(
            "organizationName",
            &self.organization_name,
            Some(scope.organization()),
        );
        check("projectName", &self.project_name, scope.project());
        check("stackName", &self.stack_name, scope.stack());
        check("envName", &self.env_name, scope.environment());
    }

    /// Applies the format, filters and groups of the body to `settings`.
    fn apply_words(
        &self,
        mut settings: WebhookSettings,
        problems: &mut Vec<String>,
    ) -> WebhookSettings {
        let mut note = |unknown: UnknownWord| problems.push(unknown.to_string());
        if let Some(format) = self.format.as_deref().filter(|format| !format.is_empty()) {
            match format.parse() {
                Ok(format) => settings.format = format,
                Err(unknown) => note(unknown),
            }
        }
        if let Some(filters) = &self.filters {
            settings.filters = parse_set::<Event>(filters, &mut note);
        }
        if let Some(groups) = &self.groups {
            settings.groups = parse_set::<Group>(groups, &mut note);
        }
        settings
    }
}

/// The items of a list in order, without duplicates.
fn parse_set<T: FromStr<Err = UnknownWord> + PartialEq>(
    given: &[String],
    note: &mut impl FnMut(UnknownWord),
) -> Vec<T> {
    let mut set = Vec::new();
    for word in given {
        match word.parse() {
            Ok(item) if set.contains(&item) => {}
            Ok(item) => set.push(item),
            Err(unknown) => note(unknown),
        }
    }
    set
}

fn check_display_name(settings: &WebhookSettings, problems: &mut Vec<String>) {
    if settings.display_name.trim().is_empty() {
        problems.push("`displayName` must not be empty".to_owned());
    }
    check_length("displayName", &settings.display_name, problems);
}

/// No limits are published. A longer text is a mistake, and would appear in every list and on every page.
fn check_length(name: &str, text: &str, problems: &mut Vec<String>) {
    if text.chars().count() > MAX_TEXT {
        problems.push(format!("`{name}` has more than {MAX_TEXT} characters"));
    }
}

fn check_payload_url(settings: &WebhookSettings, scope: &Scope, problems: &mut Vec<String>) {
    check_length("payloadUrl", &settings.payload_url, problems);
    if settings.format != Format::PulumiDeployments {
        // Addresses of Slack itself are not required: users who experiment send to their own servers.
        let fits = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if !Url::parse(&settings.payload_url).is_ok_and(fits) {
            problems.push("`payloadUrl` must be an http or https URL".to_owned());
        }
        return;
    }
    if matches!(scope, Scope::Organization(_)) {
        problems.push(
            "a webhook of an organization cannot have the format `pulumi_deployments`".to_owned(),
        );
    }
    let segments: Vec<_> = settings.payload_url.split('/').collect();
    let fits = |segment: &&str| !segment.is_empty() && !segment.contains(char::is_whitespace);
    if segments.len() != 2 || !segments.iter().all(fits) {
        problems.push(
            "`payloadUrl` must be `project/stack` with the format `pulumi_deployments`".to_owned(),
        );
    }
}

fn finish<T>(problems: Vec<String>, done: T) -> Result<T, InvalidWebhook> {
    if problems.is_empty() {
        Ok(done)
    } else {
        Err(InvalidWebhook(problems))
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
