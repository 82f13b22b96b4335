//! The owners of pauses: for each stack that a run pauses, a tag on the stack names the run.
//!
//! A run that is alive rewrites its tag from time to time. If the tag stays the same for as long as it states, the run has
//! ended, and the next run takes over its pauses. Clocks are never compared.
//!
//! # What this may not do
//!
//! Take over the pause of a run that is alive, or of a user.

use crate::context::Context;
use crate::output::time;
use auto_deploy::cascade::PlannedRun;
use auto_deploy::cloud::CloudError;
use auto_deploy::domain::StackRef;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// The tag that names the owner of a pause.
const TAG: &str = "auto-deploy:hold";

/// How often to read a tag whose run may be alive.
const LOOK: Duration = Duration::from_millis(500);

/// A run, as named by its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// The user's name on the cloud.
    user: String,
    process: u32,
    since: Timestamp,
    /// How long it may be silent.
    lease: Duration,
}

/// A tag of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    owner: Owner,
    /// When it was written; `None` if the run is about to remove it.
    written: Option<Timestamp>,
}

/// What was found before anything is started.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleared {
    /// The stacks paused by a run that has ended, whose pauses are now ours.
    pub(super) adopted: BTreeSet<StackRef>,
    /// Whether another run was waited for, so that everything may have changed.
    pub(super) has_waited: bool,
}

/// How to treat pauses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// End all, also those of other users.
    pub(super) resumes: bool,
    /// Wait for other runs.
    pub(super) waits: bool,
    /// Whether this run holds stacks itself.
    pub(super) may_hold: bool,
}

impl Owner {
    /// The owner for this run.
    pub(super) async fn of_this(context: &Context, lease: Duration) -> Owner {
        // The name helps those who wait, but nothing depends on it.
        let user = context.client.user().await.ok().flatten();
        Owner {
            user: user
                .unwrap_or_else(|| "someone".to_owned())
                .replace(' ', "_"),
            process: std::process::id(),
            since: time::now(),
            lease,
        }
    }

    /// Records that this run holds a stack, or still does.
    pub(super) async fn note(&self, context: &Context, stack: &StackRef) -> Result<(), CloudError> {
        self.write(context, stack, Some(time::now())).await
    }

    /// Whether the tag of a stack names this run.
    pub(super) async fn holds(
        &self,
        context: &Context,
        stack: &StackRef,
    ) -> Result<bool, CloudError> {
        Ok(tag(context, stack)
            .await?
            .is_some_and(|tag| tag.owner == *self))
    }

    /// Ends the pause of a stack. If the process is killed in between, the next run takes over the pause immediately.
    pub(super) async fn release(
        &self,
        context: &Context,
        stack: &StackRef,
    ) -> Result<(), CloudError> {
        self.write(context, stack, None).await?;
        context.client.resume_deployments(stack).await?;
        context.client.remove_tag(stack, TAG).await
    }

    /// How often to show that this run is alive.
    pub(super) fn beat(&self) -> Duration {
        self.lease / 4
    }

    async fn write(
        &self,
        context: &Context,
        stack: &StackRef,
        written: Option<Timestamp>,
    ) -> Result<(), CloudError> {
        let tag = Tag {
            owner: self.clone(),
            written,
        };
        context.client.set_tag(stack, TAG, &tag.to_string()).await
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.user, self.process)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Owner {
            user,
            process,
            since,
            lease,
        } = &self.owner;
        let lease = lease.as_secs();
        write!(
            f,
            "user={user} process={process} since={since} lease={lease}s"
        )?;
        match self.written {
            Some(at) => write!(f, " written={at}"),
            None => f.write_str(" released"),
        }
    }
}

impl Tag {
    /// Parses a tag. One that is not ours has no owner.
    fn read(text: &str) -> Option<Tag> {
        let words: BTreeMap<&str, &str> = text
            .split(' ')
            .map(|word| word.split_once('=').unwrap_or((word, "")))
            .collect();
        let lease = words.get("lease")?.strip_suffix('s')?.parse().ok()?;
        Some(Tag {
            owner: Owner {
                user: (*words.get("user")?).to_owned(),
                process: words.get("process")?.parse().ok()?,
                since: words.get("since")?.parse().ok()?,
                lease: Duration::from_secs(lease),
            },
            written: words.get("written").and_then(|at| at.parse().ok()),
        })
    }
}

async fn tag(context: &Context, stack: &StackRef) -> Result<Option<Tag>, CloudError> {
    let found = context.client.tag(stack, TAG).await?;
    Ok(found.as_deref().and_then(Tag::read))
}

/// Determines who owns the pauses of a plan's stacks, and waits for other runs that are alive.
///
/// # Errors
///
/// A pause that only a user ends: this run would wait forever.
pub(super) async fn clear(
    context: &Context,
    stacks: &[PlannedRun],
    manner: Manner,
) -> anyhow::Result<Cleared> {
    let mut cleared = Cleared::default();
    for planned in stacks {
        let stack = &planned.stack;
        let pauses = context.client.deployment_pauses(stack).await?;
        let pauses = pauses.unwrap_or_default();
        anyhow::ensure!(
            !pauses.organization,
            "the deployments of the organization `{organization}` are paused, and nothing of it can run: resume them in \
             its deployment settings{page}, then run this again",
            organization = context.organization,
            page = context
                .console
                .organization(&context.organization)
                .map_or_else(String::new, |url| format!(" ({url})")),
        );
        if pauses.stack && manner.resumes {
            context.client.resume_deployments(stack).await?;
            context.client.remove_tag(stack, TAG).await?;
            continue;
        }
        let may_be_held = manner.may_hold && planned.is_started_out_of_turn();
        if !pauses.stack && !may_be_held {
            continue;
        }
        match tag(context, stack).await? {
            None if pauses.stack => {
                let page = context.console.stack(stack);
                let page = page.map_or_else(String::new, |url| format!(" ({url})"));
                anyhow::bail!(
                    "the deployments of `{}` are paused, and not by a run: resume them{page}, or run this again with \
                     `--resume`",
                    stack.short()
                );
            }
            None => {}
            Some(tag) => {
                let outcome = wait_for(context, stack, tag, manner).await?;
                cleared.has_waited |= outcome.has_ended;
                if outcome.is_left_paused {
                    cleared.adopted.insert(stack.clone());
                }
            }
        }
    }
    Ok(cleared)
}

/// What happened to another run's hold of a stack.
struct Outcome {
    /// The run was alive and has ended.
    has_ended: bool,
    /// The run is silent, and its pause remains.
    is_left_paused: bool,
}

/// Waits until another run no longer holds a stack, or has been silent for too long.
async fn wait_for(
    context: &Context,
    stack: &StackRef,
    mut last: Tag,
    manner: Manner,
) -> anyhow::Result<Outcome> {
    let owner = last.owner.clone();
    let (name, lease) = (stack.short(), owner.lease.as_secs());
    let mut silent = Instant::now();
    let mut has_said = false;
    loop {
        let is_over = last.written.is_none() || silent.elapsed() >= owner.lease;
        let is_paused = context.client.deployment_pauses(stack).await?;
        let is_left_paused = is_paused.is_some_and(|pauses| pauses.stack);
        if is_over {
            if is_left_paused {
                writeln!(
                    std::io::stderr(),
                    "A run of {owner} left {name} paused and is over: this run takes the pause over."
                )?;
            }
            return Ok(Outcome {
                has_ended: false,
                is_left_paused,
            });
        }
        anyhow::ensure!(
            manner.waits,
            "another run, of {owner}, holds `{name}` since {}; run this again when that one has ended. Without \
             `--no-wait`, this command waits, and takes over from a run that has been silent for {lease} s",
            owner.since.strftime("%F %T UTC"),
        );
        if !has_said {
            has_said = true;
            writeln!(
                std::io::stderr(),
                "Another run, of {owner}, holds {name} since {}. Waiting until it ends, or has been silent for {lease} s.",
                owner.since.strftime("%F %T UTC"),
            )?;
        }
        tokio::time::sleep(LOOK.min(owner.lease / 4)).await;
        match tag(context, stack).await? {
            Some(now) if now.owner == owner => {
                if now != last {
                    silent = Instant::now();
                }
                last = now;
            }
            // It has ended, or yet another run holds the stack: everything is read again.
            _ => {
                return Ok(Outcome {
                    has_ended: true,
                    is_left_paused: false,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_was_written() {
        let owner = Owner {
            user: "alice".to_owned(),
            process: 4711,
            since: Timestamp::from_second(1_700_000_000).expect("a time"),
            lease: Duration::from_mins(1),
        };
        let written = Tag {
            written: Some(owner.since),
            owner: owner.clone(),
        };
        let text = written.to_string();
        assert!(text.len() < 256, "the cloud takes no longer ones");
        assert_eq!(Tag::read(&text), Some(written));
        let released = Tag {
            written: None,
            owner,
        };
        assert_eq!(Tag::read(&released.to_string()), Some(released));
        assert_eq!(Tag::read("mine"), None);
    }
}
