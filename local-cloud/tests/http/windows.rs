//! Coherence windows.

use crate::outputs::{import, outputs, rooted, secret};
use crate::runs::{Hands, Run, new_update};
use crate::support::Cloud;
use insta::{assert_json_snapshot, assert_snapshot};
use local_cloud::{Capability, Method};
use serde_json::{Value, json};
use testkit::api::Answer;

const NETWORK: &str = "/api/stacks/acme/network/dev";
const CLUSTER: &str = "/api/stacks/acme/cluster/dev";
const APP: &str = "/api/stacks/acme/app/dev";
const ALL: [&str; 3] = [NETWORK, CLUSTER, APP];

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// A cloud with three stacks, each with the output `n` of 1.
async fn stacks(builder: local_cloud::AppBuilder) -> Cloud {
    let cloud = Cloud::start_with(builder).await;
    for stack in ALL {
        let project = stack.strip_suffix("/dev").unwrap();
        cloud
            .post(project, json!({"stackName": "dev"}))
            .await
            .expect(200);
        import(&cloud, stack, json!({"n": 1})).await;
    }
    cloud
}

/// Creates an update of this kind in a window.
async fn make(cloud: &Cloud, stack: &str, kind: &str, window: &str) -> Answer {
    let mut body = new_update(kind == "preview");
    body["coherenceWindow"] = window.into();
    cloud.post(&format!("{stack}/{kind}"), body).await
}

/// Starts an update of this kind in a window.
async fn begin<'a>(cloud: &'a Cloud, stack: &str, kind: &str, window: &str) -> Run<'a> {
    let made = make(cloud, stack, kind, window).await.expect(200);
    Run::start_made(cloud, stack, &made, json!({"journalVersion": 2})).await
}

/// The outputs of a stack as the run reads them.
async fn read(run: &Run<'_>, stack: &str) -> Value {
    let id = run.path.rsplit('/').next().unwrap();
    let path = format!("{stack}/outputs?readingUpdateID={id}");
    let mut read = run.cloud.get(&path).await.expect(200);
    read.as_object_mut().unwrap().remove("secretsProviders");
    assert_eq!(read["state"], "completed", "nothing waits");
    read
}

/// The output `n` as the run reads it.
async fn n(run: &Run<'_>, stack: &str) -> Value {
    read(run, stack).await["outputs"]["n"].clone()
}

/// Ends a preview with these predicted outputs.
async fn predict(run: &Run<'_>, outputs: Value) {
    let provider = json!({"type": "service", "state": {"url": "http://elsewhere"}});
    let body = json!({"status": "succeeded", "outputs": outputs, "secretsProviders": provider});
    run.send(Method::POST, "complete", &body).await.expect(204);
}

/// Updates a stack, in a window or in none, so that its output `n` is this.
async fn update(cloud: &Cloud, stack: &str, n: i64, window: &str) {
    let run = begin(cloud, stack, "update", window).await;
    let state = rooted(stack, &json!({ "n": n }))["deployment"].clone();
    let write = json!([{"kind": 5, "newSnapshot": state}]);
    run.journal_as(2, 1, write).await.expect(204);
    run.complete("succeeded").await.expect(204);
}

#[tokio::test]
async fn previews_read_what_the_others_predicted() {
    let cloud = stacks(crate::support::builder()).await;
    let network = begin(&cloud, NETWORK, "preview", "w").await;
    let unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    predict(&network, json!({"n": 2, "id": unknown, "key": secret()})).await;
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    assert_json_snapshot!(read(&cluster, NETWORK).await, @r#"
    {
      "outputs": {
        "id": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "key": {
          "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
          "ciphertext": "v1:abc"
        },
        "n": 2
      },
      "state": "completed"
    }
    "#);
    let path = format!(
        "{NETWORK}/outputs?readingUpdateID={}",
        cluster.path.rsplit('/').next().unwrap()
    );
    let provider = cloud.get(&path).await.expect(200)["secretsProviders"].clone();
    assert_eq!(provider["state"]["url"], cloud.server.url());
    assert_eq!(n(&cluster, APP).await, 1, "it is not in the window");
    assert_eq!(outputs(&cloud, NETWORK).await, json!({"n": 1}));
    // A preview that reads outside of any window, or in another one.
    for window in ["", "v"] {
        let other = begin(&cloud, CLUSTER, "preview", window).await;
        assert_eq!(n(&other, NETWORK).await, 1, "{window}");
    }
}

#[tokio::test]
async fn what_was_read_first_stays() {
    let cloud = stacks(crate::support::builder()).await;
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    assert_eq!(n(&cluster, NETWORK).await, 1);
    update(&cloud, NETWORK, 2, "").await;
    assert_eq!(outputs(&cloud, NETWORK).await["n"], 2);
    assert_eq!(n(&cluster, NETWORK).await, 1);
    let app = begin(&cloud, APP, "preview", "w").await;
    assert_eq!(n(&app, NETWORK).await, 1, "the same for all of the window");
    let network = begin(&cloud, NETWORK, "preview", "w").await;
    predict(&network, json!({"n": 3})).await;
    assert_eq!(n(&app, NETWORK).await, 1, "too late");
    let other = begin(&cloud, APP, "preview", "v").await;
    assert_eq!(n(&other, NETWORK).await, 2, "another window");
}

#[tokio::test]
async fn a_preview_that_is_read_before_it_ends_is_not_waited_for() {
    let cloud = stacks(crate::support::builder()).await;
    let network = begin(&cloud, NETWORK, "preview", "w").await;
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    assert_eq!(n(&cluster, NETWORK).await, 1);
    predict(&network, json!({"n": 2})).await;
    assert_eq!(n(&cluster, NETWORK).await, 1);
}

#[tokio::test]
async fn after_a_failed_preview_the_stored_outputs_are_unknown() {
    let (hands, builder) = Hands::new();
    let cloud = stacks(builder).await;
    import(&cloud, NETWORK, json!({"n": 1, "key": secret()})).await;
    let failed = begin(&cloud, NETWORK, "preview", "w").await;
    // The predictions of a failed preview do not count.
    let body = json!({"status": "failed", "outputs": {"n": 2, "new": 1}});
    failed
        .send(Method::POST, "complete", &body)
        .await
        .expect(204);
    let cancelled = begin(&cloud, CLUSTER, "preview", "w").await;
    let cancel = format!("{}/cancel", cancelled.path);
    cloud.post(&cancel, Value::Null).await.expect(204);
    let app = begin(&cloud, APP, "preview", "w").await;
    assert_json_snapshot!(read(&app, NETWORK).await, @r#"
    {
      "outputs": {
        "key": {
          "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
          "ciphertext": "v1:abc"
        },
        "n": 1
      },
      "state": "completed",
      "unknown": true
    }
    "#);
    assert_eq!(read(&app, CLUSTER).await["unknown"], true);

    // A preview whose client was killed, once its lease has expired.
    begin(&cloud, NETWORK, "preview", "v").await;
    hands.forward(300);
    let reader = begin(&cloud, APP, "preview", "v").await;
    assert_eq!(read(&reader, NETWORK).await["unknown"], true);
}

#[tokio::test]
async fn updates_read_what_the_others_made() {
    let cloud = stacks(crate::support::builder()).await;
    update(&cloud, NETWORK, 2, "w").await;
    update(&cloud, NETWORK, 3, "").await;
    let app = begin(&cloud, APP, "update", "w").await;
    assert_eq!(n(&app, NETWORK).await, 2, "that of the window");
    let running = begin(&cloud, CLUSTER, "destroy", "w").await;
    assert_eq!(n(&app, CLUSTER).await, 1, "it has made nothing yet");
    running.complete("succeeded").await.expect(204);
    assert_eq!(n(&app, CLUSTER).await, 1, "and what was read stays");
    let other = begin(&cloud, CLUSTER, "refresh", "v").await;
    assert_eq!(n(&other, NETWORK).await, 3);
}

#[tokio::test]
async fn a_window_has_one_update_of_a_stack_and_one_kind_of_them() {
    let cloud = stacks(crate::support::builder()).await;
    let preview = begin(&cloud, NETWORK, "preview", "p").await;
    let refused = async |stack, kind, window| make(&cloud, stack, kind, window).await.message(409);
    assert_snapshot!(refused(NETWORK, "preview", "p").await, @"Conflict: the coherence window `p` has an update of the stack `acme/network/dev` already, and each stack has at most one: use a new window");
    predict(&preview, json!({})).await;
    assert_snapshot!(refused(NETWORK, "preview", "p").await, @"Conflict: the coherence window `p` has an update of the stack `acme/network/dev` already, and each stack has at most one: use a new window");
    assert_snapshot!(refused(CLUSTER, "update", "p").await, @"Conflict: the coherence window `p` is one of previews: run the update without its preview (`--skip-preview`), in a separate window");
    assert_snapshot!(refused(NETWORK, "destroy", "p").await, @"Conflict: the coherence window `p` is one of previews: run the update without its preview (`--skip-preview`), in a separate window");
    update(&cloud, NETWORK, 2, "u").await;
    assert_snapshot!(refused(NETWORK, "update", "u").await, @"Conflict: the coherence window `u` has an update of the stack `acme/network/dev` already, and each stack has at most one: use a new window");
    assert_snapshot!(refused(CLUSTER, "preview", "u").await, @"Conflict: the coherence window `u` is one of updates: preview in a separate window");

    // An update that was never started does not count; of two that were created at once, one starts.
    let [first, second] = [
        make(&cloud, CLUSTER, "update", "u").await.expect(200),
        make(&cloud, CLUSTER, "update", "u").await.expect(200),
    ];
    let begun = Run::start_made(&cloud, CLUSTER, &second, json!({})).await;
    begun.complete("succeeded").await.expect(204);
    let late = format!("{CLUSTER}/update/{}", first["updateID"].as_str().unwrap());
    assert_snapshot!(cloud.post(&late, json!({})).await.message(409), @"Conflict: the coherence window `u` has an update of the stack `acme/cluster/dev` already, and each stack has at most one: use a new window");

    // In another organization it is another window.
    cloud
        .post("/api/stacks/local/network", json!({"stackName": "dev"}))
        .await
        .expect(200);
    begin(&cloud, "/api/stacks/local/network/dev", "preview", "u").await;
}

#[tokio::test]
async fn a_preview_phase_makes_a_window_one_of_previews() {
    let cloud = stacks(crate::support::builder()).await;
    // As `pulumi up` without `--skip-preview` would do, if the CLI did not refuse it itself.
    let mut phase = new_update(true);
    phase["coherenceWindow"] = "w".into();
    let path = format!("{NETWORK}/update");
    let made = cloud.post(&path, phase).await.expect(200);
    let run = Run::start_made(&cloud, NETWORK, &made, json!({})).await;
    run.complete("succeeded").await.expect(204);
    assert_snapshot!(make(&cloud, NETWORK, "update", "w").await.message(409), @"Conflict: the coherence window `w` is one of previews: run the update without its preview (`--skip-preview`), in a separate window");
}

#[tokio::test]
async fn names_that_are_none() {
    let cloud = stacks(crate::support::builder()).await;
    assert_snapshot!(make(&cloud, NETWORK, "preview", "a b").await.message(400), @"Bad Request: `coherenceWindow` must have 1 to 128 characters, without spaces and line breaks");
    let mut body = new_update(true);
    body["coherenceWindow"] = 7.into();
    let refused = cloud.post(&format!("{NETWORK}/preview"), body).await;
    assert_snapshot!(refused.message(400), @"Bad Request: `coherenceWindow` has the wrong type");
}

#[tokio::test]
async fn a_window_is_forgotten_a_day_after_its_last_use() {
    let (hands, builder) = Hands::new();
    let cloud = stacks(builder).await;
    let taken = async || make(&cloud, NETWORK, "preview", "w").await.status == 409;
    let network = begin(&cloud, NETWORK, "preview", "w").await;
    predict(&network, json!({"n": 2})).await;
    hands.forward(DAY);
    assert!(taken().await);
    // Each read keeps the window in use.
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    hands.forward(100);
    assert_eq!(n(&cluster, NETWORK).await, 2);
    cluster.complete("succeeded").await.expect(204);
    hands.forward(DAY);
    assert!(taken().await);
    hands.forward(DAY + 1);
    let other = make(&cloud, NETWORK, "update", "w").await;
    other.expect(200);
}

#[tokio::test]
async fn a_window_in_which_something_runs_is_not_forgotten() {
    let (hands, builder) = Hands::new();
    let cloud = stacks(builder).await;
    let network = begin(&cloud, NETWORK, "preview", "w").await;
    predict(&network, json!({"n": 2})).await;
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    // It renews its lease, and reads nothing for more than a day.
    for _ in 0..=DAY / 290 {
        hands.forward(290);
        cluster.renew().await.expect(200);
    }
    // When an update joins a window, the cloud forgets old windows.
    make(&cloud, APP, "preview", "v").await.expect(200);
    assert_eq!(n(&cluster, NETWORK).await, 2);
}

#[tokio::test]
async fn subgroups_are_refused() {
    let cloud = stacks(crate::support::builder()).await;
    let subgroups = "/api/orgs/acme/coherence-windows/w/subgroups";
    let refused = cloud.post(subgroups, json!({"size": 2})).await;
    assert_snapshot!(refused.message(400), @"Bad Request: a local cloud has no subgroups of coherence windows: run the updates of a window one after the other, each after those of the stacks that it reads");
    let refused = cloud.delete(&format!("{subgroups}/1")).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_cloud_without_windows_passes_over_their_names() {
    let builder = crate::support::builder().without(Capability::CoherenceWindows);
    let cloud = stacks(builder).await;
    for _ in 0..2 {
        let network = begin(&cloud, NETWORK, "preview", "w").await;
        predict(&network, json!({"n": 2})).await;
    }
    let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
    assert_eq!(n(&cluster, NETWORK).await, 1);
}

#[tokio::test]
async fn a_window_outlives_the_cloud_that_made_it() {
    let data = tempfile::tempdir().unwrap();
    let builder = || crate::support::builder().data(data.path());
    let id = {
        let cloud = stacks(builder()).await;
        let network = begin(&cloud, NETWORK, "preview", "w").await;
        predict(&network, json!({"n": 2})).await;
        let cluster = begin(&cloud, CLUSTER, "preview", "w").await;
        assert_eq!(n(&cluster, APP).await, 1);
        update(&cloud, APP, 5, "").await;
        let id = cluster.path.rsplit('/').next().unwrap().to_owned();
        cloud.server.stop().await;
        id
    };
    let cloud = Cloud::start_with(builder()).await;
    for (stack, expected) in [(NETWORK, 2), (APP, 1)] {
        let path = format!("{stack}/outputs?readingUpdateID={id}");
        let read = cloud.get(&path).await.expect(200);
        assert_eq!(read["outputs"]["n"], expected, "{stack}");
    }
}
