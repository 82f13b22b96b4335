//! What the tests share: a cloud with a client, and a receiver of deliveries.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use local_cloud::{App, AppBuilder, Clock, Method, Server};
use reqwest::Client;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const TOKEN: &str = "pul-test-token";

/// 2026-01-01T00:00:00Z, what the cloud takes for now.
pub(crate) const NOW: i64 = 1_767_225_600;

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running cloud with the organization `acme`, and a client that has its token.
pub(crate) struct Cloud {
    pub(crate) server: Server,
    client: Client,
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null if there is no body.
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The message of an error with this status; its body must say the same code.
    #[track_caller]
    pub(crate) fn message(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["code"], status);
        body["message"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn builder() -> AppBuilder {
    App::builder(TOKEN)
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
        Cloud {
            server: Server::start(app).await.unwrap(),
            client: client(),
        }
    }

    /// A cloud with the stack `acme/web/dev`.
    pub(crate) async fn with_stack() -> Cloud {
        let cloud = Cloud::start().await;
        cloud
            .post("/api/stacks/acme/web", json!({"stackName": "dev"}))
            .await
            .expect(200);
        cloud
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await.unwrap()
    }

    /// A request with the token. An error if no whole answer came.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let request = self
            .client
            .request(method, self.url(path))
            .header("Authorization", format!("token {TOKEN}"));
        let request = if let Some(body) = body {
            request.json(&body)
        } else {
            request
        };
        let response = request.send().await?;
        let (status, text) = (response.status().as_u16(), response.text().await?);
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok(Answer { status, body })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// The requests since the last time.
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

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, asking).await.unwrap()
}

/// A client that no proxy stands before, and that opens a connection for each request. It is made once: that takes as
/// long as many requests.
pub(crate) fn client() -> Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap()
    });
    CLIENT.clone()
}

/// A receiver of deliveries.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

/// A delivery that came.
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
    /// A receiver that answers with this status, and `received` in the body.
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
