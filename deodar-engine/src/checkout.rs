//! The hosted checkout: the signed address of the page on which the payer of an order chooses how
//! to pay, and what the payer takes back who leaves it.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::customer::Contact;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::id::{order_id, parse_order_id};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::MethodSet;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::PaymentStatus;
use deodar_domain::terms::IntegrationMode;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::commit::{Context, only};
use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::page::ReturnForm;

/// How long a payment can be begun on the page, in business time.
pub const CHECKOUT_LIFETIME: Duration = Duration::from_hours(24);
/// How much longer the page tells of a payment that was begun before. No attempt lives so long.
pub const CHECKOUT_GRACE: Duration = Duration::from_hours(1);
/// The path of the page; its steps are below it.
pub const CHECKOUT_PATH: &str = "/api/v3/checkout-bff/redirect/checkout";
/// The longest token that is looked at, in bytes; ours have about two hundred.
const TOKEN_LENGTH_MAX: usize = 1_024;

/// What a token says (RFC 7519). It is signed with a key of its own, so that it is neither an
/// access token nor that of a challenge page.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The order.
    sub: String,
    /// Whether the page may be shown in a frame of the merchant's page.
    frame: bool,
    /// Until when a payment can be begun, in seconds since the epoch of business time.
    exp: i64,
}

/// The address of the page of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutAddress {
    /// The token.
    pub token: String,
    /// The address, with the token.
    pub url: String,
}

/// What can be done on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutStage {
    /// The order can be paid, as far as the order has it.
    Open,
    /// A payment that was begun before is shown; none can be begun.
    Closing,
    /// Nothing is shown any more.
    Ended,
}

/// An order as its hosted page shows it.
#[derive(Clone, Debug)]
pub struct CheckoutPage {
    /// The order, as of now.
    pub order: Order,
    /// Whose it is.
    pub merchant: Arc<Merchant>,
    /// The token, as it stands in the page's address.
    pub token: String,
    /// Business time.
    pub now: Timestamp,
    /// The methods that can be paid by: what the order allows, the merchant has and the acquirer
    /// takes.
    pub methods: MethodSet,
    /// What can be done on the page.
    pub stage: CheckoutStage,
    /// Whether the merchant's page may show it in a frame.
    pub is_framed: bool,
}

/// Which pages may show the hosted page in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framers {
    /// None.
    Nobody,
    /// Those of the origins of these addresses.
    OriginsOf(Vec<MerchantUrl>),
    /// Any that was loaded securely: the merchant named no address.
    Anybody,
}

impl Engine {
    /// The address of the hosted page of an order, for [`CHECKOUT_LIFETIME`] from `since`. The same
    /// order and time give the same address.
    pub fn checkout_address(
        &self,
        order: &Order,
        since: Timestamp,
    ) -> Result<CheckoutAddress, EngineError> {
        let claims = Claims {
            sub: order_id(order.key),
            frame: order.terms.integration_mode == IntegrationMode::Iframe,
            exp: since.plus(CHECKOUT_LIFETIME).seconds(),
        };
        let key = EncodingKey::from_secret(self.keys.checkout());
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|error| EngineError::Internal(error.to_string()))?;
        // The characters of a token need no encoding in a query.
        let url = format!("{}{CHECKOUT_PATH}?token={token}", self.public_url());
        Ok(CheckoutAddress { token, url })
    }

    /// The address for a call that found the order made before: its time begins now.
    pub fn new_checkout_address(&self, order: &Order) -> Result<CheckoutAddress, EngineError> {
        self.checkout_address(order, self.now())
    }

    /// Reads a token. Forged and damaged ones all answer [`EngineError::NotFound`] of an order;
    /// those that have ended are read.
    fn checkout_claims(&self, token: &str) -> Result<Claims, EngineError> {
        const NOT_FOUND: EngineError = EngineError::NotFound(Thing::Order);
        if token.len() > TOKEN_LENGTH_MAX {
            return Err(NOT_FOUND);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // The end is checked against the engine's clock, by whoever asks.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let key = DecodingKey::from_secret(self.keys.checkout());
        let read = jsonwebtoken::decode::<Claims>(token, &key, &validation);
        read.map(|read| read.claims).map_err(|_| NOT_FOUND)
    }

    /// Finds the order of a token, whatever its stage.
    pub async fn checkout_page(&self, token: &str) -> Result<CheckoutPage, EngineError> {
        const NOT_FOUND: EngineError = EngineError::NotFound(Thing::Order);
        let claims = self.checkout_claims(token)?;
        let order = self.load_as_of_now(parse_order_id(&claims.sub).ok_or(NOT_FOUND)?).await?;
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        let now = self.now();
        let methods = self.payable_methods(&order, &merchant);
        Ok(CheckoutPage {
            stage: stage(claims.exp, now),
            is_framed: claims.frame,
            token: token.to_owned(),
            order,
            merchant,
            now,
            methods,
        })
    }

    /// Who may show the page of a token in a frame: where the order was made for that, the pages
    /// of its callback addresses, else of the merchant's own return address, else any secure one.
    pub async fn checkout_framers(&self, token: &str) -> Result<Framers, EngineError> {
        if !self.checkout_claims(token)?.frame {
            return Ok(Framers::Nobody);
        }
        let CheckoutPage { order, merchant, .. } = self.checkout_page(token).await?;
        let terms = &order.terms;
        let of_order = [&terms.callback_url, &terms.failure_callback_url].into_iter().flatten();
        let mut urls: Vec<MerchantUrl> = of_order.cloned().collect();
        if urls.is_empty() {
            urls.extend(merchant.return_url.clone());
        }
        Ok(if urls.is_empty() { Framers::Anybody } else { Framers::OriginsOf(urls) })
    }

    /// Takes the contact details that the payer gave on the page, where the merchant allows that
    /// and the order can be paid.
    pub async fn change_contact(
        &self,
        order: OrderKey,
        given: &Contact,
    ) -> Result<Order, EngineError> {
        let change = |order: &mut Order, context: &mut Context<'_>| {
            only(order.change_contact(given.clone(), context.now))
        };
        self.decide(order, change).await
    }

    /// The signed form that takes back a payer who leaves. It tells the outcome of the order's last
    /// payment; where there was none, that the payer cancelled, as it would if the payer had begun
    /// a payment and given it up. `None` where there is nowhere to go, or while a payment is
    /// pending.
    pub async fn leave_form(&self, order: &Order) -> Result<Option<ReturnForm>, EngineError> {
        if !order.payments.is_empty() {
            return self.return_form(order).await;
        }
        // Where the merchant cancelled the order, nobody left anything.
        let left = order.state != OrderState::Cancelled;
        let failure = left.then(|| Failure::of(DeclineReason::PaymentCancelled));
        self.signed_return(order, PaymentStatus::Cancelled, failure.as_ref()).await
    }
}

/// What can be done at `now` on a page whose token ends at `end`, in seconds.
const fn stage(end: i64, now: Timestamp) -> CheckoutStage {
    let late = now.seconds().saturating_sub(end);
    if late < 0 {
        CheckoutStage::Open
    } else if late.unsigned_abs() < CHECKOUT_GRACE.as_secs() {
        CheckoutStage::Closing
    } else {
        CheckoutStage::Ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_closes_before_it_ends() {
        let grace = i64::try_from(CHECKOUT_GRACE.as_secs()).unwrap();
        let cases = [
            (-1, CheckoutStage::Open),
            (0, CheckoutStage::Closing),
            (grace - 1, CheckoutStage::Closing),
            (grace, CheckoutStage::Ended),
        ];
        for (late, expected) in cases {
            assert_eq!(stage(1_000_000, Timestamp::from_seconds(1_000_000 + late)), expected);
        }
        assert_eq!(stage(i64::MIN, Timestamp::from_seconds(0)), CheckoutStage::Ended);
    }
}
