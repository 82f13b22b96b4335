//! What a person chooses about a program.

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
