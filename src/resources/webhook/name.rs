//! The name of a webhook that the program does not name.
//!
//! # What this may not do
//!
//! Ask whether the name is free.

use crate::engine::urn::Urn;
use sha2::{Digest as _, Sha256};

/// What the names that we make begin with.
const NAME_PREFIX: &str = "auto-deploy-";

/// The name of the webhook that a resource makes when the program gives none: the same for the same URN, and within
/// the 32 characters that the cloud allows.
pub fn generated_name(urn: &Urn) -> String {
    let digest = hex::encode(Sha256::digest(urn.as_str()));
    format!("{NAME_PREFIX}{}", &digest[..32 - NAME_PREFIX.len()])
}
