//! The REST API of a cloud, with its token.

use local_cloud::Method;
use reqwest::Client;
use serde_json::Value;
use std::sync::LazyLock;

/// The token of the clouds that tests start.
pub const TOKEN: &str = "pul-0123456789";

/// A client without a proxy that opens a connection for each request.
///
/// There is one per process, because creating one takes as long as many requests. It keeps no connections open, because the
/// tests that share it have their own runtimes.
pub fn client() -> Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        // The TLS implementation of this process. It does not matter if one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .expect("it can be made")
    });
    CLIENT.clone()
}

/// The API of the cloud at a URL.
#[derive(Clone, Debug)]
pub struct Api {
    url: String,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body: null if there is none, a string if it is not JSON.
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The body of an answer that is not an error.
    #[track_caller]
    pub fn succeeds(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.body
        );
        self.body
    }

    /// The message of an error with this status, whose body must contain the same code.
    #[track_caller]
    pub fn message(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["code"], status);
        body["message"].as_str().expect("it has one").to_owned()
    }
}

impl Api {
    /// The API of the cloud at `url`, without a trailing slash.
    pub fn new(url: &str) -> Api {
        Api {
            url: url.to_owned(),
        }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The answer to a `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.answer(Method::GET, path, None).await
    }

    /// The answer to a `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.answer(Method::POST, path, Some(body)).await
    }

    /// The answer to a `PATCH`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.answer(Method::PATCH, path, Some(body)).await
    }

    /// The answer to a `PUT`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.answer(Method::PUT, path, Some(body)).await
    }

    /// The answer to a `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.answer(Method::DELETE, path, None).await
    }

    /// The answer to a request with the method of this name; a null body means no body.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().expect("it is a method");
        let body = (!body.is_null()).then_some(body);
        let answer = self.answer(method, path, body).await;
        (answer.status, answer.body)
    }

    /// The answer to a request.
    pub async fn answer(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let about = format!("{method} {path}");
        let answer = self.send(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("{about}: {error:?}"))
    }

    /// Sends a request with the token. An error if no complete answer came.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        self.send_as(&format!("token {TOKEN}"), method, path, body)
            .await
    }

    /// Sends a request with another `Authorization` header.
    pub async fn send_as(
        &self,
        authorization: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let request = client()
            .request(method, self.url(path))
            .header("Authorization", authorization);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
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
}
