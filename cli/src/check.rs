//! `auto-deploy check`: what is wrong with the graph of an organization.

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look;
use crate::output::style::Tone;
use crate::output::text::{count, wrap};
use crate::output::{Screen, write_json};
use auto_deploy::domain::StackRef;
use auto_deploy::findings::{Finding, Severity};
use auto_deploy::graph::Edge;
use auto_deploy::survey::Detail;
use serde_json::{Value, json};
use std::io::Write;

/// Report what is wrong with the graph of stacks, or worth knowing
///
/// Looks at all stacks, webhooks and StackReferences of the organization: cycles, stacks that are missing or cannot be
/// deployed, webhooks that start too much, stacks that run too often, references that nothing follows. Paused
/// deployments are only reported before an update.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// The least severe findings for which the command fails
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Warning)]
    fail_on: FailOn,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "json")]
    format: Format,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Severities:
  error    it cannot work, or never ends
  warning  it works, but too often, too early, or only after someone steps in
  notice   it may be intended

Exit status:
  0  no finding is as severe as `--fail-on` says
  1  at least one is
  2  the cloud could not be read, or not all of it

Examples:
  auto-deploy check
  auto-deploy check --fail-on error
  auto-deploy check --json | jq -r '.findings[].code'

In a GitHub Actions workflow, with each finding as an annotation:
  - run: auto-deploy check --org acme --format github
    env:
      PULUMI_ACCESS_TOKEN: ${{ secrets.PULUMI_ACCESS_TOKEN }}";

/// The findings that make the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Findings of what cannot work.
    Error,
    /// Also warnings: what works, but too often, too early or not without help.
    Warning,
    /// All findings.
    Notice,
}

impl FailOn {
    fn includes(self, severity: Severity) -> bool {
        let least = match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Notice => Severity::Notice,
        };
        severity <= least
    }
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
    /// Annotations of a GitHub Actions workflow.
    Github,
}

/// Prints the findings.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::EdgesAndSettings).await?;
    let mut findings: Vec<&Finding> = look.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.severity, finding.code));
    let format = if arguments.json {
        Format::Json
    } else {
        arguments.format
    };
    match format {
        Format::Text => write(out, &findings, look.stacks.len(), look.edges.len())?,
        Format::Json => write_json(out, &json_of(&context.organization, &findings))?,
        Format::Github => annotate(out, &findings)?,
    }
    if let Some(unavailable) = look.live.unavailable {
        // An incomplete result must not pass as healthy.
        return Err(anyhow::Error::from(unavailable));
    }
    let is_failure = |finding: &&Finding| arguments.fail_on.includes(finding.severity);
    Ok(Exit::findings_if(findings.iter().any(is_failure)))
}

fn write(
    out: &mut impl Write,
    findings: &[&Finding],
    n_stacks: usize,
    n_edges: usize,
) -> anyhow::Result<()> {
    let screen = Screen::of_stdout();
    let width = screen.width.unwrap_or(100).clamp(40, 120);
    for finding in findings {
        let (tone, mark) = look::mark(finding.severity);
        let head = format!("{mark} {}", finding.severity.as_str());
        let code = screen
            .paint
            .text(Tone::Quiet, &format!("[{}]", finding.code.as_str()));
        writeln!(out, "{} {code}", screen.paint.text(tone, &head))?;
        for line in wrap(&finding.sentence, width - 4) {
            writeln!(out, "    {line}")?;
        }
        for (n, line) in wrap(&finding.cure, width - 6).iter().enumerate() {
            let mark = if n == 0 { "→" } else { " " };
            writeln!(out, "    {} {line}", screen.paint.text(Tone::Quiet, mark))?;
        }
        writeln!(out)?;
    }
    let n = |severity| {
        let of = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        of.count()
    };
    let looked = format!(
        "{} and {}",
        count(n_stacks, "stack"),
        count(n_edges, "edge")
    );
    if findings.is_empty() {
        writeln!(out, "Nothing is wrong with {looked}.")?;
    } else {
        writeln!(
            out,
            "{}, {}, {} about {looked}.",
            count(n(Severity::Error), "error"),
            count(n(Severity::Warning), "warning"),
            count(n(Severity::Notice), "notice"),
        )?;
    }
    Ok(())
}

fn json_of(organization: &str, findings: &[&Finding]) -> Value {
    let edge = |edge: &Edge| {
        json!({
            "upstream": edge.upstream.to_string(),
            "downstream": edge.downstream.to_string(),
        })
    };
    let finding = |finding: &&Finding| {
        json!({
            "code": finding.code.as_str(),
            "severity": finding.severity.as_str(),
            "stacks": finding.stacks.iter().map(StackRef::to_string).collect::<Vec<_>>(),
            "edges": finding.edges.iter().map(edge).collect::<Vec<_>>(),
            "sentence": finding.sentence,
            "cure": finding.cure,
        })
    };
    json!({
        "organization": organization,
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// One workflow command for each finding.
fn annotate(out: &mut impl Write, findings: &[&Finding]) -> anyhow::Result<()> {
    for finding in findings {
        let title = format!("auto-deploy: {}", finding.code.as_str());
        writeln!(
            out,
            "::{} title={}::{}",
            finding.severity.as_str(),
            property(&title),
            message(&finding.to_string())
        )?;
    }
    Ok(())
}

/// Escapes a text for the message of a workflow command.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a text for a property of a workflow command.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_severity_includes_those_that_are_worse() {
        let all = [Severity::Error, Severity::Warning, Severity::Notice];
        let of = |fail_on: FailOn| all.map(|severity| fail_on.includes(severity));
        assert_eq!(of(FailOn::Error), [true, false, false]);
        assert_eq!(of(FailOn::Warning), [true, true, false]);
        assert_eq!(of(FailOn::Notice), [true, true, true]);
    }

    #[test]
    fn an_annotation_stays_on_its_line() {
        assert_eq!(message("50 %\nmore"), "50 %25%0Amore");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
    }
}
