//! Where tokens come from, and what to do if one is rejected.
//!
//! # What this may not do
//!
//! Hold a token.

/// The source of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenSource {
    /// `auto-deploy:accessToken` in the program's configuration.
    Configuration,
    /// `auto-deploy:accessToken` in the stack's state.
    State,
    /// `PULUMI_ACCESS_TOKEN`, set by the user.
    Variable,
    /// `PULUMI_ACCESS_TOKEN`, set by the Pulumi CLI for its plugins.
    Engine,
    /// The login that `pulumi login` stored for the cloud.
    Login,
}

impl TokenSource {
    /// Whether the stored login may have a newer token later.
    pub(super) fn is_renewed(self) -> bool {
        matches!(self, TokenSource::Engine | TokenSource::Login)
    }

    /// The name of the source.
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

    /// What to do if the cloud rejects it.
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
