//! `startOn: outputs`: only an update that changes an output which the joined stack uses starts it.

use super::scene::Scene;
use local_cloud::Capability;
use serde_json::{Value, json};

/// The outputs of a stack: the plain ones, and the plaintext of the secret ones.
struct Has<'a> {
    plain: Value,
    secret: &'a [(&'a str, &'a str)],
}

impl Has<'_> {
    /// The outputs as in a state that was encrypted for this stack.
    async fn of(&self, scene: &Scene, project: &str) -> Value {
        let mut values = self.plain.clone();
        for (name, text) in self.secret {
            let path = format!("/api/stacks/acme/{project}/prod/encrypt");
            let body = json!({"plaintext": text});
            let cipher = scene.done("POST", &path, body).await["ciphertext"].clone();
            values[*name] = json!({
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": cipher,
            });
        }
        values
    }
}

/// Gives `project/prod` a state with these StackReferences beside its root, which has these outputs.
async fn state(scene: &Scene, project: &str, outputs: Value, references: &[(&str, Value)]) {
    let root = format!("urn:pulumi:prod::{project}::pulumi:pulumi:Stack::{project}-prod");
    let stack =
        json!({"urn": root, "type": "pulumi:pulumi:Stack", "custom": false, "outputs": outputs});
    let of = |(name, values): &(&str, Value)| {
        json!({
            "urn": format!("urn:pulumi:prod::{project}::pulumi:pulumi:StackReference::{name}"),
            "type": "pulumi:pulumi:StackReference", "custom": true, "external": true, "id": name, "parent": root,
            "inputs": {"name": name}, "outputs": {"name": name, "outputs": values},
        })
    };
    let references = references.iter().map(of);
    import(
        scene,
        project,
        "prod",
        [stack].into_iter().chain(references).collect(),
    )
    .await;
}

/// Gives a stack a state with these resources.
async fn import(scene: &Scene, project: &str, stack: &str, resources: Vec<Value>) {
    let url = scene.provider.cloud.url();
    let owner = json!({"url": url, "owner": "acme", "project": project, "stack": stack});
    let provider = json!({"type": "service", "state": owner});
    let deployment = json!({"manifest": {}, "secrets_providers": provider, "resources": resources});
    let body = json!({"version": 3, "deployment": deployment});
    let path = format!("/api/stacks/acme/{project}/{stack}/import");
    scene.done("POST", &path, body).await;
}

/// The current outputs of cluster, and those that app has read.
async fn cluster_has(scene: &Scene, has: &Has<'_>) {
    let values = has.of(scene, "cluster").await;
    state(scene, "cluster", values, &[]).await;
}

async fn app_holds(scene: &Scene, has: &Has<'_>) {
    let values = has.of(scene, "app").await;
    state(scene, "app", json!({}), &[("acme/cluster/prod", values)]).await;
}

const UNCHANGED: &str = "app/prod is not started: unchanged: no output that it reads has changed";
const CHANGED: &str = "app/prod is to start: outputs of cluster/prod that it reads have changed";

/// What a run of the program says after an update of cluster, the only stack that app waits for, and its requests.
async fn said(
    lacking: Option<Capability>,
    before: Has<'_>,
    after: Has<'_>,
) -> (String, Vec<String>) {
    let mut scene = Scene::start_without(lacking).await;
    scene.program.inputs["upstreamRefs"] = json!(["cluster/prod"]);
    scene.program.inputs["startOn"] = json!("outputs");
    cluster_has(&scene, &before).await;
    app_holds(&scene, &before).await;
    scene.up().await;
    scene.updates("cluster").await;
    cluster_has(&scene, &after).await;
    scene.provider.requests();
    let preview = scene.preview().await;
    let requests = scene.provider.requests();
    let ran = scene.up().await;
    assert_eq!(ran.said[0], preview.said[0], "the preview is the dry run");
    assert_eq!(scene.deployments().await.len(), ran.diff.len());
    (ran.said[0].clone(), requests)
}

#[tokio::test]
async fn only_a_change_of_what_is_held_starts_it() {
    let plain = |plain| Has { plain, secret: &[] };
    let held = || plain(json!({"vpc": "vpc-1", "zones": ["a", "b"]}));
    let check = async |after: Value, expected: &str| {
        for lacking in [None, Some(Capability::StackOutputs)] {
            let (said, _) = said(lacking, held(), plain(after.clone())).await;
            assert_eq!(said, expected, "{after}, without {lacking:?}");
        }
    };
    check(json!({"vpc": "vpc-1", "zones": ["a", "b"]}), UNCHANGED).await;
    check(
        json!({"vpc": "vpc-1", "zones": ["a", "b"], "new": 1}),
        UNCHANGED,
    )
    .await;
    check(json!({"vpc": "vpc-2", "zones": ["a", "b"]}), CHANGED).await;
    check(json!({"vpc": "vpc-1", "zones": ["b", "a"]}), CHANGED).await;
    check(json!({"vpc": "vpc-1"}), CHANGED).await;
}

#[tokio::test]
async fn a_secret_is_compared_and_never_shown() {
    let has = |text| Has {
        plain: json!({"vpc": "vpc-1"}),
        secret: text,
    };
    let one: &[_] = &[("key", "InBsYWluIg==")];
    let (same, requests) = said(None, has(one), has(one)).await;
    assert_eq!(same, UNCHANGED);
    let decrypted = requests
        .iter()
        .filter(|line| line.contains("batch-decrypt"));
    assert_eq!(decrypted.count(), 2, "{requests:?}");
    let (other, _) = said(None, has(one), has(&[("key", "Im90aGVyIg==")])).await;
    assert_eq!(other, CHANGED);
    // If other outputs differ, nothing is decrypted.
    let elsewhere = Has {
        plain: json!({"vpc": "vpc-2"}),
        secret: one,
    };
    let (other, requests) = said(None, has(one), elsewhere).await;
    assert_eq!(other, CHANGED);
    assert!(
        !requests.iter().any(|line| line.contains("decrypt")),
        "{requests:?}"
    );
}

#[tokio::test]
async fn no_state_of_an_upstream_stack_is_read_where_outputs_can_be_read_alone() {
    let has = || Has {
        plain: json!({"vpc": "vpc-1"}),
        secret: &[],
    };
    let of = |requests: &[String], what: &str| {
        let sought = requests.iter().filter(|line| line.contains(what));
        sought.cloned().collect::<Vec<_>>()
    };
    let (_, alone) = said(None, has(), has()).await;
    assert_eq!(
        of(&alone, "/export"),
        ["GET /api/stacks/acme/app/prod/export 200"]
    );
    assert_eq!(of(&alone, "cluster/prod/outputs").len(), 1);
    let (_, by_state) = said(Some(Capability::StackOutputs), has(), has()).await;
    let mut exports = of(&by_state, "/export");
    exports.sort();
    assert_eq!(
        exports,
        [
            "GET /api/stacks/acme/app/prod/export 200",
            "GET /api/stacks/acme/cluster/prod/export 200"
        ]
    );
}

#[tokio::test]
async fn without_a_reference_every_update_starts_it() {
    let mut scene = Scene::start().await;
    scene.program.inputs["startOn"] = json!("outputs");
    scene.up().await;
    scene.updates("cluster").await;
    scene.updates("database").await;
    let updated = "app/prod is to start: cluster/prod, database/prod were updated after it";
    assert_eq!(scene.up().await.said[0], updated);
    assert_eq!(scene.deployments().await.len(), 1);
}

/// Turned on while the stack is due: this run already compares.
#[tokio::test]
async fn a_change_of_the_input_counts_at_once() {
    let mut scene = Scene::start().await;
    let has = Has {
        plain: json!({"vpc": "vpc-1"}),
        secret: &[],
    };
    cluster_has(&scene, &has).await;
    app_holds(&scene, &has).await;
    scene.program.inputs["upstreamRefs"] = json!(["cluster/prod"]);
    scene.up().await;
    scene.updates("cluster").await;
    scene.program.inputs["startOn"] = json!("outputs");
    let up = scene.up().await;
    assert_eq!(up.diff, ["startOn Add"]);
    assert_eq!(up.said, [UNCHANGED]);
    scene.program.inputs["startOn"] = json!("updates");
    assert_eq!(scene.up().await.diff, ["deployment Add", "startOn Update"]);
}

/// The program has another join, of cluster, which is unchanged after an update of network.
#[tokio::test]
async fn what_is_unchanged_does_not_hold_back_what_is_below() {
    let mut scene = Scene::start().await;
    scene.program.edges = vec![("network", "database")];
    scene.up().await;
    let body = json!({"stackName": "dev"});
    scene.done("POST", "/api/stacks/acme/wiring", body).await;
    let inputs = json!({
        "organization": "acme", "project": "cluster", "stack": "prod", "upstreamRefs": ["network/prod"],
        "startOn": "outputs",
    });
    let outputs = json!({"after": {"network/prod": {"version": 1}}});
    let join = json!({
        "urn": "urn:pulumi:dev::wiring::auto-deploy:index:Join::cluster", "type": "auto-deploy:index:Join",
        "custom": true, "id": "acme/cluster/prod", "inputs": inputs, "outputs": outputs,
    });
    import(&scene, "wiring", "dev", vec![join]).await;
    let values = || json!({"vpc": "vpc-1"});
    let held = [("acme/network/prod", values())];
    state(&scene, "cluster", json!({}), &held).await;
    state(&scene, "network", json!({"vpc": "vpc-2"}), &[]).await;
    scene.updates("network").await;
    scene.updates("database").await;
    let waits = "app/prod is not started: waiting for cluster/prod (due)";
    assert_eq!(scene.up().await.said, [waits]);
    state(&scene, "network", values(), &[]).await;
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
}
