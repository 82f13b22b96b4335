//! The demo, interrupted at every kind of moment: nothing is left of it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use rustix::process::Signal;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::tempdir;
use testkit::patience::PATIENCE;
use testkit::process::send;
use testkit::since;
use testkit::tools;

/// The graph, the text that the demo or the CLI prints right before the moment, and which occurrence of it.
const MOMENTS: [(&str, &str, usize); 9] = [
    ("tree", "runs at", 0),
    ("tree", "$ pulumi login", 0),
    ("tree", "$ pulumi stack init", 0),
    ("tree", "$ pulumi up", 0),
    ("tree", "AutoDeployer", 3),
    ("tree", "level 0", 0),
    ("tree", "level 1", 0),
    ("diamond", "level 0", 0),
    ("diamond", "conducts", 0),
];

#[test]
fn played_to_its_end_each_stack_is_updated_once_and_in_order() {
    let temporary = tempdir().unwrap();
    let played = demo(temporary.path()).output().unwrap();
    let said = String::from_utf8_lossy(&played.stdout);
    let complaint = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{said}{complaint}");
    let last = said.lines().last().unwrap();
    let expected = "Each stack ran exactly as often as expected. No process and no folder is left.";
    assert_eq!(last, expected, "{said}");
    let shown = [
        "level 0",
        "level 1",
        "level 2",
        "conducts  wiring",
        "app/prod is blocked: cluster/prod failed",
    ];
    let of_the_preview: &[&str] = if since::COHERENCE_WINDOWS.is_missing() {
        &["The preview of a cascade needs the Pulumi CLI 3.269 or newer"]
    } else {
        &[
            "6 stacks change.",
            "output release changed: \"first\" → \"second\"",
        ]
    };
    for text in shown.iter().chain(of_the_preview) {
        assert!(said.contains(text), "{text}: {said}");
    }
    nothing_is_left(temporary.path(), "the end");
}

#[test]
fn ctrl_c_at_any_moment_leaves_no_process_and_no_folder() {
    for (graph, text, nth) in MOMENTS {
        interrupt_after(graph, text, nth);
    }
}

/// The demo, with its temporary folders in `temporary`.
fn demo(temporary: &Path) -> Command {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
    demo.arg("demo").arg("--pulumi").arg(tools::pulumi());
    demo.env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    demo
}

/// Neither a process nor a folder is left.
fn nothing_is_left(temporary: &Path, when: &str) {
    assert_eq!(processes_of(temporary), [""; 0], "{when}");
    let left: Vec<_> = std::fs::read_dir(temporary)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left, [""; 0].map(PathBuf::from), "{when}");
}

/// The cloud and its page stay after the end of the demo until Ctrl-C, which counts as success.
#[test]
fn kept_the_page_stays_until_ctrl_c() {
    let temporary = tempdir().unwrap();
    let mut demo = demo(temporary.path());
    demo.args(["--graph", "diamond", "--keep"]);
    let mut demo = demo.spawn().unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    lines.find(|line| line.contains("stays up until Ctrl-C"));
    let link = lines.find(|line| line.contains("http")).unwrap();
    let (address, _) = link
        .trim()
        .trim_start_matches("http://")
        .split_once('/')
        .unwrap();
    std::net::TcpStream::connect(address).expect("the page is there");
    assert_eq!(demo.try_wait().unwrap(), None);
    send(Signal::INT, &demo);
    assert!(demo.wait().unwrap().success());
    nothing_is_left(temporary.path(), "kept");
}

fn interrupt_after(graph: &str, text: &str, nth: usize) {
    let temporary = tempdir().unwrap();
    let mut demo = demo(temporary.path());
    let mut demo = demo.args(["--graph", graph]).spawn().unwrap();
    let out = BufReader::new(demo.stdout.take().unwrap());
    let mut lines = out.lines();
    let mut said = String::new();
    let found = lines
        .by_ref()
        .map(Result::unwrap)
        .inspect(|line| said.extend([line, "\n"]))
        .filter(|line| line.contains(text))
        .nth(nth);
    assert!(found.is_some(), "nothing says `{text}`:\n{said}");
    let begin = Instant::now();
    send(Signal::INT, &demo);
    let status = demo.wait().unwrap();
    nothing_is_left(temporary.path(), text);
    assert!(begin.elapsed() < PATIENCE, "{text}: {:?}", begin.elapsed());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut complaint = String::new();
    let mut errors = demo.stderr.unwrap();
    errors.read_to_string(&mut complaint).unwrap();
    assert_eq!(status.code(), Some(1), "{text}: {rest:#?} {complaint}");
    assert!(complaint.contains("interrupted"), "{text}: {complaint}");
}

/// The command lines of the processes with this folder in their environment.
fn processes_of(folder: &Path) -> Vec<String> {
    let name = folder.to_str().unwrap().as_bytes();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| {
            // It may have ended by now, or be another user's.
            let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
            environment.windows(name.len()).any(|window| window == name)
        })
        .map(|process| {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ")
        })
        .collect()
}
