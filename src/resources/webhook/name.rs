//! The name of a webhook that the program does not name.
//!
//! It is made once, from a seed that the engine draws for each resource that it is about to create, and stays in the
//! inputs. The engine stores these before it asks for the create, so the name proves later whose webhook it is.
//!
//! # What this may not do
//!
//! Ask whether the name is free.

use crate::engine::urn::Urn;
use crate::property::{Map, Value};
use sha2::{Digest as _, Sha256};

/// What the names that we make begin with.
const NAME_PREFIX: &str = "auto-deploy-";

/// The input that keeps a name that was made. The engine and the SDKs show nothing that begins so.
pub const GENERATED: &str = "__name";

/// The name for a resource that is about to be created: another for each `seed`, and within the 32 characters that the
/// cloud allows.
pub fn generate(seed: &[u8], urn: &Urn) -> String {
    let mut digest = Sha256::new();
    // Its length first, so no seed and URN together are the bytes of two others.
    digest.update(seed.len().to_le_bytes());
    digest.update(seed);
    digest.update(urn.as_str());
    let digest = hex::encode(digest.finalize());
    format!("{NAME_PREFIX}{}", &digest[..32 - NAME_PREFIX.len()])
}

/// The name that was made for a resource with these inputs.
pub fn generated(inputs: &Map) -> Option<String> {
    match inputs.get(GENERATED)?.peel().value? {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// Whether a name looks as if it was made.
pub fn is_made(name: &str) -> bool {
    let digits = name.strip_prefix(NAME_PREFIX).unwrap_or_default();
    name.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts the name that a webhook has into its inputs, or makes one where there are no old inputs and the program gives no
/// name. One that is in use stays; a webhook of old inputs without one keeps the name that it has.
pub fn put(inputs: &mut Map, olds: &Map, seed: &[u8], urn: &Urn) {
    // `ignoreChanges` can bring the one of a webhook that is being replaced.
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
        // It stays where a program gives the name that the webhook has; another name replaces the webhook.
        assert_eq!(put_into(json!({"name": "mine"}), olds, b"2"), Some(made));
    }

    #[test]
    fn another_create_gets_another_name() {
        let names = [
            generate(b"1", &urn()),
            generate(b"2", &urn()),
            generate(b"1", &Urn::new(format!("{}2", urn()))),
            // The same bytes, cut elsewhere.
            generate(b"1u", &Urn::new(&urn().as_str()[1..])),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
        // What `ignoreChanges: ["*"]` copies from the inputs of the webhook that is replaced is not taken.
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
        // A state of a time before names were kept, or an import.
        assert_eq!(put_into(json!({}), json!({"displayName": "x"}), b"1"), None);
    }
}
