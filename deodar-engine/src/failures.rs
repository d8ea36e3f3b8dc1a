//! How often payments with one instrument have failed: whoever tries stolen cards is stopped.
//!
//! Architecture Invariant: of an instrument nothing is remembered but an HMAC under a key that was
//! drawn when this process began and is in no other memory. It is counted by each node for itself.

use std::time::Duration;

use deodar_acquirer::Instrument;
use deodar_domain::customer::MobileNumber;
use deodar_domain::id::OperationId;
use deodar_domain::order::Order;
use deodar_domain::pay_later::MOBILE_LENGTH;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::signature::hmac_sha256;
use quick_cache::sync::Cache;
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::pay::AskedPayment;
use crate::random::{NoRandomness, Random};
use crate::windows::Windows;

/// How many payments with one instrument may fail in [`FAILURES_WINDOW`].
pub const FAILURES_MAX: usize = 5;
/// How long a failed payment counts, in real time.
pub const FAILURES_WINDOW: Duration = Duration::from_hours(1);
/// How many instruments and payments are remembered.
const ENTRIES: usize = 100_000;

type Fingerprint = [u8; 32];

/// The instruments of failed payments.
pub(crate) struct Failures {
    key: Zeroizing<[u8; 32]>,
    failed: Windows<Fingerprint>,
    asked: Cache<OperationId, Fingerprint>,
}

impl Failures {
    pub(crate) fn new(random: &dyn Random) -> Result<Self, NoRandomness> {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(key.as_mut_slice())?;
        let failed = Windows::new(FAILURES_MAX, FAILURES_WINDOW, ENTRIES);
        Ok(Self { key, failed, asked: Cache::new(ENTRIES) })
    }

    /// What an instrument is known by; `None` where it names nobody.
    fn fingerprint(&self, instrument: &Instrument) -> Option<Fingerprint> {
        let (kind, number) = match instrument {
            Instrument::Card(card) | Instrument::CardEmi { card, .. } => {
                ("card", card.number.expose())
            }
            Instrument::Points { number, .. } => ("card", number.expose()),
            Instrument::UpiCollect(vpa) => ("upi", vpa.as_str()),
            Instrument::CardlessEmi { mobile, .. } => ("cardless", subscriber(mobile)),
            Instrument::PayLater { provider, mobile, .. } => (provider.name(), subscriber(mobile)),
            Instrument::UpiIntent | Instrument::Netbanking(_) | Instrument::Wallet(_) => {
                return None;
            }
        };
        Some(hmac_sha256(&*self.key, &[kind.as_bytes(), b":", number.as_bytes()]))
    }
}

/// The digits of a mobile number that are the same with and without its calling code.
fn subscriber(mobile: &MobileNumber) -> &str {
    let digits = mobile.as_str();
    digits.get(digits.len().saturating_sub(MOBILE_LENGTH)..).unwrap_or(digits)
}

impl Engine {
    /// Refuses an attempt with an instrument with which too many payments have failed. No money is
    /// real in a sandbox, where tests fail on purpose.
    pub(crate) fn check_failures(&self, payments: &[AskedPayment]) -> Result<(), EngineError> {
        if self.is_sandbox() {
            return Ok(());
        }
        let now = self.real_now();
        for payment in payments {
            if let Some(known) = self.failures.fingerprint(&payment.instrument) {
                let checked = self.failures.failed.check(&known, now);
                checked.map_err(|retry_after| EngineError::TooManyFailures { retry_after })?;
            }
        }
        Ok(())
    }

    /// Remembers what a payment is made with until its outcome is known.
    pub(crate) fn remember_instrument(&self, operation: OperationId, instrument: &Instrument) {
        if self.is_sandbox() {
            return;
        }
        if let Some(known) = self.failures.fingerprint(instrument) {
            self.failures.asked.insert(operation, known);
        }
    }

    /// Counts a payment that has failed, once.
    pub(crate) fn count_failure(&self, order: &Order, operation: OperationId) {
        let Some(payment) = order.payment_by_operation(operation) else { return };
        if payment.is_in_flight() {
            return;
        }
        let Some((_, known)) = self.failures.asked.remove(&operation) else { return };
        if payment.status() == PaymentStatus::Failed {
            self.failures.failed.count(&known, self.real_now());
        }
    }
}

#[cfg(test)]
mod tests {
    use deodar_domain::pay_later::PayLaterProvider;

    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn an_instrument_is_known_by_a_key_of_this_process_alone() {
        let instrument = |digits: &str| {
            let mobile = MobileNumber::parse(digits, 10).unwrap();
            Instrument::PayLater { provider: PayLaterProvider::Simpl, mobile, device: None }
        };
        let known = |key: u8, digits: &str| {
            Failures::new(&Always(key)).unwrap().fingerprint(&instrument(digits)).unwrap()
        };
        assert_eq!(known(1, "9876543210"), known(1, "9876543210"));
        assert_ne!(known(1, "9876543210"), known(1, "9876543211"));
        assert_ne!(known(1, "9876543210"), known(2, "9876543210"));
    }
}
