//! `auto-deploy graph` and `check` on an organization with one of everything.

use crate::organization;
use crate::support::{Cloud, filters};
use auto_deploy::findings::Code;
use local_cloud::{Method, Trouble, Watch};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_has_states_times_and_marks() {
    let cloud = organization::make().await;
    cloud.settled(5).await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["graph"]).await.expect(0);
    insta::assert_snapshot!(said.transcript());
    let said = cloud
        .run(&["graph", "--project", "billing"])
        .await
        .expect(0);
    insta::assert_snapshot!("graph_of_billing", said.transcript());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_have_their_forms() {
    let cloud = organization::make().await;
    cloud.settled(5).await;
    let _filters = filters(&cloud);
    for format in ["mermaid", "dot", "svg", "json"] {
        let said = cloud.run(&["graph", "--format", format]).await.expect(0);
        insta::assert_snapshot!(format!("graph_{format}"), said.transcript());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_finding_is_told_in_every_form() {
    let cloud = organization::make().await;
    cloud.settled(5).await;
    for format in ["text", "json", "github"] {
        let said = cloud.run(&["check", "--format", format]).await.expect(1);
        insta::assert_snapshot!(format!("check_{format}"), said.transcript());
    }
}

/// What `check` never reports about a live graph.
const NOT_LIVE: [(Code, &str); 10] = [
    (
        Code::StackMissing,
        "of a program's edges; a live webhook to a stack that is not there is `target-missing`",
    ),
    (
        Code::Paused,
        "asked about before an update; three requests for each stack have no room for it",
    ),
    (
        Code::ConductorWithoutSettings,
        "of joins, which this organization has not: `joined` has some",
    ),
    (Code::ConductorRunsEachEvent, "likewise"),
    (Code::ConductorMayNotDeploy, "likewise"),
    (Code::ConductorStopsEarly, "likewise"),
    (Code::ConductorFailed, "likewise"),
    (Code::JoinWithoutWakeUp, "likewise"),
    (Code::JoinedAndStarted, "likewise"),
    (Code::JoinedTwice, "likewise"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_has_one_of_every_finding() {
    let cloud = organization::make().await;
    let said = cloud.run(&["check", "--json"]).await.expect(1).json();
    let findings = said["findings"].as_array().unwrap();
    let told: BTreeSet<&str> = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    let is_live = |code: &Code| NOT_LIVE.iter().all(|(other, _)| other != code);
    let all = Code::ALL.iter().filter(|code| is_live(code));
    assert_eq!(told, all.map(|code| code.as_str()).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_for_the_user_to_say() {
    let cloud = Cloud::with_stacks(&["network/prod", "app/prod"]).await;
    let said = cloud.run(&["check"]).await.expect(0);
    assert_eq!(said.out, "Nothing is wrong with 2 stacks and 0 edges.\n");
    cloud.hook("network/prod", "app/prod", json!({})).await;
    let said = cloud.run(&["check", "--fail-on", "notice"]).await.expect(0);
    assert_eq!(
        said.out, "Nothing is wrong with 2 stacks and 1 edge.\n",
        "what was never updated may still refer to it"
    );
    // It does not refer to the network: a notice.
    cloud.refers("app/prod", &[]).await;
    cloud.run(&["check"]).await.expect(0);
    cloud.run(&["check", "--fail-on", "notice"]).await.expect(1);
    // A reference without a webhook: a warning.
    cloud.refers("network/prod", &["docs/prod"]).await;
    cloud.stack("docs/prod").await;
    cloud.refers("network/prod", &["docs/prod"]).await;
    cloud.run(&["check"]).await.expect(1);
    cloud.run(&["check", "--fail-on", "error"]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_at_is_not_clean() {
    let cloud = Cloud::with_stacks(&["network/prod", "app/prod"]).await;
    let path = "/api/stacks/acme/app/prod/hooks";
    let refused = Trouble::status(403);
    let fault = local_cloud::Fault::on(Method::GET, path, refused).times(9);
    cloud.server.app().faults().add(fault);
    let said = cloud.run(&["check"]).await.expect(2);
    assert!(
        said.notes.contains("the stacks could not be looked at"),
        "{}",
        said.notes
    );
}

/// A thousand stacks: at most three requests for each, and a few for all; at most sixteen at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_stacks_are_asked_little_about() {
    let cloud = organization::of(1000).await;
    let crowd = Crowd::default();
    cloud.server.app().faults().watch(crowd.clone());
    // Webhooks, references and settings; who is behind does not depend on settings.
    for (command, of_each) in [("graph", 3), ("check", 3), ("stale", 2)] {
        cloud.server.app().request_log().take();
        let mut command = cloud.command(&[command, "--org", "acme"]);
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        let status = ended.await.unwrap().status.code().unwrap();
        assert!(status < 2, "{status}");
        let n_requests = cloud.server.app().request_log().take().len();
        let expected = of_each * 1000..=of_each * 1000 + 25;
        assert!(expected.contains(&n_requests), "{n_requests}");
    }
    let most = crowd.0.most.load(Ordering::SeqCst);
    assert!((2..=16).contains(&most), "{most}");
}

/// The requests for a thousand stacks and three thousand edges after twenty updates: two for each stack for the graph, a
/// few lists, and those for what the lists do not say.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the figures are in the documentation")]
async fn what_has_not_changed_is_not_asked_about() {
    let cloud = organization::layered().await;
    for (arguments, more) in [
        // The stacks that were updated by hand, and those that are due because of them.
        (&["stale"][..], 2 * 20 + 2 * 80),
        (&["status"], 2 * 20 + 2 * 80),
        // One of these, and the four above it.
        (&["why", "l9-00/prod"], 2 * 10 + 2 * 2),
    ] {
        cloud.server.app().request_log().take();
        let began = Instant::now();
        let said = cloud.run(arguments).await;
        let took = began.elapsed();
        assert!(said.status < 2, "{}", said.transcript());
        let requests = cloud.server.app().request_log().take();
        let of_graph = requests.iter().filter(|request| {
            let request = request.to_string();
            request.contains("/hooks") || request.contains("/downstreamreferences")
        });
        let of_graph = of_graph.count();
        let others = requests.len() - of_graph;
        println!("{arguments:?}: {of_graph} for the graph, {others} besides, {took:.1?}");
        assert_eq!(of_graph, 2000, "{arguments:?}");
        // One list of stacks, a count of deployments, and their pages.
        assert!(others <= 1 + 2 * 12 + more, "{arguments:?}: {others}");
    }
}

/// Counts the requests that are running at the same time.
#[derive(Clone, Default)]
struct Crowd(Arc<Counts>);

#[derive(Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Watch for Crowd {
    fn arrived(&self, _: &Method, _: &str) -> Option<Trouble> {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        None
    }

    fn done(&self, _: &Method, _: &str) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
