//! Protects against web pages in the user's browser.
//!
//! A loopback address keeps other machines out, but not a web page that the user visits: its name can be made to resolve to
//! 127.0.0.1 (DNS rebinding). Such a request names the page's host, so only known hosts are answered.

use super::error::ApiError;
use crate::app::App;
use crate::parts::KnownHosts;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;

/// Rejects requests that name an unknown host, or come from a page on one.
pub(crate) async fn require_known_host(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if is_known(&request, app.hosts()) {
        Ok(next.run(request).await)
    } else {
        Err(ApiError::foreign_host())
    }
}

/// Whether the request names a host, every host that it names is known, and it comes from a page on this machine or on the
/// host that it names.
fn is_known(request: &Request, hosts: &KnownHosts) -> bool {
    let headers = request.headers();
    let named: Option<Vec<String>> = headers.get_all(HOST).iter().map(host).collect();
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return false;
    };
    let is_origin = |value: &HeaderValue| {
        origin(value).is_some_and(|origin| hosts.is_of_page(&origin) || named.contains(&origin))
    };
    named.iter().all(|host| hosts.is_host(host))
        && headers.get_all(ORIGIN).iter().all(is_origin)
        && request.uri().host().is_none_or(|host| hosts.is_host(host))
}

fn host(value: &HeaderValue) -> Option<String> {
    let authority: Authority = value.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_owned())
}

/// The host of a page; `None` for `null`, which a page without a host sends.
fn origin(value: &HeaderValue) -> Option<String> {
    let uri: Uri = value.to_str().ok()?.parse().ok()?;
    uri.scheme()?;
    uri.host().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn is_answered(headers: &[(&str, &str)]) -> bool {
        is_answered_by(headers, false)
    }

    fn is_answered_by(headers: &[(&str, &str)], any_address: bool) -> bool {
        let hosts = KnownHosts {
            names: vec!["cloud.test".to_owned()],
            any_address,
        };
        let request = headers
            .iter()
            .fold(Request::builder(), |request, (name, value)| {
                request.header(*name, *value)
            });
        is_known(&request.body(Body::empty()).unwrap(), &hosts)
    }

    #[test]
    fn only_known_hosts() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8080",
            "cloud.test:80",
        ] {
            assert!(is_answered(&[("host", host)]), "{host}");
        }
        for host in [
            "evil.test",
            "localhost.evil.test",
            "10.0.0.1",
            "localhost@evil.test",
            "0.0.0.0",
            "",
        ] {
            assert!(!is_answered(&[("host", host)]), "{host}");
        }
        assert!(!is_answered(&[]), "no host at all");
        assert!(
            !is_answered(&[("host", "localhost"), ("host", "evil.test")]),
            "two hosts"
        );
    }

    #[test]
    fn only_pages_of_known_hosts() {
        for origin in [
            "http://localhost:3000",
            "http://127.0.0.1",
            "https://cloud.test",
        ] {
            assert!(
                is_answered(&[("host", "localhost"), ("origin", origin)]),
                "{origin}"
            );
        }
        for origin in [
            "https://evil.test",
            "null",
            "localhost",
            "http://localhost.evil.test",
        ] {
            assert!(
                !is_answered(&[("host", "localhost"), ("origin", origin)]),
                "{origin}"
            );
        }
    }

    #[test]
    fn other_machines_name_an_address_or_a_name_that_was_given() {
        let is_answered = |headers: &[(&str, &str)]| is_answered_by(headers, true);
        for host in [
            "10.0.0.1:8080",
            "[2001:db8::1]:80",
            "localhost",
            "cloud.test",
        ] {
            assert!(is_answered(&[("host", host)]), "{host}");
        }
        assert!(!is_answered(&[("host", "evil.test")]));
        let from = |origin| is_answered(&[("host", "10.0.0.1:8080"), ("origin", origin)]);
        assert!(from("http://10.0.0.1:8080"), "its own page");
        assert!(!from("http://10.0.0.2:8080"), "a page at another address");
        assert!(!from("http://evil.test"), "a page elsewhere");
    }
}
