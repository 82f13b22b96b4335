//! `auto-deploy:index:Webhook`: a webhook of an organization, a stack or an environment.
//!
//! Read in this order: [`inputs`], [`check`], [`diff`], [`planned`], [`held`], [`replacement`], [`crud`], [`take_over`],
//! [`state`].

pub mod check;
pub mod crud;
pub mod diff;
mod doubles;
pub mod edge;
mod held;
pub mod inputs;
pub mod planned;
mod query;
pub mod replacement;
pub mod state;
pub mod take_over;
