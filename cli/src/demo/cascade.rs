//! Watches a cascade and tells it, level by level, as it happens.

use super::stacks::{ORGANIZATION, PROJECT, STACKS};
use super::stage::Stage;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// How often the cloud is asked, and how long a cascade may take at the most.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_mins(3);

/// A deployment of one stack as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    status: String,
    n_deployments: usize,
}

/// How far below the first stack a stack is.
fn level(stack: &str) -> usize {
    let upstream = STACKS
        .iter()
        .find(|(name, _)| *name == stack)
        .and_then(|(_, upstream)| *upstream);
    upstream.map_or(0, |upstream| level(upstream) + 1)
}

/// Tells what happens below the first stack, which was updated at `begin`, until every stack has been deployed.
///
/// # Errors
///
/// A deployment failed, a stack was updated twice or too early, or it took too long.
pub(super) async fn watch(
    stage: &Stage,
    begin: Instant,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(
        out,
        "    {:>6}   level 0   a   updated by you",
        seconds(begin.elapsed())
    )?;
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    while begin.elapsed() < PATIENCE {
        for (stack, _) in &STACKS[1..] {
            let path = format!("/api/stacks/{ORGANIZATION}/{PROJECT}/{stack}/deployments");
            let Some(now) = latest(&stage.ask("GET", &path, None).await?) else {
                continue;
            };
            if seen.get(stack) != Some(&now) {
                let at = seconds(begin.elapsed());
                writeln!(
                    out,
                    "    {at:>6}   level {}   {stack}   {}",
                    level(stack),
                    now.status
                )?;
                out.flush()?;
                ensure!(
                    now.status != "failed",
                    "the deployment of {stack} failed; its log is on the page"
                );
                ensure!(
                    now.n_deployments == 1,
                    "{stack} was deployed {} times",
                    now.n_deployments
                );
                seen.insert(stack, now);
            }
        }
        let is_over =
            seen.len() == STACKS.len() - 1 && seen.values().all(|seen| seen.status == "succeeded");
        if is_over {
            writeln!(out, "\n    done in {}", seconds(begin.elapsed()))?;
            return verify(&histories(stage).await?);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    bail!("the cascade did not end within {} s", PATIENCE.as_secs())
}

/// The updates of each stack, as the cloud tells them.
async fn histories(stage: &Stage) -> anyhow::Result<BTreeMap<&'static str, Value>> {
    let mut found = BTreeMap::new();
    for (stack, _) in STACKS {
        let path = format!("/api/stacks/{ORGANIZATION}/{PROJECT}/{stack}/updates");
        found.insert(
            stack,
            stage.ask("GET", &path, None).await?["updates"].take(),
        );
    }
    Ok(found)
}

/// Holds the cascade to what it promises: each stack was updated once, and after the one that it follows.
fn verify(histories: &BTreeMap<&str, Value>) -> anyhow::Result<()> {
    for (stack, upstream) in STACKS {
        let n_updates = histories[stack].as_array().map_or(0, Vec::len);
        ensure!(n_updates == 1, "{stack} was updated {n_updates} times");
        let Some(upstream) = upstream else { continue };
        let time = |stack: &str, name: &str| {
            let time = histories[stack][0][name].as_i64();
            time.with_context(|| format!("the cloud does not tell the `{name}` of {stack}"))
        };
        ensure!(
            time(stack, "startTime")? >= time(upstream, "endTime")?,
            "{stack} was updated before {upstream} was done"
        );
    }
    Ok(())
}

/// The newest of a stack's deployments, if there is one.
fn latest(answer: &Value) -> Option<Seen> {
    let deployments = answer["deployments"].as_array()?;
    let newest = deployments
        .iter()
        .max_by_key(|deployment| deployment["version"].as_i64())?;
    Some(Seen {
        status: newest["status"].as_str()?.to_owned(),
        n_deployments: deployments.len(),
    })
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stacks_have_levels_and_deployments_a_newest() {
        assert_eq!(STACKS.map(|(stack, _)| level(stack)), [0, 1, 1, 2, 2, 2]);
        assert_eq!(latest(&json!({"deployments": []})), None);
        let two = json!({"deployments": [{"version": 2, "status": "running"}, {"version": 1, "status": "succeeded"}]});
        assert_eq!(
            latest(&two),
            Some(Seen {
                status: "running".to_owned(),
                n_deployments: 2
            })
        );
    }

    #[test]
    fn each_stack_once_and_in_order() {
        let history = |start: i64, end: i64| json!([{"startTime": start, "endTime": end}]);
        let mut found = BTreeMap::from(STACKS.map(|(stack, _)| {
            let begin = i64::try_from(level(stack)).unwrap();
            (stack, history(begin, begin + 1))
        }));
        verify(&found).unwrap();
        found.insert("d", history(1, 3));
        assert_eq!(
            verify(&found).unwrap_err().to_string(),
            "d was updated before b was done"
        );
        found.insert("d", json!([{}, {}]));
        assert_eq!(
            verify(&found).unwrap_err().to_string(),
            "d was updated 2 times"
        );
    }
}
