use super::*;
use crate::domain::Scope;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn urn(name: &str) -> Urn {
    Urn::new(format!(
        "urn:pulumi:dev::wiring::auto-deploy:index:Webhook::{name}"
    ))
}

fn id(name: &str) -> WebhookId {
    WebhookId {
        scope: Scope::Organization {
            organization: "acme".to_owned(),
        },
        name: name.to_owned(),
    }
}

/// A call of the engine about the resource `a`, unless it names another.
enum Call {
    Checked,
    Announced,
    Diffed(&'static str),
    Replaces(&'static str),
    Read,
    Made(&'static str),
    OtherMade(&'static str),
    OtherChecked,
    OtherDiffed(&'static str),
    Deleted,
}

fn after(calls: &[Call]) -> Held<&'static str> {
    let (a, b, mut held) = (urn("a"), urn("b"), Held::default());
    for call in calls {
        match call {
            Call::Checked => held.checked(&a, None),
            Call::Announced => held.announced(&a, "next"),
            Call::Diffed(name) => held.diffed(&a, &id(name), false),
            Call::Replaces(name) => held.diffed(&a, &id(name), true),
            Call::Read => held.read(&a),
            Call::Made(name) => held.made(&a, &id(name)),
            Call::OtherMade(name) => held.made(&b, &id(name)),
            Call::OtherChecked => held.checked(&b, None),
            Call::OtherDiffed(name) => held.diffed(&b, &id(name), false),
            Call::Deleted => held.deleted(&a),
        }
    }
    held
}

#[test]
fn a_delete_keeps_what_a_resource_holds() {
    use Call::*;
    let verdict = |calls: &[Call]| after(calls).on_delete(&urn("a"), &id("x"));
    let keeps: [&[Call]; 7] = [
        // The old one of a replacement that created first, in this process and in the next.
        &[Announced, Made("x")],
        &[Checked, Announced, Made("x")],
        &[Checked, Diffed("x")],
        &[Checked, Diffed("x"), Made("x")],
        // Once is not enough: an id may be about to be deleted more than once.
        &[Checked, Diffed("x"), Deleted],
        // The resource has another name in the program now, with an alias and without.
        &[OtherChecked, OtherDiffed("x")],
        &[OtherMade("x")],
    ];
    for calls in keeps {
        assert_eq!(verdict(calls), Verdict::Keep);
    }
    let goes: [&[Call]; 6] = [
        // It is not in the program any more, or is destroyed.
        &[],
        // A refresh before a destroy.
        &[Read, Diffed("x")],
        &[Checked, Diffed("x"), Read, Checked, Replaces("x")],
        // What a replacement of something else would bring about.
        &[Diffed("x")],
        &[Checked, Replaces("x")],
        &[OtherMade("y"), Made("z")],
    ];
    for calls in goes {
        assert_eq!(verdict(calls), Verdict::Go);
    }
    let goes_if: [&[Call]; 4] = [
        &[Checked, Replaces("x"), Announced],
        // `replaceOnChanges`: the engine replaces what need not be.
        &[Checked, Diffed("x"), Announced],
        // `replaceWith` and a forced replacement, with the option `deleteBeforeReplace`.
        &[Checked, Announced],
        &[Announced],
    ];
    for calls in goes_if {
        assert_eq!(verdict(calls), Verdict::GoIf("next"));
    }
    assert_eq!(
        verdict(&[Checked, Replaces("x"), Announced, Deleted]),
        Verdict::Go
    );
}

#[test]
fn a_create_knows_what_it_replaces() {
    use Call::*;
    let replaced = |calls: &[Call]| after(calls).on_create(&urn("a"));
    assert_eq!(replaced(&[Announced]), Replaced::Nothing);
    assert_eq!(replaced(&[Checked, Announced]), Replaced::Something);
    let x = Replaced::Webhook(id("x"));
    assert_eq!(replaced(&[Checked, Diffed("x"), Announced]), x);
    assert_eq!(replaced(&[Checked, Replaces("x"), Announced]), x);
    // Without a Diff, its old inputs say it, if the program gave the name.
    let mut held = after(&[]);
    held.checked(&urn("a"), Some(id("x")));
    held.announced(&urn("a"), "next");
    assert_eq!(held.on_create(&urn("a")), x);
    let deleted = [Checked, Replaces("x"), Announced, Deleted];
    assert_eq!(replaced(&deleted), Replaced::Nothing);
}

#[test]
fn who_else_has_or_makes_a_webhook_is_known() {
    let (a, b, mut held) = (urn("a"), urn("b"), after(&[]));
    held.begun(&a, &id("x"));
    assert_eq!(held.other(&b, &id("x")), Some(&a), "it is being made");
    assert_eq!(
        (held.other(&a, &id("x")), held.other(&b, &id("y"))),
        (None, None)
    );
    held.failed(&a);
    assert_eq!(held.other(&b, &id("x")), None);
    held.made(&a, &id("x"));
    assert_eq!(held.other(&b, &id("x")), Some(&a));
}

#[test]
fn what_a_stack_may_have_taken_along_is_known_until_something_is_made() {
    let (a, mut held) = (urn("a"), after(&[]));
    held.stayed_behind(&a, &id("x"));
    held.deleted(&a);
    assert_eq!(held.taken_along(&a), Some(&id("x")));
    held.made(&a, &id("y"));
    assert_eq!(held.taken_along(&a), None);
}

/// A resource of the engine's state: its id, and ids of its that are still to be deleted.
#[derive(Clone, Debug, Default)]
struct InState {
    id: Option<u8>,
    condemned: Vec<u8>,
}

/// What the program does with a resource in one deployment, and how far the engine gets with it.
#[derive(Clone, Debug)]
enum Wish {
    Keep,
    Update,
    Refresh,
    /// Deletes first; creates this id.
    Move(u8),
    /// Creates first, without a Diff, under the same id.
    Force,
    /// The same with a Diff: the option `deleteBeforeReplace: false`.
    ForceAfterDiff,
    Remove,
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        Just(Wish::Keep),
        Just(Wish::Update),
        Just(Wish::Refresh),
        any::<u8>().prop_map(Wish::Move),
        Just(Wish::Force),
        Just(Wish::ForceAfterDiff),
        Just(Wish::Remove),
    ]
}

/// The part of the engine that matters: a state, a cloud, and deployments that may end before their last deletes.
#[derive(Default)]
struct Engine {
    state: BTreeMap<usize, InState>,
    cloud: std::collections::BTreeSet<String>,
}

impl Engine {
    /// Ids of different resources are different: names are made from URNs, and given names are unique.
    fn id(resource: usize, id: u8) -> WebhookId {
        self::id(&format!("{resource}-{}", id % 3))
    }

    fn deploy(&mut self, wishes: &[Wish], is_cut_short: bool) {
        let mut held = Held::default();
        for (resource, wish) in wishes.iter().enumerate() {
            self.register(&mut held, resource, wish);
        }
        if is_cut_short {
            return;
        }
        for (resource, wish) in wishes.iter().enumerate() {
            let mut known = self.state.remove(&resource).unwrap_or_default();
            for id in std::mem::take(&mut known.condemned) {
                self.delete(&mut held, resource, id);
            }
            if let (Wish::Remove, Some(id)) = (wish, known.id) {
                self.delete(&mut held, resource, id);
                known.id = None;
            }
            self.state.insert(resource, known);
        }
    }

    fn register(&mut self, held: &mut Held<()>, resource: usize, wish: &Wish) {
        let urn = urn(&resource.to_string());
        let mut known = self.state.remove(&resource).unwrap_or_default();
        match (wish, known.id) {
            (Wish::Remove, _) => {}
            (_, None) => {
                held.announced(&urn, ());
                known.id = Some(0);
                self.create(held, resource, 0);
            }
            (Wish::Keep | Wish::Update | Wish::Refresh, Some(old)) => {
                if matches!(wish, Wish::Refresh) {
                    held.read(&urn);
                    held.diffed(&urn, &Engine::id(resource, old), false);
                }
                held.checked(&urn, None);
                held.diffed(&urn, &Engine::id(resource, old), false);
                if matches!(wish, Wish::Update) {
                    held.made(&urn, &Engine::id(resource, old));
                }
            }
            (Wish::Move(new), Some(old)) => {
                held.checked(&urn, None);
                held.diffed(&urn, &Engine::id(resource, old), true);
                held.announced(&urn, ());
                self.delete(held, resource, old);
                self.create(held, resource, *new);
                known.id = Some(*new);
            }
            (Wish::Force | Wish::ForceAfterDiff, Some(old)) => {
                if matches!(wish, Wish::ForceAfterDiff) {
                    held.checked(&urn, None);
                    held.diffed(&urn, &Engine::id(resource, old), true);
                }
                held.announced(&urn, ());
                self.create(held, resource, old);
                known.condemned.push(old);
            }
        }
        self.state.insert(resource, known);
    }

    fn create(&mut self, held: &mut Held<()>, resource: usize, id: u8) {
        let id = Engine::id(resource, id);
        self.cloud.insert(id.to_string());
        held.made(&urn(&resource.to_string()), &id);
    }

    fn delete(&mut self, held: &mut Held<()>, resource: usize, id: u8) {
        let (urn, id) = (urn(&resource.to_string()), Engine::id(resource, id));
        if held.on_delete(&urn, &id) != Verdict::Keep {
            self.cloud.remove(&id.to_string());
        }
        held.deleted(&urn);
    }

    /// The ids that the state has and the cloud has not.
    fn lost(&self) -> Vec<String> {
        let ids = self.state.iter().filter_map(|(resource, known)| {
            let id = known.id?;
            Some(Engine::id(*resource, id).to_string())
        });
        ids.filter(|id| !self.cloud.contains(id)).collect()
    }

    /// The webhooks that the cloud has and the state has not.
    fn left_behind(&self) -> Vec<String> {
        let known: Vec<_> = self
            .state
            .iter()
            .flat_map(|(resource, known)| {
                let ids = known.id.iter().chain(&known.condemned);
                ids.map(|id| Engine::id(*resource, *id).to_string())
            })
            .collect();
        let cloud = self.cloud.iter();
        cloud.filter(|id| !known.contains(id)).cloned().collect()
    }
}

proptest! {
    #[test]
    fn no_sequence_of_deployments_loses_a_webhook_or_leaves_one_behind(
        deployments in prop::collection::vec(
            (prop::collection::vec(wish(), 3), any::<bool>()), 1..12
        )
    ) {
        let mut engine = Engine::default();
        for (wishes, is_cut_short) in deployments {
            engine.deploy(&wishes, is_cut_short);
            prop_assert_eq!(engine.lost(), [""; 0]);
            prop_assert_eq!(engine.left_behind(), [""; 0]);
        }
    }
}
