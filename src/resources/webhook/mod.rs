//! `auto-deploy:index:Webhook`: a webhook of an organization, a stack or an environment.
//!
//! Read in this order: [`inputs`], [`check`], [`diff`], [`name`], `wanted`, `held`, [`replacement`], [`crud`], [`create`],
//! [`own_state`], [`proofs`], [`strict`], `beside`, [`neighbours`], [`state`].

mod beside;
pub mod check;
pub mod create;
pub mod crud;
pub mod diff;
mod doubles;
pub mod edge;
mod held;
pub mod inputs;
pub mod name;
pub mod neighbours;
pub mod own_state;
pub mod proofs;
mod query;
pub mod replacement;
pub mod state;
pub mod strict;
pub mod surroundings;
mod wanted;
