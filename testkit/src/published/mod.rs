//! The answers of a cloud, held against what Pulumi Cloud's published description says of them (`answers.md`).
//!
//! Each local cloud of a test has this judge, so every answer that any test gets is looked at: one that differs becomes
//! a 500 that says so.
//!
//! # What this may not do
//!
//! Know the local cloud's own types: the description is the other source.

mod kinds;

use kinds::{Kind, Types};
use local_cloud::{App, AppBuilder, Judge, Method, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The description, as a document.
const DESCRIPTION: &str = include_str!("answers.md");

static JUDGE: LazyLock<Arc<Described>> = LazyLock::new(|| Arc::new(Described::read(DESCRIPTION)));

/// Looks at the answers of a cloud.
fn judge() -> Arc<dyn Judge> {
    Arc::<Described>::clone(&JUDGE)
}

/// A cloud for a test, whose answers are looked at. As [`App::builder`].
pub fn builder(token: impl Into<String>) -> AppBuilder {
    App::builder(token).judge(judge())
}

/// What is described.
#[derive(Debug)]
struct Described {
    routes: Vec<Route>,
    types: Types,
}

/// What is said of a body.
#[derive(Debug)]
enum Body {
    Empty,
    Of(Kind),
}

/// A route with what it answers.
#[derive(Debug)]
struct Route {
    method: String,
    parts: Vec<String>,
    by_status: BTreeMap<u16, Body>,
    /// The body of any other success.
    of_success: Option<Body>,
}

impl Route {
    fn read(cells: &[&str]) -> Route {
        let [method, path, answered] = cells else {
            panic!("a route has three cells: {cells:?}");
        };
        let mut by_status = BTreeMap::new();
        let mut of_success = None;
        for text in answered.split(", ") {
            let (status, body) = match text.split_once(':') {
                Some((status, kind)) => (status, Body::Of(Kind::read(kind))),
                None => (text, Body::Empty),
            };
            match status.parse() {
                Ok(status) => drop(by_status.insert(status, body)),
                Err(_) => of_success = Some(body),
            }
        }
        Route {
            method: (*method).to_owned(),
            parts: path
                .trim_matches('`')
                .split('/')
                .map(str::to_owned)
                .collect(),
            by_status,
            of_success,
        }
    }

    fn fits(&self, method: &Method, path: &[&str]) -> bool {
        let is_same = |(part, given): (&String, &&str)| part.starts_with('{') || part == given;
        self.method == method.as_str()
            && self.parts.len() == path.len()
            && self.parts.iter().zip(path).all(is_same)
    }

    /// How much of it is in its own words: of two routes that fit, the one with more is meant.
    fn n_words(&self) -> usize {
        let words = self.parts.iter().filter(|part| !part.starts_with('{'));
        words.count()
    }
}

impl Described {
    fn read(text: &str) -> Described {
        let (routes, types) = text.split_once("## Types").expect("there are types");
        Described {
            routes: rows(routes)
                .iter()
                .map(|cells| Route::read(cells))
                .collect(),
            types: Types::read(rows(types)),
        }
    }

    fn route(&self, method: &Method, path: &str) -> Option<&Route> {
        let path: Vec<&str> = path.split('/').collect();
        let fitting = self.routes.iter().filter(|route| route.fits(method, &path));
        fitting.max_by_key(|route| route.n_words())
    }
}

impl Judge for Described {
    fn objection(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        body: &[u8],
    ) -> Option<String> {
        let problem = if status.is_success() {
            match self.route(method, path) {
                Some(route) => of_success(route, &self.types, status, body),
                None => Some("there is no such route".to_owned()),
            }
        } else {
            of_refusal(method, status, body)
        };
        problem
            .map(|problem| format!("the answer to {method} {path} is not as described: {problem}"))
    }
}

fn of_success(route: &Route, types: &Types, status: StatusCode, body: &[u8]) -> Option<String> {
    let described = route.by_status.get(&status.as_u16());
    let kind = match described.or(route.of_success.as_ref()) {
        None => return Some(format!("its status is {status}")),
        Some(Body::Of(kind)) if route.method != "HEAD" => kind,
        Some(_) => {
            let is_empty = [&b""[..], b"{}"].contains(&body);
            return (!is_empty).then(|| "it has a body".to_owned());
        }
    };
    match serde_json::from_slice::<Value>(body) {
        _ if *kind == Kind::Raw => None,
        Ok(value) => types.problem(kind, &value, "$"),
        // What a client has written comes back to the byte.
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(error) => Some(format!("it is no JSON: {error}")),
    }
}

/// What is wrong with the body of a refusal, which has the status and a sentence.
fn of_refusal(method: &Method, status: StatusCode, body: &[u8]) -> Option<String> {
    if method == Method::HEAD || status.is_redirection() {
        return None;
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_said = body["code"] == status.as_u16() && body["message"].is_string();
    (!is_said).then(|| format!("a refusal {status} has no `code` and `message`: {body}"))
}

/// The cells of the rows of the tables in a document, without their heads.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(cells.split(" | ").collect())
    });
    rows.filter(|cells: &Vec<&str>| !["method", "type"].contains(&cells[0]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn objection(method: &str, path: &str, status: u16, body: &Value) -> Option<String> {
        let status = StatusCode::from_u16(status).expect("it is one");
        let method = method.parse().expect("it is one");
        let found = JUDGE.objection(&method, path, status, body.to_string().as_bytes());
        found.map(|found| {
            let (_, problem) = found.split_once("described: ").expect("it has a problem");
            problem.to_owned()
        })
    }

    const COUNTS: &str = "/api/orgs/acme/deployments/metadata";

    #[test]
    fn each_kind_of_difference_is_found() {
        let counts = json!({
            "accepted": 0, "failed": 0, "notStarted": 0, "running": 1, "skipped": 0, "succeeded": 0, "total": 1,
        });
        let good = json!({"concurrency": 1, "deploymentCounts": counts, "paused": false});
        assert_eq!(objection("GET", COUNTS, 200, &good), None);
        for (pointer, value, problem) in [
            ("/paused", json!(null), "$.paused is null"),
            ("/paused", json!("no"), "$.paused is no truth value: \"no\""),
            (
                "/concurrency",
                json!(1.5),
                "$.concurrency is no whole number: 1.5",
            ),
            (
                "/deploymentCounts",
                json!([]),
                "$.deploymentCounts is no object: []",
            ),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).expect("it is there") = value;
            assert_eq!(
                objection("GET", COUNTS, 200, &bad).as_deref(),
                Some(problem)
            );
        }
        let mut more = good.clone();
        more["deploymentCounts"]["more"] = json!(1);
        let problem = "$.deploymentCounts.more is not a member of DeploymentCounts";
        assert_eq!(
            objection("GET", COUNTS, 200, &more).as_deref(),
            Some(problem)
        );
        let problem = "$.concurrency is missing";
        let less = json!({"deploymentCounts": good["deploymentCounts"], "paused": false});
        assert_eq!(
            objection("GET", COUNTS, 200, &less).as_deref(),
            Some(problem)
        );
        let problem = "its status is 201 Created";
        assert_eq!(
            objection("GET", COUNTS, 201, &good).as_deref(),
            Some(problem)
        );
    }

    #[test]
    fn a_refusal_says_what_it_is() {
        let good = json!({"code": 404, "message": "Not Found: x"});
        assert_eq!(objection("GET", COUNTS, 404, &good), None);
        assert!(objection("GET", COUNTS, 400, &good).is_some());
        assert!(objection("GET", COUNTS, 404, &json!({})).is_some());
    }

    #[test]
    fn what_is_not_described_is_not_answered() {
        let none = Some("there is no such route".to_owned());
        assert_eq!(objection("GET", "/api/nonsense", 200, &json!({})), none);
    }

    #[test]
    fn the_route_with_more_words_is_meant() {
        let path = "/api/stacks/acme/p/s/deployments/settings";
        let route = JUDGE.route(&Method::GET, path).expect("it is described");
        assert_eq!(route.parts.last().map(String::as_str), Some("settings"));
    }
}
