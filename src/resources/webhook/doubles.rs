//! Webhooks that existed before or that duplicate another: what the user should know about them.
//!
//! # What this may not do
//!
//! Make a request, or refuse anything: two webhooks for one target are unusual but not wrong, and while a program is being
//! changed, the second may be about to be deleted.

use super::wanted::{Creation, WantedWebhook};
use crate::cloud::LiveWebhook;
use crate::domain::{Scope, StackRef, WebhookId};
use crate::findings::Double;
use crate::property::Value;
use crate::resources::component::kind;
use crate::words::enumerated;
use std::collections::BTreeSet;

/// The message about a webhook with the program's name that an earlier create of this resource made.
pub(super) fn taken_over(creation: &Creation<'_>) -> String {
    let WantedWebhook { id, spec, .. } = creation.wanted;
    let secret = match &spec.secret {
        None => "",
        Some(_) => ", with the secret of the program",
    };
    format!(
        "the webhook `{id}` was there already and is now this resource's{secret}: an earlier `pulumi up` was \
         interrupted while it created this resource, and the webhook is as this resource wants it; if another stack \
         has imported it since, remove it from this one with `pulumi state delete '{urn}'`, and give this resource \
         another `name`",
        urn = creation.urn.as_str(),
    )
}

/// The message if any of `others` does the same for one of the same events, sorted by name.
pub(super) fn advice<'a>(
    creation: &Creation<'_>,
    others: impl Iterator<Item = &'a LiveWebhook>,
) -> Option<String> {
    let WantedWebhook { id, spec, .. } = creation.wanted;
    let ours = LiveWebhook::as_asked(spec);
    let scope = id.scope.kind();
    let own: BTreeSet<String> = ours.events(scope).into_iter().collect();
    let own_deed = deed(&id.scope, &ours);
    let is_double = |other: &&LiveWebhook| {
        other.name != id.name
            && ours.active
            && other.active
            && deed(&id.scope, other) == own_deed
            && other.events(scope).iter().any(|event| own.contains(event))
    };
    let mut doubles: Vec<_> = others.filter(is_double).collect();
    doubles.sort_by(|left, right| left.name.cmp(&right.name));
    let (other, more) = doubles.split_first()?;
    let is_hidden = creation
        .news
        .get("payloadUrl")
        .is_some_and(Value::has_secret);
    let id_of = |webhook: &LiveWebhook| WebhookId {
        scope: id.scope.clone(),
        name: webhook.name.clone(),
    };
    let other_id = id_of(other);
    let more = more.iter().map(|one| format!("`{}`", id_of(one)));
    let more = match more.collect::<Vec<_>>() {
        none if none.is_empty() => String::new(),
        one if one.len() == 1 => format!(". So does {}", one[0]),
        many => format!(". So do {}", enumerated(many, "and")),
    };
    if !ours.starts(scope).is_deployment() {
        return Some(format!(
            "the webhook `{other_id}` delivers the same events to the same address, so each arrives more than once; \
             unless that webhook is deleted in this update, keep one of the two: delete it, or remove this resource \
             and take it into the program with `pulumi import auto-deploy:index:Webhook {} {other_id}`{more}",
            creation.urn.name()
        ));
    }
    let target = if is_hidden {
        "the same stack".to_owned()
    } else {
        format!("`{}`", spec.payload_url)
    };
    let double = Double {
        id: &other_id,
        target: &target,
        events: &other.events(scope),
        runs_twice: true,
        import_as: &import_as(creation, is_hidden),
    };
    Some(format!("{}; {}{more}", double.sentence(), double.cure()))
}

/// The name that the other webhook could have in the program: that of this one, unless it is a component's, which a shell
/// cannot take without quotes.
fn import_as(creation: &Creation<'_>, is_hidden: bool) -> String {
    if !kind::is_around(creation.urn) {
        return creation.urn.name().to_owned();
    }
    let url = &creation.wanted.spec.payload_url;
    let target = StackRef::parse_in(creation.wanted.id.scope.organization(), url).ok();
    match target.filter(|_| !is_hidden) {
        Some(target) => format!("{}-{}", target.project(), target.stack()),
        None => "webhook".to_owned(),
    }
}

/// What a webhook does: its format, and the stack that it starts or the address that it delivers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Deed(String, String);

/// What a webhook of a scope does.
pub(super) fn deed(scope: &Scope, webhook: &LiveWebhook) -> Deed {
    let target = StackRef::parse_in(scope.organization(), &webhook.payload_url);
    let target = target.map_or_else(|_| webhook.payload_url.clone(), |stack| stack.to_string());
    Deed(webhook.format.clone(), target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::WebhookSpec;
    use crate::domain::{Filter, Format, Scope};
    use crate::engine::urn::Urn;
    use crate::property::Map;
    use crate::property::testing::map;
    use serde_json::json;

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
        let shown = Map::new();
        let hidden = map(json!({"payloadUrl": "secret app/dev"}));
        let ours_wanted = WantedWebhook {
            id,
            spec: ours.clone(),
            is_named: false,
        };
        let wanted = |news| Creation {
            wanted: &ours_wanted,
            urn: &urn,
            news,
        };
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
            other(|other| "acme/app/dev".clone_into(&mut other.payload_url)),
        ];
        for other in &same {
            let said = advice(&wanted(&shown), [other].into_iter()).expect("it is told");
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
                advice(&wanted(&shown), [other].into_iter()),
                None,
                "{other:?}"
            );
        }
        let more = ["a", "b"].map(|name| LiveWebhook {
            name: name.to_owned(),
            ..same[0].clone()
        });
        let said = |others: &[&LiveWebhook]| {
            advice(&wanted(&shown), others.iter().copied()).expect("it is told")
        };
        assert!(
            said(&[&same[0], &more[0]])
                .ends_with("acme/app/prod/a`. So does `acme/app/prod/theirs`")
        );
        let three = said(&[&same[0], &more[1], &more[0]]);
        assert!(
            three.ends_with(". So do `acme/app/prod/b` and `acme/app/prod/theirs`"),
            "{three}"
        );
        let all = || different.iter().chain(&same[..1]);
        insta::assert_snapshot!(advice(&wanted(&shown), all()).expect("it is told"), @"the webhook `acme/app/prod/theirs` starts `app/dev` as well, so it runs more than once for one change; unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook hook acme/app/prod/theirs`");
        let said = advice(&wanted(&hidden), all()).expect("it is told");
        assert!(
            said.contains("starts the same stack as well") && !said.contains("app/dev"),
            "{said}"
        );
    }
}
