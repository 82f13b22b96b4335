//! Every operation on a webhook, with every fault, at every moment, once, twice and forever.
//!
//! Each cell is judged by the rules in [`expected`], and together they are the tables of `docs/reliability.md`.

mod document;
mod expected;
mod faults;
mod operations;

use auto_deploy::cloud::Patience;
use expected::{End, Expected};
use faults::Fault;
use operations::{Answer, Known, Operation, Outcome};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::provider::Provider;
use testkit::switches;
use tonic::Status;

/// How often a request is repeated here.
const REPEATS: usize = 2;

/// The time limit of a try where the cloud takes too long.
const TRY_LIMIT: Duration = Duration::from_secs(1);

/// How many requests in a row meet a fault, and the name of that. The last is more than are ever sent.
const TIMES: [(&str, usize); 3] = [("once", 1), ("twice", 2), ("forever", 1000)];

/// How many cells are tried at the same time.
const N_AT_ONCE: usize = 12;

/// One cell of the matrix.
#[derive(Clone, Debug)]
struct Cell {
    operation: Operation,
    fault: Fault,
    times: usize,
}

/// The result, and the result of the next try on a cloud without faults.
#[derive(Clone, Debug)]
struct Tried {
    outcome: Outcome,
    /// Absent if nothing was left to do.
    next: Option<Outcome>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_ends_as_it_must() {
    let is_full = switches::soak() || switches::update_docs();
    let is_wanted = |fault: &Fault| is_full || !fault.is_slow;
    let faults: Vec<_> = faults::all().into_iter().filter(is_wanted).collect();
    let cells = cells(&faults);
    let results = run(cells.clone()).await;
    let wrong: Vec<_> = cells
        .iter()
        .zip(&results)
        .filter_map(|(cell, result)| wrong(cell, result))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cells:\n{}",
        wrong.len(),
        cells.len(),
        wrong.join("\n")
    );
    let all: Vec<_> = cells.into_iter().zip(results).collect();
    document::compare(&all, is_full);
}

fn cells(faults: &[Fault]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for operation in Operation::ALL {
        for fault in faults {
            for (_, times) in TIMES {
                // Without a cloud, nobody counts.
                if fault.trouble.is_some() || times == TIMES[2].1 {
                    cells.push(Cell {
                        operation,
                        fault: fault.clone(),
                        times,
                    });
                }
            }
        }
    }
    cells
}

/// Tries all cells, some at a time, each worker with its own provider and cloud.
async fn run(cells: Vec<Cell>) -> Vec<Tried> {
    let n_cells = cells.len();
    let queue: Arc<Mutex<VecDeque<_>>> =
        Arc::new(Mutex::new(cells.into_iter().enumerate().collect()));
    let workers = (0..N_AT_ONCE).map(|_| {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move {
            let mut results = Vec::new();
            let patient = start(Patience::default().try_limit).await;
            let impatient = start(TRY_LIMIT).await;
            loop {
                let next = queue.lock().expect("no panic").pop_front();
                let Some((place, cell)) = next else {
                    return results;
                };
                let provider = if cell.fault.is_slow {
                    &impatient
                } else {
                    &patient
                };
                results.push((place, try_cell(provider, &cell).await));
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut all: Vec<Option<Tried>> = vec![None; n_cells];
    for worker in workers {
        for (place, result) in worker.await.expect("no panic") {
            all[place] = Some(result);
        }
    }
    all.into_iter()
        .map(|result| result.expect("all were tried"))
        .collect()
}

async fn start(try_limit: Duration) -> Provider {
    Provider::start_with(Patience {
        first_wait: Duration::from_millis(1),
        repeats: REPEATS,
        try_limit,
    })
    .await
}

async fn try_cell(provider: &Provider, cell: &Cell) -> Tried {
    let operation = cell.operation;
    operations::clear(provider).await;
    let url = provider.cloud.url().to_owned();
    // Each cell is its own deployment.
    provider.use_cloud_at(&url).await;
    let known = operation.prepare(provider).await;
    provider.use_cloud_at(&url).await;
    match &cell.fault.trouble {
        Some(trouble) => {
            let fault = local_cloud::Fault::on_any(trouble.clone()).times(cell.times);
            provider.cloud.app().faults().add(fault);
        }
        None => provider.use_cloud_at(&nowhere()).await,
    }
    let outcome = ask(provider, operation, known.as_ref()).await;
    provider.use_cloud_at(&url).await;
    let next = match &outcome.answer {
        // The engine updates what exists to what the program declares.
        Answer::Partial(known, _) => Some(ask(provider, Operation::Update, Some(known)).await),
        Answer::Failed(_) => Some(ask(provider, operation, known.as_ref()).await),
        Answer::Has(_) | Answer::HasNone => None,
    };
    Tried { outcome, next }
}

/// Makes the call, and looks at the cloud afterwards. Remaining faults are removed.
async fn ask(provider: &Provider, operation: Operation, known: Option<&Known>) -> Outcome {
    provider.requests();
    let answer = operation.ask(provider, known).await;
    let n_calls = provider.requests().len();
    provider.cloud.app().faults().clear();
    let mut outcome = Outcome {
        answer,
        n_calls,
        hooks: operations::hooks(provider).await,
    };
    let (url, token) = (provider.cloud.url(), testkit::api::TOKEN);
    if let Answer::Failed(status) | Answer::Partial(_, status) = &mut outcome.answer {
        assert!(!format!("{status:?}").contains(token), "{status:?}");
        let said = status.message().replace(url, "URL");
        *status = Status::new(status.code(), without_ports(&said));
    }
    outcome
}

/// An address where nobody listens: that of a closed listener.
fn nowhere() -> String {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    format!("http://{}", gone.local_addr().expect("it is bound"))
}

fn without_ports(said: &str) -> String {
    let mut parts = said.split("http://127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        format!(
            "{before}URL{}",
            part.trim_start_matches(|c: char| c.is_ascii_digit())
        )
    })
}

/// What is wrong with a cell, if anything.
fn wrong(cell: &Cell, result: &Tried) -> Option<String> {
    let operation = cell.operation;
    let expected = expected::of(operation, &cell.fault, cell.times);
    let mut wrongs = Vec::new();
    if seen(operation, &result.outcome) != Some(expected) {
        wrongs.push(format!("expected {expected:?}"));
    }
    if let Some(outcome) = &result.next
        && seen(operation, outcome).map(|seen| seen.end) != Some(End::Done)
    {
        wrongs.push("the next try, in a cloud that is well, must end it".to_owned());
    }
    let Fault { name, moment, .. } = &cell.fault;
    let (moment, times) = (moment.as_str(), cell.times);
    (!wrongs.is_empty()).then(|| {
        format!(
            "{operation:?}, {name} {moment}, {times} times: {}\n    {:?}\n    {:?}",
            wrongs.join(", "),
            result.outcome,
            result.next
        )
    })
}

/// An outcome in the terms of the expectation; nothing if it makes no sense, such as two webhooks.
fn seen(operation: Operation, outcome: &Outcome) -> Option<Expected> {
    let hooks: Vec<_> = outcome.hooks.iter().map(String::as_str).collect();
    let is_done = match (operation, hooks.as_slice()) {
        (Operation::Create | Operation::CreateNamed, [])
        | (Operation::Update | Operation::Delete, ["old"]) => false,
        (Operation::Create | Operation::CreateNamed | Operation::Update, ["new"])
        | (Operation::Delete, [])
        | (Operation::Refresh | Operation::Import | Operation::List, ["old"]) => true,
        _ => return None,
    };
    let end = match &outcome.answer {
        Answer::Failed(status) => End::Fails(status.code()),
        Answer::HasNone if operation == Operation::Delete => End::Done,
        Answer::HasNone => End::HasNone,
        // What is in the state must be on the cloud.
        Answer::Has(name) if hooks == [name.as_str()] => End::Done,
        // A create with an unknown result is continued, whether it arrived or not.
        Answer::Partial(..) if is_done || operation.creates() => End::FailsHalfWay,
        Answer::Has(_) | Answer::Partial(..) => return None,
    };
    Some(Expected {
        end,
        n_calls: outcome.n_calls,
        is_done,
    })
}
