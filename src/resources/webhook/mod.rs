//! `auto-deploy:index:Webhook`: a webhook of an organization, a stack or an environment.
//!
//! Read in this order: [`inputs`], [`check`], [`diff`], [`crud`], [`take_over`],
//! [`state`].

pub mod check;
pub mod crud;
pub mod diff;
mod doubles;
pub mod edge;
pub mod inputs;
mod query;
pub mod state;
pub mod take_over;
