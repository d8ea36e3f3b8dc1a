//! Every route, grouped by who calls it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

use crate::{Api, conventions, health, idempotency, links, orders, sandbox, token};

/// The route table.
pub(crate) fn table(api: &Api, is_sandbox: bool) -> Router<Api> {
    // Whoever has client credentials.
    let credentials = Router::new().route("/api/auth/v1/token", post(token::issue));

    // A merchant's server, with a token.
    let merchants = Router::new()
        .route("/api/pay/v1/paymentlink", post(links::create::create))
        .route("/api/pay/v1/paymentlink/{payment_link_id}", get(links::get::by_id))
        .route("/api/pay/v1/paymentlink/ref/{reference}", get(links::get::by_reference))
        .route("/api/pay/v1/paymentlink/{payment_link_id}/cancel", put(links::cancel::cancel))
        .route("/api/pay/v1/orders/{order_id}", get(orders::by_id))
        .route("/api/pay/v1/orders/reference/{reference}", get(orders::by_reference));

    // A merchant's tests, with a token, where no money is real.
    let tests = if is_sandbox {
        Router::new().route("/sandbox/clock", post(sandbox::clock::advance))
    } else {
        Router::new()
    };

    // Whatever a merchant's token changes can be done once under a key.
    let once = from_fn_with_state(api.clone(), idempotency::layer);
    let tokens = merchants.merge(tests).route_layer(once);

    // Whoever runs the gateway.
    let operators = Router::new().route("/health", get(health::health));

    credentials
        .merge(tokens)
        .merge(operators)
        .fallback(conventions::no_such_path)
        .method_not_allowed_fallback(conventions::no_such_method)
}
