//! Ending updates whose clients are gone.

use crate::actions::updates;
use crate::app::App;
use crate::parts::log;
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// How often updates are looked for whose clients are gone.
const SWEEP: Duration = Duration::from_secs(10);

/// Ends updates that nobody will end: at once those that were left from before, later those that are left meanwhile.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    while !closing.is_cancelled() {
        if let Err(error) = updates::end_abandoned(&app).await {
            log::warn("cannot end updates whose leases are over", &error);
        }
        // Ready early when the server stops.
        let _ = time::timeout(SWEEP, closing.cancelled()).await;
    }
}
