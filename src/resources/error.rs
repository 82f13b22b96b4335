//! Errors of resources, in terms of the resource.
//!
//! # What this may not do
//!
//! Know status codes of a protocol: `rpc::status` turns these errors into what the engine understands.

use crate::cloud::CloudError;
use crate::engine::error::EngineError;
use crate::property::{CheckFailure, Map};
use crate::words::quotes_hint;

/// Why an operation on a resource failed.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The package has no such resource or function.
    #[error(
        "the package auto-deploy has no {kind} `{token}`; a newer version of the plugin may have it"
    )]
    UnknownToken {
        /// `resource` or `function`.
        kind: &'static str,
        /// The requested token.
        token: String,
    },
    /// A component was addressed as a custom resource.
    #[error(
        "`{kind}` is a component and has no ID: import its webhooks, with \
         `pulumi import auto-deploy:index:Webhook NAME ORGANIZATION/PROJECT/STACK/WEBHOOK`"
    )]
    Component {
        /// The component.
        kind: &'static str,
    },
    /// A resource that exists only in the state cannot be imported.
    #[error("a {kind} has nothing to import: declare it")]
    NothingToImport {
        /// The resource.
        kind: &'static str,
    },
    /// The ID cannot be that of a webhook.
    #[error(transparent)]
    Id(#[from] crate::domain::WebhookIdError),
    /// The ID cannot be that of a schedule.
    #[error("`{id}` is not the ID of a schedule: write ORGANIZATION/PROJECT/STACK/SCHEDULE")]
    ScheduleId {
        /// The given ID.
        id: String,
    },
    /// Invalid inputs of a component or a query.
    #[error("{}", count(.0.len()))]
    Inputs(Vec<CheckFailure>),
    /// A property is unknown that must be known by now.
    #[error(
        "`{property}` is still unknown, though the update has begun; this is a defect in the program that sent it"
    )]
    StillUnknown {
        /// The property.
        property: &'static str,
    },
    /// The error of a request to the cloud.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// A fact about the cloud that the program needs is unavailable.
    #[error(transparent)]
    Unavailable(#[from] crate::survey::Unavailable),
    /// The webhook was deleted by someone else.
    #[error(
        "the webhook `{id}` no longer exists on the cloud: run `pulumi refresh`, and the next `pulumi up` makes it anew"
    )]
    Gone {
        /// The webhook.
        id: String,
    },
    /// Another webhook has the name that the program gave.
    #[error("there is already a webhook `{id}`{}", taken(.resource, .id, .holder.as_deref()))]
    Taken {
        /// The webhook that exists.
        id: String,
        /// The name of the resource in the program.
        resource: String,
        /// The URN of the resource of this program that has it, if there is one.
        holder: Option<String>,
    },
    /// Another webhook does the same, and findings are errors.
    #[error("{advice}")]
    Double {
        /// Which webhook, and what to do.
        advice: String,
    },
    /// The webhook closed a cycle of stacks, and was deleted again.
    #[error("{cycle}; this webhook is deleted again")]
    ClosesCycle {
        /// The cycle, and what to do.
        cycle: String,
    },
    /// The cloud may have created the webhook but did not confirm it.
    #[error(
        "the cloud did not confirm that it created the webhook `{id}`: run `pulumi up` again, which continues with this \
         webhook, or creates it if it is not there"
    )]
    Unconfirmed {
        /// The webhook.
        id: String,
        /// Its outputs as requested.
        state: Map,
        /// The cause.
        #[source]
        source: Box<CloudError>,
    },
    /// The engine creates the replacement of a webhook before it deletes the webhook, and both have the same name.
    #[error(
        "the webhook `{id}` would be replaced by one of the same name, which cannot be created before the old one is \
         deleted: set the option `deleteBeforeReplace: true`, or remove `name`"
    )]
    CreatesFirst {
        /// The webhook.
        id: String,
    },
    /// The webhook would be deleted for a replacement that cannot be created.
    #[error("the webhook `{id}` stays as it is, because its replacement would fail")]
    NoRoom {
        /// The webhook.
        id: String,
        /// The cause.
        #[source]
        source: Box<ResourceError>,
    },
    /// The delete of a replacement failed, and an answer may have been lost. The engine keeps the webhook in the state, and
    /// would see no difference if the program's change were undone.
    #[error(
        "the webhook `{id}` could not be replaced and may be deleted already: run this again, or run `pulumi refresh` before \
         you take the change back"
    )]
    MaybeDeleted {
        /// The webhook.
        id: String,
        /// The cause.
        #[source]
        source: Box<CloudError>,
    },
    /// The webhook exists but is not yet as wanted.
    #[error("the webhook `{id}` exists, but could not be updated to what the program says")]
    Partial {
        /// The webhook.
        id: String,
        /// Its current outputs.
        state: Map,
        /// What is missing.
        #[source]
        source: Box<CloudError>,
    },
    /// The stack to read does not exist.
    #[error(
        "there is no stack `{stack}` on {cloud}, or the access token may not see it, so the stacks that depend on it cannot be \
         found: create it with `pulumi stack init {stack}`, or correct its name{}", quotes_hint(&.stack.to_string())
    )]
    NoSuchStack {
        /// The stack.
        stack: crate::domain::StackRef,
        /// The cloud.
        cloud: String,
    },
    /// The error of a call to the engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn taken(resource: &str, id: &str, holder: Option<&str>) -> String {
    match holder {
        Some(holder) => format!(
            ", which the resource `{holder}` has: give this one another `name`; if it is the same resource under a new name, \
             add the old name to its `aliases`"
        ),
        None => format!(
            ": give this one another `name`, or take the existing one over with `pulumi import auto-deploy:index:Webhook \
             {resource} {id}`; if this resource is being replaced and the webhook is its own, set `deleteBeforeReplace: true` \
             instead, or remove `name`"
        ),
    }
}

fn count(failures: usize) -> String {
    match failures {
        1 => "a property is invalid".to_owned(),
        many => format!("{many} properties are invalid"),
    }
}
