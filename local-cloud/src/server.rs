//! Serves an [`App`] over HTTP/1.1.

use crate::app::App;
use crate::parts::log;
use crate::router::router;
use crate::web::Edge;
use crate::workers::{runner, scheduler, sweep, teller};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How long a server that stops waits for current requests.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait when no connection can be accepted, for example because there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The maximum number of headers, and their maximum size together with the path, in bytes. Anything longer is answered with
/// 431 before our own code runs.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 128 << 10;

/// How long a client may take to send the headers.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum number of connections; others wait to be accepted. Each costs memory before its client must show a token.
const MAX_CONNECTIONS: usize = 1000;

/// An app cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The listener is reachable from other machines, which the app does not allow.
    #[error("{0} is not a loopback address, and the cloud is not allowed to serve other machines")]
    NotLoopback(SocketAddr),
    /// The address of the listener is unavailable.
    #[error("the listener does not tell its address")]
    Address(#[source] io::Error),
}

/// A cloud that is served in the background on its own port. Dropping it stops it immediately.
#[derive(Debug)]
pub struct Server {
    url: String,
    app: App,
    stop: CancellationToken,
    task: JoinHandle<Result<(), RunError>>,
}

impl Server {
    /// Serves `app` on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start(app: App) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = url_of(listener.local_addr()?);
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(listener, app.clone(), stop.clone().cancelled_owned()));
        Ok(Server {
            url,
            app,
            stop,
            task,
        })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The app that is served.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: accepts no more connections, and waits a few seconds for current requests.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // It only fails if it could not begin, and `start` has bound a loopback address.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `app` on `listener` until `shutdown` completes. Then it accepts no more connections, stops the running
/// deployments, and waits a few seconds for current requests and deliveries.
///
/// While it is served, webhooks receive events and deployments run.
///
/// # Errors
///
/// [`RunError::NotLoopback`] if other machines can reach it, and that was not [allowed](crate::AppBuilder::allow_remote).
pub async fn run(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let address = listener.local_addr().map_err(RunError::Address)?;
    if !address.ip().is_loopback() && !app.hosts().any_address {
        return Err(RunError::NotLoopback(address));
    }
    app.set_base_url(url_of(address));
    let closing = CancellationToken::new();
    let edge = Edge::new(app.clone(), router(app.clone()), closing.clone());
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut workers = JoinSet::new();
    workers.spawn(teller::run(app.clone(), closing.clone()));
    workers.spawn(runner::run(app.clone(), closing.clone()));
    workers.spawn(scheduler::run(app.clone(), closing.clone()));
    connections.spawn(sweep::run(app.clone(), closing.clone()));
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => serve(stream, edge.clone(), &graceful, &mut connections),
                Err(error) => {
                    log::warn("cannot take a connection", &error);
                    time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    closing.cancel();
    app.background().close();
    let finish = async {
        graceful.shutdown().await;
        app.background().wait().await;
        while workers.join_next().await.is_some() {}
    };
    if time::timeout(GRACE, finish).await.is_err() {
        warn!("stopped before every request was answered");
    }
    // The caller may want to open the data folder again, so nothing may hold the app any longer.
    connections.shutdown().await;
    workers.shutdown().await;
    Ok(())
}

fn serve(
    stream: TcpStream,
    edge: Edge,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    let service = service_fn(move |request| edge.clone().answer(request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    connections.spawn(async move {
        // The client has disconnected, or the answer is to be lost.
        if let Err(error) = connection.await {
            debug!(%error, "a connection ended: {error}");
        }
    });
}

/// The base URL by which this machine reaches a listener at `address`.
pub fn url_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}
