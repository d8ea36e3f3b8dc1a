//! Refunding what was taken.

use std::sync::Arc;

use deodar_domain::effects::Effects;
use deodar_domain::id::order_id;
use deodar_domain::instruction::InstructionKind;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::{Refund, RefundState};
use deodar_store::{Conflict, Record, RecordKey, ReferenceKey, RefundPointer};

use super::Found;
use crate::commit::{CommitFailure, Context, Decision, Extra};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::links::KEY_TRIES;

/// A refund to be made.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// The merchant's reference of it, in the namespace of its orders: the same one finds the
    /// refund that it made before. The order's own id is no reference.
    pub reference: MerchantReference,
    /// How much; all that is left where it is absent.
    pub amount: Option<Money>,
}

/// A refund that is asked for, with its reference if it has one.
struct Asked {
    reference: Option<MerchantReference>,
    amount: Option<Money>,
}

impl Engine {
    /// Refunds what was taken of an order, and gives the order with the refund. The refund is
    /// processed or failed by the acquirer's answer; while the acquirer is silent it is pending,
    /// and workers ask until it is known.
    pub async fn refund(
        self: &Arc<Self>,
        merchant: &Merchant,
        order: OrderKey,
        new: NewRefund,
    ) -> Result<Found, EngineError> {
        self.order(merchant, order).await?;
        let reference = Some(new.reference).filter(|text| text.as_str() != order_id(order));
        let asked = Asked { reference, amount: new.amount };
        let Found { order, key } = self.order_refund(order, &asked).await?;
        let of_this = |kind| kind == InstructionKind::Refund(key);
        Ok(Found { order: self.carry_out(order, of_this).await?, key })
    }

    /// Commits the refund, or finds the one that the same request made before.
    async fn order_refund(&self, order: OrderKey, asked: &Asked) -> Result<Found, EngineError> {
        for _ in 0..KEY_TRIES {
            let key = self.mint_refund()?;
            let decided = self
                .decide_with_others(order, |order, context| {
                    self.begin_refund(order, context, key, asked)
                })
                .await;
            match decided {
                Ok(order) => {
                    let key = existing(&order, asked)?.map_or(key, |refund| refund.key);
                    return Ok(Found { order, key });
                }
                // Where the same request came first, its refund is part of the order by now.
                Err(CommitFailure::Conflict(Conflict::ReferenceTaken {
                    holder: RecordKey::Refund(holder),
                    ..
                })) if self.parent_of(holder).await? == order => {}
                Err(CommitFailure::Conflict(Conflict::ReferenceTaken { .. })) => {
                    return Err(EngineError::DuplicateReference);
                }
                // Another node drew the same key: another is drawn.
                Err(CommitFailure::Conflict(Conflict::Version(_))) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(EngineError::Unavailable("no refund key is free".into()))
    }

    fn begin_refund(
        &self,
        order: &mut Order,
        context: &mut Context<'_>,
        key: OrderKey,
        asked: &Asked,
    ) -> Decision {
        if existing(order, asked)?.is_some() {
            return Ok((Effects::none(), Extra::default()));
        }
        let (reference, now) = (asked.reference.clone(), context.now);
        let mut ids = || context.operation();
        let effects = order.start_refund(key, reference.clone(), asked.amount, &mut ids, now)?;
        let claim = reference.map(|reference| {
            let reference = ReferenceKey::Order { merchant: order.merchant, reference };
            (reference, RecordKey::Refund(key))
        });
        let extra = Extra {
            made: vec![Record::Refund(RefundPointer {
                refund: key,
                order: order.key,
                merchant: order.merchant,
            })],
            claims: claim.into_iter().collect(),
            follow_up_after: self.follow_up_after(),
            ..Extra::default()
        };
        Ok((effects, extra))
    }
}

/// The refund of `order` that the same request made before. One without a reference is the same
/// only while it is pending.
fn existing<'a>(order: &'a Order, asked: &Asked) -> Result<Option<&'a Refund>, EngineError> {
    let mut refunds = order.refunds.iter();
    if asked.reference.is_none() {
        return Ok(refunds.find(|refund| {
            refund.reference.is_none()
                && refund.state == RefundState::Pending
                && refund.was_asked_with(asked.amount)
        }));
    }
    match refunds.find(|refund| refund.reference == asked.reference) {
        Some(refund) if !refund.was_asked_with(asked.amount) => {
            Err(EngineError::DuplicateReference)
        }
        found => Ok(found),
    }
}
