//! Asking a Pay Later lender whether it would pay, and for how much.

use std::time::Duration;

use deodar_acquirer::{AcquirerError, EligibilityRequest};
use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::{Device, Eligibility, MaskedMobile, PayLaterProvider};

use crate::engine::Engine;
use crate::error::{EngineError, PaymentProblem};
use crate::pay::within;
use crate::windows::Windows;

/// How often a merchant may ask about one mobile number in [`ELIGIBILITY_WINDOW`].
pub const ELIGIBILITY_CHECKS_MAX: usize = 10;
/// How long a check counts, in real time.
pub const ELIGIBILITY_WINDOW: Duration = Duration::from_hours(1);
/// How often a lender is asked from the page of one order in [`ELIGIBILITY_WINDOW`].
pub const PAGE_CHECKS_MAX: usize = 20;
/// How many pairs of merchant and mobile number, and how many orders, are remembered.
const ENTRIES: usize = 100_000;

/// Who was asked about how often.
pub(crate) type EligibilityChecks = Windows<(MerchantId, MaskedMobile)>;

/// From the page of which order it was asked how often.
pub(crate) type PageChecks = Windows<OrderKey>;

pub(crate) fn page_checks() -> PageChecks {
    Windows::new(PAGE_CHECKS_MAX, ELIGIBILITY_WINDOW, ENTRIES)
}

pub(crate) fn eligibility_checks() -> EligibilityChecks {
    Windows::new(ELIGIBILITY_CHECKS_MAX, ELIGIBILITY_WINDOW, ENTRIES)
}

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
        let counted = (merchant.id, check.mobile.clone());
        self.eligibility_checks
            .take(&counted, self.real_now())
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
        self.page_checks
            .take(&order.key, self.real_now())
            .map_err(|retry_after| EngineError::TooManyRequests { retry_after })?;
        self.check_eligibility(&tenant.merchant, check).await
    }
}
