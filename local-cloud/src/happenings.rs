//! What happens on the cloud and webhooks may want to know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that happened to a stack, or to what belongs to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// The event that webhooks filter by, such as `update_succeeded`.
    pub(crate) event: String,
    /// The `Pulumi-Webhook-Kind` of its deliveries, such as `stack_update`.
    pub(crate) kind: String,
    /// The organization of the stack.
    pub(crate) organization: String,
    /// The project of the stack.
    pub(crate) project: String,
    /// The stack.
    pub(crate) stack: String,
    /// The fields of the payload that belong to the kind alone, such as `result` and `resourceChanges`; what all kinds
    /// have is added when it is told.
    pub(crate) fields: Map<String, Value>,
}
