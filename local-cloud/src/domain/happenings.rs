//! What happens on the cloud and webhooks may want to know.

use crate::domain::stacks::StackPath;
use crate::domain::updates::Update;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Something that happened to a stack, or to what belongs to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// The event that webhooks filter by, such as `update_succeeded`.
    pub(crate) event: String,
    /// The `Pulumi-Webhook-Kind` of its deliveries, such as `stack_update`.
    pub(crate) kind: String,
    /// The stack that it happened to.
    #[serde(flatten)]
    pub(crate) path: StackPath,
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
            path: path.clone(),
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
}
