//! What the cloud does not answer, and for how long it is not asked again.
//!
//! # What this may not do
//!
//! Take a refusal about one stack for a refusal about all.

use crate::cloud::CloudError;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long a cloud that does not answer is not asked again, nor a question that was refused.
pub(super) const KEEP_FAILURE: Duration = Duration::from_secs(30);

/// The cloud does not tell: it may not, or it cannot now.
///
/// Cheap to clone. Those who asked the same question get the same one; a cloud that is down gives all of them the same
/// one.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the stacks could not be looked at on the cloud")]
pub struct Unavailable {
    /// Why.
    #[source]
    pub reason: Arc<CloudError>,
}

/// Whether the cloud as a whole could not be asked a moment ago.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<(Instant, Unavailable)>>);

impl Outage {
    /// The reason, if it was a moment ago.
    pub(super) fn check(&self) -> Result<(), Unavailable> {
        let noted = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        match &*noted {
            Some((since, unavailable)) if since.elapsed() < KEEP_FAILURE => {
                Err(unavailable.clone())
            }
            _ => Ok(()),
        }
    }

    /// Remembers a failure that would meet every other question too, and makes an answer of it.
    pub(super) fn note(&self, error: CloudError) -> Unavailable {
        let meets_all = error.meets_all();
        let unavailable = Unavailable {
            reason: Arc::new(error),
        };
        if meets_all {
            let mut noted = self
                .0
                .lock()
                .expect("nobody panics while holding this lock");
            *noted = Some((Instant::now(), unavailable.clone()));
        }
        unavailable
    }
}
