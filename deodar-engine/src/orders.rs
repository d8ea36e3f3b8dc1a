//! Orders for merchants.

use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_store::{RecordKey, ReferenceKey};

use crate::engine::Engine;
use crate::error::{EngineError, Thing};

impl Engine {
    /// Reads an order as of now.
    pub async fn order(&self, merchant: &Merchant, key: OrderKey) -> Result<Order, EngineError> {
        let order = self.load_as_of_now(key).await?;
        if order.merchant == merchant.id {
            Ok(order)
        } else {
            Err(EngineError::NotFound(Thing::Order))
        }
    }

    /// Finds an order by the merchant's reference: one that the order call made first, else a link's.
    pub async fn order_by_reference(
        &self,
        merchant: &Merchant,
        reference: &MerchantReference,
    ) -> Result<Order, EngineError> {
        let (id, reference) = (merchant.id, reference.clone());
        let of_order = ReferenceKey::Order { merchant: id, reference: reference.clone() };
        if let Some(RecordKey::Order(key)) = self.parts.store.find(&of_order).await? {
            return self.order(merchant, key).await;
        }
        let of_link = ReferenceKey::Link { merchant: id, reference };
        match self.parts.store.find(&of_link).await? {
            Some(RecordKey::Order(key)) => self.order(merchant, key).await,
            _ => Err(EngineError::NotFound(Thing::Order)),
        }
    }
}
