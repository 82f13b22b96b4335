//! Records the progress of a deployment, step by step.

use super::mask::Mask;
use super::process::Record;
use crate::app::App;
use crate::parts::StoreError;
use crate::store::{DeploymentRow, Said};

/// The maximum number of lines of a deployment's log. Further lines are dropped.
const MAX_LINES: usize = 100_000;

/// The steps and the log of a running deployment.
#[derive(Debug)]
pub(super) struct Transcript<'a> {
    app: &'a App,
    row: DeploymentRow,
    mask: Mask,
    n_steps: i64,
    n_lines: usize,
}

impl<'a> Transcript<'a> {
    /// Begins without any steps.
    pub(super) fn new(app: &'a App, row: DeploymentRow, mask: Mask) -> Transcript<'a> {
        Transcript {
            app,
            row,
            mask,
            n_steps: 0,
            n_lines: 0,
        }
    }

    /// Begins a step.
    pub(super) async fn begin(&mut self, name: &str) -> Result<(), StoreError> {
        let (position, now) = (self.n_steps, self.now());
        self.n_steps += 1;
        self.app
            .store()
            .begin_step(self.row, position, name.to_owned(), now)
            .await
    }

    /// Adds a line of the cloud itself, without its newline. It is never dropped.
    pub(super) async fn say(&mut self, line: &str) -> Result<(), StoreError> {
        let said = Said {
            timestamp: self.now(),
            line: self.mask.hide(line) + "\n",
        };
        self.app
            .store()
            .add_log(self.row, self.n_steps - 1, vec![said])
            .await
    }

    /// Ends the step.
    pub(super) async fn end(&mut self, is_success: bool) -> Result<(), StoreError> {
        self.app
            .store()
            .end_step(self.row, self.n_steps - 1, is_success.into(), self.now())
            .await
    }

    fn now(&self) -> i64 {
        self.app.clock().now().as_millisecond()
    }
}

impl Record for Transcript<'_> {
    async fn record(&mut self, lines: Vec<String>) -> Result<(), StoreError> {
        let timestamp = self.now();
        let said = |line| Said { timestamp, line };
        let room = MAX_LINES.saturating_sub(self.n_lines);
        self.n_lines += lines.len();
        let is_over = lines.len() > room;
        let mut lines: Vec<_> = lines.into_iter().take(room).map(said).collect();
        if is_over && room > 0 {
            lines.push(said(
                "the log is full, and the rest is left out\n".to_owned(),
            ));
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.app
            .store()
            .add_log(self.row, self.n_steps - 1, lines)
            .await
    }
}
