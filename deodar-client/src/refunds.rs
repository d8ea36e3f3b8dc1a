//! Refunds: money of an order that goes back to the payer.

use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::names::RefundStatus;
use crate::orders::Data;
use crate::path::segment;
use crate::payment::ErrorDetail;
use crate::terms::Amount;
use crate::time;

/// A refund to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewRefund {
    /// The merchant's own id of the refund, 1–50 of `A-Z a-z 0-9 - _`, which no order and no other
    /// refund has. It is an idempotency key.
    pub merchant_order_reference: String,
    /// How much: at least 100 paise, or exactly the rest. All that is left where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_amount: Option<Amount>,
}

/// A refund, which has an id like an order's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Refund {
    /// Its id.
    pub order_id: String,
    /// The id of the order whose money it gives back.
    pub parent_order_id: String,
    /// The merchant's own id of that order.
    pub parent_order_reference: Option<String>,
    /// The merchant's own id of the refund.
    pub merchant_order_reference: Option<String>,
    /// Its state.
    pub status: RefundStatus,
    /// Whose it is.
    pub merchant_id: String,
    /// What it gives back.
    pub order_amount: Amount,
    /// Why it failed.
    pub error_detail: Option<ErrorDetail>,
    /// When it was made.
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "time::read")]
    pub updated_at: Timestamp,
}

impl Client {
    /// Gives money of an order back (`POST /api/pay/v1/refunds/{order_id}`). The same reference for
    /// the same order and amount answers the refund that it made before. The refund may be PENDING:
    /// then a webhook tells what becomes of it, and so does
    /// [`order_by_id`](Self::order_by_id) with its id.
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, NewRefund};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let refund = NewRefund {
    ///     merchant_order_reference: "order-1-back".to_owned(),
    ///     order_amount: Some(Amount::paise(10_000)),
    /// };
    /// let refund = client.create_refund("v1-250306082755-aa-qlAtAf", &refund).await?;
    /// println!("{} is {}", refund.order_id, refund.status);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_refund(&self, order_id: &str, refund: &NewRefund) -> Result<Refund, Error> {
        let path = format!("/api/pay/v1/refunds/{}", segment(order_id));
        Ok(self.post::<Data<Refund>>(&path, refund).await?.data)
    }
}
