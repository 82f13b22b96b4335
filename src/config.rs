//! From the provider's configuration and the environment to the cloud that we work with.
//!
//! The order is that of the Pulumi CLI, whose login we use: pulumi/pulumi, `sdk/go/common/workspace/creds.go` and
//! `pkg/backend/httpstate/backend.go`.
//!
//! # What this may not do
//!
//! Be asked twice: the environment is read once, here, and nothing else reads it. Put what it found into the state.

use crate::cloud::Endpoint;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use url::Url;

/// The cloud of those who say nothing.
const PULUMI_CLOUD: &str = "https://api.pulumi.com";

/// What the program's configuration says.
#[derive(Clone, Debug, Default)]
pub struct Explicit {
    /// `auto-deploy:accessToken`.
    pub access_token: Option<SecretString>,
    /// `auto-deploy:apiUrl`.
    pub api_url: Option<String>,
}

/// What the environment of the process says. Empty variables are absent ones.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `PULUMI_ACCESS_TOKEN`.
    pub access_token: Option<SecretString>,
    /// `PULUMI_API`.
    pub api: Option<String>,
    /// `PULUMI_BACKEND_URL`; often not a cloud but a folder or a bucket.
    pub backend_url: Option<String>,
    /// What `pulumi login` left behind.
    pub credentials: Credentials,
    /// What `pulumi org set-default` left behind.
    pub defaults: Defaults,
    /// `PULUMI_CONSOLE_DOMAIN`: the host of the console's pages.
    pub console_domain: Option<String>,
}

/// The CLI's settings for each backend.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Defaults {
    #[serde(default)]
    backends: BTreeMap<String, BackendDefaults>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct BackendDefaults {
    #[serde(default, rename = "defaultOrg")]
    organization: String,
}

impl Defaults {
    /// Reads the settings stored in `folder`. No file means no settings; one that cannot be read as well.
    pub fn load(folder: &Path) -> Defaults {
        let text = std::fs::read_to_string(folder.join("config.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The organization that stands in on this cloud where none is named.
    pub fn organization(&self, url: &Url) -> Option<&str> {
        let same = |key: &str| key.trim_end_matches('/') == url.as_str().trim_end_matches('/');
        let found = self.backends.iter().find(|(key, _)| same(key));
        found
            .map(|(_, backend)| backend.organization.as_str())
            .filter(|name| !name.is_empty())
    }
}

/// The CLI's stored logins.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Credentials {
    /// The backend of the last login; often not a cloud.
    #[serde(default)]
    current: String,
    /// Tokens by backend.
    #[serde(default, rename = "accessTokens")]
    access_tokens: BTreeMap<String, SecretString>,
    /// The newer form of the same.
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Account {
    #[serde(default, rename = "accessToken")]
    access_token: SecretString,
}

/// Why there is no cloud to work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFailure {
    /// Nobody gave a token.
    #[error(
        "there is no access token for {url}: run `pulumi login`, set PULUMI_ACCESS_TOKEN, or run `pulumi config set \
         --secret auto-deploy:accessToken`"
    )]
    NoToken {
        /// The cloud that it would be for.
        url: String,
    },
    /// The token has characters that no token has; most often a line break that came along.
    #[error(
        "the access token from {source} has characters that no token has: set it again, without spaces and line breaks"
    )]
    OddToken {
        /// Where it came from.
        r#source: &'static str,
    },
    /// An address is not one.
    #[error("{source} {reason}")]
    ApiUrl {
        /// Where it came from.
        r#source: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Environment {
    /// Reads the environment of this process, and the CLI's stored logins.
    pub fn capture() -> Environment {
        let home = variable("PULUMI_HOME").map(PathBuf::from);
        let home = home.or_else(|| {
            Some(Path::new(&variable("HOME").or_else(|| variable("USERPROFILE"))?).join(".pulumi"))
        });
        let folder = variable("PULUMI_CREDENTIALS_PATH")
            .map(PathBuf::from)
            .or_else(|| home.clone());
        Environment {
            access_token: variable("PULUMI_ACCESS_TOKEN").map(Into::into),
            api: variable("PULUMI_API"),
            backend_url: variable("PULUMI_BACKEND_URL"),
            credentials: folder
                .map(|folder| Credentials::load(&folder))
                .unwrap_or_default(),
            defaults: home
                .map(|folder| Defaults::load(&folder))
                .unwrap_or_default(),
            console_domain: variable("PULUMI_CONSOLE_DOMAIN"),
        }
    }
}

impl Credentials {
    /// Reads the logins stored in `folder`. No file means no login; one that cannot be read as well.
    pub fn load(folder: &Path) -> Credentials {
        let Ok(text) = std::fs::read_to_string(folder.join("credentials.json")) else {
            return Credentials::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            // The error's own words could quote the file.
            tracing::warn!(
                line = error.line(),
                "the stored logins of the Pulumi CLI cannot be read, and are passed over"
            );
            Credentials::default()
        })
    }

    fn token(&self, url: &Url) -> Option<SecretString> {
        let is_for =
            |key: &&String| key.trim_end_matches('/') == url.as_str().trim_end_matches('/');
        let newer = self
            .accounts
            .iter()
            .find(|(key, _)| is_for(key))
            .map(|(_, account)| &account.access_token);
        let older = self
            .access_tokens
            .iter()
            .find(|(key, _)| is_for(key))
            .map(|(_, token)| token);
        newer
            .into_iter()
            .chain(older)
            .find(|token| !token.expose_secret().is_empty())
            .cloned()
    }
}

/// Finds the cloud and the token.
///
/// The address is the first of: the configuration, `PULUMI_API`, `PULUMI_BACKEND_URL` and the stored current backend
/// where they are web addresses, Pulumi Cloud. The token is the first of: the configuration, `PULUMI_ACCESS_TOKEN`, the
/// stored login for that very address, so that no stored token goes anywhere else.
///
/// # Errors
///
/// [`ConfigFailure`], one sentence that says what to set.
pub fn resolve(explicit: &Explicit, environment: &Environment) -> Result<Endpoint, ConfigFailure> {
    let url = api_url(explicit, environment)?;
    let candidates = [
        (
            "the configuration auto-deploy:accessToken",
            explicit.access_token.clone(),
        ),
        ("PULUMI_ACCESS_TOKEN", environment.access_token.clone()),
        ("the stored login", environment.credentials.token(&url)),
    ];
    for (source, token) in candidates {
        let Some(token) = token.filter(|token| !token.expose_secret().is_empty()) else {
            continue;
        };
        if !token
            .expose_secret()
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
        {
            return Err(ConfigFailure::OddToken { source });
        }
        return Ok(Endpoint { url, token });
    }
    let url = url.as_str().trim_end_matches('/').to_owned();
    Err(ConfigFailure::NoToken { url })
}

fn api_url(explicit: &Explicit, environment: &Environment) -> Result<Url, ConfigFailure> {
    let web = |text: &Option<String>| {
        text.clone()
            .filter(|text| text.starts_with("http://") || text.starts_with("https://"))
    };
    let candidates = [
        (
            "the configuration auto-deploy:apiUrl",
            explicit.api_url.clone().filter(|text| !text.is_empty()),
        ),
        ("PULUMI_API", environment.api.clone()),
        ("PULUMI_BACKEND_URL", web(&environment.backend_url)),
        (
            "the current backend of the Pulumi CLI",
            web(&Some(environment.credentials.current.clone())),
        ),
    ];
    let chosen = candidates
        .into_iter()
        .find_map(|(source, text)| Some((source, text?)));
    let (source, text) = chosen.unwrap_or(("the default", PULUMI_CLOUD.to_owned()));
    check_api_url(&text).map_err(|reason| ConfigFailure::ApiUrl { source, reason })
}

/// Reads the address of a cloud.
///
/// # Errors
///
/// What is wrong and what to write, as the end of a sentence. It does not quote the address, which could hold a
/// password.
pub fn check_api_url(text: &str) -> Result<Url, String> {
    let example = format!("write one like `{PULUMI_CLOUD}`");
    let url = Url::parse(text.trim())
        .map_err(|error| format!("is not a web address ({error}): {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("is not a web address: {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "must not hold a user name or a password: the access token says who you are".to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must not have a `?` or `#`: {example}"));
    }
    Ok(url)
}

/// What our own log is to show: `AUTO_DEPLOY_LOG`, such as `auto_deploy=debug`.
pub fn log_filter() -> Option<String> {
    variable("AUTO_DEPLOY_LOG")
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    let value = std::env::var(name).ok()?;
    Some(value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(json: &str) -> Credentials {
        serde_json::from_str(json).expect("it is one")
    }

    fn found(explicit: &Explicit, environment: &Environment) -> String {
        match resolve(explicit, environment) {
            Ok(endpoint) => format!("{} {}", endpoint.url, endpoint.token.expose_secret()),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn the_first_that_says_something_is_taken() {
        let stored =
            r#"{"current": "https://stored", "accessTokens": {"https://stored": "stored-token"}}"#;
        let mut environment = Environment {
            credentials: credentials(stored),
            ..Environment::default()
        };
        let mut explicit = Explicit::default();
        assert_eq!(
            found(&explicit, &environment),
            "https://stored/ stored-token"
        );
        environment.backend_url = Some("https://backend".into());
        environment.access_token = Some("variable".into());
        assert_eq!(found(&explicit, &environment), "https://backend/ variable");
        environment.api = Some("https://api".into());
        assert_eq!(found(&explicit, &environment), "https://api/ variable");
        explicit = Explicit {
            access_token: Some("given".into()),
            api_url: Some("https://given".into()),
        };
        assert_eq!(found(&explicit, &environment), "https://given/ given");
    }

    #[test]
    fn the_default_organization_is_that_of_the_very_cloud() {
        let text = r#"{"backends": {"https://here/": {"defaultOrg": "acme"}, "https://empty": {"defaultOrg": ""}}}"#;
        let defaults: Defaults = serde_json::from_str(text).expect("it is one");
        let of = |url: &str| defaults.organization(&Url::parse(url).expect("it is a URL"));
        assert_eq!(of("https://here"), Some("acme"));
        assert_eq!((of("https://empty"), of("https://other")), (None, None));
    }

    #[test]
    fn a_backend_that_is_no_cloud_is_passed_over() {
        let environment = Environment {
            access_token: Some("variable".into()),
            backend_url: Some("file:///state".into()),
            credentials: credentials(r#"{"current": "s3://bucket"}"#),
            ..Environment::default()
        };
        assert_eq!(
            found(&Explicit::default(), &environment),
            "https://api.pulumi.com/ variable"
        );
    }

    #[test]
    fn a_stored_token_goes_nowhere_else() {
        let stored = r#"{"current": "https://stored", "accounts": {"https://stored/": {"accessToken": "stored-token"}}}"#;
        let mut environment = Environment {
            credentials: credentials(stored),
            ..Environment::default()
        };
        assert_eq!(
            found(&Explicit::default(), &environment),
            "https://stored/ stored-token"
        );
        environment.api = Some("https://other".into());
        insta::assert_snapshot!(found(&Explicit::default(), &environment), @"there is no access token for https://other: run `pulumi login`, set PULUMI_ACCESS_TOKEN, or run `pulumi config set --secret auto-deploy:accessToken`");
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_shown() {
        let environment = Environment {
            access_token: Some("hidden\n".into()),
            ..Environment::default()
        };
        let odd = found(&Explicit::default(), &environment);
        insta::assert_snapshot!(odd, @"the access token from PULUMI_ACCESS_TOKEN has characters that no token has: set it again, without spaces and line breaks");
        let address = |text: &str| check_api_url(text).expect_err("it is wrong");
        insta::assert_snapshot!(address("pulumi.example"), @"is not a web address (relative URL without a base): write one like `https://api.pulumi.com`");
        insta::assert_snapshot!(address("file:///state"), @"is not a web address: write one like `https://api.pulumi.com`");
        insta::assert_snapshot!(address("https://me:hidden@host"), @"must not hold a user name or a password: the access token says who you are");
        insta::assert_snapshot!(address("https://host/?x=1"), @"must not have a `?` or `#`: write one like `https://api.pulumi.com`");
        let environment = Environment {
            api: Some("pulumi.example".into()),
            ..Environment::default()
        };
        insta::assert_snapshot!(found(&Explicit::default(), &environment), @"PULUMI_API is not a web address (relative URL without a base): write one like `https://api.pulumi.com`");
    }

    #[test]
    fn stored_logins_that_cannot_be_read_are_no_logins() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Credentials::load(folder.path()).current.is_empty());
        std::fs::write(folder.path().join("credentials.json"), "{\"current\": 7")
            .expect("it is written");
        assert!(Credentials::load(folder.path()).current.is_empty());
    }
}
