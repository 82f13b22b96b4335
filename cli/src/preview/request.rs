//! The request for each preview.
//!
//! # What this may not do
//!
//! Use the code of one repository for a stack of another.

use auto_deploy::cloud::{PreviewRequest, Revision};
use auto_deploy::domain::Repository;
use std::collections::BTreeMap;

/// The variable that names the window for the CLI. A preview that has it was started by this command.
pub(super) const WINDOW: &str = "PULUMI_OPTION_COHERENCE_WINDOW";

/// The request for a preview: in this window, if there is one, and with this revision, if it applies to the stack.
pub(super) fn request(window: Option<&str>, revision: Option<&Revision>) -> PreviewRequest {
    let window = window.map(|window| (WINDOW.to_owned(), window.to_owned()));
    PreviewRequest {
        variables: BTreeMap::from_iter(window),
        revision: revision.cloned(),
    }
}

/// Whether the requested revision applies to a stack: its program is in the same repository as that of the first stack.
pub(super) fn takes_revision(of: Option<&Repository>, root: Option<&Repository>) -> bool {
    matches!((of, root), (Some(of), Some(root)) if of == root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_window_and_the_revision() {
        let main = Revision::Branch("main".to_owned());
        let asked = request(Some("w"), Some(&main));
        assert_eq!(asked.variables[WINDOW], "w");
        assert_eq!(asked.revision, Some(main));
        assert_eq!(request(None, None), PreviewRequest::default());
    }

    #[test]
    fn only_the_same_repository_takes_the_revision() {
        let (one, other) = (
            Repository::of("github", "a/b"),
            Repository::of("github", "a/c"),
        );
        let takes = |of: &Option<Repository>| takes_revision(of.as_ref(), one.as_ref());
        assert_eq!(
            [takes(&one), takes(&other), takes(&None)],
            [true, false, false]
        );
        assert!(
            !takes_revision(None, None),
            "what is not known is not the same"
        );
    }
}
