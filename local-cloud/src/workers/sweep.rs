//! Ending updates whose clients are gone, and forgetting unused coherence windows.

use crate::actions::updates;
use crate::app::App;
use crate::parts::log;
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// How often they are looked for.
const SWEEP: Duration = Duration::from_secs(10);

/// Ends updates whose client will not end them, and forgets windows: at once those that were left from before, later
/// those that are left meanwhile.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    while !closing.is_cancelled() {
        if let Err(error) = updates::end_abandoned(&app).await {
            log::warn("cannot end updates whose leases are over", &error);
        }
        if let Err(error) = app.store().forget_windows(app.clock().steady()).await {
            log::warn("cannot forget coherence windows", &error);
        }
        // Ready early when the server stops.
        let _ = time::timeout(SWEEP, closing.cancelled()).await;
    }
}
