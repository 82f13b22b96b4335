//! What the Pulumi CLI has since when: a test that needs it is passed over by an older one, in one line.
//!
//! The versions are those of the CLI's source, or were found by trying where a row says so. `docs/installation-configuration.md`
//! shows them to people, and a test compares the two.

use crate::tools;
use std::io::Write as _;
use std::process::Command;
use std::sync::LazyLock;

/// Something that the Pulumi CLI has since a version.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The first version that has it: the number behind `3.`.
    pub since: u32,
    /// What it is, as a row of the docs has it.
    pub what: &'static str,
}

/// Replacement of a resource with another one: the option `replaceWith`.
pub const REPLACE_WITH: Feature = Feature {
    since: 207,
    what: "the option `replaceWith`",
};
/// Replacement by a value: the option `replacementTrigger`.
pub const REPLACEMENT_TRIGGER: Feature = Feature {
    since: 208,
    what: "the option `replacementTrigger`",
};
/// The engine hands the aliases of a component to the plugin that builds it.
pub const COMPONENT_ALIASES: Feature = Feature {
    since: 217,
    what: "`aliases` of an `AutoDeployer` or a `DependencyGraph` count",
};
/// The CLI writes state in Pulumi Cloud by a journal.
pub const JOURNAL: Feature = Feature {
    since: 228,
    what: "state in Pulumi Cloud is written by a journal",
};
/// Commands for webhooks.
pub const WEBHOOK_COMMANDS: Feature = Feature {
    since: 245,
    what: "`pulumi stack webhook`, `pulumi org webhook`, `pulumi stack schedule`",
};
/// Deployments and their settings by commands that ask nothing.
pub const DEPLOYMENT_COMMANDS: Feature = Feature {
    since: 245,
    what: "`pulumi deployment settings edit --git-url`, `pulumi deployment log --all`, `pulumi deployment cancel --yes`",
};
/// The CLI hands its plugins the cloud and the token that it works with itself.
pub const LOGIN_HANDED: Feature = Feature {
    since: 247,
    what: "the CLI hands its login to plugins",
};
/// The CLI renews a login.
pub const RENEWED_LOGIN: Feature = Feature {
    since: 247,
    what: "the CLI renews a login that has expired",
};
/// What follows from a failed resource is not reported as its own failure. Tried: 3.259 has it not yet.
pub const ONE_ERROR: Feature = Feature {
    since: 274,
    what: "after a failure nothing else is reported as one",
};
/// A plugin by its path where it lies in the folder of the program. Tried: 3.200 takes it for a folder.
pub const PACKAGE_BY_PATH: Feature = Feature {
    since: 259,
    what: "`pulumi package add ./pulumi-resource-auto-deploy`, `pulumi package get-schema` with every member",
};
/// The program of a stack moves its own state. Needs the second version of the journal.
pub const STATE_MIGRATIONS: Feature = Feature {
    since: 260,
    what: "state migrations by the program",
};
/// The display of `--diff` leaves out a component that stays the same above what changes in it. Tried: 3.200 does not.
pub const FLAT_DIFF: Feature = Feature {
    since: 259,
    what: "`--diff` shows what changes and not what is around it",
};
/// The engine keeps its own log out of the diagnostics. Tried: 3.200 does not.
pub const OWN_LOG: Feature = Feature {
    since: 259,
    what: "the engine's own log is not among the diagnostics",
};
/// What is deleted with another resource is replaced with it.
pub const REPLACED_WITH_IT: Feature = Feature {
    since: 260,
    what: "a resource whose `deletedWith` is replaced is replaced as well",
};
/// Commands for everything that a local cloud has. Tried: 3.259 has some of them not yet.
pub const ALL_COMMANDS: Feature = Feature {
    since: 274,
    what: "the newest commands, such as `pulumi stack policy list`",
};
/// State moves from one backend to another by a command.
pub const STACK_MIGRATE: Feature = Feature {
    since: 254,
    what: "`pulumi stack migrate`",
};
/// Previews that read what other previews predicted.
pub const COHERENCE_WINDOWS: Feature = Feature {
    since: 269,
    what: "coherence windows, which `auto-deploy preview` needs",
};
/// A program gives the CLI its login.
pub const CREDENTIALS_HELPER: Feature = Feature {
    since: 274,
    what: "credentials helpers",
};

/// All of them, the oldest first.
pub const FEATURES: [Feature; 18] = [
    REPLACE_WITH,
    REPLACEMENT_TRIGGER,
    COMPONENT_ALIASES,
    JOURNAL,
    WEBHOOK_COMMANDS,
    DEPLOYMENT_COMMANDS,
    LOGIN_HANDED,
    RENEWED_LOGIN,
    STACK_MIGRATE,
    PACKAGE_BY_PATH,
    FLAT_DIFF,
    OWN_LOG,
    STATE_MIGRATIONS,
    REPLACED_WITH_IT,
    COHERENCE_WINDOWS,
    ONE_ERROR,
    ALL_COMMANDS,
    CREDENTIALS_HELPER,
];

impl Feature {
    /// Whether the Pulumi CLI of these tests has it.
    pub fn is_there(self) -> bool {
        *VERSION >= self.since
    }

    /// Whether the Pulumi CLI of these tests is too old for it. Then it says which test is passed over, and why.
    pub fn is_missing(self) -> bool {
        let is_missing = !self.is_there();
        if is_missing {
            let test = std::thread::current();
            let test = test.name().unwrap_or("a test");
            // Not by `eprintln!`, which is kept back for tests that fail.
            let line = format!(
                "passed over: {test} needs Pulumi CLI 3.{} ({}); this one is 3.{}\n",
                self.since, self.what, *VERSION
            );
            std::io::stderr()
                .write_all(line.as_bytes())
                .expect("it is said");
        }
        is_missing
    }
}

/// The number behind `3.` in the version of the Pulumi CLI of these tests.
static VERSION: LazyLock<u32> = LazyLock::new(|| {
    let said = Command::new(tools::pulumi()).arg("version").output();
    let said = String::from_utf8(said.expect("it runs").stdout).expect("it is text");
    let minor = said.trim().trim_start_matches('v').strip_prefix("3.");
    let minor = minor.and_then(|rest| rest.split('.').next()?.parse().ok());
    minor.unwrap_or_else(|| panic!("`{}` is no version 3 of the Pulumi CLI", said.trim()))
});
