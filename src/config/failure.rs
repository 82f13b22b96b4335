//! Why there is no cloud or no token.
//!
//! # What this may not do
//!
//! Show a token, or an address that may contain a password.

use super::asker::Asker;
use std::path::PathBuf;

/// Why there is no cloud or no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFailure {
    /// There is no token for this cloud.
    #[error("there is no access token for {cloud}: run `pulumi login {url}`, or set {}", token(*.asker))]
    NoToken {
        /// The cloud, and the setting that named it.
        cloud: String,
        /// Its address alone.
        url: String,
        /// Who needs the token.
        asker: Asker,
    },
    /// The stored login for this cloud has expired; the Pulumi CLI can renew it.
    #[error(
        "the login of the Pulumi CLI for {cloud} has expired: run `pulumi whoami`, or any other command that \
         contacts the cloud, or set {}", token(*.asker)
    )]
    Expired {
        /// The cloud, and the setting that named it.
        cloud: String,
        /// Who needs the token.
        asker: Asker,
    },
    /// The Pulumi CLI gets its login from a credentials helper that returns headers, which are not passed to plugins.
    #[error(
        "there is no access token for {cloud}: the credentials helper {} (named by {named}) gave the Pulumi CLI \
         none, and its other credentials do not reach plugins; set {}", .path.display(), token(Asker::Plugin)
    )]
    HelperWithoutToken {
        /// The cloud, and the setting that named it.
        cloud: String,
        /// The helper.
        path: PathBuf,
        /// The setting that named the helper.
        named: &'static str,
    },
    /// There is no token for this cloud, and the stored logins cannot be read.
    #[error(
        "there is no access token for {cloud}, and the login of the Pulumi CLI in {} {reason}: set {}", .path.display(),
        token(*.asker)
    )]
    NoReadableToken {
        /// The cloud, and the setting that named it.
        cloud: String,
        /// The file of the logins.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// Who needs the token.
        asker: Asker,
    },
    /// The state is not in a Pulumi Cloud, and nothing names a cloud to use.
    #[error(
        "nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not \
         count; set {} to its address, and {} to a token for it", address(*.asker), token(*.asker)
    )]
    NoCloud {
        /// Who needs the cloud.
        asker: Asker,
    },
    /// The stored logins, which would name the cloud, cannot be read.
    #[error(
        "nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in {} {reason}; set {} to its address, \
         and {} to a token for it", .path.display(), address_beside_login(*.asker), token(*.asker)
    )]
    UnreadableLogin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// Who needs the cloud.
        asker: Asker,
    },
    /// The project file, which may name the cloud, cannot be read.
    #[error("{} cannot be read, and may say which Pulumi Cloud to use (`backend.url`): {reason}; correct it, or set \
             PULUMI_BACKEND_URL", .path.display())]
    UnreadableProject {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The Pulumi CLI gets its login from a credentials helper, which we do not run.
    #[error(
        "the Pulumi CLI takes its login from the credentials helper {} (named by {named}), which `auto-deploy` does not run: \
         set PULUMI_BACKEND_URL to the address of the cloud, and PULUMI_ACCESS_TOKEN to a token for it", .path.display()
    )]
    Helper {
        /// The helper.
        path: PathBuf,
        /// The setting that named the helper.
        named: &'static str,
    },
    /// The token contains characters that no token has, most often a line break.
    #[error(
        "the access token from {source} contains characters that a token cannot have: set it again, without spaces \
         and line breaks"
    )]
    OddToken {
        /// Where it came from.
        r#source: &'static str,
    },
    /// An address is invalid.
    #[error("{source} {reason}")]
    Address {
        /// Where it came from.
        r#source: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Where to set a token.
fn token(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => "PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`",
        Asker::Command => "PULUMI_ACCESS_TOKEN",
    }
}

/// Where to set an address if the state is not in a Pulumi Cloud.
fn address(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => "the configuration `auto-deploy:apiUrl` or PULUMI_API",
        Asker::Command => "PULUMI_API",
    }
}

/// Where to set an address that takes precedence over a login.
fn address_beside_login(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => address(asker),
        Asker::Command => "PULUMI_BACKEND_URL",
    }
}
