//! Which version of the Pulumi CLI introduced a feature. With an older CLI, tests that need it are skipped, with one line
//! each.
//!
//! The versions come from the CLI's source, or from trials where an item says so. `docs/installation-configuration.md`
//! lists them for users, and a test compares both.

use crate::tools;
use std::io::Write as _;
use std::process::Command;
use std::sync::LazyLock;

/// A feature of the Pulumi CLI since some version.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The first version with it: the number after `3.`.
    pub since: u32,
    /// What it is, as in the docs.
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
/// The engine passes the aliases of a component to the plugin that constructs it.
pub const COMPONENT_ALIASES: Feature = Feature {
    since: 217,
    what: "`aliases` of an `AutoDeployer` or a `DependencyGraph` have an effect",
};
/// The CLI writes state in Pulumi Cloud as a journal.
pub const JOURNAL: Feature = Feature {
    since: 228,
    what: "state in Pulumi Cloud is written as a journal",
};
/// Commands for webhooks.
pub const WEBHOOK_COMMANDS: Feature = Feature {
    since: 245,
    what: "`pulumi stack webhook`, `pulumi org webhook`, `pulumi stack schedule`",
};
/// Commands for deployments and their settings that ask no questions.
pub const DEPLOYMENT_COMMANDS: Feature = Feature {
    since: 245,
    what: "`pulumi deployment settings edit --git-url`, `pulumi deployment log --all`, `pulumi deployment cancel --yes`",
};
/// The CLI passes the cloud and token that it uses to its plugins.
pub const LOGIN_HANDED: Feature = Feature {
    since: 247,
    what: "the CLI passes its login to plugins",
};
/// The CLI renews a login.
pub const RENEWED_LOGIN: Feature = Feature {
    since: 247,
    what: "the CLI renews a login that has expired",
};
/// Consequences of a failed resource are not reported as failures. Tried: not in 3.259.
pub const ONE_ERROR: Feature = Feature {
    since: 274,
    what: "consequences of a failure are not reported as failures",
};
/// A plugin by its path, in the folder of the program. Tried: 3.200 treats the path as a folder.
pub const PACKAGE_BY_PATH: Feature = Feature {
    since: 259,
    what: "`pulumi package add ./pulumi-resource-auto-deploy`, `pulumi package get-schema` with every member",
};
/// A program can migrate the state of its stack. Needs version 2 of the journal.
pub const STATE_MIGRATIONS: Feature = Feature {
    since: 260,
    what: "programs can migrate states",
};
/// `--diff` leaves out an unchanged component above a change within it. Tried: not in 3.200.
pub const FLAT_DIFF: Feature = Feature {
    since: 259,
    what: "`--diff` only shows what changes, without its surroundings",
};
/// Diagnostics do not contain the engine's own log. Tried: not in 3.200.
pub const OWN_LOG: Feature = Feature {
    since: 259,
    what: "diagnostics do not contain the engine's own log",
};
/// A resource is replaced with the one that it is deleted with.
pub const REPLACED_WITH_IT: Feature = Feature {
    since: 260,
    what: "a resource whose `deletedWith` is replaced is replaced too",
};
/// Commands for every feature of the local cloud. Tried: 3.259 lacks some.
pub const ALL_COMMANDS: Feature = Feature {
    since: 274,
    what: "the newest commands, such as `pulumi stack policy list`",
};
/// A command moves state from one backend to another.
pub const STACK_MIGRATE: Feature = Feature {
    since: 254,
    what: "`pulumi stack migrate`",
};
/// Previews that read what other previews predicted.
pub const COHERENCE_WINDOWS: Feature = Feature {
    since: 269,
    what: "coherence windows, which `auto-deploy preview` needs",
};
/// A credentials helper provides the CLI's login.
pub const CREDENTIALS_HELPER: Feature = Feature {
    since: 274,
    what: "credentials helpers",
};

/// All features, oldest first.
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

    /// Whether the Pulumi CLI of these tests is too old for it. If so, this prints which test is skipped, and why.
    pub fn is_missing(self) -> bool {
        let is_missing = !self.is_there();
        if is_missing {
            let test = std::thread::current();
            let test = test.name().unwrap_or("a test");
            // Not by `eprintln!`, whose output is only shown for failed tests.
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

/// The number after `3.` in the version of the Pulumi CLI of these tests.
static VERSION: LazyLock<u32> = LazyLock::new(|| {
    let said = Command::new(tools::pulumi()).arg("version").output();
    let said = String::from_utf8(said.expect("it runs").stdout).expect("it is text");
    let minor = said.trim().trim_start_matches('v').strip_prefix("3.");
    let minor = minor.and_then(|rest| rest.split('.').next()?.parse().ok());
    minor.unwrap_or_else(|| panic!("`{}` is no version 3 of the Pulumi CLI", said.trim()))
});
