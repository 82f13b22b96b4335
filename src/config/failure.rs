//! Why there is no cloud to work with, or no token for it.
//!
//! # What this may not do
//!
//! Show a token, or an address that could hold a password.

use super::asker::Asker;
use std::path::PathBuf;

/// Why there is no cloud to work with, or no token for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFailure {
    /// Nobody gave a token for this cloud.
    #[error("there is no access token for {cloud}: run `pulumi login {url}`, or set {}", token(*.asker))]
    NoToken {
        /// The cloud that it would be for, and what named it.
        cloud: String,
        /// Its address alone.
        url: String,
        /// Who needs it.
        asker: Asker,
    },
    /// The stored login for this cloud has run out, and the Pulumi CLI can renew it.
    #[error(
        "the login of the Pulumi CLI for {cloud} has expired: run `pulumi whoami`, or any other command that \
         contacts the cloud, or set {}", token(*.asker)
    )]
    Expired {
        /// The cloud that it would be for, and what named it.
        cloud: String,
        /// Who needs it.
        asker: Asker,
    },
    /// The Pulumi CLI has its login from a program that gives headers, which do not reach plugins.
    #[error(
        "there is no access token for {cloud}: the credentials helper {} (named by {named}) gave the Pulumi CLI \
         none, and its other credentials do not reach plugins; set {}", .path.display(), token(Asker::Plugin)
    )]
    HelperWithoutToken {
        /// The cloud that it would be for, and what named it.
        cloud: String,
        /// The program.
        path: PathBuf,
        /// What names it.
        named: &'static str,
    },
    /// Nobody gave a token for this cloud, and the stored logins cannot be read.
    #[error(
        "there is no access token for {cloud}, and the login of the Pulumi CLI in {} {reason}: set {}", .path.display(),
        token(*.asker)
    )]
    NoReadableToken {
        /// The cloud that it would be for, and what named it.
        cloud: String,
        /// The file of the logins.
        path: PathBuf,
        /// What is the matter with it.
        reason: String,
        /// Who needs it.
        asker: Asker,
    },
    /// The state is in no Pulumi Cloud, and nothing names one to work with.
    #[error(
        "nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not \
         count; set {} to its address, and {} to a token for it", address(*.asker), token(*.asker)
    )]
    NoCloud {
        /// Who needs it.
        asker: Asker,
    },
    /// The stored logins, which would say which cloud it is, cannot be read.
    #[error(
        "nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in {} {reason}; set {} to its address, \
         and {} to a token for it", .path.display(), address_beside_login(*.asker), token(*.asker)
    )]
    UnreadableLogin {
        /// The file.
        path: PathBuf,
        /// What is the matter with it.
        reason: String,
        /// Who needs it.
        asker: Asker,
    },
    /// The project file, which may say which cloud it is, cannot be read.
    #[error("{} cannot be read, and may say which Pulumi Cloud to use (`backend.url`): {reason}; correct it, or set \
             PULUMI_BACKEND_URL", .path.display())]
    UnreadableProject {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The Pulumi CLI takes its login from a program that we do not run.
    #[error(
        "the Pulumi CLI takes its login from the credentials helper {} (named by {named}), which `auto-deploy` does not run: \
         set PULUMI_BACKEND_URL to the address of the cloud, and PULUMI_ACCESS_TOKEN to a token for it", .path.display()
    )]
    Helper {
        /// The program.
        path: PathBuf,
        /// What names it.
        named: &'static str,
    },
    /// The token has characters that no token has; most often a line break that came along.
    #[error(
        "the access token from {source} contains characters that a token cannot have: set it again, without spaces \
         and line breaks"
    )]
    OddToken {
        /// Where it came from.
        r#source: &'static str,
    },
    /// An address is not one.
    #[error("{source} {reason}")]
    Address {
        /// Where it came from.
        r#source: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Where a token can be put.
fn token(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => "PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`",
        Asker::Command => "PULUMI_ACCESS_TOKEN",
    }
}

/// Where an address can be put if the state is in no Pulumi Cloud.
fn address(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => "the configuration `auto-deploy:apiUrl` or PULUMI_API",
        Asker::Command => "PULUMI_API",
    }
}

/// Where an address can be put that wins over a login.
fn address_beside_login(asker: Asker) -> &'static str {
    match asker {
        Asker::Plugin => address(asker),
        Asker::Command => "PULUMI_BACKEND_URL",
    }
}
