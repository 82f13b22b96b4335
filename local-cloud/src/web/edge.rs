//! The outermost layer: writes the log, and injects faults.
//!
//! It is outside of the router, because a lost answer is no answer: only the connection can do that.

use super::error;
use crate::app::App;
use crate::parts::{Judge, Trouble};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::{Extension, Router};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::{Request, body};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::time;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tower::Service as _;
use tracing::info;

/// The answer must be lost: the connection closes without one.
#[derive(Debug, thiserror::Error)]
#[error("the answer was to be lost")]
pub(crate) struct AnswerLost;

/// Ends the streams of a server that stops.
#[derive(Clone, Debug)]
pub(crate) struct Closing(pub(crate) CancellationToken);

/// Answers the requests to a server.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    app: App,
    router: Router,
    closing: CancellationToken,
}

impl Edge {
    /// An edge of the app's routes. Delays end early when `closing` is cancelled.
    pub(crate) fn new(app: App, router: Router, closing: CancellationToken) -> Edge {
        Edge {
            router: router.layer(Extension(Closing(closing.clone()))),
            app,
            closing,
        }
    }

    /// Answers a request, or injects the pending fault.
    ///
    /// # Errors
    ///
    /// [`AnswerLost`] if the fault is a lost answer.
    pub(crate) async fn answer(
        mut self,
        request: Request<Incoming>,
    ) -> Result<Response, AnswerLost> {
        let begun = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let number = self.app.request_log().arrived(method.clone(), &path);
        let trouble = self.app.faults().meet(&method, &path);
        let answer = self.work(request, trouble).await;
        let status = answer.as_ref().ok().map(Response::status);
        if let Some(status) = status {
            self.app.request_log().answered(number, status);
        }
        let shown = status.map_or("no answer".to_owned(), |status| status.as_u16().to_string());
        let duration_ms = begun.elapsed().as_millis();
        info!(http.method = %method, http.path = %path, http.status = %shown, duration_ms, "{method} {path} {shown}");
        answer
    }

    async fn work(
        &mut self,
        request: Request<Incoming>,
        trouble: Option<Trouble>,
    ) -> Result<Response, AnswerLost> {
        match trouble {
            None => Ok(self.route(request).await),
            Some(Trouble::Status {
                status,
                retry_after,
                body,
            }) => Ok(status_answer(status, retry_after.as_deref(), body)),
            Some(Trouble::Delay(duration)) => {
                // Something waits for a server that stops.
                let _ = time::timeout(duration, self.closing.cancelled()).await;
                Ok(self.route(request).await)
            }
            Some(Trouble::Reset) => Err(AnswerLost),
            Some(Trouble::AnswerLost) => {
                self.route(request).await;
                Err(AnswerLost)
            }
            Some(Trouble::Replaced { status, body }) => {
                let done = self.route(request).await.status();
                Ok(status_answer(status.unwrap_or(done), None, body))
            }
            Some(Trouble::Cut) => {
                let end = CancellationToken::new();
                end.cancel();
                halve(self.route(request).await, end).await
            }
            Some(Trouble::Stalled) => halve(self.route(request).await, self.closing.clone()).await,
        }
    }

    async fn route(&mut self, request: Request<Incoming>) -> Response {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.call(request).await;
        self.app.faults().done(&method, &path);
        let answer = answer.unwrap_or_else(|never| match never {});
        match self.app.judge().filter(|_| path.starts_with("/api/")) {
            Some(judge) => judged(judge, &method, &path, answer).await,
            None => answer,
        }
    }
}

/// The answer, or the objection of a judge to it.
async fn judged(judge: &dyn Judge, method: &Method, path: &str, answer: Response) -> Response {
    let (head, body) = answer.into_parts();
    let whole = match body.collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(broken) => return error::objection(&broken.to_string()),
    };
    match judge.objection(method, path, head.status, &whole) {
        Some(objection) => error::objection(&objection),
        None => Response::from_parts(head, Body::from(whole)),
    }
}

fn status_answer(status: StatusCode, retry_after: Option<&str>, body: Option<String>) -> Response {
    let mut answer = error::scripted(status);
    if let Some(body) = body {
        *answer.body_mut() = Body::from(body);
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    if let Some(text) = retry_after {
        let text = HeaderValue::from_str(text).expect("a test asks for a header that can be sent");
        answer.headers_mut().insert(RETRY_AFTER, text);
    }
    answer
}

/// The answer with half of its body. It ends as soon as `end` is cancelled.
async fn halve(answer: Response, end: CancellationToken) -> Result<Response, AnswerLost> {
    let (mut head, body) = answer.into_parts();
    let whole = body.collect().await.map_err(|_| AnswerLost)?.to_bytes();
    if whole.is_empty() {
        end.cancelled().await;
        return Err(AnswerLost);
    }
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let length = whole.len() as u64;
    let half = whole.slice(..whole.len() / 2);
    Ok(Response::from_parts(
        head,
        Body::new(HalfBody {
            length,
            half: Some(half),
            is_flushed: false,
            end: Box::pin(end.cancelled_owned()),
        }),
    ))
}

/// A body that is shorter than announced.
struct HalfBody {
    length: u64,
    half: Option<Bytes>,
    is_flushed: bool,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl HttpBody for HalfBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.is_flushed {
            // The connection flushes what it has while there is nothing more for a moment.
            self.is_flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.end.as_mut().poll(context));
        Poll::Ready(Some(Err(io::Error::other("the body was to be cut off"))))
    }

    fn size_hint(&self) -> SizeHint {
        body::SizeHint::with_exact(self.length)
    }
}
