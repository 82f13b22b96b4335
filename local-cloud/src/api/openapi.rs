//! The description of the API in the form of `OpenAPI`, which `pulumi api` reads. It is generated from the routes, so it is
//! always complete and correct.

use crate::web::{Routes, Served};
use axum::Json;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The path of the description.
const PATH: &str = "/openapi/pulumi-spec.json";

/// The names of path parameters in Pulumi Cloud.
const PARAMETERS: [(&str, &str); 12] = [
    ("organization", "orgName"),
    ("project", "projectName"),
    ("stack", "stackName"),
    ("environment", "envName"),
    ("session", "openSessionID"),
    ("webhook", "hookName"),
    ("update", "updateID"),
    ("deployment", "deploymentId"),
    ("schedule", "scheduleID"),
    ("tag", "tagName"),
    ("window", "coherenceWindowID"),
    ("subgroup", "subgroupID"),
];

/// `GET /api/openapi/pulumi-spec.json`: describes these routes and itself.
pub(super) fn routes(mut served: Vec<Served>) -> Routes {
    served.push(Served {
        method: "GET",
        path: PATH.to_owned(),
        operation: "openapi_read".to_owned(),
    });
    let description = Arc::new(document(&served));
    let read = move || {
        let description = Arc::clone(&description);
        async move { Json(description.as_ref().clone()) }
    };
    Routes::default().get(PATH, read)
}

fn document(served: &[Served]) -> Value {
    let mut paths = Map::new();
    for route in served {
        let path = published(&route.path);
        let operation = operation(route, &path);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods[route.method.to_ascii_lowercase()] = operation;
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Pulumi Cloud, as a local cloud serves it",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": { "schemas": {} },
    })
}

fn operation(route: &Served, path: &str) -> Value {
    let parameter = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let id = format!("{}_{}", route.operation, path.replace(['/', '{', '}'], "_"));
    let tag = route.operation.split('_').next().unwrap_or_default();
    let mut operation = json!({
        "operationId": id,
        "tags": [tag],
        "parameters": names.map(parameter).collect::<Vec<_>>(),
        "responses": { "200": { "description": "It worked." } },
    });
    if matches!(route.method, "POST" | "PUT" | "PATCH") {
        let schema = json!({ "schema": { "type": "object" } });
        operation["requestBody"] = json!({ "content": { "application/json": schema } });
    }
    operation
}

/// A path below `/api` with Pulumi Cloud's names of its parameters.
fn published(path: &str) -> String {
    let segment = |segment: &str| {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let renamed = PARAMETERS.iter().find(|(ours, _)| Some(*ours) == name);
        renamed.map_or_else(|| segment.to_owned(), |(_, theirs)| format!("{{{theirs}}}"))
    };
    let segments: Vec<_> = path.split('/').map(segment).collect();
    format!("/api{}", segments.join("/"))
}
