//! A guard against pages in the user's browser.
//!
//! Binding a loopback address keeps other machines out, but not a web page that the user visits: its name can be made
//! to resolve to 127.0.0.1 (DNS rebinding). Such a request names the page's host, so only known hosts are answered.

use super::error::ApiError;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

/// Turns away requests that name, or come from a page of, a host that is not known.
pub(super) async fn require_known_host(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if is_known(&request, app.allowed_hosts()) {
        Ok(next.run(request).await)
    } else {
        Err(ApiError::foreign_host())
    }
}

/// Whether every host that the request names is known, and it names one.
fn is_known(request: &Request, allowed: &[String]) -> bool {
    let is_host =
        |value: &HeaderValue| host(value).is_some_and(|host| is_known_host(&host, allowed));
    let is_origin =
        |value: &HeaderValue| origin(value).is_some_and(|host| is_known_host(&host, allowed));
    let headers = request.headers();
    headers.contains_key(HOST)
        && headers.get_all(HOST).iter().all(is_host)
        && headers.get_all(ORIGIN).iter().all(is_origin)
        && request
            .uri()
            .host()
            .is_none_or(|host| is_known_host(host, allowed))
}

fn host(value: &HeaderValue) -> Option<String> {
    let authority: Authority = value.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_owned())
}

/// The host of a page; none for `null`, which a page without a host of its own sends.
fn origin(value: &HeaderValue) -> Option<String> {
    let uri: Uri = value.to_str().ok()?.parse().ok()?;
    uri.scheme()?;
    uri.host().map(str::to_owned)
}

fn is_known_host(host: &str, allowed: &[String]) -> bool {
    let host = host.to_ascii_lowercase();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(&host);
    host == "localhost"
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
        || allowed.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn is_answered(headers: &[(&str, &str)]) -> bool {
        let request = headers
            .iter()
            .fold(Request::builder(), |request, (name, value)| {
                request.header(*name, *value)
            });
        is_known(
            &request.body(Body::empty()).unwrap(),
            &["cloud.test".to_owned()],
        )
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
}
