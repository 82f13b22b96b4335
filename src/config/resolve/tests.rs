//! Each case is tried with the Pulumi CLI 3.276.0 as well: `tests/e2e/address.rs` and `cli/tests/commands/address.rs`.

use super::*;
use crate::config::helper::Helper;
use crate::config::login::Login;
use std::path::PathBuf;

/// Surroundings that are put together piece by piece.
#[derive(Default)]
struct Around {
    environment: Environment,
    folder: Option<tempfile::TempDir>,
}

impl Around {
    fn backend_url(mut self, url: &str) -> Around {
        self.environment.backend_url = Some(url.to_owned());
        self
    }

    fn api(mut self, url: &str) -> Around {
        self.environment.api = Some(url.to_owned());
        self
    }

    fn token(mut self, token: &str) -> Around {
        self.environment.access_token = Some(token.into());
        self
    }

    fn project(mut self, url: &str) -> Around {
        self.environment.project = Project::Names {
            path: PathBuf::from("/work/Pulumi.yaml"),
            backend: url.to_owned(),
        };
        self
    }

    fn broken_project(mut self) -> Around {
        self.environment.project = Project::Unreadable {
            path: PathBuf::from("/work/Pulumi.yaml"),
            reason: "line 3 is not YAML".to_owned(),
        };
        self
    }

    /// Logins at these clouds, `token-of-` and the name of each; the first one is the current.
    fn logins(self, urls: &[&str]) -> Around {
        let accounts: Vec<_> = urls
            .iter()
            .map(|url| {
                let name = url.split("://").last().unwrap_or_default();
                format!(r#""{url}": {{"accessToken": "token-of-{name}"}}"#)
            })
            .collect();
        let current = urls.first().copied().unwrap_or_default();
        let accounts = accounts.join(", ");
        self.stored(&format!(
            r#"{{"current": "{current}", "accounts": {{{accounts}}}}}"#
        ))
    }

    fn encrypted(self) -> Around {
        self.stored(
            r#"{"$pulumiSecureStore": 1, "backend": "x", "algo": "x", "nonce": "", "data": ""}"#,
        )
    }

    fn stored(mut self, credentials: &str) -> Around {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("credentials.json"), credentials).expect("it is written");
        self.environment.login = Login::load(folder.path());
        self.folder = Some(folder);
        self
    }

    fn helper(mut self) -> Around {
        self.environment.helper = Some(Helper {
            path: PathBuf::from("/bin/helper"),
            named: "PATH",
        });
        self
    }

    fn answer(&self, asker: Asker, explicit: &Explicit) -> String {
        let text = match resolve(asker, explicit, &self.environment) {
            Ok(access) => {
                let Endpoint {
                    url, named, token, ..
                } = access.endpoint;
                let secret = token.secret.expose_secret();
                let renewed = if token.renewal.is_some() {
                    ", renewed"
                } else {
                    ""
                };
                format!("{url} {named}; {secret} {}{renewed}", token.origin)
            }
            Err(failure) => failure.to_string(),
        };
        match &self.folder {
            Some(folder) => text.replace(&folder.path().display().to_string(), "HOME"),
            None => text,
        }
    }

    fn plugin(&self) -> String {
        self.answer(Asker::Plugin, &Explicit::default())
    }

    fn command(&self) -> String {
        self.answer(Asker::Command, &Explicit::default())
    }
}

fn around() -> Around {
    Around::default()
}

#[test]
fn what_the_cli_hands_a_plugin_is_its_own_answer() {
    // Since 3.247 `PULUMI_API` is what the CLI worked out itself, whatever the rest says.
    for handed in [
        around().backend_url("https://a").logins(&["https://b"]),
        around().logins(&["https://a"]),
        around().project("https://a").logins(&["https://b"]),
        around().encrypted(),
        around().broken_project(),
    ] {
        let said = handed.api("https://a").token("t").plugin();
        assert!(said.starts_with("https://a/ named by "), "{said}");
        assert!(
            said.ends_with("; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN), renewed")
                || said.ends_with("(PULUMI_ACCESS_TOKEN)"),
            "{said}"
        );
    }
    insta::assert_snapshot!(around().logins(&["https://a"]).api("https://a").token("t").plugin(), @"https://a/ named by PULUMI_API, which the Pulumi CLI sets for its plugins; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN), renewed");
    // On a self-managed backend it hands over nothing, and the user's own variables stay.
    insta::assert_snapshot!(around().backend_url("file:///state").api("https://a").token("t").logins(&["https://b"]).plugin(), @"https://a/ named by PULUMI_API; t in PULUMI_ACCESS_TOKEN");
}

#[test]
fn a_plugin_of_an_older_cli_finds_the_same() {
    insta::assert_snapshot!(around().backend_url("https://a").api("https://b").token("t").plugin(), @"https://a/ named by PULUMI_BACKEND_URL; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN)");
    insta::assert_snapshot!(around().project("https://a").logins(&["https://b", "https://a"]).plugin(), @"https://a/ named by `backend.url` in /work/Pulumi.yaml; token-of-a of the stored login, renewed");
    insta::assert_snapshot!(around().logins(&["https://a", "https://b"]).plugin(), @"https://a/ named by the login of the Pulumi CLI; token-of-a of the stored login, renewed");
    insta::assert_snapshot!(around().token("t").plugin(), @"https://api.pulumi.com/ the default, because nothing names a cloud; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN)");
}

#[test]
fn a_command_does_as_the_cli() {
    insta::assert_snapshot!(around().backend_url("https://a").api("https://b").token("t").command(), @"https://a/ named by PULUMI_BACKEND_URL; t in PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().backend_url("https://a").project("https://b").logins(&["https://c", "https://a"]).command(), @"https://a/ named by PULUMI_BACKEND_URL; token-of-a of the stored login, renewed");
    insta::assert_snapshot!(around().project("https://a").logins(&["https://b", "https://a"]).command(), @"https://a/ named by `backend.url` in /work/Pulumi.yaml; token-of-a of the stored login, renewed");
    insta::assert_snapshot!(around().logins(&["https://a"]).api("https://b").command(), @"https://a/ named by the login of the Pulumi CLI; token-of-a of the stored login, renewed");
    insta::assert_snapshot!(around().logins(&["https://a"]).api("https://b").token("t").command(), @"https://a/ named by the login of the Pulumi CLI; t in PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().api("https://b").token("t").command(), @"https://b/ named by PULUMI_API; t in PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().token("t").command(), @"https://api.pulumi.com/ the default, because nothing names a cloud; t in PULUMI_ACCESS_TOKEN");
    // The login is at another cloud: its token stays with it.
    insta::assert_snapshot!(around().project("https://a").logins(&["https://b"]).command(), @"there is no access token for https://a (named by `backend.url` in /work/Pulumi.yaml): run `pulumi login https://a`, or set PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().project("https://a").logins(&["https://b"]).plugin(), @"there is no access token for https://a (named by `backend.url` in /work/Pulumi.yaml): run `pulumi login https://a`, or set PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`");
}

#[test]
fn a_login_does_not_count_where_the_state_is_elsewhere() {
    for elsewhere in [
        around()
            .backend_url("file:///state")
            .project("https://a")
            .logins(&["https://b"]),
        around().project("s3://bucket").logins(&["https://b"]),
        around().logins(&["file:///state", "https://api.pulumi.com"]),
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(elsewhere.plugin(), @"nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not count; set the configuration `auto-deploy:apiUrl` or PULUMI_API to its address, and PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken` to a token for it");
            insta::assert_snapshot!(elsewhere.command(), @"nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not count; set PULUMI_API to its address, and PULUMI_ACCESS_TOKEN to a token for it");
        }
        let elsewhere = elsewhere.token("t");
        insta::allow_duplicates! {
            insta::assert_snapshot!(elsewhere.plugin(), @"https://api.pulumi.com/ the default, because nothing names a cloud; t in PULUMI_ACCESS_TOKEN");
            insta::assert_snapshot!(elsewhere.command(), @"https://api.pulumi.com/ the default, because nothing names a cloud; t in PULUMI_ACCESS_TOKEN");
        }
        let elsewhere = elsewhere.api("https://a");
        insta::allow_duplicates! {
            insta::assert_snapshot!(elsewhere.plugin(), @"https://a/ named by PULUMI_API; t in PULUMI_ACCESS_TOKEN");
            insta::assert_snapshot!(elsewhere.command(), @"https://a/ named by PULUMI_API; t in PULUMI_ACCESS_TOKEN");
        }
    }
}

#[test]
fn the_configuration_wins_and_the_state_is_told_from_it() {
    let mut explicit = Explicit {
        access_token: Some("given".into()),
        api_url: Some("https://given".to_owned()),
        origin: Origin::Program,
    };
    let all = around()
        .backend_url("https://a")
        .api("https://b")
        .token("t")
        .logins(&["https://c"]);
    insta::assert_snapshot!(all.answer(Asker::Plugin, &explicit), @"https://given/ named by `auto-deploy:apiUrl`; given in the configuration `auto-deploy:accessToken`");
    explicit.origin = Origin::State;
    insta::assert_snapshot!(all.answer(Asker::Plugin, &explicit), @"https://given/ named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`; given in `auto-deploy:accessToken` as of this stack's last `pulumi up`");
    explicit.api_url = Some(String::new());
    explicit.access_token = Some(String::new().into());
    insta::assert_snapshot!(all.answer(Asker::Plugin, &explicit), @"https://a/ named by PULUMI_BACKEND_URL; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN), renewed");
}

#[test]
fn a_login_that_cannot_be_read_is_not_guessed() {
    insta::assert_snapshot!(around().encrypted().command(), @"nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in HOME/credentials.json is encrypted, and only the CLI itself can read it; set PULUMI_BACKEND_URL to its address, and PULUMI_ACCESS_TOKEN to a token for it");
    insta::assert_snapshot!(around().encrypted().token("t").plugin(), @"nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in HOME/credentials.json is encrypted, and only the CLI itself can read it; set the configuration `auto-deploy:apiUrl` or PULUMI_API to its address, and PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken` to a token for it");
    // The CLI, too, does not fall back to `PULUMI_API`: the login is there.
    insta::assert_snapshot!(around().encrypted().token("t").api("https://a").command(), @"nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in HOME/credentials.json is encrypted, and only the CLI itself can read it; set PULUMI_BACKEND_URL to its address, and PULUMI_ACCESS_TOKEN to a token for it");
    insta::assert_snapshot!(around().stored("{").token("t").command(), @"nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in HOME/credentials.json cannot be read (line 1 is invalid); set PULUMI_BACKEND_URL to its address, and PULUMI_ACCESS_TOKEN to a token for it");
    // Where the login decides nothing, it does not matter.
    insta::assert_snapshot!(around().encrypted().backend_url("https://a").token("t").command(), @"https://a/ named by PULUMI_BACKEND_URL; t in PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().encrypted().backend_url("https://a").command(), @"there is no access token for https://a (named by PULUMI_BACKEND_URL), and the login of the Pulumi CLI in HOME/credentials.json is encrypted, and only the CLI itself can read it: set PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().encrypted().api("https://a").plugin(), @"there is no access token for https://a (named by PULUMI_API, which the Pulumi CLI sets for its plugins), and the login of the Pulumi CLI in HOME/credentials.json is encrypted, and only the CLI itself can read it: set PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`");
    insta::assert_snapshot!(around().encrypted().backend_url("file:///state").token("t").plugin(), @"https://api.pulumi.com/ the default, because nothing names a cloud; t in PULUMI_ACCESS_TOKEN");
}

#[test]
fn what_the_cli_would_refuse_is_refused() {
    insta::assert_snapshot!(around().broken_project().token("t").command(), @"/work/Pulumi.yaml cannot be read, and may say which Pulumi Cloud to use (`backend.url`): line 3 is not YAML; correct it, or set PULUMI_BACKEND_URL");
    insta::assert_snapshot!(around().broken_project().backend_url("https://a").token("t").command(), @"https://a/ named by PULUMI_BACKEND_URL; t in PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(around().backend_url("pulumi.example").token("t").command(), @"PULUMI_BACKEND_URL is not a web address (relative URL without a base): write one like `https://api.pulumi.com`");
    insta::assert_snapshot!(around().project("https://me:hidden@a").token("t").command(), @"`backend.url` in /work/Pulumi.yaml must not hold a user name or a password: the access token says who you are");
    insta::assert_snapshot!(around().api("localhost:8080").token("t").command(), @"PULUMI_API is not a web address: write one like `https://api.pulumi.com`");
    insta::assert_snapshot!(around().api("https://a").token("hidden\n").command(), @"the access token from PULUMI_ACCESS_TOKEN contains characters that a token cannot have: set it again, without spaces and line breaks");
}

#[test]
fn a_helper_is_not_guessed_for() {
    let helper = || around().helper().logins(&["https://a"]);
    insta::assert_snapshot!(helper().command(), @"the Pulumi CLI takes its login from the credentials helper /bin/helper (named by PATH), which `auto-deploy` does not run: set PULUMI_BACKEND_URL to the address of the cloud, and PULUMI_ACCESS_TOKEN to a token for it");
    assert_eq!(helper().token("t").command(), helper().command());
    assert_eq!(
        helper().backend_url("https://a").command(),
        helper().command()
    );
    insta::assert_snapshot!(helper().backend_url("https://a").token("t").command(), @"https://a/ named by PULUMI_BACKEND_URL; t in PULUMI_ACCESS_TOKEN");
    // A plugin has the helper's answer.
    insta::assert_snapshot!(helper().api("https://a").token("t").plugin(), @"https://a/ named by PULUMI_API, which the Pulumi CLI sets for its plugins; t of the Pulumi CLI (PULUMI_ACCESS_TOKEN), renewed");
    // Headers do not reach it.
    insta::assert_snapshot!(helper().api("https://b").plugin(), @"there is no access token for https://b (named by PULUMI_API, which the Pulumi CLI sets for its plugins): the credentials helper /bin/helper (named by PATH) gave the Pulumi CLI none, and its other credentials do not reach plugins; set PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`");
    // The login of another cloud is none, with a helper as without one.
    assert_eq!(
        helper().backend_url("https://b").command(),
        helper().command()
    );
}

#[test]
fn a_login_that_has_run_out_is_renewed_by_the_cli() {
    let account = |rest: &str| {
        let stored =
            format!(r#"{{"current": "https://a", "accounts": {{"https://a": {{{rest}}}}}}}"#);
        around().stored(&stored)
    };
    let out = || account(r#""accessToken": "", "refreshToken": "hidden""#);
    insta::assert_snapshot!(out().command(), @"the login of the Pulumi CLI for https://a (named by the login of the Pulumi CLI) has expired: run `pulumi whoami`, or any other command that contacts the cloud, or set PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(out().api("https://a").plugin(), @"the login of the Pulumi CLI for https://a (named by PULUMI_API, which the Pulumi CLI sets for its plugins) has expired: run `pulumi whoami`, or any other command that contacts the cloud, or set PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`");
    assert_eq!(
        account(r#""refreshToken": "hidden""#).command(),
        out().command()
    );
    // It is for that cloud alone, and what cannot be renewed has to be made anew.
    insta::assert_snapshot!(out().backend_url("https://b").command(), @"there is no access token for https://b (named by PULUMI_BACKEND_URL): run `pulumi login https://b`, or set PULUMI_ACCESS_TOKEN");
    insta::assert_snapshot!(account(r#""accessToken": "", "refreshToken": """#).command(), @"there is no access token for https://a (named by the login of the Pulumi CLI): run `pulumi login https://a`, or set PULUMI_ACCESS_TOKEN");
}

#[test]
fn what_is_to_be_done_fits_where_the_token_came_from() {
    let cure = |around: &Around, asker, explicit: &Explicit| {
        let access = resolve(asker, explicit, &around.environment).expect("there is a cloud");
        access.endpoint.token.cure
    };
    let none = Explicit::default();
    let variable = around().api("https://a").token("t");
    insta::assert_snapshot!(cure(&variable, Asker::Plugin, &none), @"run `pulumi login https://a`, or set PULUMI_ACCESS_TOKEN to a valid one");
    insta::assert_snapshot!(cure(&variable, Asker::Command, &none), @"set it to a valid one");
    insta::assert_snapshot!(cure(&around().logins(&["https://a"]), Asker::Command, &none), @"run `pulumi login https://a`");
    let mut explicit = Explicit {
        access_token: Some("given".into()),
        ..Explicit::default()
    };
    insta::assert_snapshot!(cure(&variable, Asker::Plugin, &explicit), @"set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
    explicit.origin = Origin::State;
    insta::assert_snapshot!(cure(&variable, Asker::Plugin, &explicit), @"if you have set another one since, run `pulumi up` first, or add `--run-program`");
}

#[test]
fn the_surroundings_of_organizations_are_those_of_the_cloud() {
    let mut given = around().backend_url("https://a").token("t");
    given.environment.defaults =
        serde_json::from_str(r#"{"backends": {"https://a": {"defaultOrg": "acme"}}}"#)
            .expect("it is one");
    given.environment.default_organization = Some("corp".to_owned());
    let organizations = |around: &Around| {
        let access = resolve(Asker::Command, &Explicit::default(), &around.environment);
        access.expect("there is a cloud").organizations
    };
    let found = organizations(&given);
    assert_eq!(
        (found.stored.as_deref(), found.variable.as_deref()),
        (Some("acme"), Some("corp"))
    );
    assert!(!found.is_self_managed);
    assert_eq!(organizations(&given.backend_url("https://b")).stored, None);
    let elsewhere = around()
        .backend_url("file:///x")
        .api("https://a")
        .token("t");
    assert!(organizations(&elsewhere).is_self_managed);
}
