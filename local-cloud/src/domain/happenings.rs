//! What happens on the cloud and webhooks may want to know.

use crate::domain::stacks::{EnvironmentPath, StackPath};
use crate::domain::updates::Update;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;

/// What something happened to. It is kept as its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Subject {
    Stack(StackPath),
    Environment(EnvironmentPath),
}

impl Subject {
    /// The organization that it belongs to.
    pub(crate) fn organization(&self) -> &str {
        match self {
            Subject::Stack(path) => &path.organization,
            Subject::Environment(path) => &path.organization,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Stack(path) => write!(f, "Stack {path}"),
            Subject::Environment(path) => write!(f, "Environment {path}"),
        }
    }
}

/// Something that happened to a stack or an environment, or to what belongs to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// The event that webhooks filter by, such as `update_succeeded`.
    pub(crate) event: String,
    /// The `Pulumi-Webhook-Kind` of its deliveries, such as `stack_update`.
    pub(crate) kind: String,
    /// What it happened to.
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// The fields of the payload that belong to the kind alone, such as `result` and `resourceChanges`; what all kinds
    /// have is added when it is told.
    pub(crate) fields: Map<String, Value>,
}

impl Happening {
    /// A stack was `created` or `deleted`.
    pub(crate) fn of_stack(path: &StackPath, action: &str) -> Happening {
        let fields = Map::from_iter([("action".to_owned(), action.into())]);
        Happening::new(format!("stack_{action}"), "stack", path, fields)
    }

    /// An update, or a preview of one, has ended. `url` is where the cloud is, `resource_changes` how many resources
    /// were created, updated and so on.
    pub(crate) fn of_update(
        path: &StackPath,
        update: &Update,
        url: &str,
        resource_changes: Value,
    ) -> Happening {
        let result = update.status.result();
        let operation = update.kind.as_str();
        let (event, kind, page) = if update.is_preview {
            let page = format!("{url}/{path}/previews/{}", update.uid);
            ("preview", "stack_preview", page)
        } else {
            let page = format!("{url}/{path}/updates/{}", update.version);
            (operation, "stack_update", page)
        };
        let fields = json!({
            "updateUrl": page,
            "kind": operation,
            "result": result,
            "resourceChanges": resource_changes,
            "isPreview": update.is_preview,
        });
        let Value::Object(fields) = fields else {
            unreachable!("it is written as an object")
        };
        Happening::new(format!("{event}_{result}"), kind, path, fields)
    }

    /// Something that happened to the stack at `path`.
    pub(crate) fn new(
        event: String,
        kind: &str,
        path: &StackPath,
        fields: Map<String, Value>,
    ) -> Happening {
        Happening {
            event,
            kind: kind.to_owned(),
            subject: Subject::Stack(path.clone()),
            fields,
        }
    }

    /// Something was done to an environment (`kind` is `environment`) or to what belongs to one, such as a revision:
    /// `action` says what, such as `created`.
    pub(crate) fn of_environment(
        path: &EnvironmentPath,
        kind: &str,
        action: &str,
        fields: Value,
    ) -> Happening {
        let mut fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        fields.insert("action".to_owned(), action.into());
        Happening {
            event: format!("{kind}_{action}"),
            kind: kind.to_owned(),
            subject: Subject::Environment(path.clone()),
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_happening_is_kept_in_the_form_of_the_first_release() {
        let path = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        let happening = Happening::of_stack(&path, "created");
        let kept = r#"{"event":"stack_created","kind":"stack","organization":"acme","project":"web","stack":"dev","fields":{"action":"created"}}"#;
        assert_eq!(serde_json::to_string(&happening).unwrap(), kept);
        assert_eq!(serde_json::from_str::<Happening>(kept).unwrap(), happening);
    }

    #[test]
    fn a_happening_of_an_environment_is_kept_as_such() {
        let path = EnvironmentPath {
            organization: "acme".into(),
            project: "web".into(),
            environment: "dev".into(),
        };
        let fields = json!({"revision": 2});
        let happening = Happening::of_environment(&path, "environment_revision", "created", fields);
        assert_eq!(happening.event, "environment_revision_created");
        let kept = serde_json::to_string(&happening).unwrap();
        assert_eq!(serde_json::from_str::<Happening>(&kept).unwrap(), happening);
    }
}
