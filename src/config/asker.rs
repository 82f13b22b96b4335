//! For whom the cloud and the token are found.

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The plugin. Since 3.247, the Pulumi CLI hands it its own answer as `PULUMI_API` and `PULUMI_ACCESS_TOKEN`, unless
    /// its backend is self-managed or it has no token.
    Plugin,
    /// The command, which has no engine to ask and does as the Pulumi CLI.
    Command,
}
