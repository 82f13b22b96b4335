//! A request before it is sent, and its answer.
//!
//! # What this may not do
//!
//! Send anything, or choose what to request; [`super::calls`] does that.

use super::changes::Touched;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use url::Url;

/// What happens if a request is carried out a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The result is the same as after one time: the request reads, deletes or replaces, or claims a name that only one can
    /// have.
    Harmless,
    /// It may be done a second time.
    MayDuplicate,
}

/// What a conflict (409) means for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The cloud refuses.
    Refused,
    /// The name in the request is taken.
    NameTaken,
    /// What was requested is already the case.
    Done,
}

/// A request. It has no `Debug`, because its body may hold a secret.
#[derive(Clone)]
pub struct Call {
    /// Completes "could not …".
    pub operation: String,
    /// The HTTP method.
    pub method: Method,
    /// The path below the cloud's address, escaped.
    pub path: String,
    /// The query, not yet escaped.
    pub query: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub body: Option<Vec<u8>>,
    /// What happens if it is repeated.
    pub repeat: Repeat,
    /// What must exist for the request to make sense; `None` if "not found" is an answer.
    pub needs: Option<String>,
    /// What a conflict means.
    pub conflict: Conflict,
    /// What it changes.
    pub touched: Touched,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// A request that only reads.
    pub(super) fn read(operation: String, path: String) -> Call {
        Call::write(Method::GET, operation, path, Touched::Nothing)
    }

    /// A request that changes something, without a body.
    ///
    /// A `POST` creates something and may create it a second time; [`Call::harmless`] marks one that cannot. Every other
    /// method can be repeated.
    pub(super) fn write(method: Method, operation: String, path: String, touched: Touched) -> Call {
        let repeat = if method == Method::POST {
            Repeat::MayDuplicate
        } else {
            Repeat::Harmless
        };
        Call {
            operation,
            method,
            path,
            query: Vec::new(),
            body: None,
            repeat,
            needs: None,
            conflict: Conflict::Refused,
            touched,
        }
    }

    /// Adds a query parameter.
    pub(super) fn with_query(mut self, name: &'static str, value: impl ToString) -> Call {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a body.
    pub(super) fn with_body(self, body: &impl Serialize) -> Call {
        let body = serde_json::to_vec(body).expect("our bodies are plain data");
        Call {
            body: Some(body),
            ..self
        }
    }

    /// Marks that a repeat does no harm; `conflict` says what a conflict means.
    pub(super) fn harmless(self, conflict: Conflict) -> Call {
        Call {
            repeat: Repeat::Harmless,
            conflict,
            ..self
        }
    }

    /// Makes "not found" an error that names `what`.
    pub(super) fn needs(self, what: String) -> Call {
        Call {
            needs: Some(what),
            ..self
        }
    }

    /// Its URL, below `base`.
    pub fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        let above = base.path().trim_end_matches('/');
        url.set_path(&format!("{above}{}", self.path));
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_says_what_a_repeat_may_do() {
        let write = |method| Call::write(method, String::new(), String::new(), Touched::Nothing);
        let repeat = |method| write(method).repeat;
        for method in [Method::GET, Method::PATCH, Method::PUT, Method::DELETE] {
            assert_eq!(repeat(method.clone()), Repeat::Harmless, "{method}");
        }
        assert_eq!(repeat(Method::POST), Repeat::MayDuplicate);
        let named = write(Method::POST).harmless(Conflict::NameTaken);
        assert_eq!(named.repeat, Repeat::Harmless);
    }

    #[test]
    fn a_base_path_stays_in_front_and_the_query_is_escaped() {
        let base = Url::parse("https://example.com/base/").expect("it is a URL");
        let call = Call::read(String::new(), "/api/a%2Fb".to_owned());
        let call = call.with_query("project", "a&b=c");
        assert_eq!(
            call.url(&base).as_str(),
            "https://example.com/base/api/a%2Fb?project=a%26b%3Dc"
        );
    }
}
