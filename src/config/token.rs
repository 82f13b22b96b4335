//! Where tokens come from, and what to do about one that is refused.
//!
//! # What this may not do
//!
//! Hold a token.

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenSource {
    /// `auto-deploy:accessToken`, as the program says it.
    Configuration,
    /// `auto-deploy:accessToken`, as the stack's state has it.
    State,
    /// `PULUMI_ACCESS_TOKEN`, as a person set it.
    Variable,
    /// `PULUMI_ACCESS_TOKEN`, as the Pulumi CLI sets it for its plugins.
    Engine,
    /// What `pulumi login` stored for the cloud.
    Login,
}

impl TokenSource {
    /// Whether a newer token may come to lie in the stored login.
    pub(super) fn is_renewed(self) -> bool {
        matches!(self, TokenSource::Engine | TokenSource::Login)
    }

    /// What the token was read from.
    pub(super) fn name(self) -> &'static str {
        match self {
            TokenSource::Configuration => "the configuration `auto-deploy:accessToken`",
            TokenSource::State => "`auto-deploy:accessToken` in this stack's state",
            TokenSource::Variable | TokenSource::Engine => "PULUMI_ACCESS_TOKEN",
            TokenSource::Login => "the stored login",
        }
    }

    /// The end of "does not accept the access token …".
    pub(super) fn origin(self) -> &'static str {
        match self {
            TokenSource::Configuration => "in the configuration `auto-deploy:accessToken`",
            TokenSource::State => {
                "in `auto-deploy:accessToken` as of this stack's last `pulumi up`"
            }
            TokenSource::Variable => "in PULUMI_ACCESS_TOKEN",
            TokenSource::Engine => "of the Pulumi CLI (PULUMI_ACCESS_TOKEN)",
            TokenSource::Login => "of the stored login",
        }
    }

    /// What to do if the cloud does not accept it.
    pub(super) fn cure(self, url: &str) -> String {
        match self {
            TokenSource::Configuration => {
                "set a valid one with `pulumi config set --secret auto-deploy:accessToken`"
                    .to_owned()
            }
            TokenSource::State => {
                "if you have set another one since, run `pulumi up` first, or add `--run-program`"
                    .to_owned()
            }
            TokenSource::Variable => "set it to a valid one".to_owned(),
            TokenSource::Engine => {
                format!("run `pulumi login {url}`, or set PULUMI_ACCESS_TOKEN to a valid one")
            }
            TokenSource::Login => format!("run `pulumi login {url}`"),
        }
    }
}
