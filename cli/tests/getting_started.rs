//! `docs/getting-started.md`, typed as it is: in one shell without a terminal, and in terminals of 100 and 60 columns.
//! There, the commands of `README.md` are typed as well, with what the page has built.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the test: they end where something unexpected happens"
)]

#[expect(dead_code, reason = "the tests of commands use the rest")]
mod terminal;

use portable_pty::CommandBuilder;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::{TempDir, tempdir};
use terminal::Terminal;
use testkit::patience::PATIENCE;
use testkit::process::Service;
use testkit::since;
use testkit::tools;

/// The address on the page; the test's cloud has another.
const ADDRESS: &str = "127.0.0.1:8080";

/// The token on the page.
const TOKEN: &str = "pul-my-own-token";

/// The page's shell commands.
struct Page {
    /// The command that starts the cloud, in a second terminal.
    start: String,
    /// The commands until the network has changed, block by block.
    steps: Vec<String>,
    /// The commands after the deployment has succeeded.
    result: String,
    /// The commands at the end.
    cleanup: Vec<String>,
}

impl Page {
    fn read() -> Page {
        let text = tools::read("docs/getting-started.md");
        let mut blocks = blocks(&text).into_iter();
        for _ in 0..2 {
            assert!(blocks.next().unwrap().0.starts_with("<!-- not run:"));
        }
        let (note, start) = blocks.next().unwrap();
        assert_eq!(note, "<!-- runs on -->");
        let mut page = Page {
            start: start.to_owned(),
            steps: Vec::new(),
            result: String::new(),
            cleanup: Vec::new(),
        };
        for (note, code) in blocks {
            if note == "<!-- runs after the deployment -->" {
                code.clone_into(&mut page.result);
                continue;
            }
            assert!(!note.starts_with("<!--"), "{note}");
            let part = if page.result.is_empty() {
                &mut page.steps
            } else {
                &mut page.cleanup
            };
            part.push(code.to_owned());
        }
        page
    }
}

/// The lines of `README.md` that show the command.
fn lines_of_the_readme() -> Vec<String> {
    let text = tools::read("README.md");
    let (_, section) = text.split_once("### The command\n").unwrap();
    let (_, lines) = section.split_once("```text\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    lines.lines().map(|line| format!("{line}\n")).collect()
}

/// The shell blocks of a text, each with the line above it.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```sh\n") {
        let (code, after) = after.split_once("```").unwrap();
        let note = before.lines().last().unwrap_or_default();
        found.push((note, code));
        rest = after;
    }
    found
}

/// The reader's machine: a home with the plugin installed, and a running cloud.
struct Machine {
    home: TempDir,
    cloud: Service,
}

impl Machine {
    fn new(page: &Page) -> Machine {
        let home = tempdir().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(built("auto-deploy"), bin.join("auto-deploy")).unwrap();
        // As `make install` does it.
        let install = format!(
            "pulumi plugin install resource auto-deploy v{} --file {}",
            env!("CARGO_PKG_VERSION"),
            built("pulumi-resource-auto-deploy").display()
        );
        says(shell(&home, &install), "");
        // `exec`, so that the cloud itself ends with the test.
        let start = page.start.replacen(
            "auto-deploy cloud",
            "exec auto-deploy cloud --listen 127.0.0.1:0",
            1,
        );
        let start = start
            .replacen("AUTO_DEPLOY", "export AUTO_DEPLOY", 1)
            .replacen(" exec", "; exec", 1);
        let cloud = Service::start(shell(&home, &start).stderr(Stdio::null()));
        Machine { home, cloud }
    }

    /// A block with the address of this machine's cloud.
    fn typed(&self, code: &str) -> String {
        let address = self.cloud.address().strip_prefix("http://").unwrap();
        code.replace(ADDRESS, address)
    }

    /// Waits until the database was deployed.
    fn deployed(&self) {
        let begin = Instant::now();
        loop {
            let list = format!(
                "export PULUMI_ACCESS_TOKEN={TOKEN}; cd stacks
                 pulumi --cwd database deployment list --output json"
            );
            let output = shell(&self.home, &list).output().unwrap();
            let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let status = list["deployments"][0]["status"].as_str();
            if status == Some("succeeded") {
                return;
            }
            assert!(
                status != Some("failed") && begin.elapsed() < PATIENCE,
                "{list:#}"
            );
        }
    }
}

/// Our program with this name.
fn built(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_auto-deploy")).with_file_name(name);
    assert!(built.exists(), "`cargo build` makes it");
    built
}

/// The reader's environment. The command is on its `PATH` without the plugin beside it.
fn environment(home: &TempDir) -> [(&'static str, OsString); 5] {
    let home = home.path();
    let tools = tools::path();
    let folders = [home.join("bin")]
        .into_iter()
        .chain(std::env::split_paths(&tools));
    [
        ("PATH", std::env::join_paths(folders).unwrap()),
        ("HOME", home.into()),
        ("TMPDIR", home.into()),
        ("PULUMI_SKIP_UPDATE_CHECK", "true".into()),
        // The CLI asks the system for the home folder, and does not use `HOME`.
        ("PULUMI_HOME", home.join(".pulumi").into()),
    ]
}

/// A shell that runs this code.
fn shell(home: &TempDir, code: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-e", "-u", "-c", code])
        .current_dir(home.path())
        .env_clear()
        .envs(environment(home))
        .stdin(Stdio::null());
    command
}

/// Runs a command that must succeed and print this.
fn says(mut command: Command, wanted: &str) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(wanted), "{said}");
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn works_in_a_script() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let page = Page::read();
    let machine = Machine::new(&page);
    // Each shell is new, so each part repeats the folder and the variables.
    let enter = format!("export PULUMI_ACCESS_TOKEN={TOKEN}\ncd stacks\n");
    let run = |code: String, wanted| says(shell(&machine.home, &machine.typed(&code)), wanted);
    run(page.steps.concat(), "1 created");
    machine.deployed();
    run(format!("{enter}{}", page.result), "10.1.0.0/16");
    run(format!("{enter}{}", page.cleanup.concat()), "4 deleted");
}

#[test]
fn works_on_a_terminal_of_100_columns() {
    works_on_a_terminal(100);
}

#[test]
fn works_on_a_terminal_of_60_columns() {
    works_on_a_terminal(60);
}

/// Pastes each block of the page into an interactive shell, as readers do: input that one command does not read goes to the
/// next.
fn works_on_a_terminal(width: u16) {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let page = Page::read();
    let machine = Machine::new(&page);
    let prompts = machine.home.path().join("prompts");
    let mut bash = CommandBuilder::new("bash");
    bash.args(["--noprofile", "--norc", "-i"]);
    bash.cwd(machine.home.path());
    bash.env_clear();
    for (name, value) in environment(&machine.home) {
        bash.env(name, value);
    }
    bash.env("PS1", "$ ");
    // The exit status of each command, before the next prompt.
    bash.env("PROMPT_COMMAND", format!("echo $? >>{}", prompts.display()));
    let mut terminal = Terminal::start(bash, width);
    // The first prompt comes before any command.
    let mut n_prompts = 1;
    let mut paste = |code: &str| {
        let from = terminal.raw.len();
        terminal.type_in(&machine.typed(code));
        n_prompts += commands(code);
        let statuses = || std::fs::read_to_string(&prompts).unwrap_or_default();
        terminal.until(|_| statuses().lines().count() >= n_prompts);
        let said = terminal.raw[from..].to_owned();
        assert!(statuses().lines().all(|status| status == "0"), "{said}");
        assert!(!said.contains("warning"), "{said}");
        said
    };
    let said: String = page.steps.iter().map(|code| paste(code)).collect();
    assert!(said.contains("1 created"), "{said}");
    machine.deployed();
    let said = paste(&page.result);
    assert!(said.contains("10.1.0.0/16"), "{said}");
    // `run` deploys the network as well, and README.md says what that needs.
    paste(
        "pulumi --cwd network deployment settings edit --git-url \"$PWD\" --branch main --folder network\n",
    );
    let results = [
        "network/prod",
        "Nothing is wrong with 3 stacks and 1 edge.",
        "database/prod",
        "database/prod",
        "downstreamRefs: [database",
    ];
    let lines = lines_of_the_readme();
    assert_eq!(lines.len(), results.len());
    for (line, result) in lines.iter().zip(results) {
        let said = paste(line);
        assert!(said.contains(result), "{said}");
    }
    let said: String = page.cleanup.iter().map(|code| paste(code)).collect();
    assert!(said.contains("4 deleted"), "{said}");
    terminal.type_in("exit\n");
    assert_eq!(terminal.end(), 0);
    assert!(terminal.is_clean());
}

/// The number of commands in a shell block: its lines, without those of here-documents and continued lines.
fn commands(code: &str) -> usize {
    let (mut n, mut is_inside) = (0, false);
    for line in code.lines() {
        if is_inside {
            is_inside = line != "EOF";
        } else {
            n += usize::from(!line.ends_with("&&"));
            is_inside = line.ends_with("<<'EOF'");
        }
    }
    n
}
