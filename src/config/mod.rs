//! From the provider's configuration and the environment to the cloud to use, and the token for it.
//!
//! The Pulumi CLI is right about both. It passes its own answer to its plugins in the environment. The command has no one
//! to ask and works it out as the CLI does: pulumi/pulumi, `pkg/workspace/creds.go`, `pkg/cmd/pulumi/backend`,
//! `pkg/backend/httpstate/backend.go`, `sdk/go/common/workspace/{creds,paths}.go`, each verified with the CLI 3.276.0. So
//! [`resolve()`], the one function that decides, is told who asks.
//!
//! Read in this order: [`resolve()`] decides from plain data; `environment`, `project`, `login`, `helper`, `proxy` and
//! `organization` are that data, each read in one place; `failure` is the error if there is no answer.
//!
//! # What this may not do
//!
//! Read the environment more than once, or anywhere but in `environment`. The exception is the stored login, which is read
//! again when the cloud rejects its token. Put anything that it found into the state. Send a token to a cloud that the user
//! did not choose.

mod address;
mod asker;
mod environment;
mod failure;
mod helper;
mod login;
mod organization;
mod project;
mod proxy;
mod resolve;
mod token;

pub use address::check_api_url;
pub use asker::Asker;
pub use environment::{Environment, log_filter};
pub use failure::ConfigFailure;
pub use helper::Helper;
pub use login::Login;
pub use organization::{Defaults, NO_ORGANIZATION, Organizations};
pub use project::Project;
pub use proxy::Proxies;
pub use resolve::{Access, Explicit, Origin, resolve};
