//! Failed requests, and how long they are not repeated.
//!
//! # What this may not do
//!
//! Treat an error about one stack as an error about all.

use crate::cloud::CloudError;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long neither an unavailable cloud is asked again nor a failed request is repeated.
pub(super) const KEEP_FAILURE: Duration = Duration::from_secs(30);

/// A fact could not be read, because the token may not or because the cloud is in trouble.
///
/// Cheap to clone. Callers that asked the same question get the same one; if the cloud is unavailable, all of them do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the stacks could not be looked at on the cloud")]
pub struct Unavailable {
    /// The cause.
    #[source]
    pub reason: Arc<CloudError>,
}

/// Whether the whole cloud was just found to be unavailable.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<(Instant, Unavailable)>>);

impl Outage {
    /// The reason, if it was.
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

    /// Records a failure that would affect every other request too, and turns it into an answer.
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
