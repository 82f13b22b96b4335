//! A cloud in memory with webhooks of stacks, each of which has deployment settings, and nothing else. It answers
//! immediately, or with a given latency.
//!
//! It replaces Pulumi Cloud where the plugin's own cost is measured, so that the figures do not include a database, and
//! where its requests are counted.
//!
//! # What this may not do
//!
//! Check anything: requests are accepted as they are.

use axum::Router;
use axum::extract::{Json, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::{Listener, ListenerExt as _};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Webhooks = HashMap<String, HashMap<String, Value>>;

/// The behaviour of a stub.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// The latency of each answer.
    pub(crate) latency: Duration,
    /// The length of the names that it generates for webhooks.
    pub(crate) name_length: usize,
}

impl Default for Manner {
    /// Without latency, and with names as long as those of Pulumi Cloud.
    fn default() -> Manner {
        Manner {
            latency: Duration::ZERO,
            name_length: 8,
        }
    }
}

#[derive(Default)]
struct Kept {
    webhooks: Mutex<Webhooks>,
    requests: AtomicU64,
    connections: AtomicU64,
    /// The number of webhooks that it has named.
    named: AtomicU64,
    manner: Manner,
}

/// A running stub. It ends when it is dropped.
pub(crate) struct Stub {
    /// Its address.
    pub(crate) url: String,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

impl Stub {
    /// Starts a stub on a free port.
    pub(crate) async fn start() -> anyhow::Result<Stub> {
        Stub::start_as(Manner::default()).await
    }

    /// Like [`Stub::start`], with another behaviour.
    pub(crate) async fn start_as(manner: Manner) -> anyhow::Result<Stub> {
        let kept = Arc::new(Kept {
            manner,
            ..Kept::default()
        });
        let counted = Arc::clone(&kept);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(move |stream| {
            // If this fails, only the speed of small answers suffers.
            let _ = stream.set_nodelay(true);
            counted.connections.fetch_add(1, Ordering::Relaxed);
        });
        let hooks = "/api/stacks/{organization}/{project}/{stack}/hooks";
        let hook = "/api/stacks/{organization}/{project}/{stack}/hooks/{name}";
        let settings = "/api/stacks/{organization}/{project}/{stack}/deployments/settings";
        let metadata = "/api/stacks/{organization}/{project}/{stack}/deployments/metadata";
        let router = Router::new()
            .route(hooks, post(create).get(list))
            .route(hook, get(read).patch(update).delete(delete))
            .route(settings, get(deployment_settings))
            .route(metadata, get(no_pause))
            .layer(from_fn_with_state(Arc::clone(&kept), counted_and_late))
            .with_state(Arc::clone(&kept));
        let serving = tokio::spawn(serve(listener, router));
        Ok(Stub { url, kept, serving })
    }

    /// The numbers of requests and connections so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.kept.requests), count(&self.kept.connections))
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve<L: Listener<Addr: std::fmt::Debug>>(listener: L, router: Router) {
    let served = axum::serve(listener, router).await;
    served.expect("a listener on loopback does not fail");
}

type Scope = (String, String, String);
type Hook = (String, String, String, String);

impl Kept {
    fn with<T>(&self, scope: &str, act: impl FnOnce(&mut HashMap<String, Value>) -> T) -> T {
        let mut webhooks = self.webhooks.lock().expect("nobody panics holding it");
        act(webhooks.entry(scope.to_owned()).or_default())
    }
}

/// Counts a request, and answers it after the latency.
async fn counted_and_late(State(kept): State<Arc<Kept>>, request: Request, next: Next) -> Response {
    kept.requests.fetch_add(1, Ordering::Relaxed);
    if !kept.manner.latency.is_zero() {
        tokio::time::sleep(kept.manner.latency).await;
    }
    next.run(request).await
}

async fn deployment_settings() -> Json<Value> {
    let git = json!({"repoUrl": "https://example.com/x.git", "branch": "refs/heads/main"});
    Json(json!({"sourceContext": {"git": git}}))
}

async fn no_pause() -> Json<Value> {
    Json(json!({"paused": false}))
}

async fn create(
    State(kept): State<Arc<Kept>>,
    Path((organization, project, stack)): Path<Scope>,
    Json(mut hook): Json<Value>,
) -> Response {
    // The cloud generates a name if the provider sends none.
    if hook["name"].as_str().unwrap_or_default().is_empty() {
        let (number, length) = (
            kept.named.fetch_add(1, Ordering::Relaxed),
            kept.manner.name_length,
        );
        hook["name"] = format!("{number:0length$x}").into();
    }
    hook["hasSecret"] = false.into();
    let name = hook["name"].as_str().unwrap_or_default().to_owned();
    let answer = hook.clone();
    let scope = format!("{organization}/{project}/{stack}");
    let is_new = kept.with(&scope, |hooks| match hooks.entry(name) {
        Entry::Vacant(free) => {
            free.insert(hook);
            true
        }
        Entry::Occupied(_) => false,
    });
    if is_new {
        (StatusCode::CREATED, Json(answer)).into_response()
    } else {
        StatusCode::CONFLICT.into_response()
    }
}

async fn list(
    State(kept): State<Arc<Kept>>,
    Path((organization, project, stack)): Path<Scope>,
) -> Json<Value> {
    let scope = format!("{organization}/{project}/{stack}");
    Json(kept.with(&scope, |hooks| hooks.values().cloned().collect()))
}

async fn read(
    State(kept): State<Arc<Kept>>,
    Path((organization, project, stack, name)): Path<Hook>,
) -> Response {
    let scope = format!("{organization}/{project}/{stack}");
    found(kept.with(&scope, |hooks| hooks.get(&name).cloned()))
}

async fn update(
    State(kept): State<Arc<Kept>>,
    Path((organization, project, stack, name)): Path<Hook>,
    Json(changes): Json<Value>,
) -> Response {
    let scope = format!("{organization}/{project}/{stack}");
    let updated = kept.with(&scope, |hooks| {
        let hook = hooks.get_mut(&name)?;
        for (key, value) in changes.as_object().into_iter().flatten() {
            hook[key] = value.clone();
        }
        Some(hook.clone())
    });
    found(updated)
}

async fn delete(
    State(kept): State<Arc<Kept>>,
    Path((organization, project, stack, name)): Path<Hook>,
) -> Response {
    let scope = format!("{organization}/{project}/{stack}");
    match kept.with(&scope, |hooks| hooks.remove(&name)) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn found(hook: Option<Value>) -> Response {
    match hook {
        Some(hook) => Json(hook).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"code": 404}))).into_response(),
    }
}
