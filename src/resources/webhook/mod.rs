//! `auto-deploy:index:Webhook`: a webhook of an organization, a stack or an environment.
//!
//! Read in this order: [`inputs`], [`check`], [`diff`], [`name`], `wanted`, `held`, [`replacement`], [`crud`], `take_over`,
//! [`state`].

pub mod check;
pub mod crud;
pub mod diff;
mod doubles;
pub mod edge;
mod held;
pub mod inputs;
pub mod name;
mod query;
pub mod replacement;
pub mod state;
mod take_over;
mod wanted;
