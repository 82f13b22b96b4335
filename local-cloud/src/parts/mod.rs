//! The parts of a cloud. None of them knows another floor.

mod clock;
mod digest;
mod executor;
mod faults;
mod hosts;
mod judge;
pub(crate) mod log;
mod opened;
pub(crate) mod platform;
mod plugin;
mod postman;
mod private;
mod refusal;
mod request_log;
mod running;
mod secrets;
mod sessions;
mod store_error;

pub use clock::Clock;
pub(crate) use digest::Digest;
pub use executor::Executor;
pub(crate) use executor::ExecutorSettings;
pub use faults::{Fault, Faults, Trouble, Watch};
pub(crate) use hosts::KnownHosts;
pub use judge::Judge;
pub(crate) use opened::OpenedEnvironments;
pub(crate) use plugin::{PLUGINS, Plugin};
pub(crate) use postman::{Answer, Letter, Posted, Postman};
pub(crate) use private::private_file;
pub(crate) use refusal::Refusal;
pub use request_log::{LoggedRequest, RequestLog};
pub(crate) use running::{RunningDeployments, Stop};
pub(crate) use secrets::{Sealed, Secrets, random_hex};
pub use secrets::{SecretsError, new_token};
pub(crate) use sessions::{FormToken, Sessions};
pub use store_error::StoreError;
