//! `auto-deploy deliveries`: what webhooks sent to start deployments, and the answers.

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look::{self, Webhook};
use crate::output::style::Tone;
use crate::output::text::count;
use crate::output::{Cell, Progress, Screen, Table, time, write_json};
use auto_deploy::cloud::{CloudError, Delivery, MAX_AT_ONCE};
use auto_deploy::survey::Detail;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;

/// List the deliveries of all webhooks between stacks
///
/// Newest first, one line for each event. An event that failed at first and was delivered later counts as delivered.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// Only those that failed
    #[arg(long)]
    failed: bool,
    /// Send those that failed again; each one that succeeds starts a deployment
    #[arg(long)]
    redeliver: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Exit status:
  0  every delivery succeeded
  1  some failed, or failed again
  2  the cloud could not be read

Examples:
  auto-deploy deliveries
  auto-deploy deliveries --failed --json
  auto-deploy deliveries --redeliver";

/// A delivery and its edge.
#[derive(Clone, Debug)]
struct Line<'a> {
    webhook: &'a Webhook,
    delivery: Delivery,
    /// The delivery after it was sent again.
    again: Option<Delivery>,
    /// Why it is unknown whether it was sent again, or with which result.
    trouble: Option<CloudError>,
}

impl Line<'_> {
    fn last(&self) -> &Delivery {
        self.again.as_ref().unwrap_or(&self.delivery)
    }

    fn is_failed(&self) -> bool {
        self.trouble.is_some() || self.last().is_failed()
    }
}

/// Lists deliveries, and sends them again if requested.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let mut lines = lines(&context, &look.webhooks).await?;
    if arguments.failed || arguments.redeliver {
        lines.retain(|line| line.delivery.is_failed());
    }
    if arguments.redeliver {
        // Each result is reported, whatever happens to the next delivery.
        for line in &mut lines {
            match context.client.redeliver(&line.delivery).await {
                Ok(again) => line.again = again,
                Err(error) => line.trouble = Some(error),
            }
        }
    }
    let n_failed = lines.iter().filter(|line| line.is_failed()).count();
    if arguments.json {
        write_json(out, &lines.iter().map(json_of).collect::<Vec<_>>())?;
    } else {
        write(out, &lines, arguments.redeliver)?;
        let mut notes = std::io::stderr();
        if lines.is_empty() {
            let what = if arguments.failed || arguments.redeliver {
                "No delivery has failed."
            } else {
                "No webhook between stacks has delivered anything yet."
            };
            writeln!(notes, "{what}")?;
        } else if n_failed > 0 && !arguments.redeliver {
            writeln!(
                notes,
                "{} failed; to send again what failed, add `--redeliver`.",
                count(n_failed, "delivery")
            )?;
        }
    }
    Ok(Exit::findings_if(n_failed > 0))
}

/// The deliveries of these webhooks, newest first; for each event only the last one.
async fn lines<'a>(
    context: &Context,
    webhooks: &'a [Webhook],
) -> Result<Vec<Line<'a>>, CloudError> {
    let progress = Progress::new("Reading deliveries");
    let ask = |webhook: &'a Webhook| async move {
        let found = context.client.deliveries(&webhook.id).await?;
        Ok::<_, CloudError>((webhook, found.unwrap_or_default()))
    };
    let mut asked = stream::iter(webhooks).map(ask).buffered(MAX_AT_ONCE);
    let mut lines = Vec::new();
    let mut n_done = 0;
    while let Some((webhook, deliveries)) = asked.try_next().await? {
        n_done += 1;
        progress.at(n_done, webhooks.len());
        lines.extend(latest(deliveries).into_iter().map(|delivery| Line {
            webhook,
            delivery,
            again: None,
            trouble: None,
        }));
    }
    lines.sort_by(|a, b| {
        let key = |line: &Line<'_>| (line.delivery.sent, line.webhook.edge.clone());
        key(b).cmp(&key(a))
    });
    Ok(lines)
}

/// For each event the delivery that counts: one that succeeded, or else the last one.
fn latest(deliveries: Vec<Delivery>) -> Vec<Delivery> {
    let taken: BTreeSet<String> = deliveries
        .iter()
        .filter(|delivery| !delivery.is_failed())
        .map(|delivery| delivery.event.clone())
        .collect();
    let mut seen = BTreeSet::new();
    deliveries
        .into_iter()
        .filter(|delivery| !delivery.is_failed() || !taken.contains(&delivery.event))
        .filter(|delivery| seen.insert(delivery.event.clone()))
        .collect()
}

fn write(out: &mut impl Write, lines: &[Line<'_>], is_again: bool) -> anyhow::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let screen = Screen::of_stdout();
    let now = time::now();
    let mut table = Table::new(&["from", "starts", "answer", "", "sent"]);
    for line in lines {
        let last = line.last();
        let answer = match (last.status, is_again) {
            _ if line.trouble.is_some() => "not known".to_owned(),
            (0, _) => "no answer".to_owned(),
            (status, false) => status.to_string(),
            (status, true) => format!("{status} this time"),
        };
        let message = match &line.trouble {
            Some(error) => error.to_string(),
            None => last.message.clone(),
        };
        let tone = if line.is_failed() {
            Tone::Bad
        } else {
            Tone::Good
        };
        table.push([
            Cell::plain(line.webhook.edge.upstream.short()),
            Cell::plain(line.webhook.edge.downstream.short()),
            Cell::new(tone, answer),
            Cell::quiet(message),
            Cell::quiet(time::ago(line.delivery.sent, now)),
        ]);
    }
    for line in table.lines(screen.width, screen.paint) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn json_of(line: &Line<'_>) -> Value {
    let delivery = |delivery: &Delivery| {
        json!({
            "status": delivery.status,
            "message": delivery.message,
            "durationMs": delivery.duration_ms,
            "isFailed": delivery.is_failed(),
        })
    };
    json!({
        "upstream": line.webhook.edge.upstream.to_string(),
        "downstream": line.webhook.edge.downstream.to_string(),
        "webhook": line.webhook.id.to_string(),
        "event": line.delivery.event,
        "kind": line.delivery.kind,
        "sent": line.delivery.sent,
        "answer": delivery(&line.delivery),
        "redelivered": line.again.as_ref().map(delivery),
        "error": line.trouble.as_ref().map(ToString::to_string),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use auto_deploy::domain::{Scope, WebhookId};
    use jiff::Timestamp;

    #[test]
    fn an_event_that_was_taken_at_last_has_not_failed() {
        let webhook = WebhookId {
            scope: Scope::Organization {
                organization: "acme".to_owned(),
            },
            name: "x".to_owned(),
        };
        let delivery = |event: &str, status| Delivery {
            webhook: webhook.clone(),
            event: event.to_owned(),
            kind: "stack_update".to_owned(),
            sent: Timestamp::UNIX_EPOCH,
            duration_ms: 1,
            status,
            message: String::new(),
        };
        let kept = latest(vec![
            delivery("a", 202),
            delivery("a", 404),
            delivery("b", 400),
            delivery("b", 404),
        ]);
        let kept: Vec<_> = kept
            .iter()
            .map(|delivery| (delivery.event.as_str(), delivery.status))
            .collect();
        assert_eq!(kept, [("a", 202), ("b", 400)]);
    }
}
