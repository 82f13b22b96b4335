//! A request before it is sent, and the answer to it.
//!
//! # What this may not do
//!
//! Send anything, or know what there is to ask; that is [`super::calls`].

use super::changes::Touched;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use url::Url;

/// What happens if a request is carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The same as if it were carried out once: it reads, deletes, replaces, or brings a name that can be taken once.
    Harmless,
    /// It may be done twice.
    MayDuplicate,
}

/// What it means that something is in the way (409).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The cloud refuses.
    Refused,
    /// The name that the request brings is taken.
    NameTaken,
    /// What was asked for is so already.
    Done,
}

/// A request. Not printable as a whole: its body may hold a secret.
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
    /// What a repeat may do.
    pub repeat: Repeat,
    /// What must be there for the request to make sense; without it, "not found" is an answer.
    pub needs: Option<String>,
    /// What it means that something is in the way.
    pub conflict: Conflict,
    /// What it changes.
    pub touched: Touched,
}

/// What came back.
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
    /// A `POST` makes something, and may make it twice; [`Call::harmless`] says of one that it cannot. Every other method
    /// is one that can be repeated.
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

    /// The same with a part of the query.
    pub(super) fn with_query(mut self, name: &'static str, value: impl ToString) -> Call {
        self.query.push((name, value.to_string()));
        self
    }

    /// The same with a body.
    pub(super) fn with_body(self, body: &impl Serialize) -> Call {
        let body = serde_json::to_vec(body).expect("our bodies are plain data");
        Call {
            body: Some(body),
            ..self
        }
    }

    /// The same, of which a second one does no harm; a `conflict` says why.
    pub(super) fn harmless(self, conflict: Conflict) -> Call {
        Call {
            repeat: Repeat::Harmless,
            conflict,
            ..self
        }
    }

    /// The same, which fails if `what` is not there.
    pub(super) fn needs(self, what: String) -> Call {
        Call {
            needs: Some(what),
            ..self
        }
    }

    /// Where it goes, below `base`.
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
