//! Compares the outputs of upstream stacks with those that a joined stack holds.
//!
//! # What this may not do
//!
//! Show a value, read the state of an upstream stack if its outputs can be read alone, or decrypt values that differ
//! anyway.

use super::questions::Survey;
use crate::cascade::{Decision, Outputs, World};
use crate::cloud::{Bounds, HeldOutputs, HeldReference, StackOutputs};
use crate::domain::StackRef;
use crate::property::wire;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// Plaintexts, in Base64, by ciphertext.
type Texts = BTreeMap<String, String>;

/// The member with the ciphertext of a secret in a state.
const CIPHERTEXT: &str = "ciphertext";

/// For each joined stack, the upstream stacks whose updates may be news to it.
type Pairs = BTreeMap<StackRef, BTreeSet<StackRef>>;

impl Survey {
    /// Compares outputs for the joins that ask for it, where an update would otherwise be news: one request for each such
    /// joined stack, one for each upstream stack, and two for each pair in which only secrets may differ.
    ///
    /// Never fails: what could not be read counts as changed.
    pub async fn compare_outputs(&self, world: &mut World) {
        let pairs = open_pairs(world);
        let held = self.all(pairs.keys(), Survey::held).await;
        let references: BTreeMap<(&StackRef, &StackRef), Vec<&HeldReference>> = pairs
            .iter()
            .flat_map(|(stack, upstream)| upstream.iter().map(move |up| (stack, up)))
            .filter_map(|(stack, up)| Some(((stack, up), to(held.get(stack)?, stack, up))))
            .collect();
        let read = references.iter().filter(|(_, held)| !held.is_empty());
        let read: BTreeSet<&StackRef> = read.map(|((_, upstream), _)| *upstream).collect();
        let now = self.all(read, Survey::outputs_now).await;
        let mut compared = Vec::new();
        for (stack, upstream) in &pairs {
            for upstream in upstream {
                let outputs = match (references.get(&(stack, upstream)), now.get(upstream)) {
                    (Some(references), _) if references.is_empty() => Outputs::NotHeld,
                    (Some(references), Some(now)) => {
                        self.compare(&held[stack], references, now).await
                    }
                    _ => Outputs::Changed,
                };
                compared.push((stack, upstream, outputs));
            }
        }
        for (stack, upstream, outputs) in compared {
            let join = world.joins.entry(stack.clone()).or_default();
            join.outputs.insert(upstream.clone(), outputs);
        }
    }

    /// The results for all of these, requested at the same time; failed requests are left out.
    async fn all<'a, T: Send + 'static, F>(
        &self,
        stacks: impl IntoIterator<Item = &'a StackRef>,
        ask: fn(Survey, StackRef) -> F,
    ) -> BTreeMap<StackRef, T>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for stack in stacks {
            let asked = ask(self.clone(), stack.clone());
            let stack = stack.clone();
            tasks.spawn(Bounds::current().hold(async move { (stack, asked.await) }));
        }
        let mut found = BTreeMap::new();
        while let Some(joined) = tasks.join_next().await {
            let (stack, answer) =
                joined.expect("the task of a request neither panics nor is aborted");
            found.extend(answer.map(|answer| (stack, answer)));
        }
        found
    }

    /// Compares outputs. Outputs that differ even without their secrets are not decrypted.
    async fn compare(
        &self,
        held: &HeldOutputs,
        references: &[&HeldReference],
        now: &StackOutputs,
    ) -> Outputs {
        let empty = BTreeMap::new();
        let values = now.values.as_ref().unwrap_or(&empty);
        let hidden = |_: &str| Some(String::new());
        if !are_same(references, values, hidden) {
            return Outputs::Changed;
        }
        let held_values = references.iter().flat_map(|reference| &reference.values);
        let mut ciphers = [BTreeSet::new(), BTreeSet::new()];
        for (name, value) in held_values {
            add_ciphers(value, &mut ciphers[0]);
            add_ciphers(values.get(name).unwrap_or(&Value::Null), &mut ciphers[1]);
        }
        let providers = [&held.secrets_provider, &now.secrets_provider];
        let mut texts = Texts::new();
        for (provider, ciphers) in providers.into_iter().zip(ciphers) {
            texts.extend(self.decrypted(provider.as_ref(), &ciphers).await);
        }
        if are_same(references, values, |cipher| texts.get(cipher).cloned()) {
            Outputs::Same
        } else {
            Outputs::Changed
        }
    }

    /// The plaintexts that the cloud's own keys and this token give access to.
    async fn decrypted(&self, provider: Option<&Value>, ciphers: &BTreeSet<&str>) -> Texts {
        let Some(key_of) = provider.and_then(key_of).filter(|_| !ciphers.is_empty()) else {
            return Texts::new();
        };
        let asked = self.decrypted_texts(&key_of, ciphers).await;
        asked.unwrap_or_default()
    }
}

/// The pairs that would be news if every update were, and that have not been compared yet.
fn open_pairs(world: &World) -> Pairs {
    if !world.joins.values().any(|join| join.compares_outputs) {
        return Pairs::new();
    }
    let decision = Decision::of(world);
    let joins = world.joins.iter().filter(|(_, join)| join.compares_outputs);
    let pair = |(stack, join): (&StackRef, &crate::cascade::Join)| {
        let news = decision
            .answer(stack)?
            .news()
            .map(|news| news.stack.clone());
        let open: BTreeSet<StackRef> = news.filter(|up| !join.outputs.contains_key(up)).collect();
        (!open.is_empty()).then(|| (stack.clone(), open))
    };
    joins.filter_map(pair).collect()
}

/// The StackReferences from a stack to another.
fn to<'a>(held: &'a HeldOutputs, stack: &StackRef, upstream: &StackRef) -> Vec<&'a HeldReference> {
    let leads_there = |reference: &&HeldReference| {
        let named = StackRef::parse_in(stack.organization(), &reference.name);
        named.is_ok_and(|named| named == *upstream || named.is_like(upstream))
    };
    held.references.iter().filter(leads_there).collect()
}

/// Whether each held output still has the same value. `text` returns the plaintext of a ciphertext; a value without one
/// never equals another.
fn are_same(
    references: &[&HeldReference],
    now: &BTreeMap<String, Value>,
    text: impl Fn(&str) -> Option<String>,
) -> bool {
    let mut held = references.iter().flat_map(|reference| &reference.values);
    held.all(|(name, held)| {
        let now = now.get(name).and_then(|now| opened(now, &text));
        now.is_some() && now == opened(held, &text)
    })
}

/// A value with the plaintexts of its secrets instead of their ciphertexts; `None` if one is missing.
fn opened(value: &Value, text: &impl Fn(&str) -> Option<String>) -> Option<Value> {
    Some(match value {
        Value::Object(members) if wire::is_secret(members) => {
            let cipher = members.get(CIPHERTEXT)?.as_str()?;
            Value::Object(Map::from_iter([(
                "secret".to_owned(),
                text(cipher)?.into(),
            )]))
        }
        Value::Object(members) => {
            let members = members.iter();
            let opened = members.map(|(name, value)| Some((name.clone(), opened(value, text)?)));
            Value::Object(opened.collect::<Option<_>>()?)
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| opened(item, text));
            Value::Array(items.collect::<Option<_>>()?)
        }
        plain => plain.clone(),
    })
}

fn add_ciphers<'a>(value: &'a Value, ciphers: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) if wire::is_secret(members) => {
            ciphers.extend(members.get(CIPHERTEXT).and_then(Value::as_str));
        }
        Value::Object(members) => members
            .values()
            .for_each(|value| add_ciphers(value, ciphers)),
        Value::Array(items) => items.iter().for_each(|item| add_ciphers(item, ciphers)),
        _ => {}
    }
}

/// The stack whose key this secrets provider uses, if the provider is the cloud's own. The stack may have been renamed
/// since.
fn key_of(provider: &Value) -> Option<StackRef> {
    let state = provider
        .get("state")
        .filter(|_| provider.get("type").and_then(Value::as_str) == Some("service"))?;
    let part = |name: &str| state.get(name).and_then(Value::as_str);
    StackRef::new(part("owner")?, part("project")?, part("stack")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secret(cipher: &str) -> Value {
        json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": cipher})
    }

    fn same(held: Value, now: Value, text: impl Fn(&str) -> Option<String>) -> bool {
        let values = |value: Value| serde_json::from_value(value).expect("it is an object");
        let held = HeldReference {
            name: "acme/network/prod".to_owned(),
            values: values(held),
        };
        are_same(&[&held], &values(now), text)
    }

    #[test]
    fn each_output_that_is_held_counts_and_no_other() {
        let none = |_: &str| None;
        let held = || json!({"id": "vpc-1", "zones": ["a", {"n": 1}]});
        let check =
            |now: Value, expected| assert_eq!(same(held(), now.clone(), none), expected, "{now}");
        check(held(), true);
        check(
            json!({"id": "vpc-1", "zones": ["a", {"n": 1}], "new": 2}),
            true,
        );
        check(json!({"id": "vpc-2", "zones": ["a", {"n": 1}]}), false);
        check(json!({"id": "vpc-1", "zones": [{"n": 1}, "a"]}), false);
        check(json!({"id": "vpc-1"}), false);
        check(json!({"id": "vpc-1", "zones": null}), false);
    }

    #[test]
    fn secrets_are_compared_by_their_texts() {
        let text = |cipher: &str| cipher.split('-').next().map(str::to_owned);
        let check = |held: Value, now: Value, expected| {
            let (held, now) = (json!({"k": held}), json!({"k": now}));
            assert_eq!(
                same(held.clone(), now.clone(), text),
                expected,
                "{held} {now}"
            );
        };
        check(secret("a-1"), secret("a-2"), true);
        check(secret("a-1"), secret("b-1"), false);
        check(
            json!({"deep": [secret("a-1")]}),
            json!({"deep": [secret("a-2")]}),
            true,
        );
        check(
            json!({"deep": [secret("a-1")]}),
            json!({"deep": [secret("c-2")]}),
            false,
        );
        // An output that becomes a secret, or no longer is one, has changed.
        check(json!("a"), secret("a-1"), false);
        let unknown = |_: &str| None;
        assert!(!same(
            json!({"k": secret("a")}),
            json!({"k": secret("a")}),
            unknown
        ));
    }

    #[test]
    fn only_the_clouds_own_keys_are_asked() {
        let state = json!({"url": "https://api.pulumi.com", "owner": "acme", "project": "app", "stack": "prod"});
        let own = json!({"type": "service", "state": state});
        assert_eq!(key_of(&own), StackRef::new("acme", "app", "prod").ok());
        for other in [
            json!({"type": "passphrase", "state": state}),
            json!({"type": "service", "state": {"owner": "acme"}}),
            json!({"type": "service"}),
            json!(null),
        ] {
            assert_eq!(key_of(&other), None, "{other}");
        }
    }
}
