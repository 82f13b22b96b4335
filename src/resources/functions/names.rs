//! The names in the arguments of functions.
//!
//! # What this may not do
//!
//! Look a stack up.

use crate::domain;
use crate::engine::urn::Urn;
use crate::property::{CheckFailure, Input};
use crate::resources::context::Context;
use crate::resources::error::ResourceError;

/// The failures of a function's arguments.
pub(super) struct Names(pub(super) Vec<CheckFailure>);

impl Names {
    /// A required name. An invalid one is empty here and refused by [`Names::finish`].
    pub(super) fn required<'a>(&mut self, property: &str, given: &'a Input<String>) -> &'a str {
        self.read(property, given).unwrap_or_default()
    }

    /// An optional name.
    pub(super) fn optional<'a>(
        &mut self,
        property: &str,
        given: Option<&'a Input<String>>,
    ) -> Option<&'a str> {
        given.and_then(|given| self.read(property, given))
    }

    fn read<'a>(&mut self, property: &str, given: &'a Input<String>) -> Option<&'a str> {
        let Some(name) = given.now() else {
            // A missing argument was reported when it was parsed.
            let is_new = |failure: &CheckFailure| failure.path.top_level() != Some(property);
            if self.0.iter().all(is_new) {
                let reason = "is not known yet, and the function needs it to answer";
                self.0.push(CheckFailure::new(property, reason));
            }
            return None;
        };
        match domain::check_path_name(name) {
            Ok(()) => Some(name),
            Err(reason) => {
                self.0.push(CheckFailure::new(property, reason));
                None
            }
        }
    }

    /// Ends the checks: all failures, if there are any.
    pub(super) fn finish(self) -> Result<(), ResourceError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ResourceError::Inputs(self.0))
    }
}

/// The given organization, or else that of the program.
pub(super) async fn organization(
    context: &Context,
    given: Option<&str>,
    provider: &Urn,
) -> Result<String, ResourceError> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    context
        .required_organization(provider.project(), provider.stack())
        .await
}
