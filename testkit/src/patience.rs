//! Waiting for what must come.

use std::time::Duration;

/// How long a test waits for what must come, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Asks again and again until there is an answer.
///
/// Panics if there is none within [`PATIENCE`].
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.expect("it comes in time")
}
