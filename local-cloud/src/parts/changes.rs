//! What wakes those who watch.

/// Something that the console shows is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Something of this organization.
    In(String),
    /// Something; whoever wants to know what must look.
    Anywhere,
}
