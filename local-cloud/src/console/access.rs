//! Who may use the console, and the security headers of its answers.

use super::page::{Page, PageError, html};
use super::place;
use crate::app::App;
use crate::parts::FormToken;
use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

/// Only content from the cloud itself: no inline scripts or styles, no frames, no forms to other sites.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer. `same-origin` keeps the `Origin` of forms, which `no-referrer` would remove.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A page that asks for the token.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    title: &'static str,
    /// The page to show afterwards.
    next: String,
    is_wrong: bool,
    /// Whether a link on another site led here: then the browser withheld its cookie, and may have one.
    is_from_elsewhere: bool,
}

/// A page that redirects from this origin, because a link on another site would not send the cookie.
#[derive(Debug, Template)]
#[template(path = "signed_in.html")]
struct SignedInPage {
    title: &'static str,
    next: String,
}

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub(super) struct SignIn {
    token: SecretString,
    #[serde(default)]
    next: String,
}

/// Adds the headers for every answer of the console.
pub(super) async fn seal(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    for (name, value) in HEADERS {
        answer
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    answer
}

/// Admits browsers with a session, or with a key for one; asks others for the token.
pub(super) async fn require_session(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let now = app.clock().now();
    let token = session_token(&app, request.headers());
    let session = token.and_then(|token| app.sessions().find(&token, now));
    let path = request.uri().path().to_owned();
    if !place::is_here(&path) {
        return PageError::no_page().into_response();
    }
    if let Some(key) = given_key(request.uri()) {
        // A key in the address would remain in the browser's history.
        return if session.is_some() {
            Redirect::to(&path).into_response()
        } else if request.method() == Method::GET && app.sessions().use_key(&key) {
            let page = SignedInPage {
                title: "Signed in",
                next: path,
            };
            begin(&app, html(StatusCode::OK, &page))
        } else {
            ask(path, false, request.headers())
        };
    }
    let Some(session) = session else {
        return ask(path, false, request.headers());
    };
    if request.method() == Method::POST && !is_from_here(request.headers()) {
        return PageError::foreign().into_response();
    }
    request.extensions_mut().insert::<FormToken>(session);
    next.run(request).await
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form<SignIn>, FormRejection>,
) -> Result<Response, PageError> {
    if !is_from_here(&headers) {
        return Err(PageError::foreign());
    }
    let Form(SignIn { token, next }) = form.map_err(|_| PageError::bad_form())?;
    let next = if place::is_here(&next) {
        next
    } else {
        "/".to_owned()
    };
    Ok(if app.token().is_of(token.expose_secret().trim()) {
        begin(&app, Redirect::to(&next).into_response())
    } else {
        ask(next, true, &headers)
    })
}

/// `GET /sign-in`
pub(super) async fn to_start() -> Redirect {
    Redirect::to("/")
}

/// `POST /sign-out`
pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    page: Page,
    form: Result<Form<Guard>, FormRejection>,
) -> Result<Response, PageError> {
    guard(&page, form)?;
    if let Some(token) = session_token(&app, &headers) {
        app.sessions().end(&token);
    }
    Ok(with_cookie(Redirect::to("/").into_response(), &app, "", 0))
}

/// The hidden field of every form that changes something.
#[derive(Debug, Deserialize)]
pub(super) struct Guard {
    form_token: String,
}

/// Accepts a form with the token of the session.
pub(super) fn guard(
    page: &Page,
    form: Result<Form<Guard>, FormRejection>,
) -> Result<(), PageError> {
    let Form(guard) = form.map_err(|_| PageError::bad_form())?;
    if page.form_token.is(&guard.form_token) {
        Ok(())
    } else {
        Err(PageError::foreign())
    }
}

fn ask(next: String, is_wrong: bool, headers: &HeaderMap) -> Response {
    let page = SignInPage {
        title: "Sign in",
        next,
        is_wrong,
        is_from_elsewhere: headers
            .get(FETCH_SITE)
            .is_some_and(|site| site == "cross-site"),
    };
    html(StatusCode::UNAUTHORIZED, &page)
}

/// Begins a session with this answer.
fn begin(app: &App, answer: Response) -> Response {
    match app.sessions().begin(app.clock().now()) {
        Ok(token) => with_cookie(answer, app, &token, 24 * 60 * 60),
        Err(error) => PageError::internal(&error).into_response(),
    }
}

fn with_cookie(mut answer: Response, app: &App, token: &str, max_age: u32) -> Response {
    let name = cookie_name(app);
    let cookie = format!("{name}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict");
    let cookie =
        HeaderValue::from_str(&cookie).expect("a cookie of digits and letters can be sent");
    answer.headers_mut().insert(SET_COOKIE, cookie);
    answer
}

/// Cookies are shared between ports, so the name must include the port.
fn cookie_name(app: &App) -> String {
    let url = Url::parse(&app.base_url()).ok();
    let port = url.and_then(|url| url.port_or_known_default());
    format!("local_cloud_{}", port.unwrap_or_default())
}

fn session_token(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(app);
    let cookies = headers.get_all(COOKIE).iter();
    let mut cookies = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    cookies.find_map(|cookie| {
        let (given, token) = cookie.trim().split_once('=')?;
        (given == name).then(|| token.to_owned())
    })
}

fn given_key(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(name, value)| (name == "key").then(|| value.into_owned()))
}

/// Whether the request comes from a page of the console.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(host), Some(origin)) = (text(HOST), text(ORIGIN)) else {
        return false;
    };
    let is_same = origin
        .split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest == host);
    is_same && text(FETCH_SITE).is_none_or(|site| site == "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_of_this_origin() {
        let is_let_in = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            is_from_here(&headers.collect())
        };
        let host = ("host", "127.0.0.1:8080");
        assert!(is_let_in(&[host, ("origin", "http://127.0.0.1:8080")]));
        assert!(!is_let_in(&[host]), "no origin at all");
        for origin in [
            "http://127.0.0.1:8081",
            "http://localhost:8080",
            "null",
            "127.0.0.1:8080",
            "file://127.0.0.1:8080",
        ] {
            assert!(!is_let_in(&[host, ("origin", origin)]), "{origin}");
        }
        let site = |site| {
            is_let_in(&[
                host,
                ("origin", "http://127.0.0.1:8080"),
                ("sec-fetch-site", site),
            ])
        };
        assert!(site("same-origin") && !site("cross-site") && !site("same-site"));
    }
}
