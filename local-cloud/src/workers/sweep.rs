//! Ends updates whose clients are gone, and removes unused coherence windows.

use crate::actions::updates;
use crate::app::App;
use crate::parts::log;
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// How often to look for them.
const SWEEP: Duration = Duration::from_secs(10);

/// Ends updates that their clients will not end, and removes windows: first those left from before, then repeatedly.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    while !closing.is_cancelled() {
        if let Err(error) = updates::end_abandoned(&app).await {
            log::warn("cannot end updates whose leases are over", &error);
        }
        if let Err(error) = app.store().forget_windows(app.clock().steady()).await {
            log::warn("cannot forget coherence windows", &error);
        }
        // This ends early when the server stops.
        let _ = time::timeout(SWEEP, closing.cancelled()).await;
    }
}
