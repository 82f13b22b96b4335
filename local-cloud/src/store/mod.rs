//! What the cloud knows, in SQLite, behind functions named after questions.
//!
//! One thread writes, a few read; callers wait without blocking. A write is one transaction: it happens as a whole or
//! not at all, also when the caller no longer waits for it.
//!
//! # What this may not do
//!
//! Let SQL, rows or row numbers out, except for [`WebhookRow`] and [`DeploymentRow`], which say what a delivery and a line
//! of a log belong to; know HTTP.

mod bounds;
mod database;
mod deliveries;
mod deployment_lists;
mod deployment_log;
mod deployment_settings;
mod deployment_updates;
mod deployments;
mod ends;
mod environment_revisions;
mod environment_rows;
mod environment_tags;
mod environments;
mod events;
mod hand_out;
mod history;
mod joins;
mod journal;
mod migrations;
mod open;
mod organizations;
mod outbox;
mod overview;
mod parcels;
mod pauses;
mod references;
mod schedules;
mod sql;
mod stack_changes;
mod stacks;
mod starts;
mod states;
mod updates;
mod webhooks;
mod windows;
mod workers;

pub(crate) use database::Store;
pub(crate) use deployment_lists::{DeploymentsOf, Paging};
pub(crate) use deployment_log::{LogLine, Said, Simulated, Step};
pub(crate) use deployment_settings::KeptSettings;
pub(crate) use deployments::{DeploymentRow, Job};
pub(crate) use history::Part;
#[cfg(test)]
pub(crate) use joins::JoinEdge;
pub(crate) use overview::{Activity, Overview, Trigger};
#[cfg(test)]
pub(crate) use overview::{LastDeployment, LastUpdate};
pub(crate) use schedules::Begun;
pub(crate) use webhooks::WebhookRow;
pub(crate) use windows::{InWindow, Window};
