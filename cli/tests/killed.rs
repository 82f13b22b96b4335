//! A cloud that is killed in the middle of updates, repeatedly.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use local_cloud::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::api::{Api, TOKEN};
use testkit::process::Service;

const STACK: &str = "/api/stacks/local/web/dev";

/// How often the cloud is killed.
const N_ROUNDS: usize = 20;

/// A cloud as its own process.
struct Cloud {
    service: Service,
    api: Api,
}

impl Cloud {
    fn start(data: &Path) -> Cloud {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command
            .args(["cloud", "--listen", "127.0.0.1:0", "--token", TOKEN])
            .arg("--data")
            .arg(data)
            .env_clear()
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let service = Service::start(&mut command);
        let api = Api::new(service.address());
        Cloud { service, api }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let answer = self.api.answer(method, path, Some(body)).await;
        (answer.status, answer.body)
    }

    /// Starts an update: its path and lease.
    async fn begin(&self) -> (String, String) {
        let (_, made) = self
            .ask(Method::POST, &format!("{STACK}/update"), json!({}))
            .await;
        let path = format!("{STACK}/update/{}", made["updateID"].as_str().unwrap());
        let (status, started) = self
            .ask(Method::POST, &path, json!({"journalVersion": 1}))
            .await;
        assert_eq!(status, 200, "{started}");
        (
            path,
            format!("update-token {}", started["token"].as_str().unwrap()),
        )
    }

    async fn resources(&self) -> BTreeSet<String> {
        let (status, state) = self
            .ask(Method::GET, &format!("{STACK}/export"), Value::Null)
            .await;
        assert_eq!(status, 200, "{state}");
        let resources = state["deployment"]["resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        resources
            .iter()
            .map(|resource| resource["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn entry(number: usize, id: &str) -> Value {
    let state =
        json!({"urn": format!("urn:pulumi:dev::web::a:b:C::{id}"), "type": "a:b:C", "id": id});
    json!({"entries": [{"version": 1, "kind": 1, "sequenceID": number, "operationID": number, "state": state}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_write_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let cloud = Cloud::start(folder.path());
    cloud
        .ask(
            Method::POST,
            "/api/stacks/local/web",
            json!({"stackName": "dev"}),
        )
        .await;
    cloud.service.kill();
    for round in 0..N_ROUNDS {
        let cloud = Cloud::start(folder.path());
        let (path, lease) = cloud.begin().await;
        let journal = format!("{path}/journalentries");
        for number in 1..=round {
            let id = format!("{round}-{number}");
            let body = Some(entry(number, &id));
            let answer = cloud.api.send_as(&lease, Method::PATCH, &journal, body);
            assert_eq!(answer.await.unwrap().status, 204);
            acknowledged.insert(id);
        }
        // It is killed while one more request is running.
        let last = format!("{round}-last");
        let body = Some(entry(round + 1, &last));
        let api = cloud.api.clone();
        let sent =
            tokio::spawn(async move { api.send_as(&lease, Method::PATCH, &journal, body).await });
        tokio::task::yield_now().await;
        cloud.service.kill();
        if sent.await.unwrap().is_ok_and(|answer| answer.status == 204) {
            acknowledged.insert(last);
        }

        let cloud = Cloud::start(folder.path());
        let missing =
            |there: BTreeSet<String>| acknowledged.difference(&there).cloned().collect::<Vec<_>>();
        assert_eq!(
            missing(cloud.resources().await),
            [""; 0],
            "round {round}, still running"
        );
        let (status, _) = cloud
            .ask(Method::POST, &format!("{path}/cancel"), Value::Null)
            .await;
        assert_eq!(status, 204);
        assert_eq!(
            missing(cloud.resources().await),
            [""; 0],
            "round {round}, cancelled"
        );
        cloud.service.kill();
    }
    let database = rusqlite::Connection::open(folder.path().join("cloud.db")).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    assert!(acknowledged.len() >= N_ROUNDS * (N_ROUNDS - 1) / 2);
}
