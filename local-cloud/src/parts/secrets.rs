//! Encryption of everything in the data folder that must not be readable.
//!
//! The key is a file in the data folder that only its owner can read. It protects what leaves the folder without it, such
//! as a copy of the database in a bug report, but not from a user who can read the whole folder.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use uuid::Uuid;

const KEY_FILE: &str = "key";
const KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 24;
const KEY_ID_LENGTH: usize = 16;

/// The first byte of every ciphertext, to recognize later formats.
const FORM: u8 = 1;

/// Encryption or decryption failed.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key file cannot be read or created.
    #[error("the key file {} cannot be used", path.display())]
    KeyFile {
        /// Its path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is a database but no key file, so its secrets could not be decrypted.
    #[error(
        "the key file {} is missing, and the secrets in the database beside it were sealed with it: restore the file \
         from a backup, or begin with another data folder",
        path.display()
    )]
    Gone {
        /// Its path.
        path: PathBuf,
    },
    /// The key file does not contain a key.
    #[error("the key file {} is damaged", path.display())]
    Damaged {
        /// Its path.
        path: PathBuf,
    },
    /// The system returned no random bytes.
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
    /// A ciphertext cannot be decrypted: another key was used, or it was modified.
    #[error("a sealed secret does not open with the key of this data folder")]
    Sealed,
}

/// An encrypted secret in the store.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// The format, the nonce, and the ciphertext with its tag.
    pub(crate) ciphertext: Vec<u8>,
    /// Shows whether two secrets are the same, without revealing them.
    pub(crate) digest: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// Encrypts and decrypts secrets with the key of one data folder.
pub(crate) struct Secrets {
    cipher: XChaCha20Poly1305,
    digest_key: [u8; KEY_LENGTH],
    /// The root from which the keys of stacks are derived.
    stack_root: [u8; KEY_LENGTH],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Reads the key of the data folder, or creates one.
    pub(crate) fn open(data: &Path) -> Result<Secrets, SecretsError> {
        let path = data.join(KEY_FILE);
        match File::open(&path) {
            Ok(mut file) => Ok(Secrets::with(&read_key(&mut file, &path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Secrets::with(&make_key(&path, data)?))
            }
            Err(source) => Err(SecretsError::KeyFile { path, source }),
        }
    }

    /// Reads the key of a data folder with secrets, which a new key could not decrypt.
    pub(crate) fn reopen(data: &Path) -> Result<Secrets, SecretsError> {
        let path = data.join(KEY_FILE);
        if path.exists() {
            Secrets::open(data)
        } else {
            Err(SecretsError::Gone { path })
        }
    }

    fn with(key: &[u8; KEY_LENGTH]) -> Secrets {
        Secrets {
            cipher: XChaCha20Poly1305::new(&Key::from(derive(key, "seal"))),
            digest_key: derive(key, "digest"),
            stack_root: derive(key, "stack"),
        }
    }

    /// Encrypts for a stack, with its own key.
    ///
    /// The result contains the stack's ID, so it can be decrypted even after the stack was renamed or deleted.
    pub(crate) fn encrypt(&self, stack: Uuid, plain: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(SecretsError::Random)?;
        let head = [&[FORM][..], stack.as_bytes()].concat();
        let payload = Payload {
            msg: plain,
            aad: &head,
        };
        let text = self
            .stack_cipher(stack)
            .encrypt(&XNonce::from(nonce), payload);
        let text = text.expect("a secret is shorter than the cipher's limit");
        Ok([&head[..], &nonce, &text].concat())
    }

    /// Decrypts a ciphertext for a stack of this data folder.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let (head, rest) = ciphertext
            .split_at_checked(1 + KEY_ID_LENGTH)
            .ok_or(SecretsError::Sealed)?;
        let (nonce, msg) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(SecretsError::Sealed)?;
        let stack = Uuid::from_slice(&head[1..]).expect("the length is that of an id");
        if head[0] != FORM {
            return Err(SecretsError::Sealed);
        }
        let payload = Payload { msg, aad: head };
        self.stack_cipher(stack)
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SecretsError::Sealed)
    }

    fn stack_cipher(&self, stack: Uuid) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(mac(&self.stack_root, stack.as_bytes())))
    }

    /// Encrypts `secret` for `purpose`. It can only be decrypted for the same purpose.
    pub(crate) fn seal(
        &self,
        purpose: &str,
        secret: &SecretString,
    ) -> Result<Sealed, SecretsError> {
        let secret = secret.expose_secret().as_bytes();
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(SecretsError::Random)?;
        let payload = Payload {
            msg: secret,
            aad: purpose.as_bytes(),
        };
        let text = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a secret is shorter than the cipher's limit");
        let ciphertext = [&[FORM][..], &nonce, &text].concat();
        Ok(Sealed {
            ciphertext,
            digest: hex::encode(mac(&self.digest_key, secret)),
        })
    }

    /// Decrypts a secret that was encrypted for `purpose`.
    pub(crate) fn open_sealed(
        &self,
        purpose: &str,
        sealed: &Sealed,
    ) -> Result<SecretString, SecretsError> {
        let (form, rest) = sealed
            .ciphertext
            .split_first()
            .ok_or(SecretsError::Sealed)?;
        let (nonce, msg) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(SecretsError::Sealed)?;
        if *form != FORM {
            return Err(SecretsError::Sealed);
        }
        let payload = Payload {
            msg,
            aad: purpose.as_bytes(),
        };
        let plain = self
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SecretsError::Sealed)?;
        String::from_utf8(plain)
            .map(SecretString::from)
            .map_err(|_| SecretsError::Sealed)
    }
}

/// HMAC-SHA256 of `message`.
pub(crate) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// A random token in the form of Pulumi Cloud's.
///
/// # Errors
///
/// [`SecretsError::Random`] if the system returns no random bytes.
pub fn new_token() -> Result<String, SecretsError> {
    Ok(format!("pul-{}", random_hex::<20>()?))
}

/// `LENGTH` random bytes as hexadecimal digits.
pub(crate) fn random_hex<const LENGTH: usize>() -> Result<String, SecretsError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(SecretsError::Random)?;
    Ok(hex::encode(bytes))
}

fn derive(key: &[u8; KEY_LENGTH], purpose: &str) -> [u8; KEY_LENGTH] {
    mac(key, format!("local-cloud {purpose}").as_bytes())
}

fn read_key(file: &mut File, path: &Path) -> Result<[u8; KEY_LENGTH], SecretsError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|source| SecretsError::KeyFile {
            path: path.to_owned(),
            source,
        })?;
    bytes.try_into().map_err(|_| SecretsError::Damaged {
        path: path.to_owned(),
    })
}

/// Creates a key. The file is written completely or not at all, because a partial key would make its ciphertexts useless.
fn make_key(path: &Path, data: &Path) -> Result<[u8; KEY_LENGTH], SecretsError> {
    let mut key = [0; KEY_LENGTH];
    getrandom::fill(&mut key).map_err(SecretsError::Random)?;
    let write = || {
        // Only the owner can read a temporary file.
        let mut file = NamedTempFile::new_in(data)?;
        file.write_all(&key)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        Ok(())
    };
    write().map_err(|source| SecretsError::KeyFile {
        path: path.to_owned(),
        source,
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn sealed_and_opened_again_also_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let sealed = Secrets::open(data.path())
            .unwrap()
            .seal("webhook", &secret("shh"))
            .unwrap();
        assert!(!sealed.ciphertext.windows(3).any(|bytes| bytes == b"shh"));
        let again = Secrets::open(data.path()).unwrap();
        assert_eq!(
            again
                .open_sealed("webhook", &sealed)
                .unwrap()
                .expose_secret(),
            "shh"
        );
        assert!(
            again.open_sealed("deployment", &sealed).is_err(),
            "another purpose"
        );
    }

    #[test]
    fn the_digest_changes_with_the_secret_only() {
        let data = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(data.path()).unwrap();
        let [one, same, other] =
            ["shh", "shh", "hush"].map(|text| secrets.seal("webhook", &secret(text)).unwrap());
        assert_eq!(one.digest, same.digest);
        assert_ne!(one.digest, other.digest);
        assert_ne!(one.ciphertext, same.ciphertext, "a new nonce each time");
        let elsewhere = tempfile::tempdir().unwrap();
        let foreign = Secrets::open(elsewhere.path())
            .unwrap()
            .seal("webhook", &secret("shh"))
            .unwrap();
        assert_ne!(one.digest, foreign.digest, "the digest is keyed");
        assert!(secrets.open_sealed("webhook", &foreign).is_err());
    }

    #[test]
    fn each_stack_has_its_own_key() {
        let data = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(data.path()).unwrap();
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let ciphertext = secrets.encrypt(one, b"shh").unwrap();
        assert_ne!(
            ciphertext,
            secrets.encrypt(one, b"shh").unwrap(),
            "a new nonce each time"
        );
        let again = Secrets::open(data.path()).unwrap();
        assert_eq!(again.decrypt(&ciphertext).unwrap(), b"shh");
        let mut moved = ciphertext.clone();
        moved[1..=KEY_ID_LENGTH].copy_from_slice(other.as_bytes());
        assert!(secrets.decrypt(&moved).is_err());
        for place in 0..ciphertext.len() {
            let mut changed = ciphertext.clone();
            changed[place] ^= 1;
            assert!(secrets.decrypt(&changed).is_err(), "byte {place}");
            assert!(
                secrets.decrypt(&ciphertext[..place]).is_err(),
                "{place} bytes"
            );
        }
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(
            Secrets::open(elsewhere.path())
                .unwrap()
                .decrypt(&ciphertext)
                .is_err()
        );
    }

    #[test]
    fn a_damaged_key_file_is_said_to_be() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(KEY_FILE), "short").unwrap();
        assert!(matches!(
            Secrets::open(data.path()),
            Err(SecretsError::Damaged { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        Secrets::open(data.path()).unwrap();
        let mode = std::fs::metadata(data.path().join(KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
