//! How long trouble with the cloud is tolerated, and what is reported meanwhile.
//!
//! # What this may not do
//!
//! Wait, or ask again: the code that follows something does.

use crate::output::time;
use auto_deploy::cloud::CloudError;
use std::time::{Duration, Instant};

/// How long the cloud may be in trouble, and since when it is.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    trouble: Option<Trouble>,
}

/// That the cloud cannot be asked at the moment.
#[derive(Debug)]
struct Trouble {
    since: Instant,
    error: CloudError,
}

impl Patience {
    /// Bears trouble that lasts up to `limit`.
    pub(crate) fn new(limit: Duration) -> Patience {
        Patience {
            limit,
            trouble: None,
        }
    }

    /// Notes how a step ended. True if trouble has begun with it.
    ///
    /// # Errors
    ///
    /// That of the step, if it will not pass, or has lasted too long.
    pub(crate) fn note(&mut self, step: Result<(), CloudError>) -> Result<bool, CloudError> {
        let known = self.trouble.take();
        let Err(error) = step else { return Ok(false) };
        let is_first = known.is_none();
        let since = known.map_or_else(Instant::now, |known| known.since);
        // Whether the same request may succeed a while later.
        let passes = error.meets_all() || error.may_have_been_done();
        if !passes || since.elapsed() >= self.limit {
            return Err(error);
        }
        self.trouble = Some(Trouble { since, error });
        Ok(is_first)
    }

    /// What there is to say of the trouble, if the cloud is in any.
    pub(crate) fn text(&self) -> Option<String> {
        let trouble = self.trouble.as_ref()?;
        let limit = time::took(self.limit);
        Some(format!(
            "warning: {}; trying again for {limit}",
            trouble.error
        ))
    }
}
