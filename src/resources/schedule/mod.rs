//! `auto-deploy:index:DeploymentSchedule`: deployments of a stack that start at a given time, once or repeatedly.
//!
//! Read in this order: [`inputs`], [`check`], [`crud`].

pub mod check;
pub mod crud;
pub mod inputs;
