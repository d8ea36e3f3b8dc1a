//! Making an order.

use deodar_domain::merchant::Merchant;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::terms::Terms;
use deodar_store::{ChangeSet, Conflict, RecordKey, ReferenceKey, Version};

use crate::commit::{CommitFailure, Extra};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::idempotency::Keep;
use crate::links::{KEY_TRIES, Made};

impl Engine {
    /// Makes an order without a link, or finds the one that the same request made before. An empty
    /// set of allowed methods means all that the merchant has.
    pub async fn create_order(
        &self,
        merchant: &Merchant,
        terms: Terms,
    ) -> Result<Made<Order>, EngineError> {
        self.create_order_once(merchant, terms, &Keep::nothing()).await
    }

    /// The same, for a call with a key: the answer of a new order is kept with it.
    pub async fn create_order_once(
        &self,
        merchant: &Merchant,
        mut terms: Terms,
        keep: &Keep<'_, Order>,
    ) -> Result<Made<Order>, EngineError> {
        let reference =
            ReferenceKey::Order { merchant: merchant.id, reference: terms.reference.clone() };
        if let Err(error) = self.check_terms(merchant, &mut terms) {
            // A repeat is answered whatever the merchant's switches are by now.
            return match self.parts.store.find(&reference).await? {
                Some(holder) => self.replayed_order(&terms, holder).await,
                None => Err(error),
            };
        }
        for _ in 0..KEY_TRIES {
            let (key, now) = (self.mint_order()?, self.now());
            let new = NewOrder { key, merchant: merchant.id, terms, link: None };
            let (order, effects) = Order::create(new, now);
            let change_set = ChangeSet::new(self.change_set_id()?)
                .claim(reference.clone(), RecordKey::Order(key));
            let extra = Extra { answer: keep.with(&order), ..Extra::default() };
            match self.commit_order(change_set, &order, Version::ABSENT, effects, extra).await {
                Ok(()) => return Ok(Made::New(order)),
                Err(CommitFailure::Conflict(Conflict::ReferenceTaken {
                    reference: ReferenceKey::Order { .. },
                    holder,
                })) => return self.replayed_order(&order.terms, holder).await,
                // Another node drew the same key: another is drawn.
                Err(CommitFailure::Conflict(Conflict::Version(_))) => {
                    terms = order.terms.clone();
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(EngineError::Unavailable("no order key is free".into()))
    }

    /// The order that the same reference made before, if it is the same deal.
    async fn replayed_order(
        &self,
        terms: &Terms,
        holder: RecordKey,
    ) -> Result<Made<Order>, EngineError> {
        let RecordKey::Order(key) = holder else { return Err(EngineError::DuplicateReference) };
        let existing = self.load_as_of_now(key).await?;
        if existing.terms.same_deal(terms) {
            Ok(Made::Existing(existing))
        } else {
            Err(EngineError::DuplicateReference)
        }
    }
}
