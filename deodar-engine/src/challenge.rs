//! Challenge pages: the signed address behind which the payer of one payment is led to the bank,
//! waits, and goes back to the merchant.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::id::{order_id, parse_order_id};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::Payment;
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
    /// The index of the payment.
    pay: u16,
    /// When it ends, in seconds since the epoch of business time.
    exp: i64,
}

/// A payment as its challenge page shows it.
#[derive(Clone, Debug)]
pub struct ChallengePage {
    /// The order, as of now.
    pub order: Order,
    /// The index of the payment; the order has it.
    pub payment: u16,
    /// Whose it is.
    pub merchant: Arc<Merchant>,
    /// The token, as it stands in the page's address.
    pub token: String,
    /// Business time.
    pub now: Timestamp,
}

impl Engine {
    /// The address of the challenge page of the payment in flight; `None` where there is none. It
    /// is the same however often it is asked for.
    pub fn challenge_url(&self, order: &Order) -> Result<Option<String>, EngineError> {
        let Some(payment) = order.payment_in_flight() else { return Ok(None) };
        // The characters of a token need no encoding in a query.
        let token = self.challenge_token(payment)?;
        Ok(Some(format!("{}{PATH}/?token={token}", self.public_url())))
    }

    /// Where the bank sends the payer of a payment back to.
    pub(crate) fn challenge_return_url(&self, payment: &Payment) -> Result<String, EngineError> {
        let token = self.challenge_token(payment)?;
        Ok(format!("{}{PATH}/return?token={token}", self.public_url()))
    }

    fn challenge_token(&self, payment: &Payment) -> Result<String, EngineError> {
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
        if order.payment(claims.pay).is_none() {
            return Err(NOT_FOUND);
        }
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        Ok(ChallengePage { order, payment: claims.pay, merchant, token: token.to_owned(), now })
    }
}
