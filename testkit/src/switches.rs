//! Settings for a test run in the environment.

/// Whether to run everything, however long it takes: `AUTO_DEPLOY_SOAK=1`, which `make soak` sets.
pub fn soak() -> bool {
    is_set("AUTO_DEPLOY_SOAK")
}

/// Whether to rewrite the documents that tests compare: `UPDATE_DOCS=1`.
pub fn update_docs() -> bool {
    is_set("UPDATE_DOCS")
}

/// The seed of random tests: `SEED`, or else a different one each time. Tests print it.
pub fn seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    variable("SEED").map_or_else(
        || RandomState::new().hash_one(()),
        |given| given.parse().expect("SEED is a whole number"),
    )
}

/// How often to kill a cloud, if set: `AUTO_DEPLOY_KILLS`, which `make torture` sets.
pub fn kills() -> Option<u64> {
    let given = variable("AUTO_DEPLOY_KILLS")?;
    Some(given.parse().expect("AUTO_DEPLOY_KILLS is a whole number"))
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|given| given != "0")
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the user who runs the tests chooses in the environment"
    )]
    std::env::var(name).ok().filter(|given| !given.is_empty())
}
