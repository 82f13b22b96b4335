//! `auto-deploy:index:DeploymentSchedule`: deployments of a stack that begin at a time, once or again and again.
//!
//! Read in this order: [`inputs`], [`check`], [`crud`].

pub mod check;
pub mod crud;
pub mod inputs;
