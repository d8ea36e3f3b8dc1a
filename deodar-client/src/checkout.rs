//! Orders whose payers pay on the gateway's own page.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::names::IntegrationMode;
use crate::orders::NewOrder;

const CHECKOUTS: &str = "/api/checkout/v1/orders";

/// An order to be made with a hosted page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewCheckout {
    /// The order.
    #[serde(flatten)]
    pub order: NewOrder,
    /// [`IntegrationMode::Redirect`], or [`IntegrationMode::Iframe`] where the merchant's page
    /// shows it in a frame.
    pub integration_mode: IntegrationMode,
}

impl NewCheckout {
    /// A page of its own for `order`, to which the merchant's site redirects.
    pub const fn redirect(order: NewOrder) -> Self {
        Self { order, integration_mode: IntegrationMode::Redirect }
    }

    /// A page for `order` in a frame of the pages of its callback URLs.
    pub const fn iframe(order: NewOrder) -> Self {
        Self { order, integration_mode: IntegrationMode::Iframe }
    }
}

/// The hosted page of an order.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Checkout {
    /// What the page's address carries; whoever holds it can open the page.
    pub token: String,
    /// The order.
    pub order_id: String,
    /// Where the payer goes. The page takes payments for 24 hours.
    pub redirect_url: String,
}

impl std::fmt::Debug for Checkout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkout").field("order_id", &self.order_id).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes an order with a hosted page (`POST /api/checkout/v1/orders`). The same reference
    /// answers a new address of the same order's page; where it made another deal before, the error
    /// is [`Code::DuplicateRequest`](crate::Code::DuplicateRequest).
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, NewCheckout, NewOrder};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let order = NewOrder::new(Amount::paise(50_000), "order-1");
    /// let page = client.create_checkout(&NewCheckout::redirect(order)).await?;
    /// println!("the payer goes to {}", page.redirect_url);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_checkout(&self, checkout: &NewCheckout) -> Result<Checkout, Error> {
        self.post(CHECKOUTS, checkout).await
    }
}
