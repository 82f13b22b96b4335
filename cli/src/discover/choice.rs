//! The options for a program.

/// The language of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// YAML.
    Yaml,
    /// TypeScript, on Node.js.
    Typescript,
    /// Python.
    Python,
    /// Go.
    Go,
    /// C#.
    Csharp,
    /// Java.
    Java,
}

/// How a graph is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// One `AutoDeployer` for each stack.
    Deployers,
    /// One `DependencyGraph` for all.
    Graph,
}

/// How the updates of a graph follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Strategy {
    /// Each stack after each of its upstream stacks.
    Parallel,
    /// All stacks in one line.
    Sequential,
    /// Each stack once, after all of its upstream stacks.
    Joined,
}

impl Strategy {
    /// The word in a program.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Strategy::Parallel => "parallel",
            Strategy::Sequential => "sequential",
            Strategy::Joined => "joined",
        }
    }

    /// The name of the word's constant, as most languages have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Strategy::Parallel => "Parallel",
            Strategy::Sequential => "Sequential",
            Strategy::Joined => "Joined",
        }
    }
}
