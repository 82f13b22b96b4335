//! Who needs the cloud and the token.

/// Who needs the cloud and the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The plugin. Since 3.247, the Pulumi CLI passes its own answer as `PULUMI_API` and `PULUMI_ACCESS_TOKEN`, unless its
    /// backend is self-managed or it has no token.
    Plugin,
    /// The command, which has no engine to ask and works it out as the Pulumi CLI does.
    Command,
}
