//! References for payments that a page makes.

use deodar_domain::reference::PaymentReference;

use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// A reference that nobody can guess, for the form of one page: sent twice, the form finds the
    /// payment that it made before.
    pub fn payment_reference(&self) -> Result<PaymentReference, EngineError> {
        let reference = format!("{:032x}", self.parts.random.u128()?);
        PaymentReference::parse(&reference).map_err(|e| EngineError::Internal(e.to_string()))
    }
}
