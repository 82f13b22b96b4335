//! Pings, deliveries, redeliveries.

use crate::support::{Cloud, NOW, Receiver, hook};
use hmac::{Hmac, KeyInit as _, Mac as _};
use insta::assert_snapshot;
use local_cloud::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::timeout;

const HOOKS: &str = "/api/stacks/acme/web/dev/hooks";
const PING: &str = "/api/stacks/acme/web/dev/hooks/one/ping";
const DELIVERIES: &str = "/api/stacks/acme/web/dev/hooks/one/deliveries";

async fn cloud_with(changes: Value) -> Cloud {
    let cloud = Cloud::with_stack().await;
    let mut given = hook(json!({"name": "one"}));
    given
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    cloud.post(HOOKS, given).await.expect(201);
    cloud
}

async fn ping(cloud: &Cloud) -> Value {
    cloud.post(PING, json!({})).await.expect(200)
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_ping_is_signed_sent_and_recorded() {
    let receiver = Receiver::start(202).await;
    let cloud = cloud_with(json!({"payloadUrl": receiver.url, "secret": "shh"})).await;
    let delivery = ping(&cloud).await;

    let [request] = receiver.take().try_into().unwrap();
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("pulumi-webhook-kind"), Some("ping"));
    assert_eq!(request.header("pulumi-webhook-id"), delivery["id"].as_str());
    assert_eq!(
        request.header("pulumi-webhook-signature"),
        Some(&*signature("shh", &request.body))
    );
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["stackName"], &body["timestamp"]),
        (&json!("dev"), &json!(NOW))
    );

    assert_eq!(delivery["payload"], request.body);
    assert_eq!(delivery["kind"], "ping");
    assert_eq!(delivery["timestamp"], NOW);
    assert_eq!(delivery["requestUrl"], receiver.url);
    assert_eq!(delivery["responseCode"], 202);
    assert_eq!(delivery["responseBody"], "received");
    assert!(delivery["duration"].is_u64());
    assert!(
        delivery["responseHeaders"]
            .as_str()
            .unwrap()
            .contains("Location: /elsewhere\r\n")
    );
    assert!(
        delivery["requestHeaders"]
            .as_str()
            .unwrap()
            .contains("Pulumi-Webhook-Kind: ping\r\n")
    );
    assert_eq!(cloud.get(DELIVERIES).await.expect(200), json!([delivery]));
}

#[tokio::test]
async fn without_a_secret_there_is_no_signature() {
    let receiver = Receiver::start(200).await;
    let cloud = cloud_with(json!({"payloadUrl": receiver.url, "secret": "shh"})).await;
    cloud
        .patch(
            &format!("{HOOKS}/one"),
            json!({"secret": "__remove-secret"}),
        )
        .await
        .expect(200);
    ping(&cloud).await;
    assert_eq!(receiver.take()[0].header("pulumi-webhook-signature"), None);
}

#[tokio::test]
async fn slack_and_teams_get_messages_of_their_own_form() {
    let receiver = Receiver::start(200).await;
    for (format, member) in [("slack", "blocks"), ("ms_teams", "attachments")] {
        let cloud = cloud_with(json!({"payloadUrl": receiver.url, "format": format})).await;
        ping(&cloud).await;
        let body: Value = serde_json::from_str(&receiver.take()[0].body).unwrap();
        assert!(body[member].is_array(), "{body}");
    }
}

#[tokio::test]
async fn every_scope_can_be_pinged() {
    let receiver = Receiver::start(200).await;
    let cloud = Cloud::start().await;
    cloud.make_environment().await;
    // Each is for an event that does not happen here: the one for the creation of the environment may still be on its way.
    for (hooks, member, filter) in [
        ("/api/orgs/acme/hooks", None, "stack_deleted"),
        (
            "/api/esc/environments/acme/web/dev/hooks",
            Some("environmentName"),
            "environment_tag_deleted",
        ),
    ] {
        let one = json!({"name": "one", "payloadUrl": receiver.url, "filters": [filter]});
        cloud.post(hooks, hook(one)).await.expect(201);
        let delivery = cloud
            .post(&format!("{hooks}/one/ping"), json!({}))
            .await
            .expect(200);
        let body: Value = serde_json::from_str(&receiver.take()[0].body).unwrap();
        assert_eq!(body["organization"]["githubLogin"], "acme");
        if let Some(member) = member {
            assert_eq!(body[member], "dev");
        }
        let again = format!(
            "{hooks}/one/deliveries/{}/redeliver",
            delivery["id"].as_str().unwrap()
        );
        cloud.post(&again, json!({})).await.expect(200);
        assert_eq!(receiver.take().len(), 1);
        assert_eq!(
            cloud
                .get(&format!("{hooks}/one/deliveries"))
                .await
                .expect(200)
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn a_refusal_is_a_delivery_and_a_redirect_is_not_followed() {
    for status in [500, 302] {
        let receiver = Receiver::start(status).await;
        let cloud = cloud_with(json!({"payloadUrl": receiver.url})).await;
        assert_eq!(ping(&cloud).await["responseCode"], status);
        assert_eq!(receiver.take().len(), 1);
    }
}

#[tokio::test]
async fn no_answer_is_a_delivery_with_code_0() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let cloud = cloud_with(json!({"payloadUrl": format!("http://{address}/x")})).await;
    let delivery = ping(&cloud).await;
    assert_eq!(delivery["responseCode"], 0);
    assert!(
        delivery["responseBody"]
            .as_str()
            .unwrap()
            .starts_with("no answer"),
        "{delivery}"
    );
    assert_eq!(cloud.get(DELIVERIES).await.expect(200), json!([delivery]));
}

#[tokio::test]
async fn a_delivery_is_recorded_although_nobody_waits_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let cloud = cloud_with(json!({"payloadUrl": url})).await;
    let ping = cloud.send(Method::POST, PING, None);
    let (mut stream, _) = tokio::select! {
        _ = ping => panic!("nobody has answered the delivery yet"),
        accepted = listener.accept() => accepted.unwrap(),
    };
    // The client has gone away: answer now.
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    let recorded = async {
        loop {
            let found = cloud.get(DELIVERIES).await.expect(200);
            if found != json!([]) {
                return found;
            }
        }
    };
    let found = timeout(Duration::from_secs(10), recorded).await.unwrap();
    assert_eq!(found[0]["responseCode"], 204);
}

#[tokio::test]
async fn a_redelivery_is_the_same_payload_under_the_same_id() {
    let receiver = Receiver::start(200).await;
    let cloud = cloud_with(json!({"payloadUrl": receiver.url})).await;
    let first = ping(&cloud).await;
    let again = cloud
        .post(
            &format!("{DELIVERIES}/{}/redeliver", first["id"].as_str().unwrap()),
            json!({}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&again["id"], &again["payload"], &again["kind"]),
        (&first["id"], &first["payload"], &first["kind"])
    );
    let requests = receiver.take();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(
        requests[0].header("pulumi-webhook-id"),
        requests[1].header("pulumi-webhook-id")
    );
    assert_eq!(
        cloud
            .get(DELIVERIES)
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_snapshot!(
        cloud.post(&format!("{DELIVERIES}/unknown/redeliver"), json!({})).await.message(404),
        @"Not Found: webhook `one` has no delivery of event `unknown`"
    );
}

#[tokio::test]
async fn the_latest_fifty_are_kept_newest_first() {
    let cloud = cloud_with(json!({"format": "pulumi_deployments", "payloadUrl": "app/dev"})).await;
    let mut ids = Vec::new();
    for _ in 0..52 {
        ids.push(ping(&cloud).await["id"].clone());
    }
    ids.reverse();
    let kept = cloud.get(DELIVERIES).await.expect(200);
    let kept: Vec<_> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["id"].clone())
        .collect();
    assert_eq!(kept, ids[..50]);
}

#[tokio::test]
async fn a_ping_of_deployments_is_recorded_and_calls_nothing() {
    let cloud = cloud_with(json!({"format": "pulumi_deployments", "payloadUrl": "app/dev"})).await;
    cloud.requests();
    let delivery = ping(&cloud).await;
    assert_eq!(
        delivery["requestUrl"],
        cloud.url("/api/stacks/acme/app/dev/deployments")
    );
    assert_eq!(delivery["payload"], r#"{"operation":"update"}"#);
    assert_eq!(cloud.get(DELIVERIES).await.expect(200), json!([delivery]));
    assert_eq!(
        cloud.requests(),
        [format!("POST {PING} 200"), format!("GET {DELIVERIES} 200")]
    );
}

#[tokio::test]
async fn a_webhook_takes_its_deliveries_with_it() {
    let cloud = cloud_with(json!({"format": "pulumi_deployments", "payloadUrl": "app/dev"})).await;
    ping(&cloud).await;
    cloud.delete(&format!("{HOOKS}/one")).await.expect(204);
    cloud
        .post(HOOKS, hook(json!({"name": "one"})))
        .await
        .expect(201);
    assert_eq!(cloud.get(DELIVERIES).await.expect(200), json!([]));
}
