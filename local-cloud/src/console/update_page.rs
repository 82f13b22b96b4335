//! The page of an update or a preview: the changes of resources, and the engine's messages.

use super::page::{Crumb, Page, PageError, html};
use super::stack_page::crumbs_to_stack;
use super::text;
use super::view::{self, UpdateView};
use crate::app::App;
use crate::domain::stacks::StackPath;
use crate::domain::state::Object;
use crate::domain::updates::{EventFilter, Update, UpdatePath};
use crate::store::{InWindow, Window};
use crate::web::PathNames;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// The event before the engine changes a resource.
const RESOURCE: &str = "resourcePreEvent";

/// The event with a message of the engine, a plugin or the program.
const DIAGNOSTIC: &str = "diagnosticEvent";

#[derive(Debug, Template)]
#[template(path = "update.html")]
struct UpdatePage {
    page: Page,
    title: String,
    crumbs: Vec<Crumb>,
    organization: String,
    stack: String,
    update: UpdateView,
    age: i64,
    steps: Vec<ResourceView>,
    messages: Vec<MessageView>,
    window: Option<WindowView>,
}

/// The coherence window, and the other updates in it.
#[derive(Clone, Debug)]
struct WindowView {
    name: String,
    others: Vec<OtherView>,
}

/// An update of another stack in the window.
#[derive(Clone, Debug)]
struct OtherView {
    stack: String,
    url: String,
    status: &'static str,
}

/// A change of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ResourceView {
    operation: String,
    kind: String,
    name: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MessageView {
    severity: String,
    text: String,
}

/// `GET /{organization}/{project}/{stack}/updates/{version}`
pub(super) async fn update(
    State(app): State<App>,
    page: Page,
    names: PathNames,
) -> Result<Response, PageError> {
    let version = names.number("version").map_err(|_| PageError::no_page())?;
    let update = app
        .store()
        .update_of_version(names.stack(), version)
        .await?;
    show(&app, page, names.stack(), update).await
}

/// `GET /{organization}/{project}/{stack}/previews/{update}`
pub(super) async fn preview(
    State(app): State<App>,
    page: Page,
    names: PathNames,
) -> Result<Response, PageError> {
    let (stack, uid) = (names.stack(), names.get("update"));
    let found = app.store().preview(stack.clone(), uid).await?;
    show(&app, page, stack, found).await
}

async fn show(
    app: &App,
    page: Page,
    stack: StackPath,
    update: Update,
) -> Result<Response, PageError> {
    let filter = EventFilter {
        kinds: vec![RESOURCE.to_owned(), DIAGNOSTIC.to_owned()],
        ..EventFilter::default()
    };
    let path = UpdatePath {
        stack: stack.clone(),
        uid: update.uid.clone(),
    };
    let mut events = Vec::new();
    let mut after = None;
    loop {
        let filter = EventFilter {
            after,
            ..filter.clone()
        };
        let found = app.store().events(path.clone(), filter).await?;
        events.extend(found.events);
        // A running update always has more to come; what is there is shown.
        let is_last = !update.status.has_ended() || found.next == after;
        after = found.next;
        if is_last || after.is_none() {
            break;
        }
    }
    let window = app.store().window_of(path).await?;
    let activity = app.store().activity(stack.clone()).await?;
    let update = UpdateView::new(&stack, &update, app.clock().now());
    let page = UpdatePage {
        page,
        title: update.name.clone(),
        crumbs: crumbs_to_stack(&stack),
        organization: stack.organization.clone(),
        stack: view::short_name(&stack),
        age: view::age(&activity),
        steps: events.iter().filter_map(resource).collect(),
        messages: events.iter().filter_map(message).collect(),
        window: window.map(WindowView::of),
        update,
    };
    Ok(html(StatusCode::OK, &page))
}

impl WindowView {
    fn of(window: Window) -> WindowView {
        let other = |it: InWindow| OtherView {
            stack: view::short_name(&it.stack),
            url: view::url_of_update(&it.stack, &it.uid, it.version, it.is_preview),
            status: it.status.as_str(),
        };
        WindowView {
            name: window.name,
            others: window.others.into_iter().map(other).collect(),
        }
    }
}

/// The change of a resource in an event; `None` for any other event, or if there is no change.
fn resource(event: &Object) -> Option<ResourceView> {
    let metadata: Object = event.read::<Object>(RESOURCE)?.read("metadata")?;
    let operation = metadata.text("op")?;
    let urn = metadata.text("urn")?;
    let name = urn.rsplit("::").next().unwrap_or_default().to_owned();
    let kind = metadata.text("type").unwrap_or_default();
    (operation != "same").then_some(ResourceView {
        operation,
        kind,
        name,
    })
}

/// The message in an event; `None` for any other event, or if it is only temporary.
fn message(event: &Object) -> Option<MessageView> {
    let said: Object = event.read(DIAGNOSTIC)?;
    let text = text::plain(&said.text("message")?);
    let is_shown = !said.is_true("ephemeral") && !text.trim().is_empty();
    is_shown.then(|| MessageView {
        severity: said.text("severity").unwrap_or_default(),
        text: text.trim_end().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Object {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn events_are_told() {
        let step = event(
            r#"{"sequence":3,"resourcePreEvent":{"metadata":{"op":"create","urn":"urn:pulumi:dev::web::a:b:C::site","type":"a:b:C"}}}"#,
        );
        let found = resource(&step).unwrap();
        assert_eq!(
            (
                found.operation.as_str(),
                found.kind.as_str(),
                found.name.as_str()
            ),
            ("create", "a:b:C", "site")
        );
        assert!(message(&step).is_none());
        let same = event(r#"{"resourcePreEvent":{"metadata":{"op":"same","urn":"u::x"}}}"#);
        assert!(resource(&same).is_none());
        let said = event(r#"{"diagnosticEvent":{"message":"<{%reset%}>no\n","severity":"error"}}"#);
        assert_eq!(
            message(&said).unwrap(),
            MessageView {
                severity: "error".into(),
                text: "no".into()
            }
        );
        let passing =
            event(r#"{"diagnosticEvent":{"message":"x","severity":"info","ephemeral":true}}"#);
        assert!(message(&passing).is_none());
    }
}
