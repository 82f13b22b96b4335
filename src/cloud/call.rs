//! A request and its answer, before and after the wire.
//!
//! # What this may not do
//!
//! Send anything.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use url::Url;

/// What stays as it is in a path segment; everything else is escaped, `/`, `.` in `..`, `?`, `#` and `%` included.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'.');

/// What happens if a request is carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The same as if it were carried out once: it reads, deletes, replaces, or brings a name that can be taken once.
    Harmless,
    /// It may be done twice.
    MayDuplicate,
}

/// A request. `operation` completes "could not …".
pub(super) struct Call<'a> {
    pub(super) operation: String,
    pub(super) method: Method,
    /// The path, segment by segment, not yet escaped.
    pub(super) segments: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, &'a str)>,
    /// The body, JSON.
    pub(super) body: Option<Vec<u8>>,
    pub(super) repeat: Repeat,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// Whether an earlier try may have been carried out though no clear answer came.
    pub(super) after_lost_try: bool,
}

impl<'a> Call<'a> {
    /// A request without a body.
    ///
    /// A `POST` makes something, and may make it twice; [`Call::harmless`] says of one that it cannot. Every other method
    /// is one that can be repeated.
    pub(super) fn new(method: Method, operation: String, segments: Vec<&'a str>) -> Call<'a> {
        let repeat = if method == Method::POST {
            Repeat::MayDuplicate
        } else {
            Repeat::Harmless
        };
        Call {
            operation,
            method,
            segments,
            query: Vec::new(),
            body: None,
            repeat,
        }
    }

    /// The same with a body.
    pub(super) fn with_body(self, body: &impl Serialize) -> Call<'a> {
        let body = serde_json::to_vec(body).expect("our bodies are plain data");
        Call {
            body: Some(body),
            ..self
        }
    }

    /// The same, of which a second one does no harm: what it makes has a name that can be taken once.
    pub(super) fn harmless(self) -> Call<'a> {
        Call {
            repeat: Repeat::Harmless,
            ..self
        }
    }

    /// Where it goes, below `base`.
    pub(super) fn address(&self, base: &Url) -> Url {
        let mut path = base.path().trim_end_matches('/').to_owned();
        for segment in &self.segments {
            // A segment of dots alone would be taken out of the path, however it is written; no name is one.
            debug_assert!(
                !matches!(*segment, "." | ".."),
                "names are parsed before they get here"
            );
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let mut url = base.clone();
        url.set_path(&path);
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
        let repeat = |method| Call::new(method, String::new(), vec![]).repeat;
        for method in [Method::GET, Method::PATCH, Method::PUT, Method::DELETE] {
            assert_eq!(repeat(method.clone()), Repeat::Harmless, "{method}");
        }
        assert_eq!(repeat(Method::POST), Repeat::MayDuplicate);
        let named = Call::new(Method::POST, String::new(), vec![]).harmless();
        assert_eq!(named.repeat, Repeat::Harmless);
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        let base = Url::parse("https://example.com/base/").expect("it is a URL");
        let segments = vec!["api", "a/../../b", "?x", "#", "%2e%2e", "ü", ""];
        let mut call = Call::new(Method::GET, String::new(), segments);
        call.query.push(("project", "a&b=c"));
        assert_eq!(
            call.address(&base).as_str(),
            "https://example.com/base/api/a%2F..%2F..%2Fb/%3Fx/%23/%252e%252e/%C3%BC/?project=a%26b%3Dc"
        );
    }
}
