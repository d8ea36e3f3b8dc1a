//! Asking a Pay Later lender whether it would pay, and for how much.

use std::time::Duration;

use deodar_acquirer::{AcquirerError, EligibilityRequest};
use deodar_domain::merchant::Merchant;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::{Device, Eligibility, MaskedMobile, PayLaterProvider};

use crate::engine::Engine;
use crate::error::{EngineError, PaymentProblem};
use crate::pay::within;
use crate::tally::Limit;

/// How often a merchant may ask about one mobile number in [`ELIGIBILITY_WINDOW`].
pub const ELIGIBILITY_CHECKS_MAX: u32 = 10;
/// How long a check counts, in real time.
pub const ELIGIBILITY_WINDOW: Duration = Duration::from_hours(1);
/// How often a lender is asked from the page of one order in [`ELIGIBILITY_WINDOW`].
pub const PAGE_CHECKS_MAX: u32 = 20;

/// What a merchant may ask about one mobile number.
const CHECKS_OF_NUMBER: Limit =
    Limit { name: "eligibility", times_max: ELIGIBILITY_CHECKS_MAX, window: ELIGIBILITY_WINDOW };
/// What may be asked from the page of one order.
const CHECKS_OF_PAGE: Limit =
    Limit { name: "eligibility-page", times_max: PAGE_CHECKS_MAX, window: ELIGIBILITY_WINDOW };

/// A question about a payer.
#[derive(Clone, Debug)]
pub struct EligibilityCheck {
    /// The lender.
    pub provider: PayLaterProvider,
    /// By which the lender knows the payer.
    pub mobile: MaskedMobile,
    /// How much.
    pub amount: Money,
    /// The payer's device, where it is known.
    pub device: Option<Device>,
}

impl Engine {
    /// Asks a lender whether it would pay. [`EngineError::TooManyRequests`] where a merchant asks
    /// too often about one number, [`EngineError::TimedOut`] where the lender is silent.
    pub async fn check_eligibility(
        &self,
        merchant: &Merchant,
        check: EligibilityCheck,
    ) -> Result<Eligibility, EngineError> {
        let taken = self.parts.acquirer.capabilities().methods.intersection(merchant.methods);
        if !taken.contains(Method::Bnpl) {
            return Err(EngineError::MethodNotEnabled(Method::Bnpl));
        }
        if !merchant.pay_later.contains(check.provider) {
            let problem = PaymentProblem::ProviderNotEnabled(check.provider);
            return Err(EngineError::InvalidPayment { element: 0, problem });
        }
        if !merchant.currencies.contains(&check.amount.currency()) {
            return Err(EngineError::CurrencyNotEnabled(check.amount.currency()));
        }
        let merchant_id = merchant.id.as_u32().to_be_bytes();
        self.take_of_limit(&CHECKS_OF_NUMBER, &[&merchant_id, check.mobile.as_str().as_bytes()])
            .await
            .map_err(|retry_after| EngineError::TooManyRequests { retry_after })?;
        let asked = self.parts.acquirer.check_eligibility(EligibilityRequest {
            merchant: merchant.id,
            provider: check.provider,
            mobile: check.mobile,
            amount: check.amount,
            device: check.device,
        });
        match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(eligibility) => Ok(eligibility),
            Err(AcquirerError::Silent(_)) => Err(EngineError::TimedOut),
            Err(AcquirerError::Unsupported(_)) => Err(EngineError::MethodNotEnabled(Method::Bnpl)),
        }
    }

    /// The same, for whoever is about to pay an order on its page. Nobody can ask there about many
    /// numbers: an order's page is answered [`PAGE_CHECKS_MAX`] times in [`ELIGIBILITY_WINDOW`].
    pub async fn check_eligibility_of_payer(
        &self,
        order: &Order,
        check: EligibilityCheck,
    ) -> Result<Eligibility, EngineError> {
        let tenant = self.tenant_of(order.merchant).await?;
        self.take_of_limit(&CHECKS_OF_PAGE, &[&order.key.as_i64().to_be_bytes()])
            .await
            .map_err(|retry_after| EngineError::TooManyRequests { retry_after })?;
        self.check_eligibility(&tenant.merchant, check).await
    }
}
