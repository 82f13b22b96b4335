//! How commands behave on a terminal: a pseudo-terminal, and what a person would see on it.

use crate::support::{Cloud, filters};
use local_cloud::{Fault, Method, Trouble};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use testkit::patience::PATIENCE;

fn at_least_one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// A terminal with a command on it.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that came.
    raw: String,
}

impl Terminal {
    fn start(cloud: &Cloud, arguments: &[&str], width: u16, more: &[(&str, &str)]) -> Terminal {
        let size = PtySize {
            rows: 40,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command.args(arguments);
        command.args(["--org", "acme"]);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in cloud.environment() {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with the command.
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            master: pair.master,
            child,
            bytes,
            screen: vt100::Parser::new(at_least_one(40), at_least_one(width), 1000),
            raw: String::new(),
        }
    }

    /// What is to be seen, without empty lines at the end.
    fn seen(&self) -> String {
        self.screen.screen().contents().trim_end().to_owned()
    }

    /// Takes in what comes, until it is as it should be.
    #[track_caller]
    fn until(&mut self, is_right: impl Fn(&Terminal) -> bool) {
        let begun = Instant::now();
        while !is_right(self) {
            assert!(begun.elapsed() < PATIENCE, "{}", self.seen());
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(50)) {
                self.take(&bytes);
            }
        }
    }

    /// Takes in what comes until the command has ended, and answers its exit status.
    fn end(&mut self) -> u32 {
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        self.child.wait().unwrap().exit_code()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.push_str(&String::from_utf8_lossy(bytes));
    }

    fn resize(&mut self, width: u16) {
        let (rows, columns) = (at_least_one(40), at_least_one(width));
        self.screen.screen_mut().set_size(rows, columns);
        self.master
            .resize(PtySize {
                rows: 40,
                cols: width,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    fn interrupt(&mut self) {
        self.master
            .take_writer()
            .unwrap()
            .write_all(b"\x03")
            .unwrap();
    }

    /// Whether the terminal is as it was found.
    fn is_clean(&self) -> bool {
        !self.screen.screen().hide_cursor()
            && self.screen.screen().fgcolor() == vt100::Color::Default
            && !self.screen.screen().bold()
    }
}

/// A cascade that has come half way, and does not go on until deployments are resumed.
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
    let mut terminal = Terminal::start(&cloud, &["status", "network/prod", "--follow"], 80, &[]);
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
    let mut terminal = Terminal::start(&cloud, &["status", "network/prod", "--follow"], 200, &[]);
    let shows = |text: &'static str| move |terminal: &Terminal| terminal.seen().contains(text);
    tokio::task::block_in_place(|| terminal.until(shows("paused")));
    for width in [40, 120] {
        terminal.resize(width);
        terminal.raw.clear();
        // Drawn once more, at least.
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
        let mut terminal = Terminal::start(&cloud, arguments, 80, &[]);
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
    let mut terminal = Terminal::start(&cloud, &["status"], 80, &[]);
    assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
    assert!(has_colour(&terminal.raw), "{}", terminal.raw);
    for more in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut terminal = Terminal::start(&cloud, &["status"], 80, &[more]);
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
        let mut terminal = Terminal::start(&cloud, &["graph"], width, &[]);
        assert_eq!(tokio::task::block_in_place(|| terminal.end()), 0);
        // A line that does not fit would be broken, and what follows would not begin where it does.
        let rows: Vec<String> = terminal.screen.screen().rows(0, width).collect();
        let broken = |row: u16| terminal.screen.screen().row_wrapped(row);
        assert!(!(0..40).any(broken), "{width}: {rows:?}");
        assert!(terminal.raw.contains("billing/prod"), "{}", terminal.raw);
    }
}
