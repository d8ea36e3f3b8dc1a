//! What the legacy Pay by Link API asks for. Its links are made, read and sent again like all
//! others; what it has of its own is how a merchant logs in, links by their numbers, and the form
//! that takes the payer back.

use std::sync::Arc;

use deodar_domain::id::{LinkNumber, MerchantId};
use deodar_domain::legacy::{PaymentMode, told_payment};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::{AcquirerText, PaymentStatus};
use deodar_domain::signature::{LEGACY_SIGNATURE, LEGACY_SIGNATURE_TYPE, sign_legacy_return};
use deodar_store::{RecordKey, ReferenceKey};

use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::page::ReturnForm;
use crate::tenants::Tenant;

impl Engine {
    /// The merchant of a number, whose access code has not been looked at.
    pub async fn merchant(&self, id: MerchantId) -> Result<Option<Arc<Merchant>>, EngineError> {
        Ok(self.tenant(id).await?.map(|tenant| Arc::clone(&tenant.merchant)))
    }

    /// Sends the e-mail and SMS of the link of a number again, as [`Engine::notify_link`] does.
    pub async fn notify_link_of_number(
        &self,
        merchant: &Merchant,
        number: LinkNumber,
    ) -> Result<Order, EngineError> {
        match self.parts.store.find(&ReferenceKey::LinkNumber(number)).await? {
            Some(RecordKey::Order(key)) => self.notify_link(merchant, key).await,
            _ => Err(EngineError::NotFound(Thing::Link)),
        }
    }
}

/// The form that takes the payer of a legacy link back after a success; after anything else the
/// payer stays here.
pub(crate) fn return_form(order: &Order, tenant: &Tenant) -> Option<ReturnForm> {
    let payment = told_payment(order)?;
    if !matches!(payment.status(), PaymentStatus::Authorized | PaymentStatus::Processed) {
        return None;
    }
    let url = tenant.merchant.return_url.clone()?;
    let acquirer = &payment.acquirer;
    let mut fields = vec![
        ("RESPONSE_CODE", "1".to_owned()),
        ("RESPONSE_MESSAGE", "SUCCESS".to_owned()),
        ("AUTH_CODE", signable(acquirer.approval_code.as_ref())),
        ("RRN", signable(acquirer.rrn.as_ref())),
        ("PINE_PG_TRANSACTION_ID", payment.number.0.to_string()),
        ("ACQUIRER_NAME", signable(Some(&acquirer.acquirer_name))),
        ("REFERENCE_NO", order.terms.reference.to_string()),
        ("AMOUNT", order.terms.amount.minor().to_string()),
        ("MERCHANT_ID", order.merchant.to_string()),
        ("PAYMENT_MODE", PaymentMode::of(order, payment).id().to_string()),
    ];
    let signed: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let signature = sign_legacy_return(&tenant.signing_key, &signed);
    fields.push((LEGACY_SIGNATURE, signature));
    fields.push((LEGACY_SIGNATURE_TYPE, "SHA256".to_owned()));
    Some(ReturnForm { url, fields })
}

/// An acquirer's text without what parts one signed field from the next, so that nobody can read
/// one set of fields as another. Control characters it has none.
fn signable(text: Option<&AcquirerText>) -> String {
    text.map_or("", AcquirerText::as_str).replace(['&', '='], " ")
}
