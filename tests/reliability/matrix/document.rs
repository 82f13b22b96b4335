//! The matrix as the tables of `docs/reliability.md`.

use super::faults::Fault;
use super::operations::{Answer, Operation, Outcome};
use super::{Cell, TIMES, Tried};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use testkit::switches;
use testkit::tools::{read, repository};

/// The text before the tables.
const INTRODUCTION: &str = include_str!("introduction.md");

/// Compares the tables with those in the docs, or writes them there on request. If not every fault was tried, each line
/// must be in the docs.
pub(crate) fn compare(all: &[(Cell, Tried)], is_full: bool) {
    let wanted = write(all);
    if switches::update_docs() {
        std::fs::write(repository("docs/reliability.md"), &wanted).expect("it is written");
    }
    let found = read("docs/reliability.md");
    let hint =
        "`UPDATE_DOCS=1 cargo test --test reliability matrix` writes docs/reliability.md anew";
    if is_full {
        assert_eq!(found, wanted, "{hint}");
    }
    let lines: BTreeSet<_> = found.lines().collect();
    for line in wanted.lines() {
        assert!(lines.contains(line), "{line}\nis missing; {hint}");
    }
}

fn write(all: &[(Cell, Tried)]) -> String {
    let mut document = INTRODUCTION.to_owned();
    for operation in Operation::ALL {
        let own: Vec<_> = all
            .iter()
            .filter(|(cell, _)| cell.operation == operation)
            .collect();
        write!(document, "\n## {}\n\n", operation.title()).expect("a text takes all");
        document.push_str("| fault | when | once | twice | forever |\n|---|---|---|---|---|\n");
        let mut said = Said::default();
        for line in own.chunk_by(|(left, _), (right, _)| is_same(&left.fault, &right.fault)) {
            let fault = &line[0].0.fault;
            let shown = TIMES.map(|(_, times)| {
                let cell = line.iter().find(|(cell, _)| cell.times == times);
                cell.map_or("–".to_owned(), |(_, result)| {
                    told(operation, result, &mut said)
                })
            });
            let [once, twice, ever] = shown;
            let moment = fault.moment.as_str();
            writeln!(
                document,
                "| {} | {moment} | {once} | {twice} | {ever} |",
                fault.name
            )
            .expect("a text takes all");
        }
        document.push_str(&said.list());
    }
    document
}

fn is_same(left: &Fault, right: &Fault) -> bool {
    (left.name, left.moment) == (right.name, right.moment)
}

/// The messages, each once.
#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    /// The number of a failure's message in the list below the table.
    fn number(&mut self, outcome: &Outcome) -> usize {
        let (Answer::Failed(status) | Answer::Partial(_, status)) = &outcome.answer else {
            return 0;
        };
        let hook = status
            .message()
            .split('`')
            .find(|part| part.starts_with("acme/app/prod/auto-deploy-"));
        let message = hook.map_or(status.message().to_owned(), |hook| {
            status.message().replace(hook, "acme/app/prod/NAME")
        });
        let text = format!("`{:?}`: {message}", status.code());
        let known = self.0.iter().position(|known| *known == text);
        1 + known.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        })
    }

    fn list(&self) -> String {
        let mut list = String::new();
        for (place, text) in self.0.iter().enumerate() {
            let before = if place == 0 { "\n" } else { "" };
            writeln!(list, "{before}{}. {text}", place + 1).expect("a text takes all");
        }
        list
    }
}

fn told(operation: Operation, result: &Tried, said: &mut Said) -> String {
    let outcome = &result.outcome;
    let calls = match outcome.n_calls {
        1 => "1 call".to_owned(),
        n => format!("{n} calls"),
    };
    let how = match &outcome.answer {
        Answer::Has(_) => "done".to_owned(),
        Answer::HasNone => match operation {
            Operation::Refresh => "dropped from the state".to_owned(),
            Operation::Import => "there is none to import".to_owned(),
            Operation::List => "none".to_owned(),
            _ => "done".to_owned(),
        },
        Answer::Failed(_) => format!("fails ({})", said.number(outcome)),
        Answer::Partial(..) => format!("fails ({}), in the state", said.number(outcome)),
    };
    let mut told = format!("{how}, {calls}");
    if !matches!(outcome.answer, Answer::Has(_)) && !operation.reads() {
        write!(told, "; {}", on_the_cloud(operation, outcome)).expect("a text takes all");
    }
    if let Some(next) = &result.next {
        let next = match next.answer {
            Answer::Has(_) | Answer::HasNone => "done".to_owned(),
            _ => format!("fails ({})", said.number(next)),
        };
        write!(told, "; then {next}").expect("a text takes all");
    }
    told
}

fn on_the_cloud(operation: Operation, outcome: &Outcome) -> &'static str {
    match (operation, outcome.hooks.first().map(String::as_str)) {
        (Operation::Delete, None) => "gone",
        (Operation::Delete, Some(_)) => "still there",
        (Operation::Update, Some("new")) => "changed",
        (Operation::Update, _) => "not changed",
        (_, None) => "not made",
        (_, Some(_)) => "made",
    }
}
