//! How many stacks one run starts: the next runs start the rest without further action.

use crate::graphs::{graph, parsed};
use crate::stage::{Runs, Stage};

/// Five stacks below the same two, of which one run starts at most two.
fn wiring(catch_up: bool) -> String {
    let five = ["c", "d", "e", "f", "g"].map(|name| format!("{name}: a b"));
    let graph = graph("joined", &parsed(&five.join(", ")));
    format!("{graph}      maxStarts: 2\n      catchUp: {catch_up}\n")
}

/// Checks that each of the five ran once; returns how often the conductor stack did.
fn five_and_wiring(mut ran: Runs, log: &str) -> usize {
    let wiring = ran.remove("wiring").unwrap_or(0);
    ran.retain(|name, _| !["a", "b"].contains(&name.as_str()));
    let five = ["c", "d", "e", "f", "g"].map(|name| (name.to_owned(), 1));
    assert_eq!(ran, Runs::from(five), "{wiring}: {log}");
    wiring
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_run_does_not_start_the_next_does() {
    let mut stage = Stage::set(&["a", "b", "c", "d", "e", "f", "g"]).await;
    // All five are behind before there is a join.
    stage.deploy("a").await;
    stage.settled().await;
    stage.count_from_now().await;
    let ran = stage.wire_and_settle(&wiring(true)).await;
    let n_runs = five_and_wiring(ran, &stage.log("wiring").await);
    assert!(n_runs >= 3, "{n_runs}");
    stage.count_from_now().await;
    stage.deploy("a").await;
    stage.deploy("b").await;
    let ran = stage.settled().await;
    let n_runs = five_and_wiring(ran, &stage.log("wiring").await);
    assert!(n_runs >= 3, "{n_runs}");
}
