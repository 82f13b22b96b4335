//! How long trouble with the cloud is tolerated, and what is reported meanwhile.
//!
//! # What this may not do
//!
//! Wait, or retry: the code that follows something does.

use crate::output::time;
use auto_deploy::cloud::CloudError;
use std::time::{Duration, Instant};

/// How long the cloud may be in trouble, and since when it has been.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    trouble: Option<Trouble>,
}

/// A period in which the cloud cannot be reached.
#[derive(Debug)]
struct Trouble {
    since: Instant,
    error: CloudError,
}

impl Patience {
    /// Tolerates trouble of up to `limit`.
    pub(crate) fn new(limit: Duration) -> Patience {
        Patience {
            limit,
            trouble: None,
        }
    }

    /// Records the result of a step. Returns whether trouble has begun with it.
    ///
    /// # Errors
    ///
    /// The error of the step, if it is permanent or has lasted too long.
    pub(crate) fn note(&mut self, step: Result<(), CloudError>) -> Result<bool, CloudError> {
        let known = self.trouble.take();
        let Err(error) = step else { return Ok(false) };
        let is_first = known.is_none();
        let since = known.map_or_else(Instant::now, |known| known.since);
        // Whether the same request may succeed later.
        let passes = error.meets_all() || error.may_have_been_done();
        if !passes || since.elapsed() >= self.limit {
            return Err(error);
        }
        self.trouble = Some(Trouble { since, error });
        Ok(is_first)
    }

    /// The message about the trouble, if there is any.
    pub(crate) fn text(&self) -> Option<String> {
        let trouble = self.trouble.as_ref()?;
        let limit = time::took(self.limit);
        Some(format!(
            "warning: {}; trying again for {limit}",
            trouble.error
        ))
    }
}
