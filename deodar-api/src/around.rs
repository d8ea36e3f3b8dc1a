//! Layers around routes.
//!
//! axum's `from_fn` clones and boxes the rest of the way of each request in each layer, which took
//! a tenth of a read. A layer here calls the rest of the way where it stands.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::{Layer, Service};

/// The answer of a request, in the making.
pub(crate) type Answering = BoxFuture<'static, Result<Response, Infallible>>;

/// What sees a request before its route does, and its answer after that.
pub(crate) trait Around: Clone + Send + Sync + 'static {
    /// Answers a request; `rest` is the rest of its way.
    fn around(&self, request: Request, rest: &mut Route) -> Answering;
}

/// The rest of a request's way.
pub(crate) fn run(
    rest: &mut Route,
    request: Request,
) -> impl Future<Output = Response> + Send + 'static {
    rest.call(request).map(|Ok(response)| response)
}

/// Puts an [`Around`] around routes.
#[derive(Clone)]
pub(crate) struct Stand<A>(pub(crate) A);

impl<A: Around> Layer<Route> for Stand<A> {
    type Service = Standing<A>;

    fn layer(&self, rest: Route) -> Standing<A> {
        Standing(Arc::new((self.0.clone(), rest)))
    }
}

/// A route with an [`Around`] around it. axum clones it for each request, and with it whatever it
/// stands around: behind one count that ends here.
#[derive(Clone)]
pub(crate) struct Standing<A>(Arc<(A, Route)>);

impl<A: Around> Service<Request> for Standing<A> {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answering {
        let (around, rest) = &*self.0;
        around.around(request, &mut rest.clone())
    }
}
