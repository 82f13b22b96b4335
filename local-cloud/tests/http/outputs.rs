//! The outputs of stacks, read without their states.

use crate::runs::{Run, STACK, state};
use crate::support::{Cloud, builder};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

/// A secret as it is in a state.
pub(crate) fn secret() -> Value {
    json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"})
}

/// A state whose root has these outputs.
pub(crate) fn rooted(stack: &str, outputs: &Value) -> Value {
    let project = stack.rsplit('/').nth(1).unwrap();
    let urn = format!("urn:pulumi:dev::{project}::pulumi:pulumi:Stack::{project}-dev");
    let root =
        json!({"urn": urn, "type": "pulumi:pulumi:Stack", "custom": false, "outputs": outputs});
    let provider = json!({"type": "service", "state": {"url": "http://elsewhere", "owner": "acme", "project": project, "stack": "dev"}});
    json!({"version": 3, "deployment": {"manifest": {}, "secrets_providers": provider, "resources": [root]}})
}

/// Gives the stack these outputs.
pub(crate) async fn import(cloud: &Cloud, stack: &str, outputs: Value) {
    let import = format!("{stack}/import");
    cloud
        .post(&import, rooted(stack, &outputs))
        .await
        .expect(200);
}

/// The outputs of the stack, without what decrypts their secrets.
pub(crate) async fn outputs(cloud: &Cloud, stack: &str) -> Value {
    cloud.get(&format!("{stack}/outputs")).await.expect(200)["outputs"].clone()
}

#[tokio::test]
async fn outputs_are_those_of_the_state_to_the_byte() {
    let cloud = Cloud::with_stack().await;
    let path = format!("{STACK}/outputs");
    assert_eq!(
        cloud.get(&path).await.expect(200),
        json!({"state": "completed"}),
        "there is no state"
    );
    import(&cloud, STACK, json!({"plain": "x", "sealed": secret()})).await;
    let url = cloud.server.url().to_owned();
    let mut read = cloud.get(&path).await.expect(200);
    let provider = &mut read["secretsProviders"]["state"]["url"];
    assert_eq!(provider.take(), url, "the client keeps its token under it");
    assert_json_snapshot!(read, @r#"
    {
      "outputs": {
        "plain": "x",
        "sealed": {
          "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
          "ciphertext": "v1:abc"
        }
      },
      "secretsProviders": {
        "state": {
          "owner": "acme",
          "project": "web",
          "stack": "dev",
          "url": null
        },
        "type": "service"
      },
      "state": "completed"
    }
    "#);
    let long = "12345678901234567890.0123456789";
    let outputs = format!(r#"{{"n":{long},"deep":[{{"z":1e999}}]}}"#);
    let body = rooted(STACK, &json!("OUTPUTS")).to_string();
    let body = body.replace(r#""OUTPUTS""#, &outputs);
    let request = testkit::api::client().post(cloud.url(&format!("{STACK}/import")));
    let request = request.header("Authorization", format!("token {}", testkit::api::TOKEN));
    assert!(
        request
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let request = testkit::api::client().get(cloud.url(&path));
    let request = request.header("Authorization", format!("token {}", testkit::api::TOKEN));
    let text = request.send().await.unwrap().text().await.unwrap();
    assert!(
        text.contains(&format!(
            r#""outputs":{{"deep":[{{"z":1e999}}],"n":{long}}}"#
        )),
        "{text}"
    );
}

#[tokio::test]
async fn a_state_without_a_root_has_no_outputs() {
    let cloud = Cloud::with_stack().await;
    let empty = json!({"version": 3, "deployment": {"manifest": {}}});
    for state in [state(&["one"]), empty] {
        cloud
            .post(&format!("{STACK}/import"), state)
            .await
            .expect(200);
        assert_eq!(outputs(&cloud, STACK).await, json!({}));
    }
}

#[tokio::test]
async fn an_update_that_runs_has_made_no_outputs_yet() {
    let cloud = Cloud::with_stack().await;
    import(&cloud, STACK, json!({"n": 1})).await;
    for journal in [json!(null), json!(2)] {
        let run = Run::start_as(&cloud, STACK, "update", json!({"journalVersion": journal})).await;
        let old = outputs(&cloud, STACK).await;
        let new = json!({"n": old["n"].as_i64().unwrap() + 1});
        if journal.is_null() {
            run.checkpoint(rooted(STACK, &new)).await.expect(204);
        } else {
            let write = json!({"kind": 5, "newSnapshot": rooted(STACK, &new)["deployment"]});
            run.journal_as(2, 1, json!([write])).await.expect(204);
        }
        assert_eq!(outputs(&cloud, STACK).await, old);
        run.complete("failed").await.expect(204);
        assert_eq!(outputs(&cloud, STACK).await, new);
    }
}

#[tokio::test]
async fn what_is_not_there_has_no_outputs() {
    let cloud = Cloud::with_stack_on(builder()).await;
    let of = async |path: &str| cloud.get(path).await.message(404);
    insta::assert_snapshot!(of("/api/stacks/acme/web/prod/outputs").await, @"Not Found: stack `acme/web/prod` does not exist");
    insta::assert_snapshot!(of(&format!("{STACK}/outputs?readingUpdateID=x")).await, @"Not Found: there is no update `x` that could read");
}
