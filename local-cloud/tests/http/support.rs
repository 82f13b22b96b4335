//! What the tests share: a cloud with a client, and a receiver of deliveries.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use local_cloud::{App, AppBuilder, Clock, Server};
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use testkit::api::{Api, TOKEN};
use testkit::published;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// 2026-01-01T00:00:00Z, the cloud's current time.
pub(crate) const NOW: i64 = 1_767_225_600;

/// A running cloud with the organization `acme`, and a client with its token.
pub(crate) struct Cloud {
    pub(crate) server: Server,
    api: Api,
}

impl Deref for Cloud {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

pub(crate) fn builder() -> AppBuilder {
    published::builder(TOKEN)
        .organization("acme")
        .clock(Clock::fixed(jiff::Timestamp::from_second(NOW).unwrap()))
}

impl Cloud {
    pub(crate) async fn start() -> Cloud {
        Cloud::start_with(builder()).await
    }

    pub(crate) async fn start_with(builder: AppBuilder) -> Cloud {
        Cloud::serve(builder.open().unwrap()).await
    }

    pub(crate) async fn serve(app: App) -> Cloud {
        let server = Server::start(app).await.unwrap();
        let api = Api::new(server.url());
        Cloud { server, api }
    }

    /// A cloud with the stack `acme/web/dev`.
    pub(crate) async fn with_stack() -> Cloud {
        Cloud::with_stack_on(builder()).await
    }

    /// The same, for a cloud with this builder.
    pub(crate) async fn with_stack_on(builder: AppBuilder) -> Cloud {
        let cloud = Cloud::start_with(builder).await;
        let stack = json!({"stackName": "dev"});
        cloud.post("/api/stacks/acme/web", stack).await.expect(200);
        cloud
    }

    /// Creates the environment `acme/web/dev`.
    pub(crate) async fn make_environment(&self) {
        let environment = json!({"project": "web", "name": "dev"});
        let path = "/api/esc/environments/acme";
        self.post(path, environment).await.expect(200);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.server
            .app()
            .request_log()
            .take()
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}

/// A receiver of deliveries.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

/// A delivery that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Receiver {
    /// A receiver that answers with this status and the body `received`.
    pub(crate) async fn start(status: u16) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=1", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let status = StatusCode::from_u16(status).unwrap();
        let receive = move |State(received): State<Arc<Mutex<Vec<Received>>>>,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let body = String::from_utf8(body.to_vec()).unwrap();
            received.lock().unwrap().push(Received { headers, body });
            (status, [("location", "/elsewhere")], "received")
        };
        let router = axum::Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&received));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Receiver {
            url,
            received,
            task,
        }
    }

    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The body of a webhook of `acme`, with some fields changed.
pub(crate) fn hook(changes: Value) -> Value {
    let mut hook = json!({
        "organizationName": "acme", "displayName": "Deploys", "payloadUrl": "http://127.0.0.1:9/x", "active": true,
    });
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    hook.as_object_mut().unwrap().extend(changes);
    hook
}

/// The names of webhooks in a list.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|hook| hook["name"].as_str().unwrap())
        .collect()
}
