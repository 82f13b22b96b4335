//! Waiting for something that must happen.

use std::time::Duration;

/// How long a test waits for something that must happen, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Leaves the processor to what is being waited for, before the next check.
///
/// On a machine with two cores, a test that checks in a busy loop would take half of the processor from the CLI that it
/// waits for.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Asks repeatedly until there is an answer.
///
/// Panics if there is none within [`PATIENCE`].
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            pause().await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.expect("it comes in time")
}
