//! Challenge pages: the signed address behind which the payer of one payment is led to the bank,
//! waits, and goes back to the merchant.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::id::{order_id, parse_order_id};
use deodar_domain::instrument::{Instrument, UpiFlow};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::{Challenge, Payment, PaymentState};
use deodar_domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::{EngineError, Thing};

/// How long after its payment was begun a token works. The attempt itself lives minutes; the rest
/// is for a payer who comes back late and has to be told, and sent on to the merchant.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24);
/// The longest token that is looked at, in bytes; ours have about two hundred.
const TOKEN_LENGTH_MAX: usize = 1_024;
/// The path of the challenge pages.
const PATH: &str = "/web/auth/landing";

/// What a token says (RFC 7519). It is signed with a key of its own, so that it is no access token.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The order.
    sub: String,
    /// The index of the first payment of the attempt.
    pay: u16,
    /// When it ends, in seconds since the epoch of business time.
    exp: i64,
}

/// A payment as its challenge page shows it.
#[derive(Clone, Debug)]
pub struct ChallengePage {
    /// The order, as of now.
    pub order: Order,
    /// The index of the payment that tells where the attempt stands; the order has it.
    pub payment: u16,
    /// Whose it is.
    pub merchant: Arc<Merchant>,
    /// The token, as it stands in the page's address.
    pub token: String,
    /// Business time.
    pub now: Timestamp,
}

impl Engine {
    /// The address of the challenge page of the attempt in flight; `None` where there is none. It
    /// is the same however often it is asked for.
    pub fn challenge_url(&self, order: &Order) -> Result<Option<String>, EngineError> {
        let Some(payment) = order.payment_in_flight() else { return Ok(None) };
        // The characters of a token need no encoding in a query.
        let token = self.challenge_token(order, payment)?;
        Ok(Some(format!("{}{PATH}/?token={token}", self.public_url())))
    }

    /// The address of the QR code of the payment in flight, a PNG, where its merchant asked for one:
    /// a UPI payment by the payer's own app. `None` for every other, and until the code is there.
    pub fn image_url(&self, order: &Order) -> Result<Option<String>, EngineError> {
        let asked = |payment: &&Payment| {
            payment.instrument == Instrument::Upi(UpiFlow::Intent { qr: true })
                && matches!(
                    payment.state,
                    PaymentState::Pending { challenge: Some(Challenge::Intent { .. }), .. }
                )
        };
        let Some(in_flight) = order.payment_in_flight() else { return Ok(None) };
        let Some(payment) = order.attempt(in_flight.attempt).find(asked) else { return Ok(None) };
        let token = self.challenge_token(order, payment)?;
        Ok(Some(format!("{}{PATH}/qr.png?token={token}", self.public_url())))
    }

    /// Where the bank sends the payer of a payment back to.
    pub(crate) fn challenge_return_url(
        &self,
        order: &Order,
        payment: &Payment,
    ) -> Result<String, EngineError> {
        let token = self.challenge_token(order, payment)?;
        Ok(format!("{}{PATH}/return?token={token}", self.public_url()))
    }

    /// A token names the first payment of an attempt, for all of them.
    fn challenge_token(&self, order: &Order, payment: &Payment) -> Result<String, EngineError> {
        let payment = order.attempt(payment.attempt).next().unwrap_or(payment);
        let claims = Claims {
            sub: order_id(payment.id.order),
            pay: payment.id.index,
            exp: payment.created_at.plus(TOKEN_LIFETIME).seconds(),
        };
        let key = EncodingKey::from_secret(self.keys.challenge());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|error| EngineError::Internal(error.to_string()))
    }

    /// Finds the payment of a token. Forged, damaged and ended ones all answer
    /// [`EngineError::NotFound`] of a payment.
    pub async fn challenge_page(&self, token: &str) -> Result<ChallengePage, EngineError> {
        const NOT_FOUND: EngineError = EngineError::NotFound(Thing::Payment);
        if token.len() > TOKEN_LENGTH_MAX {
            return Err(NOT_FOUND);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // The end is checked against the engine's clock, below.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let key = DecodingKey::from_secret(self.keys.challenge());
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| NOT_FOUND)?.claims;
        let now = self.now();
        if now.seconds() >= claims.exp {
            return Err(NOT_FOUND);
        }
        let order = self.load_as_of_now(parse_order_id(&claims.sub).ok_or(NOT_FOUND)?).await?;
        let attempt = order.payment(claims.pay).ok_or(NOT_FOUND)?.attempt;
        let payment = order.telling_payment(attempt).map_or(claims.pay, |telling| telling.id.index);
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        Ok(ChallengePage { order, payment, merchant, token: token.to_owned(), now })
    }
}
