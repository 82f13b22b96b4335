//! The frame of all pages, and the page for errors.

use crate::parts::{FormToken, log};
use crate::web::ApiError;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use std::convert::Infallible;
use std::error::Error;

/// The frame of a page for a signed-in user.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) form_token: FormToken,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Page, Infallible> {
        let form_token = parts.extensions.get().cloned();
        let form_token = form_token.expect("only who is signed in gets to a page");
        Ok(Page { form_token })
    }
}

impl Page {
    /// The form token, for templates.
    pub(super) fn token(&self) -> &str {
        self.form_token.as_str()
    }
}

/// A link in the path to a page.
#[derive(Clone, Debug)]
pub(super) struct Crumb {
    pub(super) name: String,
    pub(super) url: String,
}

impl Crumb {
    pub(super) fn new(name: impl Into<String>, url: impl Into<String>) -> Crumb {
        Crumb {
            name: name.into(),
            url: url.into(),
        }
    }
}

/// An answer with this page.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            log::error("a page cannot be written", &error);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page with a message.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    title: &'a str,
    sentence: &'a str,
}

/// The page for an error.
#[derive(Debug)]
pub(super) struct PageError {
    status: StatusCode,
    sentence: String,
}

impl PageError {
    pub(super) fn no_page() -> PageError {
        PageError {
            status: StatusCode::NOT_FOUND,
            sentence: "there is no such page".to_owned(),
        }
    }

    /// The request did not come from a page of this console.
    pub(super) fn foreign() -> PageError {
        PageError {
            status: StatusCode::FORBIDDEN,
            sentence: "this was not sent by a page of this console: go back, reload the page, and try again".to_owned(),
        }
    }

    pub(super) fn bad_form() -> PageError {
        PageError {
            status: StatusCode::BAD_REQUEST,
            sentence: "a field of the form is missing".to_owned(),
        }
    }

    /// An internal error. Details are in the log, not on the page.
    pub(super) fn internal(trouble: &(dyn Error + 'static)) -> PageError {
        ApiError::internal(trouble).into()
    }
}

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> PageError {
        let error = error.into();
        PageError {
            status: error.status(),
            sentence: error.message().to_owned(),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let sentence = &self.sentence;
        html(self.status, &NoticePage { title, sentence })
    }
}

/// This address does not support the method.
pub(super) async fn no_method() -> PageError {
    PageError {
        status: StatusCode::METHOD_NOT_ALLOWED,
        sentence: "this address cannot be used this way".to_owned(),
    }
}

/// The page to which the CLI links for a token.
pub(super) async fn about_tokens() -> Response {
    let page = NoticePage {
        title: "The token of this cloud",
        sentence: "A local cloud has one token. The command that started the cloud printed it, unless it was given one. \
            To let the Pulumi CLI in, set PULUMI_ACCESS_TOKEN to it.",
    };
    html(StatusCode::OK, &page)
}
