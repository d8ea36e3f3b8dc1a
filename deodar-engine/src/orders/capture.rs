//! Capturing what is held.

use std::sync::Arc;

use deodar_domain::effects::Effects;
use deodar_domain::instruction::InstructionKind;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::EngineError;

/// A capture to be made.
#[derive(Clone, Debug)]
pub struct NewCapture {
    /// The merchant's reference of it: the same one finds the capture that it made before.
    pub reference: MerchantReference,
    /// How much; all that is held where it is absent.
    pub amount: Option<Money>,
}

impl Engine {
    /// Captures what an order holds, once; the rest is let go. [`Refusal::OperationInFlight`] where
    /// the acquirer has not answered, and [`EngineError::Declined`] where it refused.
    pub async fn capture(
        self: &Arc<Self>,
        merchant: &Merchant,
        key: OrderKey,
        new: NewCapture,
    ) -> Result<Order, EngineError> {
        self.order(merchant, key).await?;
        let ordered = self.decide(key, |order, context| {
            let made = order.captures.iter().find(|made| made.reference == new.reference);
            if let Some(made) = made {
                let same = made.was_asked_with(new.amount);
                let replay = (Effects::none(), Extra::default());
                return same.then_some(replay).ok_or(EngineError::DuplicateReference);
            }
            let (reference, now) = (new.reference.clone(), context.now);
            let effects = order.capture(reference, new.amount, &mut || context.operation(), now)?;
            Ok((effects, Extra { follow_up_after: self.follow_up_after(), ..Extra::default() }))
        });
        let asked = |kind| matches!(kind, InstructionKind::Capture(_) | InstructionKind::Void(_));
        let order = self.carry_out(ordered.await?, asked).await?;
        let made = order.captures.iter().find(|made| made.reference == new.reference);
        match made.and_then(|made| made.refused.clone()) {
            Some(failure) => Err(EngineError::Declined(failure)),
            None if order.has_open_instruction() => Err(Refusal::OperationInFlight.into()),
            None => Ok(order),
        }
    }
}
