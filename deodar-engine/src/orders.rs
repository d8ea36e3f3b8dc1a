//! Orders for merchants: looking them up here, and what is done with them in the files beside.

mod cancel;
mod capture;
mod carry_out;
mod create;
mod refund;

use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::Refund;
use deodar_domain::time::Timestamp;
use deodar_store::{Record, RecordKey, ReferenceKey, RefundPointer, Reread, Version, Versioned};

use crate::engine::Engine;
use crate::error::{EngineError, Thing};

pub use capture::NewCapture;
pub use refund::NewRefund;

/// An order, or a refund of it, that was looked up.
#[derive(Clone, Debug)]
pub struct Found {
    /// The order, as of now.
    pub order: Order,
    /// The key of what was found: the order's own, or its refund's.
    pub key: OrderKey,
}

impl Found {
    /// The refund, where one was found.
    pub fn refund(&self) -> Option<&Refund> {
        self.order.refund(self.key)
    }
}

/// Which version of an order was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderVersion(Version);

/// An order as of now, and how long it stays so.
#[derive(Clone, Debug)]
pub struct AsOfNow {
    /// The order.
    pub order: Order,
    /// The version that is stored.
    pub version: OrderVersion,
    /// When it becomes another without being stored anew, in business time: its link expires.
    pub until: Option<Timestamp>,
}

impl Engine {
    /// Reads an order as of now, but for one that still has the version `known`, which is `None`.
    pub async fn order_unless(
        &self,
        merchant: &Merchant,
        key: OrderKey,
        known: Option<OrderVersion>,
    ) -> Result<Option<AsOfNow>, EngineError> {
        // An order that is there has a version above that of absence.
        let known = known.map_or(Version::ABSENT, |OrderVersion(version)| version);
        let found = match self.parts.store.get_unless(RecordKey::Order(key), known).await? {
            Reread::Unchanged => return Ok(None),
            Reread::Read(found) => found,
        };
        let Some(Versioned { record: Record::Order(order), version }) = found else {
            return Err(EngineError::NotFound(Thing::Order));
        };
        if order.merchant != merchant.id {
            return Err(EngineError::NotFound(Thing::Order));
        }
        let now = self.now();
        let until = order.link.as_ref().map(|link| link.expire_by).filter(|until| now < *until);
        let mut order = *order;
        let _not_stored = order.expire_link(now);
        Ok(Some(AsOfNow { order, version: OrderVersion(version), until }))
    }

    /// Reads an order as of now.
    pub async fn order(&self, merchant: &Merchant, key: OrderKey) -> Result<Order, EngineError> {
        let order = self.load_as_of_now(key).await?;
        if order.merchant == merchant.id {
            Ok(order)
        } else {
            Err(EngineError::NotFound(Thing::Order))
        }
    }

    /// Reads what has this key: an order, or a refund of one.
    pub async fn order_or_refund(
        &self,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Found, EngineError> {
        match self.order(merchant, key).await {
            Ok(order) => Ok(Found { order, key }),
            Err(EngineError::NotFound(_)) => self.refund_of_order(merchant, key).await,
            Err(error) => Err(error),
        }
    }

    /// Reads the order of the refund that has this key.
    pub async fn refund_of_order(
        &self,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Found, EngineError> {
        let parent = self.parent_of(key).await?;
        Ok(Found { order: self.order(merchant, parent).await?, key })
    }

    /// Finds an order or a refund by the merchant's reference: one that the order or refund call
    /// made first, else a link's order.
    pub async fn order_or_refund_by_reference(
        &self,
        merchant: &Merchant,
        reference: &MerchantReference,
    ) -> Result<Found, EngineError> {
        let (id, reference) = (merchant.id, reference.clone());
        let of_order = ReferenceKey::Order { merchant: id, reference: reference.clone() };
        if let Some(RecordKey::Order(key) | RecordKey::Refund(key)) =
            self.parts.store.find(&of_order).await?
        {
            return self.order_or_refund(merchant, key).await;
        }
        let of_link = ReferenceKey::Link { merchant: id, reference };
        match self.parts.store.find(&of_link).await? {
            Some(RecordKey::Order(key)) => self.order_or_refund(merchant, key).await,
            _ => Err(EngineError::NotFound(Thing::Order)),
        }
    }

    /// The key of the order that a refund is part of.
    async fn parent_of(&self, refund: OrderKey) -> Result<OrderKey, EngineError> {
        let found = self.parts.store.get(RecordKey::Refund(refund)).await?;
        match found.map(|found| found.record) {
            Some(Record::Refund(RefundPointer { order, .. })) => Ok(order),
            _ => Err(EngineError::NotFound(Thing::Order)),
        }
    }
}
