//! Every route, grouped by who calls it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

use crate::{
    Api, conventions, health, idempotency, links, lists, orders, otp, payments, refunds, sandbox,
    token,
};

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
        .route("/api/pay/v1/orders", post(orders::create::create))
        .route("/api/pay/v1/orders/{order_id}", get(orders::get::by_id))
        .route("/api/pay/v1/orders/reference/{reference}", get(orders::get::by_reference))
        .route("/api/pay/v1/orders/{order_id}/payments", post(payments::create::create))
        .route("/api/pay/v1/otp/submit", post(otp::submit))
        .route("/api/pay/v1/otp/resend", post(otp::resend))
        .route("/api/pay/v1/otp/generate", post(otp::generate))
        .route("/api/pay/v1/orders/{order_id}/capture", put(orders::capture::capture))
        .route("/api/pay/v1/orders/{order_id}/cancel", put(orders::cancel::cancel))
        .route("/api/pay/v1/refunds/{order_id}", post(refunds::create::create));

    // What a merchant's token has made, in lists.
    let merchants = merchants
        .route("/api/mcp/v1/payment-link/details", get(lists::links::list))
        .route("/api/mcp/v1/order/details", get(lists::orders::list))
        .route("/api/mcp/v1/refund/order/details", get(lists::refunds::list));

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
