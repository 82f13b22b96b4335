//! The data folder.

use crate::support::{Cloud, Receiver, builder, hook};
use insta::assert_snapshot;
use local_cloud::{OpenError, Server};
use serde_json::json;
use std::error::Error as _;
use std::path::Path;
use testkit::published;

const HOOKS: &str = "/api/stacks/acme/web/dev/hooks";

/// Whether any file of the folder contains this text.
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

    let builder = published::builder(testkit::api::TOKEN).data(data.path());
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
async fn without_the_key_of_its_secrets_a_folder_is_not_opened() {
    let data = tempfile::tempdir().unwrap();
    let key = data.path().join("key");
    let cloud = Cloud::with_stack_on(builder().data(data.path())).await;
    cloud.server.stop().await;
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let refused = builder().data(data.path()).open().unwrap_err();
    let said = refused.source().unwrap().to_string();
    let said = said.replace(key.to_str().unwrap(), "KEY");
    assert_snapshot!(said, @"the key file KEY is missing, and the secrets in the database beside it were sealed with it: restore the file from a backup, or begin with another data folder");
    assert!(!key.exists(), "no other key is made");
    std::fs::write(&key, kept).unwrap();
    builder().data(data.path()).open().unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_in_the_folder_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let open = |mode| PermissionsExt::from_mode(mode);
    std::fs::set_permissions(data.path(), open(0o755)).unwrap();
    let modes = || {
        let files = std::fs::read_dir(data.path()).unwrap();
        let files = files.map(|entry| entry.unwrap());
        let mut modes: Vec<_> = files
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                let mode = entry.metadata().unwrap().permissions().mode();
                format!("{name} {:o}", mode & 0o777)
            })
            .collect();
        modes.sort();
        modes.join(", ")
    };
    let cloud = Cloud::with_stack_on(builder().data(data.path())).await;
    let closed = "cloud.db 600, cloud.db-shm 600, cloud.db-wal 600, key 600, lock 600";
    assert_eq!(modes(), closed);
    cloud.server.stop().await;
    // As an older version left it.
    for name in ["cloud.db", "lock"] {
        std::fs::set_permissions(data.path().join(name), open(0o644)).unwrap();
    }
    let cloud = Cloud::start_with(builder().data(data.path())).await;
    assert_eq!(modes(), closed);
    cloud.server.stop().await;
}

#[tokio::test]
async fn a_token_that_no_client_could_send_is_refused() {
    for token in ["two words", " blank", "new\nline", "naïve"] {
        let refused = published::builder(token).open();
        assert!(matches!(refused, Err(OpenError::UnusableToken)), "{token}");
    }
}

#[tokio::test]
async fn nothing_secret_is_shown_by_debug() {
    let app = builder().open().unwrap();
    assert!(!format!("{app:?}").contains(testkit::api::TOKEN));
    assert!(!format!("{:?}", builder()).contains(testkit::api::TOKEN));
}
