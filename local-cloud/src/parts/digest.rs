//! Digests of tokens, which are enough to recognize a token but not to use it.

use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a token. Comparisons take constant time.
#[derive(Clone, Copy)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// The digest of a token.
    pub(crate) fn of(token: &str) -> Digest {
        Digest(Sha256::digest(token).into())
    }

    /// Whether it is the digest of `given`.
    pub(crate) fn is_of(&self, given: &str) -> bool {
        *self == Digest::of(given)
    }

    /// The bytes for the store.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it equals the one in the store. An empty one in the store never matches.
    pub(crate) fn is_kept_as(&self, kept: &[u8]) -> bool {
        self.0[..].ct_eq(kept).into()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_its_token_and_no_other() {
        let digest = Digest::of("pul-1");
        assert!(digest.is_of("pul-1") && digest == Digest::of("pul-1"));
        assert!(digest.is_kept_as(Digest::of("pul-1").as_bytes()));
        for other in ["", "pul-2", "pul-1 ", "PUL-1"] {
            assert!(!digest.is_of(other), "{other}");
            assert_ne!(digest, Digest::of(other), "{other}");
            assert!(!digest.is_kept_as(Digest::of(other).as_bytes()), "{other}");
        }
        assert!(!digest.is_kept_as(&[]), "no digest is kept");
        assert_eq!(format!("{digest:?}"), "Digest");
    }
}
