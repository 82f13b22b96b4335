//! `auto-deploy graph` and `check`, over an organization that has one of everything.

use crate::organization;
use crate::support::{Cloud, filters};
use serde_json::json;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_for_the_user_to_say() {
    let cloud = Cloud::with_stacks(&["network/prod", "app/prod"]).await;
    let said = cloud.run(&["check"]).await.expect(0);
    assert_eq!(said.out, "Nothing is wrong with 2 stacks and 0 edges.\n");
    // Nothing refers to the network: a notice.
    cloud.hook("network/prod", "app/prod", json!({})).await;
    cloud.run(&["check"]).await.expect(0);
    cloud.run(&["check", "--fail-on", "notice"]).await.expect(1);
    // A reference that nothing follows: a warning.
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
    let refused = local_cloud::Trouble::status(403);
    let fault = local_cloud::Fault::on(local_cloud::Method::GET, path, refused).times(9);
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
    for command in ["graph", "check", "stale"] {
        cloud.server.app().request_log().take();
        let said = cloud.run(&[command]).await;
        assert!(said.status < 2, "{}", said.notes);
        let requests = cloud.server.app().request_log().take();
        assert!(
            requests.len() <= 3 * 1000 + 25,
            "{command}: {}",
            requests.len()
        );
    }
}
