//! `POST …/pay` by the button that asks first: whether a Pay Later lender would pay.

use axum::response::Response;
use deodar_domain::method::Method;
use deodar_domain::pay_later::{Device, Eligibility};
use deodar_engine::{EligibilityCheck, Engine, EngineError};

use super::pay::again;
use crate::error::PageError;
use crate::form::EligibilityForm;
use crate::place::Found;
use crate::views::{Field, Notes, OfferNote};

/// Asks the lender, and shows on the order's page what it said. How much more the payer may borrow
/// is not told: whoever has the page could learn it.
pub(super) async fn ask(
    engine: &Engine,
    found: &Found,
    form: EligibilityForm,
    device: Device,
) -> Result<Response, PageError> {
    let amount = form.amount.unwrap_or_else(|| found.order.amount_to_pay());
    let notes = Notes {
        method: Some(Method::Bnpl),
        part: form.amount.map(|part| part.minor()),
        provider: Some(form.provider),
        mobile: Some(engine.seal_mobile(&found.order, &form.mobile)?),
        ..Notes::default()
    };
    if let Err(refusal) = found.order.may_start(found.now) {
        // The page itself tells what has become of the order.
        tracing::debug!(%refusal, "no lender is asked about an order that cannot be paid");
        return Ok(again(found, &Notes::default()));
    }
    let check = EligibilityCheck {
        provider: form.provider,
        mobile: (&form.mobile).into(),
        amount,
        device: Some(device),
    };
    let offer = match engine.check_eligibility_of_payer(&found.order, check).await {
        Ok(Eligibility { eligible: false, .. }) => OfferNote::No,
        Ok(eligibility) if eligibility.limit.minor() < amount.minor() => OfferNote::Short,
        Ok(_) => OfferNote::Yes,
        Err(EngineError::TooManyRequests { .. }) => OfferNote::TooMany,
        Err(EngineError::TimedOut) => OfferNote::Silent,
        Err(EngineError::MethodNotEnabled(_) | EngineError::CurrencyNotEnabled(_)) => {
            return Ok(again(found, &Notes { wrong: vec![Field::Provider], ..notes }));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(again(found, &Notes { offer: Some(offer), ..notes }))
}
