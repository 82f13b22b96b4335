//! A cloud that is killed in the middle of updates, over and over.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const TOKEN: &str = "pul-test-token";

const STACK: &str = "/api/stacks/local/web/dev";

/// How often the cloud is killed.
const N_ROUNDS: usize = 20;

/// A cloud as a process of its own.
struct Cloud {
    child: Child,
    url: String,
    client: Client,
}

impl Cloud {
    fn start(data: &Path) -> Cloud {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auto-deploy"))
            .args([
                "cloud",
                "--listen",
                "127.0.0.1:0",
                "--token",
                TOKEN,
                "--data",
            ])
            .arg(data)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut url).unwrap();
        let client = auto_deploy::cloud::http_client()
            .no_proxy()
            .build()
            .unwrap();
        Cloud {
            child,
            url: url.trim_end().to_owned(),
            client,
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The status and body of an answer; none if there was none.
    async fn send(
        &self,
        method: Method,
        path: &str,
        auth: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let answer = request
            .header("Authorization", auth)
            .json(body)
            .send()
            .await
            .ok()?;
        Some((
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        ))
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, &format!("token {TOKEN}"), &body)
            .await
            .unwrap()
    }

    /// Begins an update: its path and lease.
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

impl Drop for Cloud {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    cloud.kill();
    for round in 0..N_ROUNDS {
        let cloud = Cloud::start(folder.path());
        let (path, lease) = cloud.begin().await;
        let journal = format!("{path}/journalentries");
        for number in 1..=round {
            let id = format!("{round}-{number}");
            let answer = cloud
                .send(Method::PATCH, &journal, &lease, &entry(number, &id))
                .await;
            assert_eq!(answer.unwrap().0, 204);
            acknowledged.insert(id);
        }
        // It dies with one more on the way.
        let last = format!("{round}-last");
        let body = entry(round + 1, &last);
        let (client, url) = (cloud.client.clone(), format!("{}{journal}", cloud.url));
        let sent = tokio::spawn(
            client
                .patch(url)
                .header("Authorization", lease)
                .json(&body)
                .send(),
        );
        tokio::task::yield_now().await;
        cloud.kill();
        if sent
            .await
            .unwrap()
            .is_ok_and(|answer| answer.status().is_success())
        {
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
        cloud.kill();
    }
    let database = rusqlite::Connection::open(folder.path().join("cloud.db")).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    assert!(acknowledged.len() >= N_ROUNDS * (N_ROUNDS - 1) / 2);
}
