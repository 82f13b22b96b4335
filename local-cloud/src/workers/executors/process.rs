//! The processes of a deployment, with everything that they start.

use super::mask::{Lines, Mask};
use crate::parts::platform::{self, Streams};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// This environment variable identifies the processes of a deployment, whatever their group or parent.
const MARK: &str = "LOCAL_CLOUD_DEPLOYMENT";

/// How many lines may wait to be recorded. When there are more, processes are blocked.
const N_LINES: usize = 256;

/// How long another process may keep the output of an ended process open.
const DRAIN: Duration = Duration::from_secs(2);

/// A process failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    #[error("`{program}` cannot be started")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    #[error("`{program}` ended with {status}")]
    Failed { program: String, status: ExitStatus },
    #[error("stopped")]
    Stopped,
    #[error("what it said cannot be recorded")]
    Record(#[source] crate::parts::StoreError),
    #[error("`{program}` cannot be waited for")]
    Wait {
        program: String,
        #[source]
        source: io::Error,
    },
}

/// Receives lines.
pub(super) trait Record {
    /// Records lines, in order.
    async fn record(&mut self, lines: Vec<String>) -> Result<(), crate::parts::StoreError>;
}

/// The processes of one deployment. When dropped, all of them are killed.
#[derive(Debug)]
pub(super) struct Processes {
    uid: String,
    mask: Mask,
}

impl Processes {
    /// For the deployment with this UID.
    pub(super) fn new(uid: String, mask: Mask) -> Processes {
        Processes { uid, mask }
    }

    /// Runs a command to its end, and records its output.
    ///
    /// Processes that it leaves behind are killed. If `stop` is cancelled, all of them are.
    pub(super) async fn run(
        &self,
        mut command: Command,
        stop: &CancellationToken,
        record: &mut impl Record,
    ) -> Result<(), ProcessError> {
        let program = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        command.env(MARK, &self.uid);
        command.stdin(Stdio::null());
        command.kill_on_drop(true);
        platform::begin_group(&mut command);
        if stop.is_cancelled() {
            return Err(ProcessError::Stopped);
        }
        let start = |source| ProcessError::Start {
            program: program.clone(),
            source,
        };
        let streams = Streams::of(&mut command).map_err(start)?;
        let mut child = command.spawn().map_err(start)?;
        // It holds the other end of the pipe, which would never close.
        drop(command);
        let status = self.follow(&mut child, streams, stop, record).await;
        self.end(&mut child).await;
        match status? {
            Ok(_) if stop.is_cancelled() => Err(ProcessError::Stopped),
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(ProcessError::Failed { program, status }),
            Err(source) => Err(ProcessError::Wait { program, source }),
        }
    }

    /// Records the output of a process until it has ended and its output is complete.
    async fn follow(
        &self,
        child: &mut Child,
        streams: Streams,
        stop: &CancellationToken,
        record: &mut impl Record,
    ) -> Result<io::Result<ExitStatus>, ProcessError> {
        let (said, mut lines) = channel(N_LINES);
        let mut readers = JoinSet::new();
        for stream in streams.of_child(child) {
            readers.spawn(read(stream, Lines::new(self.mask.clone()), said.clone()));
        }
        drop(said);
        let mut ended = None;
        let mut until = None;
        let mut is_stopped = false;
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                n = lines.recv_many(&mut batch, N_LINES) => {
                    if n == 0 {
                        break;
                    }
                    record.record(std::mem::take(&mut batch)).await.map_err(ProcessError::Record)?;
                }
                status = child.wait(), if ended.is_none() => {
                    ended = Some(status);
                    until = Some(Instant::now() + DRAIN);
                    sweep(self.uid.clone()).await;
                }
                () = stop.cancelled(), if !is_stopped => {
                    is_stopped = true;
                    self.end(child).await;
                }
                () = async { sleep_until(until.unwrap_or_else(Instant::now)).await }, if until.is_some() => break,
            }
        }
        if let Some(status) = ended {
            return Ok(status);
        }
        // It has closed its output and continues.
        tokio::select! {
            status = child.wait() => Ok(status),
            () = stop.cancelled() => Err(ProcessError::Stopped),
        }
    }

    /// Kills a process, its group, and everything else with the mark.
    async fn end(&self, child: &mut Child) {
        platform::kill_group(child);
        let _ = child.start_kill();
        sweep(self.uid.clone()).await;
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        kill_marked(&self.uid);
    }
}

async fn read(mut from: impl AsyncRead + Unpin, mut lines: Lines, to: Sender<String>) {
    let mut piece = vec![0; 8 * 1024];
    loop {
        // A broken pipe is complete.
        let n = from.read(&mut piece).await.unwrap_or(0);
        let said = match piece.get(..n) {
            Some(piece) if n > 0 => lines.push(piece),
            _ => lines.finish().into_iter().collect(),
        };
        for line in said {
            if to.send(line).await.is_err() {
                return;
            }
        }
        if n == 0 {
            return;
        }
    }
}

/// Kills everything with the mark of a deployment, without blocking.
async fn sweep(uid: String) {
    // It only fails if it panics, which nothing in it does.
    let _ = tokio::task::spawn_blocking(move || kill_marked(&uid)).await;
}

/// Kills every process of the deployment with this UID, until there is none.
pub(super) fn kill_marked(uid: &str) {
    platform::kill_marked(&format!("{MARK}={uid}"));
}
