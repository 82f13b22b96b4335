//! Watches a cascade and tells it, level by level, as it happens.

use super::repository::STACKS;
use super::stage::Stage;
use super::{ORGANIZATION, PROJECT};
use anyhow::{bail, ensure};
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
/// A deployment failed, a stack was deployed twice, or it took too long.
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
            writeln!(
                out,
                "\n    6 updates, each stack exactly once, in {}.",
                seconds(begin.elapsed())
            )?;
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    bail!("the cascade did not end within {} s", PATIENCE.as_secs())
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
}
