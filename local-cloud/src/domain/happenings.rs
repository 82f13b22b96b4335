//! Events on the cloud that webhooks may report.

use crate::domain::stacks::{EnvironmentPath, StackPath};
use crate::domain::updates::Update;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;

/// The subject of an event. It is stored by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Subject {
    Stack(StackPath),
    Environment(EnvironmentPath),
}

impl Subject {
    /// Its organization.
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

/// An event about a stack or an environment, or something that belongs to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// The name by which webhooks filter, such as `update_succeeded`.
    pub(crate) event: String,
    /// The `Pulumi-Webhook-Kind` of its deliveries, such as `stack_update`.
    pub(crate) kind: String,
    /// The subject.
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// The fields of the payload for this kind, such as `result` and `resourceChanges`; the fields of all kinds are added
    /// when it is sent.
    pub(crate) fields: Map<String, Value>,
}

impl Happening {
    /// A stack was `created` or `deleted`.
    pub(crate) fn of_stack(path: &StackPath, action: &str) -> Happening {
        let fields = Map::from_iter([("action".to_owned(), action.into())]);
        Happening::new(format!("stack_{action}"), "stack", path, fields)
    }

    /// An update or a preview has ended. `url` is the address of the cloud, and `resource_changes` the numbers of resources
    /// that were created, updated and so on.
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

    /// An event about the stack at `path`.
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

    /// An event about an environment (`kind` is `environment`) or something that belongs to one, such as a revision.
    /// `action` is for example `created`.
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
