//! What the payer's pages need.

use std::sync::Arc;

use deodar_domain::decline::Failure;
use deodar_domain::id::{LinkNumber, order_id};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::MethodSet;
use deodar_domain::order::Order;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::signature::sign_return;
use deodar_domain::terms::Dialect;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_store::{RecordKey, ReferenceKey};

use crate::commit::only;
use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::legacy;

/// A link as its page shows it.
#[derive(Clone, Debug)]
pub struct LinkPage {
    /// The order, as of now; its link is there.
    pub order: Order,
    /// Whose it is.
    pub merchant: Arc<Merchant>,
    /// The slug, as it stands in the page's address.
    pub slug: String,
    /// Business time.
    pub now: Timestamp,
    /// The methods that can be paid by: what the link allows, the merchant has and the acquirer takes.
    pub methods: MethodSet,
}

/// The signed form that the payer's browser posts to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnForm {
    /// Where it goes.
    pub url: MerchantUrl,
    /// The fields in the order in which they are sent, the signature among them.
    pub fields: Vec<(&'static str, String)>,
}

impl Engine {
    /// Finds the link of a slug. Unknown slugs answer [`EngineError::NotFound`] of a link.
    pub async fn link_page(&self, slug: &str) -> Result<LinkPage, EngineError> {
        const NOT_FOUND: EngineError = EngineError::NotFound(Thing::Link);
        // No slug stands for this number. It is looked for all the same where the slug is none, so
        // that every wrong one costs one search, and the answers take the same time.
        const NO_LINK: LinkNumber = LinkNumber(u64::MAX);
        let key = if let Some(key) = self.at_hand.order_of_slug(slug) {
            key
        } else {
            let number = self.keys.link_number(slug).unwrap_or(NO_LINK);
            let key = self.order_of_link(number).await?.ok_or(NOT_FOUND)?;
            self.at_hand.keep_slug(slug, key);
            key
        };
        let order = self.load_as_of_now(key).await?;
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        let methods = self.payable_methods(&order, &merchant);
        Ok(LinkPage { order, merchant, slug: slug.to_owned(), now: self.now(), methods })
    }

    async fn order_of_link(&self, number: LinkNumber) -> Result<Option<OrderKey>, EngineError> {
        match self.parts.store.find(&ReferenceKey::LinkNumber(number)).await? {
            Some(RecordKey::Order(key)) => Ok(Some(key)),
            _ => Ok(None),
        }
    }

    /// What the order allows, the merchant has and the acquirer takes.
    pub(crate) fn payable_methods(&self, order: &Order, merchant: &Merchant) -> MethodSet {
        let can = self.parts.acquirer.capabilities();
        let taken = if order.terms.pre_auth { can.holds } else { can.methods };
        order.terms.allowed_methods.intersection(merchant.methods).intersection(taken)
    }

    /// Notes that a person opened the page. It never fails for the state's sake.
    pub async fn click(&self, page: &LinkPage) -> Result<(), EngineError> {
        match self.decide(page.order.key, |order, context| only(order.click(context.now))).await {
            Ok(_) | Err(EngineError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The signed form that takes the payer back, by the outcome of the order's last payment;
    /// `None` where there is nowhere to go, or while a payment is pending.
    pub async fn return_form(&self, order: &Order) -> Result<Option<ReturnForm>, EngineError> {
        let Some(payment) = order.last_payment() else { return Ok(None) };
        self.signed_return(order, payment.status(), payment.failure().as_ref()).await
    }

    /// The signed form that tells `status`, and why where it is a failure.
    pub(crate) async fn signed_return(
        &self,
        order: &Order,
        status: PaymentStatus,
        failure: Option<&Failure>,
    ) -> Result<Option<ReturnForm>, EngineError> {
        let tenant = self.tenant_of(order.merchant).await?;
        if order.terms.dialect == Dialect::Legacy {
            return Ok(legacy::return_form(order, &tenant));
        }
        let Some(url) = return_url(order, status, &tenant.merchant) else { return Ok(None) };
        let mut fields =
            vec![("order_id", order_id(order.key)), ("status", status.name().to_owned())];
        if let Some(failure) = failure {
            fields.push(("error_code", failure.reason.code().to_owned()));
            fields.push(("error_message", failure.message().to_owned()));
        }
        let signed: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let signature = sign_return(&tenant.signing_key, &signed);
        fields.push(("signature", signature));
        Ok(Some(ReturnForm { url, fields }))
    }
}

/// Where the payer goes back to after a payment that came to `status`: a success to the callback URL; anything else to
/// the failure's, where there is one; and to the merchant's own where the order has none.
fn return_url(order: &Order, status: PaymentStatus, merchant: &Merchant) -> Option<MerchantUrl> {
    let terms = &order.terms;
    let of_order = match status {
        PaymentStatus::Pending => return None,
        PaymentStatus::Authorized | PaymentStatus::Processed => terms.callback_url.as_ref(),
        PaymentStatus::Cancelled | PaymentStatus::Failed => {
            terms.failure_callback_url.as_ref().or(terms.callback_url.as_ref())
        }
    };
    of_order.or(merchant.return_url.as_ref()).cloned()
}
