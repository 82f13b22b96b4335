//! Watches a cascade, and reports each stack as it happens.

use super::stage::Stage;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// How often the cloud is asked, and the time limit for a cascade.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_mins(3);

/// A watched stack.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its name in the output.
    pub(super) name: &'static str,
    /// As `organization/project/stack`.
    pub(super) stack: String,
    /// Its distance from the first stack; `None` for the conductor.
    pub(super) level: Option<usize>,
}

/// The expected result of each stack's newest deployment, and the most deployments of a cascade.
pub(super) type Expected<'a> = BTreeMap<&'a str, (&'static str, usize)>;

/// A deployment of a stack as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    version: i64,
    status: String,
}

impl Member {
    fn deployments(&self) -> String {
        format!("/api/stacks/{}/deployments", self.stack)
    }
}

/// A cascade, from before its beginning.
pub(super) struct Cascade<'a> {
    stage: &'a Stage,
    members: &'a [Member],
    /// The newest deployment of each stack before it.
    before: BTreeMap<&'static str, i64>,
    begin: Instant,
}

impl<'a> Cascade<'a> {
    /// Records the state before something is updated.
    pub(super) async fn before(
        stage: &'a Stage,
        members: &'a [Member],
    ) -> anyhow::Result<Cascade<'a>> {
        let mut before = BTreeMap::new();
        for member in members {
            let newest = newest(&stage.ask("GET", &member.deployments(), None).await?);
            before.insert(member.name, newest.map_or(0, |seen| seen.version));
        }
        Ok(Cascade {
            stage,
            members,
            before,
            begin: Instant::now(),
        })
    }

    /// Reports what happens after the user's update of `first`, if there was one, until every stack of `expected` has the
    /// expected result and nothing else is running.
    ///
    /// # Errors
    ///
    /// A deployment had another result, or there was one too many; the time limit has passed.
    pub(super) async fn watch(
        &self,
        first: Option<&str>,
        expected: &Expected<'_>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        if let Some(first) = first {
            let member = self.members.iter().find(|member| member.name == first);
            let level = member.map_or(Some(0), |member| member.level);
            self.tell(first, level, "updated by you", out)?;
        }
        let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
        while self.begin.elapsed() < PATIENCE {
            for member in self.members {
                let answer = self.stage.ask("GET", &member.deployments(), None).await?;
                let Some(now) = newest(&answer) else { continue };
                let n_new = now.version - self.before[member.name];
                if n_new == 0 || seen.get(member.name) == Some(&now) {
                    continue;
                }
                self.tell(member.name, member.level, &now.status, out)?;
                check(member, &now, n_new, expected)?;
                seen.insert(member.name, now);
            }
            let ended = |name: &str| seen.get(name).is_some_and(Seen::has_ended);
            let rests = seen.values().all(Seen::has_ended);
            if rests && expected.keys().all(|name| ended(name)) {
                writeln!(out, "\n    done in {}", seconds(self.begin.elapsed()))?;
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bail!("the cascade did not end within {} s", PATIENCE.as_secs())
    }

    fn tell(
        &self,
        name: &str,
        level: Option<usize>,
        what: &str,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        let at = seconds(self.begin.elapsed());
        let level = level.map_or("conducts".to_owned(), |level| format!("level {level}"));
        let width = self.members.iter().map(|member| member.name.len()).max();
        let width = width.unwrap_or(0).max(1);
        writeln!(out, "    {at:>6}   {level:<8}  {name:<width$}   {what}")?;
        out.flush()
    }
}

fn check(member: &Member, now: &Seen, n_new: i64, expected: &Expected<'_>) -> anyhow::Result<()> {
    let name = member.name;
    let Some((status, most)) = expected.get(name) else {
        bail!("{name} was deployed, and should not have been");
    };
    ensure!(
        !now.has_ended() || now.status == *status,
        "the deployment of {name} has {}; its log is on the page",
        now.status
    );
    ensure!(
        usize::try_from(n_new).is_ok_and(|n| n <= *most),
        "{name} was deployed {n_new} times"
    );
    Ok(())
}

impl Seen {
    fn has_ended(&self) -> bool {
        ["succeeded", "failed", "skipped"].contains(&self.status.as_str())
    }
}

/// The updates of a stack, newest first, as reported by the cloud.
pub(super) async fn history(stage: &Stage, stack: &str) -> anyhow::Result<Value> {
    let path = format!("/api/stacks/{stack}/updates");
    let mut answer = stage.ask("GET", &path, None).await?;
    Ok(answer["updates"].take())
}

/// A time of the newest update in a history.
pub(super) fn time(history: &Value, stack: &str, name: &str) -> anyhow::Result<i64> {
    let time = history[0][name].as_i64();
    time.with_context(|| format!("the cloud does not report the `{name}` of {stack}"))
}

/// The newest deployment of a stack, if there is one.
fn newest(answer: &Value) -> Option<Seen> {
    let deployments = answer["deployments"].as_array()?;
    let newest = deployments
        .iter()
        .max_by_key(|deployment| deployment["version"].as_i64())?;
    Some(Seen {
        status: word(newest["status"].as_str()?).to_owned(),
        version: newest["version"].as_i64()?,
    })
}

/// A status in the terms of the docs.
fn word(status: &str) -> &str {
    match status {
        "not-started" | "accepted" => "queued",
        other => other,
    }
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_newest_deployment_counts() {
        assert_eq!(newest(&json!({"deployments": []})), None);
        let two = json!({"deployments": [{"version": 2, "status": "not-started"}, {"version": 1, "status": "succeeded"}]});
        let seen = newest(&two).unwrap();
        assert_eq!((seen.status.as_str(), seen.version), ("queued", 2));
    }

    #[test]
    fn what_was_not_expected_ends_the_demo() {
        let member = Member {
            name: "app",
            stack: "acme/app/prod".to_owned(),
            level: Some(2),
        };
        let seen = |status: &str| Seen {
            version: 1,
            status: status.to_owned(),
        };
        let once = Expected::from([("app", ("succeeded", 1))]);
        check(&member, &seen("running"), 1, &once).unwrap();
        check(&member, &seen("succeeded"), 1, &once).unwrap();
        let said = |seen: &Seen, n, expected: &Expected<'_>| {
            check(&member, seen, n, expected).unwrap_err().to_string()
        };
        assert_eq!(
            said(&seen("failed"), 1, &once),
            "the deployment of app has failed; its log is on the page"
        );
        assert_eq!(said(&seen("running"), 2, &once), "app was deployed 2 times");
        assert_eq!(
            said(&seen("running"), 1, &Expected::new()),
            "app was deployed, and should not have been"
        );
    }
}
