//! A Pulumi Cloud on one machine, for development and tests. It is not a Pulumi product, and not for production.
//!
//! It implements the part of Pulumi Cloud's REST API that this project needs: users, organizations, stacks, environments,
//! webhooks and deployments. It keeps its data in a folder (SQLite), answers only on loopback addresses, and can inject
//! faults to test a client.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use local_cloud::{App, Fault, Method, Server, Trouble};
//!
//! let app = App::builder("token").organization("acme").open()?;
//! let cloud = Server::start(app).await?;
//! let webhooks = "/api/stacks/{organization}/{project}/{stack}/hooks";
//! cloud.app().faults().add(Fault::on(Method::POST, webhooks, Trouble::AnswerLost).times(2));
//! // Talk to `cloud.url()`.
//! for request in cloud.app().request_log().take() {
//!     println!("{request}");
//! }
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Floors
//!
//! A floor may import those below it, and no files import each other in a cycle.
//!
//! - [`Server`] and [`run`] serve an [`App`]; `router` puts the API and the console behind one listener.
//! - `api`: the routes of the REST API. `console`: the web pages.
//! - `web`: the common part of both: parsing requests, authorization, the guard against foreign hosts, errors.
//! - `workers`: delivering events to webhooks, running deployments, cleaning up.
//! - `actions`: the operations that change something.
//! - [`App`]: combines the parts, by a builder.
//! - `store`: the only floor that knows SQL. One thread writes, a few read.
//! - `domain`: the rules of stacks, updates, deployments, webhooks and states; pure functions.
//! - `parts`: what a cloud is assembled from, such as the clock, injected faults, and encryption.
//!
//! # What this may not do
//!
//! Depend on the plugin or share a type with it: they only meet over HTTP, so that neither hides the other's mistakes.

mod actions;
mod api;
mod app;
mod console;
mod domain;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod layout;
mod parts;
mod router;
mod server;
mod store;
mod web;
mod workers;

pub use app::{App, AppBuilder, OpenError};
pub use axum::http::{Method, StatusCode};
pub use domain::capabilities::Capability;
pub use domain::names::NameError;
pub use parts::{
    Clock, Executor, Fault, Faults, Judge, LoggedRequest, RequestLog, SecretsError, StoreError,
    Trouble, Watch, new_token,
};
pub use server::{RunError, Server, run, url_of};
