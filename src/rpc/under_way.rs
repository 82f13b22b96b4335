//! Tracks components until their answers are on the wire.
//!
//! The engine closes the connection when Cancel is answered, and shows an error for each component that was not. That a
//! handler has ended is not enough, because its answer has yet to be written. So a request counts until the body of its
//! answer was passed to the connection, which writes answers in this order.
//!
//! # What this may not do
//!
//! Know what the requests do.

use super::cancel::GRACE;
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::RwLock;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tower::Layer;

/// The end of the path of the method whose requests count.
const CONSTRUCT: &str = "/Construct";

/// The components under construction. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<RwLock<()>>);

impl UnderWay {
    /// Waits, after a cancel, until every component is answered. Each answers within [`GRACE`], which begins slightly
    /// before this wait. So the wait is limited to twice that, in case one hangs.
    pub(super) async fn answered(&self) {
        let _ = tokio::time::timeout(GRACE.saturating_mul(2), self.0.write()).await;
    }
}

impl<S> Layer<S> for UnderWay {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted {
            under_way: self.clone(),
            inner,
        }
    }
}

/// A service whose requests for components count.
#[derive(Clone, Debug)]
pub(super) struct Counted<S> {
    under_way: UnderWay,
    inner: S,
}

impl<S> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let counts = request.uri().path().ends_with(CONSTRUCT);
        let answer = self.inner.call(request);
        if !counts {
            return Box::pin(answer);
        }
        let lock = Arc::clone(&self.under_way.0);
        Box::pin(async move {
            let held = lock.read_owned().await;
            let answer = answer.await?;
            Ok(answer.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _until_the_body_is_gone = &held;
                    frame
                }))
            }))
        })
    }
}
