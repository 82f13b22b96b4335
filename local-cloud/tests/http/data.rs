//! The data folder.

use crate::support::{Cloud, Receiver, builder, hook};
use local_cloud::{OpenError, Server};
use serde_json::{Value, json};
use std::path::Path;

const HOOKS: &str = "/api/stacks/acme/web/dev/hooks";

/// Whether any file of the folder has this text in it.
fn contains(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(200).await;
    let cloud = Cloud::with_stack_on(builder().data(data.path())).await;
    let given =
        hook(json!({"name": "one", "secret": "very-secret-indeed", "payloadUrl": receiver.url}));
    let made = cloud.post(HOOKS, given).await.expect(201);
    assert!(
        contains(data.path(), "Deploys"),
        "the display name can be read"
    );
    assert!(
        !contains(data.path(), "very-secret-indeed"),
        "the secret cannot"
    );
    cloud.server.stop().await;
    assert!(!contains(data.path(), "very-secret-indeed"));

    let builder = local_cloud::App::builder(testkit::api::TOKEN).data(data.path());
    let cloud = Cloud::start_with(builder).await;
    assert_eq!(
        cloud.get(HOOKS).await.expect(200),
        json!([made]),
        "also without naming the organization again"
    );
    let delivery = cloud
        .post(&format!("{HOOKS}/one/ping"), json!({}))
        .await
        .expect(200);
    assert_eq!(delivery["responseCode"], 200);
    assert!(
        receiver.take()[0]
            .header("pulumi-webhook-signature")
            .is_some(),
        "the secret still opens"
    );
}

#[tokio::test]
async fn a_data_folder_is_open_once() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(builder().data(data.path()).open().unwrap())
        .await
        .unwrap();
    assert!(matches!(
        builder().data(data.path()).open(),
        Err(OpenError::InUse { .. })
    ));
    server.stop().await;
    builder().data(data.path()).open().unwrap();
}

#[tokio::test]
async fn a_lost_key_is_told_and_not_what_it_kept() {
    let data = tempfile::tempdir().unwrap();
    let cloud = Cloud::with_stack_on(builder().data(data.path())).await;
    cloud
        .post(HOOKS, hook(json!({"name": "one", "secret": "shh"})))
        .await
        .expect(201);
    cloud.server.stop().await;
    std::fs::remove_file(data.path().join("key")).unwrap();
    let cloud = Cloud::start_with(builder().data(data.path())).await;
    let message = cloud
        .post(&format!("{HOOKS}/one/ping"), json!({}))
        .await
        .message(500);
    assert_eq!(
        message,
        "Internal Server Error: the webhook's secret cannot be used"
    );
    assert_eq!(
        cloud
            .get(&format!("{HOOKS}/one/deliveries"))
            .await
            .expect(200),
        Value::Array(vec![])
    );
}

#[tokio::test]
async fn nothing_secret_is_shown_by_debug() {
    let app = builder().open().unwrap();
    assert!(!format!("{app:?}").contains(testkit::api::TOKEN));
    assert!(!format!("{:?}", builder()).contains(testkit::api::TOKEN));
}
