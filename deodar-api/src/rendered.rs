//! Orders as they were answered before: one that has not changed is not rendered again.
//!
//! An order is kept by its key with the version that was rendered, and the store is asked each time
//! whether it still has that version, so that every node answers what is stored. What the passing
//! of time changes is not kept: an order with a payment in flight, whose answer has an address that
//! ends; and one with a link is kept until that expires.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_engine::{AsOfNow, Engine, EngineError, OrderVersion};
use http::StatusCode;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::answer;
use crate::error::ApiError;
use crate::payments::order_body;

/// How much memory answers may take, in bytes.
const RENDERED_BYTES_MAX: u64 = 8 << 20;
/// What an entry takes beside its body, in bytes.
const ENTRY_BYTES: u64 = 200;
/// How many answers of usual size fit.
const ENTRIES: usize = 4_096;

#[derive(Clone)]
struct Rendered {
    merchant: MerchantId,
    version: OrderVersion,
    until: Option<Timestamp>,
    body: Bytes,
}

impl Rendered {
    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn respond(&self) -> Response {
        answer::json_response(StatusCode::OK, self.body.clone())
    }
}

#[derive(Clone, Copy)]
struct Bytewise;

impl Weighter<OrderKey, Arc<Rendered>> for Bytewise {
    fn weight(&self, _: &OrderKey, rendered: &Arc<Rendered>) -> u64 {
        ENTRY_BYTES.saturating_add(u64::try_from(rendered.body.len()).unwrap_or(u64::MAX))
    }
}

/// The answers that are kept.
pub(crate) struct RenderedOrders {
    cache: Cache<OrderKey, Arc<Rendered>, Bytewise>,
}

impl RenderedOrders {
    pub(crate) fn new() -> Self {
        Self { cache: Cache::with_weighter(ENTRIES, RENDERED_BYTES_MAX, Bytewise) }
    }

    /// 200 with the order, or `None` where no order has this key: a refund may.
    pub(crate) async fn answer(
        &self,
        engine: &Engine,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Option<Response>, ApiError> {
        let kept = self.cache.get(&key).filter(|kept| {
            // Another merchant is answered as one that asks for what is not there.
            kept.merchant == merchant.id && kept.holds(engine.now())
        });
        let known = kept.as_ref().map(|kept| kept.version);
        match engine.order_unless(merchant, key, known).await {
            Ok(Some(read)) => self.render(engine, key, &read).map(Some),
            Ok(None) => Ok(kept.map(|kept| kept.respond())),
            Err(EngineError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn render(&self, engine: &Engine, key: OrderKey, read: &AsOfNow) -> Result<Response, ApiError> {
        let AsOfNow { order, version, until } = read;
        let rendered = Rendered {
            merchant: order.merchant,
            version: *version,
            until: *until,
            body: order_body(engine, order)?.into(),
        };
        let response = rendered.respond();
        if order.payment_in_flight().is_none() {
            self.cache.insert(key, Arc::new(rendered));
        }
        Ok(response)
    }
}
