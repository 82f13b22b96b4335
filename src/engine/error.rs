//! Errors of calls to the engine.
//!
//! # What this may not do
//!
//! Know status codes: `monitor` turns them into these errors, and `rpc::status` back into codes.

/// Why a call to the engine failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The engine ended the deployment while a component waited for it.
    #[error("the deployment ended before `{component}` was complete")]
    Ended {
        /// The component's name.
        component: String,
    },
    /// The engine failed or skipped the component, has reported that, and continues without it.
    #[error("the engine skipped `{urn}`")]
    Passed {
        /// The component's URN.
        urn: String,
    },
    /// The engine did not understand the request, or we did not understand its answer.
    #[error("the engine refused to {operation}: {reason}")]
    Refused {
        /// What was asked of the engine.
        operation: &'static str,
        /// The engine's message.
        reason: String,
    },
}
