//! The stored logins of the Pulumi CLI: `credentials.json`.
//!
//! As pulumi/pulumi, `sdk/go/common/workspace/creds.go`. Since 3.258 the CLI can encrypt the file with a key in the
//! operating system's store (`PULUMI_CREDENTIAL_STORE`). It then holds one object with the member `$pulumiSecureStore`.
//!
//! # What this may not do
//!
//! Treat an unreadable file as no login: a guess could send a token to the wrong cloud.

use super::address::is_same;
use crate::cloud::Renewal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use url::Url;

/// The stored logins, and the file that holds them.
#[derive(Clone, Debug, Default)]
pub struct Login {
    folder: Option<PathBuf>,
    stored: Stored,
}

#[derive(Clone, Debug)]
enum Stored {
    Read(Credentials),
    Unreadable(Unreadable),
}

/// Why stored logins cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// The file.
    pub(super) path: PathBuf,
    /// What is wrong with it, as the end of "the login of the Pulumi CLI in …".
    pub(super) reason: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Credentials {
    /// The backend of the last login; often not a cloud.
    #[serde(default)]
    current: String,
    /// Tokens by backend, which is all that older CLIs read.
    #[serde(default, rename = "accessTokens")]
    access_tokens: BTreeMap<String, SecretString>,
    /// The newer form of the same.
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
    /// The credentials helper.
    #[serde(default, rename = "credentialHelper")]
    helper: Option<Helper>,
    /// Whether the rest is encrypted.
    #[serde(default, rename = "$pulumiSecureStore")]
    secure_store: Option<serde::de::IgnoredAny>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Account {
    #[serde(default, rename = "accessToken")]
    access_token: SecretString,
    /// The token that the CLI exchanges for the next access token.
    #[serde(default, rename = "refreshToken")]
    refresh_token: SecretString,
    /// Whether to accept any certificate: `pulumi login --insecure`.
    #[serde(default)]
    insecure: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Helper {
    path: PathBuf,
}

impl Default for Stored {
    fn default() -> Stored {
        Stored::Read(Credentials::default())
    }
}

impl Login {
    /// Reads the logins stored in `folder`. A missing or empty file means no login.
    pub fn load(folder: &Path) -> Login {
        Login {
            stored: read(&folder.join("credentials.json")),
            folder: Some(folder.to_owned()),
        }
    }

    /// The backend of the last login, if there was one.
    pub(super) fn current(&self) -> Result<Option<&str>, &Unreadable> {
        let credentials = self.credentials()?;
        Ok(Some(credentials.current.as_str()).filter(|current| !current.is_empty()))
    }

    /// The token for this cloud, if there is one. A stored token is never sent to another cloud.
    pub(super) fn token(&self, url: &Url) -> Result<Option<SecretString>, &Unreadable> {
        let credentials = self.credentials()?;
        let newer = credentials
            .accounts
            .iter()
            .map(|(key, account)| (key, &account.access_token));
        let found = newer
            .chain(&credentials.access_tokens)
            .find(|(key, token)| is_same(key, url) && !token.expose_secret().is_empty());
        Ok(found.map(|(_, token)| token.clone()))
    }

    /// Whether the CLI can renew the login for this cloud, if its token is missing.
    pub(super) fn is_renewable(&self, url: &Url) -> bool {
        self.has_account(url, |account| {
            !account.refresh_token.expose_secret().is_empty()
        })
    }

    /// Whether to accept any certificate of this cloud: `pulumi login --insecure`.
    pub(super) fn is_insecure(&self, url: &Url) -> bool {
        self.has_account(url, |account| account.insecure)
    }

    /// The helper that `pulumi login --credential-helper` stored.
    pub(super) fn helper(&self) -> Option<&Path> {
        let helper = self.credentials().ok()?.helper.as_ref()?;
        Some(&helper.path)
    }

    /// Reads the token for this cloud again on demand.
    pub(super) fn renewal(&self, url: &Url) -> Option<Renewal> {
        let (folder, url) = (self.folder.clone()?, url.clone());
        Some(Renewal::new(move || {
            let token = Login::load(&folder).token(&url).ok().flatten();
            token.filter(is_token)
        }))
    }

    fn has_account(&self, url: &Url, is_it: impl Fn(&Account) -> bool) -> bool {
        let credentials = self.credentials();
        credentials.is_ok_and(|credentials| {
            let mut accounts = credentials.accounts.iter();
            accounts.any(|(key, account)| is_it(account) && is_same(key, url))
        })
    }

    fn credentials(&self) -> Result<&Credentials, &Unreadable> {
        match &self.stored {
            Stored::Read(credentials) => Ok(credentials),
            Stored::Unreadable(unreadable) => Err(unreadable),
        }
    }
}

/// Whether a text can be a token. Any other cannot be sent in a header.
pub(super) fn is_token(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read(path: &Path) -> Stored {
    let unreadable = |reason: String| {
        Stored::Unreadable(Unreadable {
            path: path.to_owned(),
            reason,
        })
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Stored::default(),
        Err(error) => return unreadable(format!("cannot be read ({error})")),
    };
    if text.is_empty() {
        // The CLI was interrupted while it wrote the file. The CLI itself also treats this as no login.
        return Stored::default();
    }
    match serde_json::from_str::<Credentials>(&text) {
        Ok(credentials) if credentials.secure_store.is_some() => {
            unreadable("is encrypted, and only the CLI itself can read it".to_owned())
        }
        Ok(credentials) => Stored::Read(credentials),
        // The error's own message could quote the file.
        Err(error) => unreadable(format!("cannot be read (line {} is invalid)", error.line())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> (tempfile::TempDir, Login) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("credentials.json"), text).expect("it is written");
        let login = Login::load(folder.path());
        (folder, login)
    }

    fn token(login: &Login, url: &str) -> Option<String> {
        let url = Url::parse(url).expect("a URL");
        let token = login.token(&url).expect("it can be read");
        token.map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn a_token_is_for_one_cloud_alone() {
        let (_folder, login) = stored(
            r#"{"current": "https://a", "accessTokens": {"https://a": "older", "https://b/": "b", "https://c": ""},
                "accounts": {"https://a/": {"accessToken": "newer"}, "https://c": {"accessToken": ""}}}"#,
        );
        assert_eq!(login.current(), Ok(Some("https://a")));
        assert_eq!(token(&login, "https://a").as_deref(), Some("newer"));
        assert_eq!(token(&login, "https://b").as_deref(), Some("b"));
        assert_eq!(
            (token(&login, "https://c"), token(&login, "https://d")),
            (None, None)
        );
    }

    #[test]
    fn an_insecure_login_is_for_one_cloud_alone() {
        let (_folder, login) = stored(
            r#"{"accounts": {"https://a/": {"accessToken": "t", "insecure": true}, "https://b": {"accessToken": "t"}}}"#,
        );
        let is_insecure = |url: &str| login.is_insecure(&Url::parse(url).expect("a URL"));
        assert!(is_insecure("https://a"));
        assert!(
            !is_insecure("https://b") && !is_insecure("https://a:8443") && !is_insecure("http://a")
        );
    }

    #[test]
    fn no_login_is_not_one_that_cannot_be_read() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Login::load(folder.path()).current(), Ok(None));
        assert_eq!(stored("").1.current(), Ok(None));
        let reason = |text: &str| {
            let (_folder, login) = stored(text);
            login
                .current()
                .expect_err("it cannot be read")
                .reason
                .clone()
        };
        insta::assert_snapshot!(reason("{\"current\": 7"), @"cannot be read (line 1 is invalid)");
        let encrypted = r#"{"$pulumiSecureStore": 1, "backend": "os-keychain", "algo": "x", "nonce": "", "data": ""}"#;
        insta::assert_snapshot!(reason(encrypted), @"is encrypted, and only the CLI itself can read it");
        // A newer form, which is otherwise unknown.
        insta::assert_snapshot!(reason(r#"{"$pulumiSecureStore": {"version": 9}}"#), @"is encrypted, and only the CLI itself can read it");
        std::fs::create_dir(folder.path().join("credentials.json")).expect("it is made");
        let login = Login::load(folder.path());
        login.current().expect_err("a folder is no file");
    }

    #[test]
    fn a_renewed_token_is_read_from_the_same_place() {
        let (folder, login) = stored(r#"{"accessTokens": {"https://a": "first"}}"#);
        let url = Url::parse("https://a").expect("a URL");
        let renewal = login.renewal(&url).expect("it is stored");
        let write = |text: &str| {
            std::fs::write(folder.path().join("credentials.json"), text).expect("it is written");
        };
        let read = || renewal.read().map(|token| token.expose_secret().to_owned());
        write(r#"{"accounts": {"https://a": {"accessToken": "second"}}}"#);
        assert_eq!(read().as_deref(), Some("second"));
        for none in [
            "{",
            r#"{"accessTokens": {"https://b": "b"}}"#,
            r#"{"accessTokens": {"https://a": "a b"}}"#,
        ] {
            write(none);
            assert_eq!(read(), None, "{none}");
        }
    }
}
