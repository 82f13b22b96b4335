//! What updates add to the outbox.

use super::{
    NewUpdate, Outcome, StackOutputs, UpdateKind, UpdatePath, begin, cancel, complete,
    end_abandoned, import,
};
use crate::app::App;
use crate::domain::happenings::Happening;
use crate::domain::stacks::{Stack, StackPath};
use crate::parts::{Clock, Digest};
use jiff::Timestamp;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

struct Told {
    app: App,
    clock: Arc<AtomicI64>,
    data: TempDir,
}

impl Told {
    /// A cloud with the stack `local/web/dev`.
    async fn with_stack() -> Told {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_767_225_600));
        let seconds = Arc::clone(&clock);
        let now = move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap();
        let app = App::builder("token")
            .data(data.path())
            .clock(Clock::from_fn(now))
            .open()
            .unwrap();
        app.set_base_url("http://cloud".into());
        let told = Told { app, clock, data };
        let stack = Stack::new(told.path(), BTreeMap::new()).unwrap();
        told.app.store().create_stack(stack, None).await.unwrap();
        told
    }

    #[expect(clippy::unused_self, reason = "it reads better")]
    fn path(&self) -> StackPath {
        StackPath {
            organization: "local".into(),
            project: "web".into(),
            stack: "dev".into(),
        }
    }

    async fn start(&self, kind: UpdateKind, is_preview: bool) -> (UpdatePath, Digest) {
        let new = NewUpdate {
            kind,
            is_preview,
            message: String::new(),
            environment: BTreeMap::new(),
            config: None,
            window: None,
        };
        let uid = self
            .app
            .store()
            .create_update(self.path(), new, self.app.clock().now())
            .await
            .unwrap();
        let path = UpdatePath {
            stack: self.path(),
            uid,
        };
        let started = begin(&self.app, path.clone(), None, Some(1)).await.unwrap();
        (path, Digest::of(&started.token))
    }

    async fn run(&self, kind: UpdateKind, is_preview: bool, outcome: Outcome) {
        let (path, lease) = self.start(kind, is_preview).await;
        complete(&self.app, path, lease, outcome, StackOutputs::default())
            .await
            .unwrap();
    }

    /// The contents of the outbox, oldest first.
    fn happenings(&self) -> Vec<Happening> {
        let database = Connection::open(self.data.path().join("cloud.db")).unwrap();
        let mut statement = database
            .prepare("SELECT happening FROM outbox ORDER BY id")
            .unwrap();
        let texts = statement
            .query_map((), |row| row.get::<_, String>(0))
            .unwrap();
        texts
            .map(|text| serde_json::from_str(&text.unwrap()).unwrap())
            .collect()
    }

    /// Its events, without the first one, which is the creation of the stack.
    fn events(&self) -> Vec<String> {
        self.happenings()
            .into_iter()
            .skip(1)
            .map(|happening| happening.event)
            .collect()
    }
}

#[tokio::test]
async fn every_kind_and_end_has_its_event() {
    let told = Told::with_stack().await;
    for kind in [UpdateKind::Update, UpdateKind::Refresh, UpdateKind::Destroy] {
        told.run(kind, false, Outcome::Succeeded).await;
        told.run(kind, false, Outcome::Failed).await;
        told.run(kind, true, Outcome::Succeeded).await;
    }
    told.run(UpdateKind::Update, true, Outcome::Failed).await;
    let state = r#"{"version":3,"deployment":{"manifest":{}}}"#;
    let state = serde_json::from_str(state).unwrap();
    import(&told.app, told.path(), state).await.unwrap();
    told.app
        .store()
        .delete_stack(told.path(), false, told.app.moment())
        .await
        .unwrap();
    let expected = [
        "update_succeeded",
        "update_failed",
        "preview_succeeded",
        "refresh_succeeded",
        "refresh_failed",
        "preview_succeeded",
        "destroy_succeeded",
        "destroy_failed",
        "preview_succeeded",
        "preview_failed",
        "import_succeeded",
        "stack_deleted",
    ];
    assert_eq!(told.events(), expected);
    for event in expected {
        assert!(
            event.parse::<crate::domain::webhooks::Event>().is_ok(),
            "{event}"
        );
    }
}

#[tokio::test]
async fn an_update_that_was_cancelled_or_abandoned_has_failed() {
    let told = Told::with_stack().await;
    let (path, _) = told.start(UpdateKind::Update, false).await;
    cancel(&told.app, path.clone()).await.unwrap();
    cancel(&told.app, path).await.unwrap();
    let (_, _) = told.start(UpdateKind::Destroy, false).await;
    end_abandoned(&told.app).await.unwrap();
    assert_eq!(told.events(), ["update_failed"]);
    told.clock.fetch_add(300, Ordering::SeqCst);
    end_abandoned(&told.app).await.unwrap();
    end_abandoned(&told.app).await.unwrap();
    assert_eq!(told.events(), ["update_failed", "destroy_failed"]);
}

#[tokio::test]
async fn what_is_told() {
    let told = Told::with_stack().await;
    let (path, lease) = told.start(UpdateKind::Update, false).await;
    let summary = r#"{"sequence":0,"summaryEvent":{"resourceChanges":{"create":2,"same":1}}}"#;
    let events = vec![(0, serde_json::from_str(summary).unwrap())];
    let now = told.app.clock().now();
    told.app
        .store()
        .append_events(path.clone(), lease, now, events)
        .await
        .unwrap();
    complete(
        &told.app,
        path,
        lease,
        Outcome::Succeeded,
        StackOutputs::default(),
    )
    .await
    .unwrap();
    told.run(UpdateKind::Refresh, true, Outcome::Succeeded)
        .await;
    let mut happenings = told.happenings();
    let page = happenings[2].fields["updateUrl"].as_str().unwrap();
    assert!(
        page.starts_with("http://cloud/local/web/dev/previews/"),
        "{page}"
    );
    happenings[2]
        .fields
        .insert("updateUrl".into(), "[url]".into());
    insta::assert_json_snapshot!(happenings, @r#"
    [
      {
        "event": "stack_created",
        "kind": "stack",
        "organization": "local",
        "project": "web",
        "stack": "dev",
        "fields": {
          "action": "created"
        }
      },
      {
        "event": "update_succeeded",
        "kind": "stack_update",
        "organization": "local",
        "project": "web",
        "stack": "dev",
        "fields": {
          "isPreview": false,
          "kind": "update",
          "resourceChanges": {
            "create": 2,
            "same": 1
          },
          "result": "succeeded",
          "updateUrl": "http://cloud/local/web/dev/updates/1"
        }
      },
      {
        "event": "preview_succeeded",
        "kind": "stack_preview",
        "organization": "local",
        "project": "web",
        "stack": "dev",
        "fields": {
          "isPreview": true,
          "kind": "refresh",
          "resourceChanges": {},
          "result": "succeeded",
          "updateUrl": "[url]"
        }
      }
    ]
    "#);
}
