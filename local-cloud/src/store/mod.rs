//! The data of the cloud in SQLite, behind functions named after questions.
//!
//! One thread writes, a few read, and callers wait asynchronously. A write is one transaction, which happens as a whole or
//! not at all, even if the caller stops waiting for it.
//!
//! # What this may not do
//!
//! Expose SQL, rows or row numbers, except for [`WebhookRow`] and [`DeploymentRow`], which identify the owner of a delivery
//! or of a line of a log; know HTTP.

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
