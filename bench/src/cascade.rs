//! A cascade through a thousand stacks of a local cloud that only pretends to deploy.

use anyhow::{Context as _, ensure};
use local_cloud::{App, Executor, Server};
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};

const N_LAYERS: usize = 10;
const WIDTH: usize = 100;
const TOKEN: &str = "pul-bench";

/// How often the cloud is asked whether it is done, and how long that may take.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(5);

/// Measures one cascade from the root to the last layer.
pub(crate) async fn measure(out: &mut impl Write) -> anyhow::Result<()> {
    let app = App::builder(TOKEN)
        .organization("acme")
        .executor(Executor::Simulated)
        .open()?;
    let cloud = Server::start(app).await?;
    let client = Client {
        url: cloud.url().to_owned(),
        http: reqwest::Client::builder().no_proxy().build()?,
    };
    let name = |layer: usize, place: usize| format!("s{layer}-{place}");
    client.stack("root").await?;
    for layer in 0..N_LAYERS {
        for place in 0..WIDTH {
            let upstream = if layer == 0 {
                "root".to_owned()
            } else {
                name(layer - 1, place)
            };
            client.stack(&name(layer, place)).await?;
            client.edge(&upstream, &name(layer, place)).await?;
        }
    }
    let begin = Instant::now();
    client
        .ask(
            "POST",
            "/api/stacks/acme/root/dev/deployments",
            json!({"operation": "update", "inheritSettings": true}),
        )
        .await?;
    let n_stacks = N_LAYERS * WIDTH + 1;
    loop {
        let counts = client
            .ask("GET", "/api/orgs/acme/deployments/metadata", Value::Null)
            .await?;
        if counts["deploymentCounts"]["succeeded"].as_u64() == u64::try_from(n_stacks).ok() {
            break;
        }
        ensure!(
            begin.elapsed() < PATIENCE,
            "the cascade did not end: {counts}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    // Each stack: queued, started, updated, succeeded.
    let n_events = u32::try_from(n_stacks * 4)?;
    writeln!(out, "\na cascade of {n_stacks} stacks, {N_LAYERS} layers")?;
    writeln!(out, "{:<40}{seconds:>20.2}", "  time, s")?;
    writeln!(
        out,
        "{:<40}{:>20.0}",
        "  events/s",
        f64::from(n_events) / seconds
    )?;
    writeln!(
        out,
        "{:<40}{:>20.1}{:>10}   200",
        "  resident, this process, MB",
        resident_mb()?,
        ""
    )?;
    cloud.stop().await;
    Ok(())
}

/// Asks a cloud.
struct Client {
    url: String,
    http: reqwest::Client,
}

impl Client {
    async fn ask(&self, method: &str, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self
            .http
            .request(method.parse()?, format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("token {TOKEN}"));
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        ensure!(status.is_success(), "{method} {path}: {status} {body}");
        Ok(body)
    }

    async fn stack(&self, project: &str) -> anyhow::Result<()> {
        self.ask(
            "POST",
            &format!("/api/stacks/acme/{project}"),
            json!({"stackName": "dev"}),
        )
        .await?;
        let git = json!({"repoUrl": "https://example.com/x.git", "branch": "refs/heads/main"});
        let settings = json!({"sourceContext": {"git": git}});
        self.ask(
            "PUT",
            &format!("/api/stacks/acme/{project}/dev/deployments/settings"),
            settings,
        )
        .await?;
        Ok(())
    }

    async fn edge(&self, upstream: &str, downstream: &str) -> anyhow::Result<()> {
        let hook = json!({
            "organizationName": "acme", "projectName": upstream, "stackName": "dev", "displayName": downstream, "active": true,
            "format": "pulumi_deployments", "payloadUrl": format!("{downstream}/dev"), "filters": ["update_succeeded"],
        });
        self.ask(
            "POST",
            &format!("/api/stacks/acme/{upstream}/dev/hooks"),
            hook,
        )
        .await?;
        Ok(())
    }
}

fn resident_mb() -> anyhow::Result<f64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("this system does not tell")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("there is a line")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
