//! From the provider's configuration and the surroundings to the cloud that we work with, and the token for it.
//!
//! The Pulumi CLI is right about both. It hands its plugins its own answer in the environment; the command has nobody to
//! ask, and works it out as the CLI does: pulumi/pulumi, `pkg/workspace/creds.go`, `pkg/cmd/pulumi/backend`,
//! `pkg/backend/httpstate/backend.go`, `sdk/go/common/workspace/{creds,paths}.go`, each tried with the CLI 3.276.0. Who
//! asks is therefore an argument of the one function that decides, [`resolve()`].
//!
//! Read in this order: [`resolve()`] decides from plain data; `environment`, `project`, `login`, `helper`, `proxy`
//! and `organization` are that data, each read in one place; `failure` is what is said if there is no answer.
//!
//! # What this may not do
//!
//! Be asked twice: the environment is read once, in `environment`, and nothing else reads it. The exception is the stored
//! login, read again when the cloud refuses its token. Put what it found into the state. Send a token to a cloud that
//! nobody named.

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
