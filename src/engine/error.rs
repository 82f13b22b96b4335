//! What can go wrong when we call the engine.
//!
//! # What this may not do
//!
//! Know status codes; `monitor` turns them into these, and `rpc::status` back into codes.

/// Why the engine did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The engine ended the deployment while a component waited for it.
    #[error("the deployment ended before `{component}` was complete")]
    Ended {
        /// The component's name.
        component: String,
    },
    /// The engine failed or skipped the component, has said so, and goes on without it.
    #[error("the engine skipped `{urn}`")]
    Passed {
        /// The component's URN.
        urn: String,
    },
    /// The engine did not understand us, or we it.
    #[error("the engine refused to {operation}: {reason}")]
    Refused {
        /// What was asked of the engine.
        operation: &'static str,
        /// What it said.
        reason: String,
    },
}
