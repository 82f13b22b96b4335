use super::*;
use crate::cloud::{StateCreate, StateResource};
use crate::property::testing::map;
use serde_json::{Value as Json, json};

const URN: &str = "urn:pulumi:prod::wiring::auto-deploy:index:Webhook::hook";
const OTHER: &str = "urn:pulumi:prod::wiring::auto-deploy:index:Webhook::other";

fn inputs(changes: &Json) -> Json {
    let mut inputs = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x", "active": true,
        "format": "raw", "payloadUrl": "https://a.example", "filters": ["update_succeeded"],
    });
    let all = inputs.as_object_mut().expect("an object");
    all.extend(changes.as_object().expect("an object").clone());
    inputs
}

fn wanted(changes: &Json) -> WantedWebhook {
    WantedWebhook::new(&map(inputs(changes))).expect("it is complete")
}

fn id(text: &str) -> WebhookId {
    text.parse().expect("it is one")
}

/// A state with these resources, `(urn, id, pendingReplacement)`, and creates that saw no end, `(urn, changed inputs)`.
fn state(resources: &[(&str, &str, bool)], creating: &[(&str, Json)]) -> OwnState {
    let resources = resources.iter().map(|(urn, id, pending)| StateResource {
        urn: (*urn).to_owned(),
        id: (*id).to_owned(),
        is_pending_replacement: *pending,
        ..StateResource::default()
    });
    let creating = creating.iter().map(|(urn, changes)| StateCreate {
        urn: (*urn).to_owned(),
        inputs: inputs(changes).as_object().expect("an object").clone(),
    });
    OwnState::of(&StackState {
        resources: resources.collect(),
        creating: creating.collect(),
    })
}

fn lost(state: &OwnState, wanted: &WantedWebhook) -> Vec<String> {
    let lost = state.lost(&Urn::new(URN), wanted);
    lost.iter().map(|lost| lost.id.to_string()).collect()
}

#[test]
fn only_the_state_that_shows_this_very_create_counts() {
    let this = wanted(&json!({"__name": "n2"}));
    let shows = |creating: &[(&str, Json)]| state(&[], creating).shows(&Urn::new(URN), &this);
    assert!(shows(&[
        (URN, json!({"__name": "n1"})),
        (URN, json!({"__name": "n2"}))
    ]));
    assert!(!shows(&[]));
    assert!(!shows(&[(URN, json!({"__name": "n1"}))]), "an earlier one");
    assert!(!shows(&[(OTHER, json!({"__name": "n2"}))]));
    assert!(!shows(&[(URN, json!({"name": "n2"}))]), "another program's");
    // What is encrypted does not hide it.
    let hidden = json!({"__name": "n2", "stackName": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}});
    assert!(shows(&[(URN, hidden)]));
}

#[test]
fn what_earlier_creates_made_is_lost_unless_something_holds_it() {
    let this = wanted(&json!({"__name": "n3"}));
    let creating = [
        (URN, json!({"__name": "n1", "stackName": "dev"})),
        (URN, json!({"__name": "n2"})),
        (URN, json!({"__name": "n3"})),
        (OTHER, json!({"__name": "n4"})),
    ];
    let all = lost(&state(&[], &creating), &this);
    assert_eq!(
        all,
        ["acme/app/dev/n1", "acme/app/prod/n2"],
        "at the scope of its inputs"
    );
    for holder in [URN, OTHER] {
        let held = state(&[(holder, "acme/app/prod/n2", false)], &creating);
        assert_eq!(lost(&held, &this), ["acme/app/dev/n1"], "{holder}");
    }
    // A scope that is encrypted is not known.
    let secret = json!({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"});
    let hidden = [(URN, json!({"__name": "n1", "stackName": secret}))];
    assert_eq!(lost(&state(&[], &hidden), &this), [""; 0]);
}

#[test]
fn a_name_of_the_program_is_lost_only_with_its_looks() {
    let this = wanted(&json!({"__name": "n2"}));
    let state = state(&[], &[(URN, json!({"name": "mine"}))]);
    let lost = state.lost(&Urn::new(URN), &this);
    let [lost] = &lost[..] else {
        panic!("{lost:?}")
    };
    assert!(!lost.is_proven());
    let mut live = LiveWebhook::as_asked(&wanted(&json!({"name": "mine"})).spec);
    assert!(lost.is(&live));
    live.display_name = "theirs".to_owned();
    assert!(!lost.is(&live));
}

#[test]
fn a_given_name_is_taken_over_only_with_proof() {
    let this = wanted(&json!({"name": "mine", "displayName": "new"}));
    let live = LiveWebhook::as_asked(&wanted(&json!({"name": "mine"})).spec);
    let (now, before) = (
        json!({"name": "mine", "displayName": "new"}),
        json!({"name": "mine"}),
    );
    let whose = |resources: &[(&str, &str, bool)], creating: &[(&str, &Json)]| {
        let creating: Vec<_> = creating
            .iter()
            .map(|(urn, json)| (*urn, (*json).clone()))
            .collect();
        state(resources, &creating).whose(&Urn::new(URN), &this, &live)
    };
    let mine = "acme/app/prod/mine";
    let both = [(URN, &before), (URN, &now)];
    assert_eq!(whose(&[], &both), Whose::Lost);
    assert_eq!(
        whose(&[(URN, mine, true)], &both),
        Whose::Lost,
        "deleted before"
    );
    assert_eq!(whose(&[(URN, mine, false)], &both), Whose::Own);
    assert_eq!(
        whose(&[(OTHER, mine, false)], &both),
        Whose::Of(Urn::new(OTHER))
    );
    assert_eq!(
        whose(&[(OTHER, mine, true)], &both),
        Whose::Of(Urn::new(OTHER))
    );
    // No earlier create: what is there was made by someone else.
    assert_eq!(whose(&[], &[(URN, &now)]), Whose::Unknown);
    assert_eq!(whose(&[], &[(URN, &now), (OTHER, &before)]), Whose::Unknown);
    // An earlier one that would have made something else.
    let elsewhere = json!({"name": "mine", "stackName": "dev"});
    assert_eq!(
        whose(&[], &[(URN, &elsewhere), (URN, &now)]),
        Whose::Unknown
    );
    let different = json!({"name": "mine", "payloadUrl": "https://b.example"});
    assert_eq!(
        whose(&[], &[(URN, &different), (URN, &now)]),
        Whose::Unknown
    );
    // The same inputs twice are two creates, once is this one.
    let same = LiveWebhook::as_asked(&this.spec);
    let twice = state(&[], &[(URN, now.clone()), (URN, now.clone())]);
    assert_eq!(twice.whose(&Urn::new(URN), &this, &same), Whose::Lost);
    let once = state(&[], &[(URN, now)]);
    assert_eq!(once.whose(&Urn::new(URN), &this, &same), Whose::Unknown);
}

#[test]
fn what_is_encrypted_is_not_compared() {
    let secret = json!({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"});
    let this = wanted(&json!({"name": "mine"}));
    let live = LiveWebhook::as_asked(&this.spec);
    let hidden = json!({"name": "mine", "payloadUrl": secret});
    let own = state(&[], &[(URN, hidden.clone()), (URN, hidden)]);
    assert_eq!(own.whose(&Urn::new(URN), &this, &live), Whose::Lost);
    assert!(own.holdings.is_empty() && !own.holds(&id("acme/app/prod/mine")));
}

#[test]
fn what_moved_with_its_stack_is_known_by_the_name_that_was_made() {
    let made = "auto-deploy-0123456789abcdef0123";
    let (old, new) = (
        format!("acme/app/prod/{made}"),
        format!("acme/app/live/{made}"),
    );
    let moved = |held: &str, now: &str| {
        let own = state(&[(OTHER, held, false)], &[]);
        own.moved(&id(now)).map(ToString::to_string)
    };
    assert_eq!(moved(&old, &new).as_deref(), Some(&*old));
    assert_eq!(moved(&new, &new), None, "it is held there");
    assert_eq!(
        moved("acme/app/prod/mine", "acme/app/live/mine"),
        None,
        "a name of the program's"
    );
}
