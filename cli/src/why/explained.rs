//! One stack's conditions with their values, as text and as JSON.
//!
//! # What this may not do
//!
//! Leave out a condition because another one already decides.

use crate::context::Console;
use crate::look::Look;
use crate::output::style::Tone;
use crate::output::text::wrap;
use crate::output::{Cell, Paint, Table, time};
use crate::say;
use auto_deploy::cascade::{
    Answer, Decision, Hold, Holding, Join, Observation, Observed, Reason, Upstream, Verdict, words,
};
use auto_deploy::cloud::{Deployment, Pauses, UpdateResult};
use auto_deploy::domain::StackRef;
use auto_deploy::survey::Standing;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A stack with everything that explains its state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explained<'a> {
    stack: &'a StackRef,
    pub(crate) answer: &'a Answer,
    decision: &'a Decision,
    /// `None` if the stack does not exist or could not be read.
    found: Option<&'a Observation>,
    /// The join that starts it, if there is one.
    join: Option<Joined<'a>>,
}

/// The join that starts a stack.
#[derive(Clone, Copy, Debug)]
struct Joined<'a> {
    /// The stack whose runs conduct it.
    conductor: &'a StackRef,
    /// What it remembers.
    memory: &'a Join,
}

impl<'a> Explained<'a> {
    /// The explanation for this stack; `None` if there is no decision on it.
    pub(crate) fn of(
        stack: &'a StackRef,
        look: &'a Look,
        standing: &'a Standing,
    ) -> Option<Explained<'a>> {
        let join = look.live.joins.iter().find(|join| join.stack == *stack);
        Some(Explained {
            join: join.map(|join| Joined {
                conductor: &join.conductor,
                memory: &join.memory,
            }),
            stack,
            answer: standing.decision.answer(stack)?,
            decision: &standing.decision,
            found: standing.world.stacks.get(stack).and_then(Observed::found),
        })
    }

    /// The cause first, then each condition, then what to do.
    pub(super) fn lines(
        &self,
        console: &Console,
        now: Timestamp,
        width: Option<usize>,
        paint: Paint,
    ) -> Vec<String> {
        let limit = width.unwrap_or(usize::MAX);
        let mut lines = wrap(&self.headline(now), limit);
        lines.push(String::new());
        lines.extend(self.table(now).lines(width, paint));
        if let Some(next) = self.next(console) {
            lines.push(String::new());
            lines.extend(wrap(&format!("Next: {next}"), limit));
        }
        lines
    }

    fn headline(&self, now: Timestamp) -> String {
        let name = self.stack.short();
        let state = self.answer.as_str();
        let because = words::because(self.answer);
        let roots = self.roots();
        let root = roots.first().filter(|hold| hold.root.stack != hold.stack);
        let since = roots.first().and_then(|hold| hold.root.since);
        let ago = since.map_or(String::new(), |at| format!(" {}", time::ago(at, now)));
        let whence = root.map_or(String::new(), |hold| {
            format!(" That is because {}.", words::blocking(&hold.root))
        });
        match &self.answer.verdict {
            Verdict::Start => format!("{name} is due, and may start now: {because}."),
            Verdict::Not(Reason::Waiting(_)) => format!("{name} is {state}: {because}.{whence}"),
            Verdict::Not(Reason::Blocked(_)) => format!("{name} is {state}: {because}{ago}."),
            // The reason has no word that could be the state of a stack.
            Verdict::Not(Reason::NoSettings) => {
                format!("{name} is due, and cannot start: {because}.")
            }
            Verdict::Not(_) => format!("{name} is {state}: {because}."),
        }
    }

    /// The stacks that hold it back, if that is the reason.
    fn roots(&self) -> &[Hold] {
        self.answer.reason().map(Reason::holds).unwrap_or_default()
    }

    fn table(&self, now: Timestamp) -> Table {
        let mut table = Table::bare();
        let mut push = |name: &str, value: Cell, note: String| {
            table.push([Cell::plain(name), value, Cell::quiet(note)]);
        };
        push(
            "due",
            yes_or_no(self.answer.is_due(), Tone::Odd),
            self.attempt(now),
        );
        if let Some(deployment) = self.lock_met() {
            let ago = time::ago(deployment.created, now);
            push(
                &format!("  deployment {}", deployment.version),
                Cell::new(Tone::Odd, "failed"),
                format!("{ago}: another update of the stack was running"),
            );
        }
        for upstream in &self.answer.upstream {
            let (seen, note) = news(upstream, now);
            push(&format!("  {}", upstream.stack.short()), seen, note);
        }
        let is_ready = self.answer.upstream.iter().all(|it| it.hold.is_none());
        push("ready", yes_or_no(is_ready, Tone::Good), String::new());
        for upstream in &self.answer.upstream {
            let (rest, note) = rest(upstream, now);
            push(&format!("  {}", upstream.stack.short()), rest, note);
        }
        push("free", yes_or_no(self.is_free(), Tone::Good), String::new());
        for (name, value) in self.freedom() {
            push(&format!("  {name}"), value, String::new());
        }
        if let Some(Joined { conductor, memory }) = self.join {
            let started = memory.deployment.as_deref();
            let note = started.map_or("it has started nothing yet".to_owned(), |id| {
                format!("it last started deployment {id}")
            });
            push(
                "join",
                Cell::plain(format!("of {}", conductor.short())),
                note,
            );
            for (upstream, version) in &memory.handled {
                let handled = Cell::plain(format!("version {}", version.number));
                push(
                    &format!("  {}", upstream.short()),
                    handled,
                    "handled".to_owned(),
                );
            }
        }
        table
    }

    /// The deployment that should have updated it but failed because another update was running, if there is one.
    fn lock_met(&self) -> Option<&Deployment> {
        let found = self.found.filter(|_| self.answer.is_due())?;
        found.history.lock_met()
    }

    fn attempt(&self, now: Timestamp) -> String {
        let Some(attempt) = self.answer.attempt else {
            return "it was never updated".to_owned();
        };
        let result = match attempt.result {
            UpdateResult::Running => "runs",
            UpdateResult::Succeeded => "succeeded",
            UpdateResult::Failed => "failed",
        };
        let began = time::ago(attempt.began, now);
        let mut note = format!("its last update began {began} and {result}");
        if attempt.result == UpdateResult::Failed {
            let good = self.answer.good.and_then(|good| good.ended);
            let good = good.map_or("it never succeeded".to_owned(), |at| {
                format!("it last succeeded {}", time::ago(at, now))
            });
            note = format!("{note}; {good}");
        }
        note
    }

    fn is_free(&self) -> bool {
        let Some(found) = self.found else {
            return false;
        };
        let is_destroyed = found.history.destroyed().is_some();
        found.has_settings != Some(false)
            && !is_paused(found)
            && !is_destroyed
            && found.history.queued().is_none()
    }

    fn freedom(&self) -> Vec<(&'static str, Cell)> {
        let Some(found) = self.found else {
            return vec![("exists", yes_or_no(false, Tone::Good))];
        };
        let settings = match found.has_settings {
            None => Cell::quiet("not known"),
            Some(has) => yes_or_no(has, Tone::Good),
        };
        let paused = match found.pauses {
            None => Cell::quiet("not known"),
            Some(Pauses {
                organization: true, ..
            }) => Cell::new(Tone::Odd, "yes, the whole organization"),
            Some(Pauses { stack: true, .. }) => Cell::new(Tone::Odd, "yes, the stack"),
            Some(_) => Cell::plain("no"),
        };
        let queued = found.history.queued();
        let running = found.history.running();
        vec![
            ("deployment settings", settings),
            ("paused", paused),
            (
                "queued",
                queued.map_or(Cell::plain("no"), |queued| {
                    Cell::new(Tone::Busy, format!("deployment {}", queued.version))
                }),
            ),
            (
                "running",
                running.map_or(Cell::plain("no"), |running| {
                    Cell::new(Tone::Busy, running.operation.to_string())
                }),
            ),
        ]
    }

    /// What to do next; `None` if there is nothing to do.
    fn next(&self, console: &Console) -> Option<String> {
        let root = say::roots(self.decision, self.answer).into_iter().next();
        let stack = root.unwrap_or(self.stack);
        let answer = self.decision.answer(stack)?;
        let name = stack.short();
        let page = console
            .stack(stack)
            .map_or(String::new(), |url| format!(" ({url})"));
        let run = format!("`auto-deploy run {name}`");
        let reason = match &answer.verdict {
            Verdict::Start => return Some(format!("{run} brings it up to date.")),
            Verdict::Not(reason) => reason,
        };
        Some(match reason {
            Reason::UpToDate | Reason::Unchanged | Reason::NoUpstream => return None,
            Reason::Queued { .. } | Reason::Running { .. } => {
                format!("nothing; {name} has to end first.")
            }
            Reason::Failed { .. } => {
                format!("fix {name}{page}, then update it: {run} updates all below it as well.")
            }
            Reason::Handled => format!("{run}, if it is to run again for the same versions."),
            Reason::Destroyed { .. } => {
                format!("update {name} again, or remove what depends on it.")
            }
            Reason::NeverDeployed => format!("update {name} once: `pulumi up`, or {run}."),
            Reason::Paused(Pauses {
                organization: true, ..
            }) => "resume the deployments of the organization.".to_owned(),
            Reason::Paused(_) => format!("resume the deployments of {name}{page}."),
            Reason::NoSettings => format!("give {name} deployment settings{page}."),
            Reason::Missing => {
                format!(
                    "create {name}, or remove what depends on it, or use a token that may see it."
                )
            }
            Reason::Unreadable { stack, .. } => {
                format!("use an access token that may read {}.", stack.short())
            }
            Reason::Waiting(_) | Reason::Blocked(_) => {
                format!("`auto-deploy check`: {name} depends on itself, through others.")
            }
            Reason::HeldBack { .. } => "nothing; its turn comes.".to_owned(),
        })
    }

    /// The same as JSON.
    pub(crate) fn json(&self) -> Value {
        let answer = self.answer;
        let upstream = answer.upstream.iter().map(|upstream| {
            json!({
                "stack": upstream.stack.to_string(),
                "version": upstream.good.map(|good| good.version),
                "updated": upstream.good.and_then(|good| good.ended),
                "isNews": upstream.is_news,
                "isAtRest": upstream.hold.is_none(),
                "hold": upstream.hold.as_ref().map(hold),
            })
        });
        let attempt = answer.attempt.map(|attempt| {
            json!({
                "version": attempt.version,
                "began": attempt.began,
                "ended": attempt.ended,
                "hasFailed": attempt.result == UpdateResult::Failed,
            })
        });
        let found = self.found;
        let roots = self.roots().iter().map(|hold| root(&hold.root));
        json!({
            "stack": self.stack.to_string(),
            "state": answer.as_str(),
            "because": words::because(answer),
            "mayStart": answer.starts(),
            "isStale": answer.is_stale,
            "isDue": answer.is_due(),
            "isReady": answer.upstream.iter().all(|upstream| upstream.hold.is_none()),
            "isFree": self.is_free(),
            "lastAttempt": attempt,
            "metLock": self.lock_met().map(|deployment| &deployment.id),
            "lastSucceeded": answer.good.and_then(|good| good.ended),
            "upstream": upstream.collect::<Vec<_>>(),
            "hasSettings": found.and_then(|found| found.has_settings),
            "isPaused": found.map(is_paused),
            "join": self.join.map(join),
            "roots": roots.collect::<Vec<_>>(),
            "next": self.next(&Console::default()),
        })
    }
}

fn is_paused(found: &Observation) -> bool {
    found
        .pauses
        .is_some_and(|pauses| pauses.stack || pauses.organization)
}

fn join(join: Joined<'_>) -> Value {
    let handled = join.memory.handled.iter();
    let handled: serde_json::Map<String, Value> = handled
        .map(|(stack, version)| (stack.to_string(), version.number.into()))
        .collect();
    json!({
        "conductor": join.conductor.to_string(),
        "handled": handled,
        "deployment": join.memory.deployment,
    })
}

fn hold(hold: &Hold) -> Value {
    json!({
        "state": hold.state.as_str(),
        "since": hold.since,
        "root": root(&hold.root),
    })
}

fn root(root: &auto_deploy::cascade::Root) -> Value {
    json!({
        "stack": root.stack.to_string(),
        "state": root.state.as_str(),
        "since": root.since,
    })
}

fn yes_or_no(is: bool, tone_of_yes: Tone) -> Cell {
    let tone = match (is, tone_of_yes) {
        (true, tone) => tone,
        (false, Tone::Good) => Tone::Odd,
        (false, _) => Tone::Good,
    };
    Cell::new(tone, if is { "yes" } else { "no" })
}

/// Whether the newest success of an upstream stack was seen, and when it ended.
fn news(upstream: &Upstream, now: Timestamp) -> (Cell, String) {
    let Some(good) = upstream.good else {
        return (Cell::quiet("never succeeded"), String::new());
    };
    let seen = if upstream.is_news {
        Cell::new(Tone::Odd, "not seen")
    } else {
        Cell::plain("seen")
    };
    let at = good.ended.map_or(String::new(), |at| time::ago(at, now));
    (seen, format!("version {}, {at}", good.version))
}

/// Whether an upstream stack is at rest, or how it holds others back.
fn rest(upstream: &Upstream, now: Timestamp) -> (Cell, String) {
    let Some(hold) = &upstream.hold else {
        return (Cell::plain("at rest"), String::new());
    };
    let since = hold.since.map(|since| time::ago(since, now));
    let root = (hold.root.stack != hold.stack).then(|| words::blocking(&hold.root));
    let note: Vec<String> = [since, root].into_iter().flatten().collect();
    let tone = match hold.state {
        Holding::Failed | Holding::Missing | Holding::Destroyed | Holding::Unreadable => Tone::Bad,
        Holding::Running | Holding::Queued => Tone::Busy,
        Holding::Due | Holding::Handled | Holding::Inherited => Tone::Odd,
    };
    (Cell::new(tone, hold.state.as_str()), note.join("; "))
}
