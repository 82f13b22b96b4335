//! The decision against a model of what can happen, and against random worlds.

mod conductor;
mod model;
mod random;
mod shape;
mod sim;
mod truth;

/// Whether to go through all that time allows, and not only what `make test` has time for.
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is said from outside, as for the other long tests"
)]
fn is_soak() -> bool {
    std::env::var_os("AUTO_DEPLOY_SOAK").is_some()
}
