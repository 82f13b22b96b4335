//! The names of webhooks that the program does not name.
//!
//! A name is generated once, from a seed that the engine draws for each resource to create, and kept in the inputs. The
//! engine stores these before it requests the create, so later the name proves who owns the webhook.
//!
//! # What this may not do
//!
//! Ask whether the name is free.

use crate::engine::urn::Urn;
use crate::property::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The prefix of generated names.
const NAME_PREFIX: &str = "auto-deploy-";

/// The input that keeps a generated name. The engine and the SDKs do not show inputs with this prefix.
pub const GENERATED: &str = "__name";

/// The name for a resource that is about to be created. It differs for each `seed`, and has no more than the 32 characters
/// that the cloud allows.
pub fn generate(seed: &[u8], urn: &Urn) -> String {
    let mut digest = Sha256::new();
    // The length comes first, so that no two pairs of seed and URN have the same bytes.
    digest.update(seed.len().to_le_bytes());
    digest.update(seed);
    digest.update(urn.as_str());
    let digest = hex::encode(digest.finalize());
    format!("{NAME_PREFIX}{}", &digest[..32 - NAME_PREFIX.len()])
}

/// The name that was generated for a resource with these inputs.
pub fn generated(inputs: &Map) -> Option<String> {
    match inputs.get(GENERATED)?.peel().value? {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// Whether a name has the form of a generated one.
pub fn is_made(name: &str) -> bool {
    let digits = name.strip_prefix(NAME_PREFIX).unwrap_or_default();
    name.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts the name of a webhook into its inputs, or generates one if there are no old inputs and the program gives no name.
/// An existing name stays; a webhook whose old inputs have none keeps the name that it has.
pub fn put(inputs: &mut Map, olds: &Map, seed: &[u8], urn: &Urn) {
    // `ignoreChanges` can copy that of a webhook that is being replaced.
    inputs.remove(GENERATED);
    let is_given = inputs.get("name").is_some_and(|name| !name.is_null());
    if let Some(kept) = generated(olds) {
        inputs.insert(GENERATED.to_owned(), kept.into());
    } else if olds.is_empty() && !is_given {
        inputs.insert(GENERATED.to_owned(), generate(seed, urn).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::map;
    use serde_json::json;

    fn urn() -> Urn {
        Urn::new("urn:pulumi:prod::wiring::auto-deploy:index:Webhook::hook")
    }

    fn put_into(inputs: serde_json::Value, olds: serde_json::Value, seed: &[u8]) -> Option<String> {
        let mut inputs = map(inputs);
        put(&mut inputs, &map(olds), seed, &urn());
        generated(&inputs)
    }

    #[test]
    fn a_name_is_made_once_and_kept() {
        let made = put_into(json!({}), json!({}), b"1").expect("it is made");
        assert!(made.len() == 32 && made.starts_with(NAME_PREFIX), "{made}");
        let olds = json!({"displayName": "x", "__name": made});
        assert_eq!(put_into(json!({}), olds.clone(), b"2"), Some(made.clone()));
        // It stays if a program gives the name that the webhook has; another name replaces the webhook.
        assert_eq!(put_into(json!({"name": "mine"}), olds, b"2"), Some(made));
    }

    #[test]
    fn another_create_gets_another_name() {
        let names = [
            generate(b"1", &urn()),
            generate(b"2", &urn()),
            generate(b"1", &Urn::new(format!("{}2", urn()))),
            // The same bytes, split elsewhere.
            generate(b"1u", &Urn::new(&urn().as_str()[1..])),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
        // A value that `ignoreChanges: ["*"]` copies from the replaced webhook's inputs is not used.
        let copied = json!({"__name": "auto-deploy-1"});
        assert_ne!(
            put_into(copied, json!({}), b"1").as_deref(),
            Some("auto-deploy-1")
        );
    }

    #[test]
    fn no_name_is_made_for_what_has_one() {
        assert_eq!(put_into(json!({"name": "mine"}), json!({}), b"1"), None);
        assert_eq!(put_into(json!({"name": "?"}), json!({}), b"1"), None);
        // A state from before names were kept, or an import.
        assert_eq!(put_into(json!({}), json!({"displayName": "x"}), b"1"), None);
    }
}
