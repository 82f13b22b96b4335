//! Signs and posts messages, and records the answers.

use super::log::chain;
use super::secrets::mac;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, ClientBuilder, Response, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use std::error::Error;
use std::time::{Duration, Instant};
use url::{Host, Url};

/// The time limit for a receiver.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer is kept, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

const ID_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-id");
const KIND_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-kind");
const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("pulumi-webhook-signature");

/// The HTTP clients for deliveries.
#[derive(Clone, Debug)]
pub(crate) struct Postman {
    /// For this machine, which a proxy could not reach.
    near: Client,
    /// For everything else, through the proxy in the environment.
    far: Client,
}

impl Postman {
    /// Creates the clients. They do not follow redirects, because the signature is meant for the named receiver only.
    pub(crate) fn new() -> reqwest::Result<Postman> {
        // The TLS implementation of this process. It does not matter if one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            ClientBuilder::new()
                .timeout(TIMEOUT)
                .redirect(redirect::Policy::none())
        };
        Ok(Postman {
            near: builder().no_proxy().build()?,
            far: builder().build()?,
        })
    }

    /// Posts a letter to a URL. If there is no answer, the code is 0.
    pub(crate) async fn post(&self, url: &str, letter: Letter) -> Posted {
        let headers = letter.headers();
        let request_headers = print_headers(&headers);
        let client = if is_near(url) { &self.near } else { &self.far };
        let begun = Instant::now();
        let request = client.post(url).headers(headers).body(letter.body);
        let answer = match request.send().await {
            Ok(response) => Answer::read(response).await,
            Err(error) => Answer::none(&error),
        };
        Posted {
            request_headers,
            took: begun.elapsed(),
            answer,
        }
    }
}

/// A message to post.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) body: String,
    /// The secret to sign it with.
    pub(crate) secret: Option<SecretString>,
}

impl Letter {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("local-cloud/", env!("CARGO_PKG_VERSION"))),
        );
        let text = |text: &str| {
            HeaderValue::from_str(text).expect("ids, kinds and signatures are plain ASCII")
        };
        headers.insert(ID_HEADER, text(&self.id));
        headers.insert(KIND_HEADER, text(&self.kind));
        if let Some(secret) = &self.secret {
            let signature = sign(secret.expose_secret(), &self.body);
            headers.insert(SIGNATURE_HEADER, text(&signature));
        }
        headers
    }
}

/// A letter that was posted.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) request_headers: String,
    pub(crate) took: Duration,
    pub(crate) answer: Answer,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// 0 if there was no answer.
    pub(crate) code: u16,
    pub(crate) headers: String,
    /// If there was no answer, the reason.
    pub(crate) body: String,
}

impl Answer {
    async fn read(mut response: Response) -> Answer {
        let (code, headers) = (
            response.status().as_u16(),
            print_headers(response.headers()),
        );
        let mut body = Vec::new();
        // A body that ends early still counts as an answer, and its beginning is kept.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_RESPONSE {
                body.truncate(MAX_RESPONSE);
                break;
            }
        }
        Answer {
            code,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn none(error: &reqwest::Error) -> Answer {
        let why = error.source().map(chain);
        Answer {
            code: 0,
            headers: String::new(),
            body: why.map_or("no answer".to_owned(), |why| format!("no answer: {why}")),
        }
    }
}

/// HMAC-SHA256 of the body with the secret as key, in lowercase hexadecimal digits.
fn sign(secret: &str, payload: &str) -> String {
    hex::encode(mac(secret.as_bytes(), payload.as_bytes()))
}

/// One line per header. Our own headers are spelled as documented.
fn print_headers(headers: &HeaderMap) -> String {
    let spelled = |name: &HeaderName| {
        name.as_str()
            .split('-')
            .map(capitalized)
            .collect::<Vec<_>>()
            .join("-")
    };
    headers.iter().fold(String::new(), |lines, (name, value)| {
        lines + &spelled(name) + ": " + &String::from_utf8_lossy(value.as_bytes()) + "\r\n"
    })
}

fn capitalized(word: &str) -> String {
    match word {
        "id" => "ID".to_owned(),
        _ => {
            word.get(..1).unwrap_or_default().to_ascii_uppercase()
                + word.get(1..).unwrap_or_default()
        }
    }
}

fn is_near(url: &str) -> bool {
    let url = Url::parse(url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn headers_are_printed_one_to_a_line() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ID_HEADER, HeaderValue::from_static("x"));
        assert_eq!(
            print_headers(&headers),
            "Content-Type: application/json\r\nPulumi-Webhook-ID: x\r\n"
        );
    }

    #[test]
    fn no_proxy_for_this_machine() {
        for url in [
            "http://localhost:1/x",
            "http://127.0.0.1/x",
            "http://127.1.2.3",
            "https://[::1]:9/",
        ] {
            assert!(is_near(url), "{url}");
        }
        for url in [
            "https://hooks.slack.com/x",
            "http://10.0.0.1/",
            "http://localhost.example/",
        ] {
            assert!(!is_near(url), "{url}");
        }
    }
}
