//! The page of a webhook of an organization or a stack, with its deliveries and a way to redeliver one.

use super::access::{Guard, guard};
use super::page::{Crumb, Page, PageError, html};
use super::place;
use super::stack_page::crumbs_to_stack;
use super::view::{DeliveryView, WebhookView, webhook_url};
use crate::actions::webhooks;
use crate::app::App;
use crate::domain::webhooks::Scope;
use crate::web::PathNames;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};

#[derive(Debug, Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    page: Page,
    title: String,
    crumbs: Vec<Crumb>,
    webhook: WebhookView,
    deliveries: Vec<DeliveryView>,
}

/// `GET …/webhooks/{webhook}`
pub(super) async fn webhook(
    State(app): State<App>,
    page: Page,
    names: PathNames,
) -> Result<Response, PageError> {
    let (scope, name) = (names.scope(), names.get("webhook"));
    let (_, webhook) = app.store().webhook(scope.clone(), name.clone()).await?;
    let deliveries = app.store().deliveries(scope.clone(), name).await?;
    let now = app.clock().now();
    let page = WebhookPage {
        page,
        title: format!("Webhook {}", webhook.name),
        crumbs: crumbs(&scope),
        deliveries: deliveries
            .iter()
            .map(|delivery| DeliveryView::new(delivery, &webhook, now))
            .collect(),
        webhook: WebhookView::new(&webhook),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST …/webhooks/{webhook}/deliveries/{event}/redeliver`
pub(super) async fn redeliver(
    State(app): State<App>,
    page: Page,
    names: PathNames,
    form: Result<Form<Guard>, FormRejection>,
) -> Result<Redirect, PageError> {
    guard(&page, form)?;
    let (scope, name) = (names.scope(), names.get("webhook"));
    let url = webhook_url(&scope, &name);
    webhooks::redeliver(&app, scope, name, names.get("event")).await?;
    Ok(Redirect::to(&url))
}

fn crumbs(scope: &Scope) -> Vec<Crumb> {
    match scope {
        Scope::Stack(path) => crumbs_to_stack(path),
        Scope::Organization(name) => vec![
            Crumb::new("Organizations", "/"),
            Crumb::new(name, place::of([name.as_str()])),
        ],
        Scope::Environment(_) => vec![Crumb::new("Organizations", "/")],
    }
}
