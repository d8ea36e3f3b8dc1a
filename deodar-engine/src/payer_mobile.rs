//! The mobile number that a payer typed on a page, on its way through the next page's address: so
//! that it need not be typed again, and cannot be read there.

use deodar_domain::customer::MobileNumber;
use deodar_domain::id::order_id;
use deodar_domain::order::Order;
use deodar_domain::pay_later;

use crate::engine::Engine;
use crate::error::EngineError;

/// The longest sealed number that is looked at, in characters; ours have about one hundred.
const SEALED_LENGTH_MAX: usize = 200;

fn context(order: &Order) -> String {
    format!("mobile number of a payer of order {}", order_id(order.key))
}

impl Engine {
    /// Seals a mobile number, so that it can stand in the address of a page of this order.
    pub fn seal_mobile(&self, order: &Order, mobile: &MobileNumber) -> Result<String, EngineError> {
        let sealed = self.keys.seal_text(&*self.parts.random, &context(order), mobile.as_str())?;
        Ok(hex::encode(sealed))
    }

    /// Opens a sealed mobile number; `None` where it was not sealed here, for this order.
    pub fn open_mobile(&self, order: &Order, sealed: &str) -> Option<MobileNumber> {
        let sealed = Some(sealed).filter(|sealed| sealed.len() <= SEALED_LENGTH_MAX)?;
        let opened = self.keys.open_text(&context(order), &hex::decode(sealed).ok()?).ok()?;
        pay_later::parse_mobile(&opened).ok()
    }
}
