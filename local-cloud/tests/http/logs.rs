//! What is logged, and what is not.

use crate::support::{Cloud, Receiver, hook};
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use testkit::api::TOKEN;
use tracing::Level;

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_log_tells_what_happened_and_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    // For the whole process: the log of this thread alone would depend on what other tests do meanwhile.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    subscriber.init();

    let receiver = Receiver::start(200).await;
    let cloud = Cloud::with_stack().await;
    let hooks = "/api/stacks/acme/web/dev/hooks";
    let given =
        hook(json!({"name": "one", "secret": "very-secret-indeed", "payloadUrl": receiver.url}));
    cloud.post(hooks, given).await.expect(201);
    cloud
        .patch(&format!("{hooks}/one"), json!({"secret": "another-secret"}))
        .await
        .expect(200);
    cloud
        .patch(
            &format!("{hooks}/one"),
            json!({"secret": ["another-secret"]}),
        )
        .await
        .message(400);
    cloud
        .post(&format!("{hooks}/one/ping"), json!({}))
        .await
        .expect(200);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("POST /api/stacks/acme/web/dev/hooks 201"),
        "{text}"
    );
    assert!(
        text.contains("delivered `ping` to webhook `one` of stack `acme/web/dev`"),
        "{text}"
    );
    for secret in ["very-secret-indeed", "another-secret", TOKEN] {
        assert!(!text.contains(secret), "`{secret}` is in the log");
    }
}
