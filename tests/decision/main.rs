//! The decision against a model of everything that can happen, and against random worlds.

mod conductor;
mod model;
mod random;
mod shape;
mod sim;
mod truth;

/// Whether to explore the whole model, and not only what `make test` has time for.
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is said from outside, as for the other long tests"
)]
fn is_soak() -> bool {
    std::env::var_os("AUTO_DEPLOY_SOAK").is_some()
}
