//! Webhooks that were there before, or that do the same as another: what a person should know about them.
//!
//! # What this may not do
//!
//! Ask the cloud, or refuse anything: two webhooks for one target are odd, not wrong, and while a program is changed the
//! second may be about to be deleted.

use super::take_over::Wanted;
use crate::cloud::{LiveWebhook, WebhookSpec};
use crate::domain::{Filter, Format, Group, WebhookId};
use crate::resources::urn::Urn;
use std::collections::BTreeSet;

/// What is said of a webhook that was there already and is the resource's now.
pub(super) fn taken_over(wanted: &Wanted<'_>) -> String {
    let Wanted { id, urn, .. } = wanted;
    let (how, other) = if wanted.is_named {
        let how = match &wanted.spec.secret {
            None => {
                "and looks exactly as this resource is to be, so that it is this resource's now"
            }
            Some(_) => {
                "and looks exactly as this resource is to be, so that it is this resource's now, with the secret of the \
                 program"
            }
        };
        (how, "to another program or resource")
    } else {
        (
            "under the name that this resource makes, and is this resource's now",
            "to another program that has the same names and keeps its state elsewhere",
        )
    };
    format!(
        "the webhook `{id}` was there already {how}: most likely an earlier `pulumi up` made it and was interrupted; if it \
         belongs {other}, so that the two would change one webhook in turn, let go of it with `pulumi state delete '{urn}'`, \
         and give this resource {} or take it out of the program",
        if wanted.is_named {
            "another `name`"
        } else {
            "a `name` of its own"
        },
        urn = urn.as_str(),
    )
}

/// What is said of `id` if one of `others` starts the same stack after one of the same events; the first by name.
pub(super) fn advice<'a>(
    id: &WebhookId,
    spec: &WebhookSpec,
    urn: &Urn,
    others: impl Iterator<Item = &'a LiveWebhook>,
) -> Option<String> {
    let ours = LiveWebhook::as_asked(spec);
    let events = events(&ours);
    let other = others
        .filter(|other| other.name != id.name && is_same_edge(other, &ours))
        .filter(|other| !events.is_disjoint(&self::events(other)))
        .min_by(|left, right| left.name.cmp(&right.name))?;
    let other_id = WebhookId {
        scope: id.scope.clone(),
        name: other.name.clone(),
    };
    Some(format!(
        "`{target}` is started twice from now on: the webhook `{other_id}` does the same as this one; unless it is deleted \
         in this very update, keep one of the two: delete the other one, or take this resource out of the program and the \
         other one into it with `pulumi import auto-deploy:index:Webhook {name} {other_id}`",
        target = spec.payload_url,
        name = urn.name(),
    ))
}

fn is_same_edge(one: &LiveWebhook, other: &LiveWebhook) -> bool {
    one.active
        && one.format == Format::PulumiDeployments.as_str()
        && one.payload_url == other.payload_url
}

/// The events that a webhook gets; all of them if it names none.
fn events(webhook: &LiveWebhook) -> BTreeSet<&str> {
    let of_groups = Filter::ALL.iter().filter(|filter| {
        let group: Group = filter.group();
        webhook.groups.iter().any(|named| named == group.as_str())
    });
    let named: BTreeSet<&str> = webhook
        .filters
        .iter()
        .map(String::as_str)
        .chain(of_groups.map(|filter| filter.as_str()))
        .collect();
    if named.is_empty() {
        return Filter::ALL.iter().map(|filter| filter.as_str()).collect();
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;

    fn spec(filters: &[Filter]) -> WebhookSpec {
        WebhookSpec {
            name: "ours".to_owned(),
            display_name: "Ours".to_owned(),
            payload_url: "app/dev".to_owned(),
            active: true,
            format: Format::PulumiDeployments,
            filters: filters.to_vec(),
            groups: vec![],
            secret: None,
        }
    }

    #[test]
    fn another_webhook_for_the_same_edge_is_told_of() {
        let [organization, project, stack] = ["acme", "app", "prod"].map(str::to_owned);
        let id = WebhookId {
            scope: Scope::Stack {
                organization,
                project,
                stack,
            },
            name: "ours".to_owned(),
        };
        let urn = Urn::new("urn:pulumi:dev::wiring::auto-deploy:index:Webhook::hook".to_owned());
        let ours = spec(&[Filter::UpdateSucceeded]);
        let other = |change: fn(&mut LiveWebhook)| {
            let mut other = LiveWebhook::as_asked(&ours);
            "theirs".clone_into(&mut other.name);
            change(&mut other);
            other
        };
        let same = [
            other(|_| {}),
            other(|other| other.filters.clear()),
            other(|other| {
                other.filters.clear();
                other.groups.push("stacks".to_owned());
            }),
            other(|other| other.filters.push("update_failed".to_owned())),
        ];
        for other in &same {
            let said = advice(&id, &ours, &urn, [other].into_iter()).expect("it is told");
            assert!(said.contains("`acme/app/prod/theirs`"), "{other:?}");
        }
        let different = [
            other(|other| "ours".clone_into(&mut other.name)),
            other(|other| other.active = false),
            other(|other| "raw".clone_into(&mut other.format)),
            other(|other| "app/test".clone_into(&mut other.payload_url)),
            other(|other| other.filters = vec!["update_failed".to_owned()]),
            other(|other| {
                other.filters.clear();
                other.groups.push("policies".to_owned());
            }),
        ];
        for other in &different {
            assert_eq!(
                advice(&id, &ours, &urn, [other].into_iter()),
                None,
                "{other:?}"
            );
        }
        let all = different.iter().chain(&same);
        insta::assert_snapshot!(advice(&id, &ours, &urn, all).expect("it is told"), @"`app/dev` is started twice from now on: the webhook `acme/app/prod/theirs` does the same as this one; unless it is deleted in this very update, keep one of the two: delete the other one, or take this resource out of the program and the other one into it with `pulumi import auto-deploy:index:Webhook hook acme/app/prod/theirs`");
    }
}
