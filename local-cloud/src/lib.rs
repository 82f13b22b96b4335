//! A Pulumi Cloud on one machine, for trying and testing. Not Pulumi's product, and not a place for production.
//!
//! It speaks the part of Pulumi Cloud's REST API that this project needs: users, organizations, stacks, environments,
//! webhooks and deployments. It keeps what it knows in a data folder (SQLite), answers loopback addresses only, and can be told to
//! make trouble, so that a client can be tested against it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use local_cloud::{App, Fault, Method, Server, Trouble};
//!
//! let app = App::builder("token").organization("acme").open()?;
//! let cloud = Server::start(app).await?;
//! let hooks = "/api/stacks/{organization}/{project}/{stack}/hooks";
//! cloud.app().faults().add(Fault::on(Method::POST, hooks, Trouble::AnswerLost).times(2));
//! // Talk to `cloud.url()`.
//! for request in cloud.app().request_log().take() {
//!     println!("{request}");
//! }
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Rooms
//!
//! - [`App`]: the parts, put together by a builder; [`Server`] and [`run`] serve it.
//! - `http`: requests to domain words and back: routes, authorization, the guard against foreign hosts, errors.
//! - `stacks`, `webhooks`: what a stack and a webhook are, what they must look like, and what happens to them.
//! - `teller`: tells webhooks what happened. `deployments`: settings, the queues, and who takes from them. `executors`:
//!   what runs a deployment.
//! - `updates`: the runs of the CLI that change a stack. `state`: what they leave, and how it is put together.
//! - `console`: the pages that a person looks at in a browser.
//! - `store`: the only room that knows SQL. One thread writes, a few read.
//! - `faults`: scripted trouble. `secrets`: sealing of what must not be read in the data folder. `clock`: the time.
//!
//! # What this may not do
//!
//! Depend on the plugin or share a type with it: they meet over HTTP only, so that neither hides the other's mistakes.

mod app;
mod chain;
mod clock;
mod console;
mod deployments;
mod executors;
mod faults;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod happenings;
mod http;
pub mod layout;
mod names;
mod secrets;
mod server;
mod stacks;
mod state;
mod store;
mod teller;
mod updates;
mod webhooks;

pub use app::{App, AppBuilder, OpenError};
pub use axum::http::{Method, StatusCode};
pub use clock::Clock;
pub use executors::Executor;
pub use faults::{Fault, Faults, Trouble, Watch};
pub use http::{LoggedRequest, RequestLog};
pub use names::NameError;
pub use secrets::{SecretsError, new_token};
pub use server::{RunError, Server, run, url_of};
pub use store::StoreError;
