//! Addresses of clouds and other backends.
//!
//! # What this may not do
//!
//! Quote an invalid address: it may contain a password.

use std::fmt;
use std::path::PathBuf;
use url::Url;

/// The cloud if nothing names another one.
pub(super) const PULUMI_CLOUD: &str = "https://api.pulumi.com";

/// The address of a cloud, and the setting that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: Url,
    pub(super) named: Named,
}

/// The setting that named a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// `auto-deploy:apiUrl` in the program's configuration.
    Configuration,
    /// `auto-deploy:apiUrl` in the stack's state.
    State,
    /// `PULUMI_BACKEND_URL`.
    BackendUrl,
    /// `backend.url` in this project file.
    Project(PathBuf),
    /// `PULUMI_API`, set by the user.
    Api,
    /// `PULUMI_API`, set by the Pulumi CLI for its plugins.
    Engine,
    /// The backend of the last `pulumi login`.
    Login,
    /// No setting.
    Default,
}

/// The backend of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    /// A Pulumi Cloud.
    Cloud(Url),
    /// A folder, a bucket or a database, which the Pulumi CLI calls a DIY backend. It has no organizations.
    SelfManaged,
}

impl Address {
    /// The address as users write it.
    pub(super) fn text(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text(), self.named)
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Configuration => f.write_str("named by `auto-deploy:apiUrl`"),
            Named::State => {
                f.write_str("named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`")
            }
            Named::BackendUrl => f.write_str("named by PULUMI_BACKEND_URL"),
            Named::Project(path) => write!(f, "named by `backend.url` in {}", path.display()),
            Named::Api => f.write_str("named by PULUMI_API"),
            Named::Engine => {
                f.write_str("named by PULUMI_API, which the Pulumi CLI sets for its plugins")
            }
            Named::Login => f.write_str("named by the login of the Pulumi CLI"),
            Named::Default => f.write_str("the default, because nothing names a cloud"),
        }
    }
}

impl Backend {
    /// Parses the address of a backend.
    ///
    /// # Errors
    ///
    /// As [`check_api_url`], for an address that is neither a web address nor that of another kind of backend.
    pub(super) fn parse(text: &str) -> Result<Backend, String> {
        // The Pulumi CLI decides which other kinds there are: `file://`, `s3://`, `postgres://` and so on.
        match text.trim().split_once("://") {
            Some((scheme, _)) if !is_web(scheme) => Ok(Backend::SelfManaged),
            _ => check_api_url(text).map(Backend::Cloud),
        }
    }
}

fn is_web(scheme: &str) -> bool {
    ["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web))
}

/// Whether `key`, as the Pulumi CLI writes it into its files, is the address of this cloud.
pub(super) fn is_same(key: &str, url: &Url) -> bool {
    let text = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    Url::parse(key).is_ok_and(|key| text(&key) == text(url))
}

/// Parses the address of a cloud.
///
/// # Errors
///
/// What is wrong and what to write, as the end of a sentence. It does not quote the address, which may contain a password.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_an_address_is_not_shown() {
        let address = |text: &str| check_api_url(text).expect_err("it is wrong");
        insta::assert_snapshot!(address("pulumi.example"), @"is not a web address (relative URL without a base): write one like `https://api.pulumi.com`");
        insta::assert_snapshot!(address("file:///state"), @"is not a web address: write one like `https://api.pulumi.com`");
        insta::assert_snapshot!(address("https://me:hidden@host"), @"must not hold a user name or a password: the access token says who you are");
        insta::assert_snapshot!(address("https://host/?x=1"), @"must not have a `?` or `#`: write one like `https://api.pulumi.com`");
    }

    #[test]
    fn a_backend_is_a_cloud_or_managed_by_the_user() {
        for own in [
            "file:///state",
            "file://~",
            "s3://bucket?region=x",
            "azblob://b",
            "postgres://me:hidden@db/x",
        ] {
            assert_eq!(Backend::parse(own), Ok(Backend::SelfManaged), "{own}");
        }
        for cloud in [
            "https://api.pulumi.com",
            "HTTP://localhost:8080/",
            " https://cloud/base ",
        ] {
            assert!(
                matches!(Backend::parse(cloud), Ok(Backend::Cloud(_))),
                "{cloud}"
            );
        }
        for neither in ["pulumi.example", "localhost:8080", "state", "https://"] {
            Backend::parse(neither).expect_err(neither);
        }
    }

    #[test]
    fn the_clis_keys_are_compared_as_addresses() {
        let url = Url::parse("https://cloud.example/base").expect("a URL");
        for same in [
            "https://cloud.example/base",
            "https://cloud.example/base/",
            "https://Cloud.Example/base",
        ] {
            assert!(is_same(same, &url), "{same}");
        }
        for other in [
            "",
            "https://cloud.example",
            "http://cloud.example/base",
            "https://cloud.example/Base",
        ] {
            assert!(!is_same(other, &url), "{other}");
        }
    }
}
