//! `auto-deploy run` in a terminal, and the same in a pipe.

use crate::pty::{Terminal, on_terminal};
use crate::support::{Cloud, filters};
use crate::troubles::wire;
use local_cloud::{Method, Trouble, Watch};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::patience::until;
use tokio::task::block_in_place;

/// network → database, cluster → app, by webhooks.
async fn diamond() -> Cloud {
    let cloud = Cloud::start().await;
    wire(&cloud).await;
    cloud
}

/// Makes the deployment of the network slow: it is running for so many looks, then has been running for a minute.
struct Slow {
    n_looks: usize,
    n_seen: AtomicUsize,
}

impl Watch for Slow {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        if path != "/api/stacks/acme/network/prod/deployments" {
            return None;
        }
        if *method == Method::POST {
            self.n_seen.store(1, Ordering::SeqCst);
            return None;
        }
        let before = |n: usize| (n > 0).then_some(n + 1);
        let seen = self
            .n_seen
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, before);
        let status = match seen {
            Ok(n) if n > self.n_looks => "succeeded",
            Ok(_) => "running",
            Err(_) => return None,
        };
        let (began, ended) = ("2026-01-01 00:00:00.000", "2026-01-01 00:01:00.000");
        let job = json!({"status": status, "started": began});
        let list = json!({"deployments": [{
            "id": "7f3c", "version": 1, "status": status, "pulumiOperation": "update", "projectName": "network",
            "stackName": "prod", "created": began, "modified": ended, "jobs": [job],
            "initiator": "cli",
        }], "total": 1, "itemsPerPage": 20});
        Some(Trouble::Replaced {
            status: None,
            body: Some(list.to_string()),
        })
    }
}

/// The rows of a drawing by stack: the state, its duration, and the note.
fn rows(seen: &str) -> BTreeMap<String, (String, String, String)> {
    let row = |line: &str| {
        let mut parts = line
            .split("  ")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let stack = parts.next().filter(|name| name.ends_with("/prod"))?;
        let word = parts.next()?;
        let rest: Vec<&str> = parts.collect();
        let (took, note) = match rest.as_slice() {
            [took, note] => (*took, *note),
            [one] if one.ends_with(" s") || one.ends_with(" min") => (*one, ""),
            [note] => ("", *note),
            _ => ("", ""),
        };
        Some((
            stack.to_owned(),
            (word.to_owned(), took.to_owned(), note.to_owned()),
        ))
    };
    seen.lines().filter_map(row).collect()
}

/// A displayed duration in seconds: `3.2 s`, `1 min` or `1 min 5 s`.
fn seconds(took: &str) -> f64 {
    let parts: Vec<&str> = took.split(' ').collect();
    let of_pair = |pair: &[&str]| {
        let number: f64 = pair[0].parse().unwrap_or_else(|_| panic!("{took:?}"));
        number * if pair[1] == "min" { 60.0 } else { 1.0 }
    };
    parts.chunks(2).map(of_pair).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_drawing_is_in_complete_words_and_no_time_goes_back() {
    let cloud = diamond().await;
    let slow = Slow {
        n_looks: 8,
        n_seen: AtomicUsize::new(0),
    };
    cloud.server.app().faults().watch(slow);
    let mut terminal = on_terminal(&cloud, &["run", "network/prod"], 120, &[]);
    let mut longest: BTreeMap<String, f64> = BTreeMap::new();
    let mut words: Vec<String> = Vec::new();
    let status = block_in_place(|| {
        terminal.end_looking(|terminal| {
            for (stack, (word, took, note)) in rows(&terminal.seen()) {
                if word == "waiting" {
                    let is_whole = note == "to be started"
                        || note.ends_with("/prod")
                        || note == "for its webhook";
                    assert!(is_whole, "{stack}: {note:?}");
                }
                if !took.is_empty() {
                    let before = longest.entry(stack.clone()).or_default();
                    assert!(
                        seconds(&took) >= *before,
                        "{stack}: {took} after {before} s"
                    );
                    *before = seconds(&took);
                }
                let said = format!("{stack}: {word}");
                if !words.contains(&said) {
                    words.push(said);
                }
            }
        })
    });
    assert_eq!(status, 0, "{}", terminal.seen());
    assert!(terminal.is_clean());
    assert!(longest["network/prod"] >= 60.0, "{longest:?}");
    for said in [
        "network/prod: running",
        "network/prod: succeeded",
        "app/prod: waiting",
        "app/prod: succeeded",
    ] {
        assert!(words.iter().any(|word| word == said), "{words:?}");
    }
    let _filters = filters(&cloud);
    insta::assert_snapshot!(terminal.seen(), @r"
    network/prod     succeeded  1 min [TOOK]  [CLOUD]/acme/network/prod/deployments/1
      cluster/prod   succeeded  [TOOK]      [CLOUD]/acme/cluster/prod/deployments/1
      database/prod  succeeded  [TOOK]      [CLOUD]/acme/database/prod/deployments/1
        app/prod     succeeded  [TOOK]      [CLOUD]/acme/app/prod/deployments/2

    4 stacks succeeded.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_says_what_continues_and_what_was_resumed() {
    let cloud = diamond().await;
    let slow = Slow {
        n_looks: usize::MAX,
        n_seen: AtomicUsize::new(0),
    };
    cloud.server.app().faults().watch(slow);
    let mut terminal = on_terminal(&cloud, &["run", "network/prod"], 120, &[]);
    let runs = |terminal: &Terminal| {
        rows(&terminal.seen())
            .get("network/prod")
            .is_some_and(|row| row.0 == "running")
    };
    block_in_place(|| terminal.until(runs));
    assert!(cloud.is_paused("app/prod").await);
    terminal.interrupt();
    assert_eq!(block_in_place(|| terminal.end()), 130);
    assert!(terminal.is_clean());
    assert!(!cloud.is_paused("app/prod").await);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(terminal.seen(), @r"
    network/prod     running  [TOOK]  [CLOUD]/acme/network/prod/deployments/1
      cluster/prod   waiting         for network/prod
      database/prod  waiting         for network/prod
        app/prod     waiting         for cluster/prod, database/prod
    ^C
    Interrupted. What has been started continues:
      network/prod  [CLOUD]/acme/network/prod/deployments/1
    Not started: 3 of 4. The same command continues.
    Resumed: app/prod.
    ");
}

/// Each stack with its final state and note.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_gets_the_same_words_without_control_characters() {
    let mut ends = Vec::new();
    for is_terminal in [true, false] {
        let cloud = diamond().await;
        cloud.fails("database/prod", true).await;
        let arguments = ["run", "network/prod"];
        let text = if is_terminal {
            let mut terminal = on_terminal(&cloud, &arguments, 120, &[]);
            assert_eq!(block_in_place(|| terminal.end()), 1);
            terminal.seen()
        } else {
            let said = cloud.run(&arguments).await.expect(1);
            let all = said.out + &said.notes;
            assert!(!all.chars().any(|c| c.is_control() && c != '\n'), "{all:?}");
            all
        };
        until(async || (!cloud.is_paused("app/prod").await).then_some(())).await;
        let text = text.replace(cloud.server.url(), "URL");
        // What follows the list, and the reason why a stack was skipped, are texts for people.
        let (_, end) = text.split_once("\n\n").unwrap();
        let skipped = "because database/prod failed";
        assert!(text.contains(skipped), "{text}");
        ends.push(end.trim_end().to_owned());
    }
    assert_eq!(ends[0], ends[1]);
}
