//! What is asked for: an order and a link of about one kilobyte, as a shop's server sends them.

use anyhow::{Context, Result};
use deodar_domain::terms::Terms;
use deodar_wire::CreateOrder;
use serde_json::{Value, json};

/// What stands in a body where the reference goes.
pub(crate) const MARK: &str = "REFERENCE-OF-THE-MERCHANT-GOES-HERE";

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// An order.
    Order,
    /// A payment link.
    Link,
}

impl Kind {
    /// What it is called in the names of measurements.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Link => "link",
        }
    }

    /// Where it is asked for.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Order => "/api/pay/v1/orders",
            Self::Link => "/api/pay/v1/paymentlink",
        }
    }

    /// The body, with [`MARK`] for its reference.
    pub(crate) fn body(self) -> String {
        let body = match self {
            Self::Order => order(),
            Self::Link => link(),
        };
        body.to_string()
    }
}

fn customer() -> Value {
    json!({
        "email_id": "asha.rao@example.com",
        "first_name": "Asha",
        "last_name": "Rao",
        "customer_id": "customer-00417",
        "mobile_number": "9876501234",
        "country_code": "91",
        "billing_address": {
            "address1": "12 Cedar Lane",
            "address2": "Second floor",
            "city": "Shimla",
            "state": "Himachal Pradesh",
            "country": "India",
            "pincode": "171001",
        },
        "shipping_address": {
            "address1": "12 Cedar Lane",
            "address2": "Second floor",
            "city": "Shimla",
            "state": "Himachal Pradesh",
            "country": "India",
            "pincode": "171001",
        },
    })
}

fn order() -> Value {
    json!({
        "merchant_order_reference": MARK,
        "order_amount": { "value": 149_900, "currency": "INR" },
        "pre_auth": false,
        "allowed_payment_methods": ["CARD", "UPI", "NETBANKING", "WALLET"],
        "notes": "Two books and a pencil, wrapped as a present",
        "callback_url": "https://shop.example.com/payments/done",
        "failure_callback_url": "https://shop.example.com/payments/failed",
        "purchase_details": {
            "customer": customer(),
            "merchant_metadata": { "basket": "b-20417", "channel": "web", "shelf": "17" },
        },
    })
}

fn link() -> Value {
    json!({
        "merchant_payment_link_reference": MARK,
        "amount": { "value": 149_900, "currency": "INR" },
        "description": "Two books and a pencil, wrapped as a present",
        "allowed_payment_methods": ["CARD", "UPI", "NETBANKING", "WALLET"],
        "customer": customer(),
        "merchant_metadata": { "basket": "b-20417", "channel": "web", "shelf": "17" },
        "callback_url": "https://shop.example.com/payments/done",
        "failure_callback_url": "https://shop.example.com/payments/failed",
    })
}

/// The same order as the engine is asked for it, once the body is read.
pub(crate) fn order_terms() -> Result<Terms> {
    let CreateOrder { terms } =
        CreateOrder::parse(Kind::Order.body().as_bytes()).ok().context("the body of an order")?;
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use deodar_wire::CreateLink;

    use super::*;

    #[test]
    fn the_bodies_are_taken_and_have_one_mark() {
        assert_eq!(order_terms().unwrap().reference.as_str(), MARK);
        assert!(CreateLink::parse(Kind::Link.body().as_bytes()).is_ok());
        for kind in [Kind::Order, Kind::Link] {
            let body = kind.body();
            assert_eq!(body.matches(MARK).count(), 1);
            assert!((700..1_100).contains(&body.len()), "{} bytes", body.len());
        }
    }
}
