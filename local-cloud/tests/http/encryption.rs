//! Secrets of stacks.

use crate::runs::packed;
use crate::support::{Cloud, builder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use local_cloud::Method;
use serde_json::{Value, json};
use testkit::api::TOKEN;

const STACK: &str = "/api/stacks/acme/web/dev";

async fn ask(cloud: &Cloud, path: &str, body: Value) -> Value {
    cloud.post(path, body).await.expect(200)
}

#[tokio::test]
async fn encrypted_and_decrypted() {
    let cloud = Cloud::with_stack().await;
    let plain = STANDARD.encode("hunter2");
    let one = ask(
        &cloud,
        &format!("{STACK}/encrypt"),
        json!({"plaintext": plain}),
    )
    .await;
    let two = ask(
        &cloud,
        &format!("{STACK}/encrypt"),
        json!({"plaintext": plain}),
    )
    .await;
    assert_ne!(one, two, "the same secret does not look the same");
    assert!(
        !STANDARD
            .decode(one["ciphertext"].as_str().unwrap())
            .unwrap()
            .windows(7)
            .any(|bytes| bytes == b"hunter2")
    );
    assert_eq!(
        ask(&cloud, &format!("{STACK}/decrypt"), one).await,
        json!({"plaintext": plain})
    );
    let none = ask(
        &cloud,
        &format!("{STACK}/encrypt"),
        json!({"plaintext": null}),
    )
    .await;
    assert_eq!(
        ask(&cloud, &format!("{STACK}/decrypt"), none).await,
        json!({"plaintext": ""})
    );
}

#[tokio::test]
async fn many_at_once_under_the_texts_that_were_sent() {
    let cloud = Cloud::with_stack().await;
    let plains: Vec<_> = (0..100)
        .map(|n| STANDARD.encode(format!("secret {n}")))
        .collect();
    let auth = format!("token {TOKEN}");
    let encrypt = packed(
        &cloud,
        Method::POST,
        &format!("{STACK}/batch-encrypt"),
        &auth,
        &json!({"plaintexts": plains}),
    )
    .await;
    let ciphertexts = encrypt.expect(200)["ciphertexts"].clone();
    let decrypt = packed(
        &cloud,
        Method::POST,
        &format!("{STACK}/batch-decrypt"),
        &auth,
        &json!({"ciphertexts": ciphertexts}),
    )
    .await;
    let decrypted = decrypt.expect(200);
    for (ciphertext, plain) in ciphertexts.as_array().unwrap().iter().zip(&plains) {
        assert_eq!(
            decrypted["plaintexts"][ciphertext.as_str().unwrap()],
            *plain
        );
    }
    for name in ["log-decryption", "log-batch-decryption"] {
        cloud
            .post(
                &format!("{STACK}/decrypt/{name}"),
                json!({"secretName": "a", "commandName": "b"}),
            )
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn decrypted_after_a_rename_a_deletion_and_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let cloud = Cloud::with_stack_on(builder().data(data.path())).await;
    let plain = STANDARD.encode("hunter2");
    let secret = ask(
        &cloud,
        &format!("{STACK}/encrypt"),
        json!({"plaintext": plain}),
    )
    .await;
    let decrypt = format!("{STACK}/decrypt");
    cloud
        .post(
            &format!("{STACK}/rename"),
            json!({"newName": "prod", "newProject": "site"}),
        )
        .await
        .expect(200);
    for path in [&decrypt, "/api/stacks/acme/site/prod/decrypt"] {
        assert_eq!(
            ask(&cloud, path, secret.clone()).await["plaintext"],
            plain,
            "{path}"
        );
    }
    cloud.delete("/api/stacks/acme/site/prod").await.expect(204);
    cloud.server.stop().await;
    let cloud = Cloud::start_with(builder().data(data.path())).await;
    assert_eq!(ask(&cloud, &decrypt, secret).await["plaintext"], plain);
}

#[tokio::test]
async fn what_was_not_encrypted_here() {
    let cloud = Cloud::with_stack().await;
    let elsewhere = Cloud::with_stack().await;
    let plain = json!({"plaintext": STANDARD.encode("x")});
    let foreign = ask(&elsewhere, &format!("{STACK}/encrypt"), plain).await;
    let decrypt = async |body: Value| cloud.post(&format!("{STACK}/decrypt"), body).await;
    assert_snapshot!(decrypt(foreign.clone()).await.message(400), @"Bad Request: a ciphertext was not made by this cloud, or was changed");
    decrypt(json!({"ciphertext": "AQ=="})).await.message(400);
    decrypt(json!({"ciphertext": "?"})).await.message(400);
    decrypt(json!({})).await.message(400);
    let all = json!({"ciphertexts": [foreign["ciphertext"]]});
    cloud
        .post(&format!("{STACK}/batch-decrypt"), all)
        .await
        .message(400);
    assert_snapshot!(cloud.post(&format!("{STACK}/encrypt"), json!({"plaintext": "?"})).await.message(400), @"Bad Request: a plaintext is not Base64");
    cloud
        .post(
            "/api/stacks/acme/web/other/encrypt",
            json!({"plaintext": ""}),
        )
        .await
        .message(404);
}
