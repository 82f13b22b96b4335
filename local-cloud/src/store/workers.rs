//! Threads with one database connection each and a shared queue of work.

use crate::parts::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A queue and its threads. When dropped, the threads finish the queue and close their connections.
#[derive(Debug)]
pub(super) struct Workers {
    /// Present until dropped.
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts a thread for each connection.
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> Result<Workers, StoreError> {
        let (queue, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |connection| {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || work(connection, &jobs))
                .map_err(StoreError::Thread)
        };
        let threads = connections
            .into_iter()
            .map(start)
            .collect::<Result<_, _>>()?;
        Ok(Workers {
            queue: Some(queue),
            threads,
        })
    }

    /// Runs `job` on one of the threads, to its end even if the caller stops waiting.
    pub(super) async fn run<T, E>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // If this fails, the caller has stopped waiting; the work is done nevertheless.
            let _ = answer.send(job(connection));
        });
        let queue = self.queue.as_ref().ok_or(StoreError::GivenUp)?;
        queue.send(job).map_err(|_| StoreError::GivenUp)?;
        answered.await.map_err(|_| StoreError::GivenUp)?
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread can only panic outside of a job, and then has nothing left to close.
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A bug in one job must not stop the others. Its transaction is rolled back during unwinding.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut connection)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_job_only() {
        let workers = Workers::start("test", vec![Connection::open_in_memory().unwrap()]).unwrap();
        let bug: Result<(), StoreError> = workers.run(|_| panic!("a bug")).await;
        assert!(matches!(bug, Err(StoreError::GivenUp)));
        let fine: Result<i64, StoreError> = workers
            .run(|connection| Ok(connection.query_row("SELECT 1", (), |row| row.get(0))?))
            .await;
        assert_eq!(fine.unwrap(), 1);
    }
}
