//! Where and when something was measured.

use serde::Serialize;
use std::path::Path;
use std::process::Command;

/// A machine at a given time. Unavailable facts are `unknown`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// The time to the minute, in UTC.
    pub(crate) date: String,
    /// The name of the processor.
    pub(crate) processor: String,
    /// The number of cores.
    pub(crate) cores: usize,
    /// The memory, in GB.
    pub(crate) memory_gb: u64,
    /// The kernel.
    pub(crate) system: String,
    /// The load when the measurement began.
    pub(crate) load: String,
    /// The package's version.
    pub(crate) version: &'static str,
    /// The Pulumi CLI's version.
    pub(crate) pulumi: String,
    /// The compiler's version.
    pub(crate) rustc: String,
}

impl Machine {
    /// This machine, now. `cli` is the Pulumi CLI.
    pub(crate) fn here(cli: &Path) -> Machine {
        let minute = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
        Machine {
            date: minute.to_string(),
            processor: value_of("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gb: value_of("/proc/meminfo", "MemTotal")
                .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
                .map_or(0, |kib| kib * 1024 / 1_000_000_000),
            system: said("uname", &["-sr"]),
            load: std::fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|text| text.split(' ').next().map(str::to_owned))
                .unwrap_or_else(unknown),
            version: auto_deploy::schema::VERSION,
            pulumi: said(&cli.display().to_string(), &["version"]),
            rustc: said("rustc", &["--version"]),
        }
    }

    /// The machine as a Markdown list.
    pub(crate) fn markdown(&self) -> String {
        format!(
            "- {}\n- {}, {} cores, {} GB, {}; load before: {}\n- auto-deploy {}, Pulumi CLI {}, {}",
            self.date,
            self.processor,
            self.cores,
            self.memory_gb,
            self.system,
            self.load,
            self.version,
            self.pulumi,
            self.rustc
        )
    }
}

fn value_of(file: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok();
    output
        .filter(|output| output.status.success())
        .map_or_else(unknown, |output| {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
}

fn unknown() -> String {
    "unknown".to_owned()
}
