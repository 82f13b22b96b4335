//! Passes credentials to git: in its environment, which other users cannot read, and never in its arguments.

use super::workplace::Workplace;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::io;
use url::Url;

/// The credentials for a repository, as plain text.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) access_token: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) ssh_key: Option<String>,
    pub(super) ssh_password: Option<String>,
    /// The secret in the URL of the repository, if there was one.
    pub(super) hidden: Option<String>,
}

/// The user name with which hosts of repositories accept a token as password.
const TOKEN_USER: &str = "x-access-token";

const KEY_PASSWORD: &str = "LOCAL_CLOUD_KEY_PASSWORD";

impl Credentials {
    /// Removes credentials from the URL of a repository, so that neither a log nor git's arguments contain them; returns
    /// the URL without them. Credentials in the settings take precedence.
    pub(super) fn take_from(&mut self, given: &str) -> String {
        let Some(mut url) = Url::parse(given).ok().filter(is_http) else {
            return given.to_owned();
        };
        let part = |part: &str| {
            let text = percent_decode_str(part).decode_utf8_lossy();
            (!text.is_empty()).then(|| text.into_owned())
        };
        let (user, password) = (part(url.username()), url.password().and_then(part));
        if user.is_none() && password.is_none() {
            return given.to_owned();
        }
        // They can be removed from every URL with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if self.access_token.is_none() && self.user_name.is_none() {
            self.user_name = Some(user.clone().unwrap_or_default());
            self.password.clone_from(&password);
        }
        // A user name without a password is usually a token.
        self.hidden = password.or(user);
        url.into()
    }

    /// Everything that must not be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        let given = [
            &self.hidden,
            &self.access_token,
            &self.password,
            &self.ssh_key,
            &self.ssh_password,
        ];
        let mut secrets: Vec<_> = given.into_iter().flatten().cloned().collect();
        secrets.extend(self.basic());
        secrets
    }

    /// The environment that makes git use them for `url`, and for no other host.
    pub(super) fn environment(
        &self,
        url: &str,
        workplace: &Workplace,
    ) -> io::Result<Vec<(&'static str, String)>> {
        let mut environment = Vec::new();
        if let (Some(basic), Some(origin)) = (self.basic(), origin(url)) {
            environment.push(("GIT_CONFIG_COUNT", "1".to_owned()));
            environment.push(("GIT_CONFIG_KEY_0", format!("http.{origin}.extraHeader")));
            environment.push((
                "GIT_CONFIG_VALUE_0",
                format!("Authorization: Basic {basic}"),
            ));
        }
        if let Some(key) = &self.ssh_key {
            let key = workplace.write("key", &(key.trim_end().to_owned() + "\n"))?;
            let command = format!(
                "ssh -i '{}' -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new",
                key.display()
            );
            environment.push(("GIT_SSH_COMMAND", command));
        }
        if let Some(password) = &self.ssh_password {
            let script = format!("#!/bin/sh\nprintf '%s\\n' \"${KEY_PASSWORD}\"\n");
            let script = workplace.write("ask", &script)?;
            environment.push((KEY_PASSWORD, password.clone()));
            environment.push(("SSH_ASKPASS", script.display().to_string()));
            environment.push(("SSH_ASKPASS_REQUIRE", "force".to_owned()));
        }
        Ok(environment)
    }

    fn basic(&self) -> Option<String> {
        let pair = match (&self.access_token, &self.user_name, &self.password) {
            (Some(token), _, _) => format!("{TOKEN_USER}:{token}"),
            (None, Some(user), password) => {
                format!("{user}:{}", password.as_deref().unwrap_or_default())
            }
            (None, None, _) => return None,
        };
        Some(STANDARD.encode(pair))
    }
}

/// The scheme and host of a URL that git accesses over HTTP.
fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(is_http)?;
    Some(format!("{}/", url.origin().ascii_serialization()))
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_has_in_it_goes_another_way() {
        let taken = |url: &str, access_token: Option<&str>| {
            let mut credentials = Credentials {
                access_token: access_token.map(str::to_owned),
                ..Credentials::default()
            };
            let shown = credentials.take_from(url);
            (shown, credentials.basic(), credentials.hidden)
        };
        let basic = |pair: &str| Some(STANDARD.encode(pair));
        let host = "https://example.com/a.git".to_owned();
        assert_eq!(
            taken("https://me:hu%3Ash@example.com/a.git", None),
            (host.clone(), basic("me:hu:sh"), Some("hu:sh".to_owned()))
        );
        assert_eq!(
            taken("https://token@example.com/a.git", None),
            (host.clone(), basic("token:"), Some("token".to_owned()))
        );
        assert_eq!(
            taken("https://me:hush@example.com/a.git", Some("other")),
            (host, basic("x-access-token:other"), Some("hush".to_owned()))
        );
        for same in [
            "/a/path",
            "file:///a",
            "git@example.com:a.git",
            "https://example.com/a",
        ] {
            assert_eq!(taken(same, None), (same.to_owned(), None, None));
        }
    }

    #[test]
    fn a_token_goes_to_its_host_only() {
        let data = tempfile::tempdir().unwrap();
        let workplace = Workplace::new(data.path(), "one").unwrap();
        let token = Credentials {
            access_token: Some("hush".into()),
            ..Credentials::default()
        };
        let given = token.environment("https://example.com/a/b.git", &workplace);
        let given = given.unwrap();
        assert_eq!(given[1].1, "http.https://example.com/.extraHeader");
        assert_eq!(
            given[2].1,
            "Authorization: Basic eC1hY2Nlc3MtdG9rZW46aHVzaA=="
        );
        assert!(token.environment("/a/path", &workplace).unwrap().is_empty());
        assert!(
            token
                .secrets()
                .contains(&"eC1hY2Nlc3MtdG9rZW46aHVzaA==".to_owned())
        );
    }
}
