//! Waiting for what must come.

use std::time::Duration;

/// How long a test waits for what must come, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Leaves the processor to what is waited for, before the next look at it.
///
/// A test that looks again at once takes half of a machine with two cores from the CLI that it waits for.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Asks again and again until there is an answer.
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
