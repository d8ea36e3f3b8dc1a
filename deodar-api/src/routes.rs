//! Every route, grouped by who calls it.

use axum::Router;

use crate::around::Stand;
use crate::describe::{self, Table};
use crate::idempotency::DoneOnce;
use crate::{
    Api, checkout, conventions, eligibility, health, legacy, links, lists, orders, otp, payments,
    refunds, sandbox, token,
};

/// The route table. An endpoint is its handler and its description, so that what is served is told.
pub(crate) fn table(is_sandbox: bool) -> Table {
    // Whoever has client credentials.
    let credentials = Table::open().post("/api/auth/v1/token", token::endpoint());

    // A merchant's server, with a token.
    let merchants = Table::with_token()
        .post("/api/pay/v1/paymentlink", links::create::endpoint())
        .get("/api/pay/v1/paymentlink/{payment_link_id}", links::get::id_endpoint())
        .get("/api/pay/v1/paymentlink/ref/{reference}", links::get::reference_endpoint())
        .put("/api/pay/v1/paymentlink/{payment_link_id}/cancel", links::cancel::endpoint())
        .patch("/api/pay/v1/paymentlink/{payment_link_id}/notify", links::notify::endpoint())
        .post("/api/checkout/v1/orders", checkout::endpoint())
        .post("/api/pay/v1/orders", orders::create::endpoint())
        .get("/api/pay/v1/orders/{order_id}", orders::get::id_endpoint())
        .get("/api/pay/v1/orders/reference/{reference}", orders::get::reference_endpoint())
        .post("/api/pay/v1/orders/{order_id}/payments", payments::create::endpoint())
        .post("/api/payment-option/eligibility/bnpl", eligibility::endpoint())
        .post("/api/pay/v1/otp/submit", otp::submit_endpoint())
        .post("/api/pay/v1/otp/resend", otp::resend_endpoint())
        .post("/api/pay/v1/otp/generate", otp::generate_endpoint())
        .put("/api/pay/v1/orders/{order_id}/capture", orders::capture::endpoint())
        .put("/api/pay/v1/orders/{order_id}/cancel", orders::cancel::endpoint())
        .post("/api/pay/v1/refunds/{order_id}", refunds::create::endpoint());

    // What a merchant's token has made, in lists.
    let merchants = merchants
        .get("/api/mcp/v1/payment-link/details", lists::links::endpoint())
        .get("/api/mcp/v1/order/details", lists::orders::endpoint())
        .get("/api/mcp/v1/refund/order/details", lists::refunds::endpoint());

    // A merchant's tests, with a token, where no money is real.
    let tests = if is_sandbox {
        Table::with_token().post("/sandbox/clock", sandbox::clock::endpoint())
    } else {
        Table::with_token()
    };

    // Whoever runs the gateway.
    let operators = Table::open().get("/health", health::endpoint());

    credentials.merge(merchants).merge(tests).merge(operators)
}

/// The routes of the table and their description, those of the legacy API, and what stands around
/// them.
pub(crate) fn router(api: &Api, is_sandbox: bool) -> Router<Api> {
    let Table { open, with_token, calls, .. } = table(is_sandbox);
    // Whatever a merchant's token changes can be done once under a key.
    let once = Stand(DoneOnce(api.clone()));
    open.merge(with_token.route_layer(once))
        .merge(legacy::routes())
        .merge(describe::routes(calls))
        .fallback(conventions::no_such_path)
        .method_not_allowed_fallback(conventions::no_such_method)
}
