//! Commands in a pseudo-terminal, and what a user would see there.

use crate::pty::{Terminal, on_terminal};
use crate::support::{Cloud, filters};
use local_cloud::{Fault, Method, Trouble};
use serde_json::json;
use std::time::Duration;

/// A cascade that is half done, and does not continue until deployments are resumed.
async fn half_way() -> Cloud {
    let cloud = Cloud::with_stacks(&["network/prod", "database/prod", "app/prod"]).await;
    cloud.hook("network/prod", "database/prod", json!({})).await;
    cloud.hook("database/prod", "app/prod", json!({})).await;
    let pause = "/api/stacks/acme/app/prod/deployments/pause";
    cloud.ask(Method::POST, pause, Some(json!({}))).await;
    cloud.deploy("network/prod").await;
    cloud
}

async fn go_on(cloud: &Cloud) {
    let resume = "/api/stacks/acme/app/prod/deployments/resume";
    cloud.ask(Method::POST, resume, Some(json!({}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_is_drawn_in_place_until_it_is_over() {
    let cloud = half_way().await;
    let mut terminal = on_terminal(&cloud, &["status", "network/prod", "--follow"], 80, &[]);
    let is_half_way = |terminal: &Terminal| {
        let seen = terminal.seen();
        seen.contains("paused") && seen.matches("succeeded").count() == 2
    };
    tokio::task::block_in_place(|| terminal.until(is_half_way));
    assert!(terminal.screen.screen().hide_cursor());
    go_on(&cloud).await;
    let status = tokio::task::block_in_place(|| terminal.end());
    assert_eq!(status, 0);
    assert!(terminal.is_clean());
    let _filters = filters(&cloud);
    insta::assert_snapshot!(terminal.seen(), @r"
    network/prod     succeeded  [TOOK]  #1
      database/prod  succeeded  [TOOK]  #1
        app/prod     succeeded  [TOOK]  #1

    3 of 3 stacks up to date, in [TOOK]. Began [AGO].
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resized_window_is_drawn_anew() {
    let cloud = half_way().await;
    let mut terminal = on_terminal(&cloud, &["status", "network/prod", "--follow"], 200, &[]);
    let shows = |text: &'static str| move |terminal: &Terminal| terminal.seen().contains(text);
    tokio::task::block_in_place(|| terminal.until(shows("paused")));
    for width in [40, 120] {
        terminal.resize(width);
        terminal.raw.clear();
        // Drawn at least a second time.
        tokio::task::block_in_place(|| {
            terminal.until(|terminal| terminal.raw.matches("Began").count() >= 2);
        });
        let seen = terminal.seen();
        let lines = seen.lines().filter(|line| line.starts_with("    app/prod"));
        assert_eq!(lines.count(), 1, "{width}: {seen}");
    }
    go_on(&cloud).await;
    assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_leaves_the_terminal_clean() {
    let cloud = half_way().await;
    for arguments in [
        &["status", "network/prod", "--follow"][..],
        &["run", "network/prod", "--all", "--resume"][..],
    ] {
        if arguments[0] == "run" {
            let path = "/api/stacks/acme/network/prod/deployments";
            let late = Trouble::Delay(Duration::from_mins(1));
            let fault = Fault::on(Method::POST, path, late);
            cloud.server.app().faults().add(fault);
        }
        let mut terminal = on_terminal(&cloud, arguments, 80, &[]);
        let is_hidden = |terminal: &Terminal| terminal.screen.screen().hide_cursor();
        tokio::task::block_in_place(|| terminal.until(is_hidden));
        terminal.interrupt();
        let status = tokio::task::block_in_place(|| terminal.end());
        assert_eq!(status, 130, "{arguments:?}");
        assert!(terminal.is_clean(), "{arguments:?}: {}", terminal.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_that_want_them() {
    let cloud = half_way().await;
    cloud.settled_but(1).await;
    let has_colour = |text: &str| text.contains("\u{1b}[3");
    let mut terminal = on_terminal(&cloud, &["status"], 80, &[]);
    assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
    assert!(has_colour(&terminal.raw), "{}", terminal.raw);
    for more in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut terminal = on_terminal(&cloud, &["status"], 80, &[more]);
        assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
        assert!(!has_colour(&terminal.raw), "{more:?}: {}", terminal.raw);
    }
    let piped = cloud.run(&["status"]).await.expect(0);
    assert!(!piped.out.contains('\u{1b}') && !piped.notes.contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_fits_the_window() {
    let cloud = crate::organization::make().await;
    cloud.settled(5).await;
    for width in [80, 200] {
        let mut terminal = on_terminal(&cloud, &["graph"], width, &[]);
        assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
        // A line that does not fit would be wrapped, and the next one would not begin where it does.
        let rows: Vec<String> = terminal.screen.screen().rows(0, width).collect();
        let broken = |row: u16| terminal.screen.screen().row_wrapped(row);
        assert!(!(0..40).any(broken), "{width}: {rows:?}");
        assert!(terminal.raw.contains("billing/prod"), "{}", terminal.raw);
    }
}
