//! The survey of stacks, against a local cloud in this process that counts requests.

use auto_deploy::cloud::{Client, Endpoint, ErrorKind, Patience};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use auto_deploy::survey::{Detail, Survey};
use local_cloud::{Fault, Server, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use testkit::api::{Api, TOKEN};
use testkit::published;
use testkit::states;

/// A local cloud and a survey of it.
struct Cloud {
    server: Server,
    survey: Survey,
}

impl Cloud {
    /// With these stacks of the organization `acme`, project `p`.
    async fn with(stacks: &[&str]) -> Cloud {
        let app = published::builder(TOKEN).organization("acme").open();
        let server = Server::start(app.expect("the cloud opens")).await;
        let server = server.expect("the cloud starts");
        let endpoint = Endpoint::new(server.url().parse().expect("it is a URL"), TOKEN);
        let patience = Patience {
            first_wait: Duration::from_millis(1),
            repeats: 1,
            ..Patience::default()
        };
        let survey = Survey::new(Client::new(endpoint, patience));
        let cloud = Cloud { server, survey };
        for stack in stacks {
            cloud.post("p", json!({"stackName": stack})).await;
        }
        cloud.requests();
        cloud
    }

    async fn post(&self, path: &str, body: Value) {
        let path = format!("/api/stacks/acme/{path}");
        let api = Api::new(self.server.url());
        api.post(&path, body).await.succeeds();
    }

    async fn hook(&self, upstream: &str, name: &str, downstream: &str) {
        let body = json!({
            "organizationName": "acme", "projectName": "p", "stackName": upstream, "name": name, "displayName": name,
            "payloadUrl": format!("p/{downstream}"), "active": true, "format": "pulumi_deployments",
            "filters": ["update_succeeded"],
        });
        self.post(&format!("p/{upstream}/hooks"), body).await;
    }

    async fn settings(&self, stack: &str, more: Value) {
        let mut body = json!({"sourceContext": {"git": {"repoUrl": "https://example.com/r.git", "branch": "main"}}});
        body.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().expect("an object"));
        self.post(&format!("p/{stack}/deployments/settings"), body)
            .await;
    }

    async fn refer(&self, stack: &str, to: &str) {
        let name = format!("acme/p/{to}");
        let state = states::of_references(&format!("p/{stack}"), &[&name]);
        self.post(&format!("p/{stack}/import"), state).await;
    }

    /// How often each path was requested since the last call.
    fn requests(&self) -> BTreeMap<String, usize> {
        let mut requests = BTreeMap::new();
        for request in self.server.app().request_log().take() {
            *requests.entry(request.to_string()).or_default() += 1;
        }
        requests
    }

    fn fault(&self, path: &str, trouble: Trouble, times: usize) {
        let fault = Fault::on(Method::GET, path, trouble).times(times);
        self.server.app().faults().add(fault);
    }
}

fn stack(name: &str) -> StackRef {
    StackRef::parse_in("acme", &format!("p/{name}")).expect("a name")
}

fn edge(upstream: &str, downstream: &str) -> Edge {
    Edge {
        upstream: stack(upstream),
        downstream: stack(downstream),
    }
}

#[tokio::test]
async fn each_question_is_asked_once_whatever_asks() {
    let cloud = Cloud::with(&["a", "b", "c"]).await;
    cloud.settings("b", json!({})).await;
    cloud.requests();
    let first = [edge("a", "b"), edge("a", "c")].into();
    let second = [edge("b", "c"), edge("a", "b")].into();
    let (one, other) = tokio::join!(cloud.survey.facts(&first), cloud.survey.facts(&second));
    assert!(one.unavailable.is_none() && other.unavailable.is_none());
    assert!(
        one.settings[&stack("b")]
            .as_ref()
            .is_some_and(|settings| settings.has_source)
    );
    assert_eq!(one.settings[&stack("c")], None);
    let requests = cloud.requests();
    // What does not exist may be created between two questions: a later caller is answered by a later request.
    let expected = [
        ("GET /api/stacks/acme/p/a/deployments/settings 404", 2),
        ("GET /api/stacks/acme/p/a/hooks 200", 1),
        ("GET /api/stacks/acme/p/b/deployments/metadata 200", 1),
        ("GET /api/stacks/acme/p/b/deployments/settings 200", 1),
        ("GET /api/stacks/acme/p/b/hooks 200", 1),
        ("GET /api/stacks/acme/p/c/deployments/settings 404", 2),
        ("GET /api/stacks/acme/p/c/hooks 200", 1),
    ];
    let expected = expected.map(|(request, n)| (request.to_owned(), n));
    assert_eq!(requests, expected.into());
    for end in ["a", "c"] {
        cloud.settings(end, json!({})).await;
    }
    cloud.requests();
    let later = cloud.survey.facts(&first).await;
    assert!(later.settings.values().all(Option::is_some), "{later:?}");
    // Now it exists, and is kept.
    cloud.survey.facts(&first).await;
    let expected = [
        "GET /api/stacks/acme/p/a/deployments/settings 200",
        "GET /api/stacks/acme/p/c/deployments/metadata 200",
        "GET /api/stacks/acme/p/c/deployments/settings 200",
    ];
    let expected = expected.map(|request| (request.to_owned(), 1));
    assert_eq!(cloud.requests(), expected.into());
}

#[tokio::test]
async fn webhooks_are_followed_downstream_each_stack_once() {
    let cloud = Cloud::with(&["a", "b", "c", "d"]).await;
    for (upstream, name, downstream) in [
        ("b", "one", "c"),
        ("c", "two", "d"),
        ("d", "three", "b"),
        ("d", "four", "gone"),
    ] {
        cloud.hook(upstream, name, downstream).await;
    }
    cloud.requests();
    let facts = cloud.survey.facts(&[edge("a", "b")].into()).await;
    let ways: Vec<String> = facts
        .live_edges()
        .iter()
        .map(|live| format!("{}: {}", live.webhook, live.edge))
        .collect();
    assert_eq!(
        ways,
        [
            "one: p/b → p/c",
            "two: p/c → p/d",
            "three: p/d → p/b",
            "four: p/d → p/gone"
        ]
    );
    assert_eq!(facts.webhooks[&stack("gone")], None);
    let requests = cloud.requests();
    assert_eq!(requests.len(), 7, "{requests:?}");
    assert!(requests.values().all(|n| *n == 1));
    assert!(requests.contains_key("GET /api/stacks/acme/p/gone/hooks 404"));
}

#[tokio::test]
async fn what_one_stack_does_not_tell_is_missing_and_the_rest_is_known() {
    let cloud = Cloud::with(&["a", "b"]).await;
    cloud.fault("/api/stacks/acme/p/b/hooks", Trouble::status(403), 1);
    let facts = cloud.survey.facts(&[edge("a", "b")].into()).await;
    let reason = facts.unavailable.expect("it is told").reason;
    assert!(
        matches!(reason.kind, ErrorKind::Forbidden { .. }),
        "{reason}"
    );
    assert!(facts.webhooks.contains_key(&stack("a")) && !facts.webhooks.contains_key(&stack("b")));
    cloud.requests();
    let again = cloud.survey.facts(&[edge("a", "b")].into()).await;
    assert!(again.unavailable.is_some());
    let requests = cloud.requests();
    assert!(
        requests
            .keys()
            .all(|request| request.ends_with("/settings 404")),
        "a refusal is kept for a while: {requests:?}"
    );
}

#[tokio::test]
async fn a_cloud_that_is_down_is_given_up_at_once() {
    let names: Vec<String> = (0..60).map(|n| format!("s{n}")).collect();
    let cloud = Cloud::with(&[]).await;
    cloud
        .server
        .app()
        .faults()
        .add(Fault::on_any(Trouble::status(503)).times(1_000));
    let edges = names.iter().map(|name| edge("top", name)).collect();
    let facts = cloud.survey.facts(&edges).await;
    assert!(facts.unavailable.is_some() && facts.webhooks.is_empty());
    let n_requests: usize = cloud.requests().values().sum();
    // Two tries for each request that was running when the first one failed.
    assert!(
        n_requests <= 4 * auto_deploy::cloud::MAX_AT_ONCE,
        "{n_requests}"
    );
}

#[tokio::test]
async fn the_live_graph_has_stacks_edges_and_references() {
    let cloud = Cloud::with(&["a", "b", "c"]).await;
    cloud.hook("a", "one", "b").await;
    cloud.refer("b", "a").await;
    cloud.refer("c", "b").await;
    cloud
        .settings(
            "b",
            json!({"gitHub": {"repository": "acme/web", "deployCommits": true}}),
        )
        .await;
    cloud.requests();
    let seen = Mutex::new(Vec::new());
    let progress = |done, total| seen.lock().expect("nobody panics").push((done, total));
    let live = cloud
        .survey
        .live("acme", None, Detail::EdgesAndSettings, progress)
        .await
        .expect("it is told");
    assert!(live.unavailable.is_none());
    assert_eq!(
        live.stacks.keys().cloned().collect::<Vec<_>>(),
        ["a", "b", "c"].map(stack)
    );
    assert_eq!(live.edges.len(), 1);
    assert_eq!(
        (live.edges[0].webhook.as_str(), &live.edges[0].edge),
        ("one", &edge("a", "b"))
    );
    assert_eq!(live.edges[0].events, ["update_succeeded"]);
    assert_eq!(live.references, [edge("a", "b"), edge("b", "c")].into());
    let settings = live.stacks[&stack("b")]
        .settings
        .clone()
        .flatten()
        .expect("it has some");
    assert!(
        settings
            .pushes
            .is_some_and(|pushes| pushes.branch.as_deref() == Some("main"))
    );
    assert_eq!(live.stacks[&stack("c")].settings, Some(None));
    assert_eq!(
        seen.into_inner().expect("nobody panics"),
        [(0, 3), (1, 3), (2, 3), (3, 3)]
    );
    let requests = cloud.requests();
    assert_eq!(requests.values().sum::<usize>(), 1 + 3 * 3, "{requests:?}");
    let codes: Vec<&str> = auto_deploy::findings::audit(&live)
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(codes, ["deploys-commits", "missing-edge"]);
}

#[tokio::test]
async fn a_project_can_be_looked_at_by_itself() {
    let cloud = Cloud::with(&["a", "b"]).await;
    cloud.post("q", json!({"stackName": "x"})).await;
    let live = cloud
        .survey
        .live("acme", Some("p"), Detail::EdgesAndSettings, |_, _| {})
        .await
        .expect("it is told");
    assert_eq!(live.stacks.len(), 2);
    assert!(
        live.covers(&stack("gone"))
            && !live.covers(&StackRef::parse_in("acme", "q/y").expect("a name"))
    );
}

#[tokio::test]
async fn references_are_told_from_both_ends() {
    let cloud = Cloud::with(&["a", "b"]).await;
    cloud.refer("b", "a").await;
    let downstream = cloud
        .survey
        .downstream_references(&stack("a"))
        .await
        .expect("it is told");
    assert_eq!(downstream.as_deref(), Some(&vec![stack("b")]));
    let upstream = cloud
        .survey
        .upstream_references(&stack("b"))
        .await
        .expect("it is told");
    assert_eq!(upstream.as_deref(), Some(&vec![stack("a")]));
    assert_eq!(
        cloud
            .survey
            .downstream_references(&stack("gone"))
            .await
            .expect("it is told"),
        None
    );
}
