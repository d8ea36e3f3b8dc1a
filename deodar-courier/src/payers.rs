//! How many messages a payer is sent, whoever sends them: a flood of links must not become a flood of
//! messages.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deodar_domain::time::Timestamp;

/// How many messages one address, or one number, is sent in an hour of real time, by each process.
pub const PER_PAYER_HOUR_MAX: usize = 20;
const HOUR: Duration = Duration::from_hours(1);
/// How many payers are remembered at once. Those who were sent nothing for an hour are forgotten
/// first; where that makes no room, all are.
const PAYERS_MAX: usize = 50_000;

/// Who was sent how many. Addresses are kept as hashes under a key of this process.
#[derive(Default)]
pub(crate) struct Payers {
    hasher: RandomState,
    sent: Mutex<HashMap<u64, Vec<Timestamp>>>,
}

impl Payers {
    /// Counts a message to a payer; where there were too many, tells when there is room again.
    pub(crate) fn count(&self, recipient: &str, now: Timestamp) -> Result<(), Duration> {
        let recent = |sent: &Timestamp| sent.plus(HOUR) > now;
        let mut payers = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if payers.len() >= PAYERS_MAX {
            payers.retain(|_, sent| sent.iter().any(recent));
            if payers.len() >= PAYERS_MAX {
                payers.clear();
            }
        }
        // Letters of an address may be written large or small; it is one mailbox.
        let payer = self.hasher.hash_one(recipient.to_lowercase());
        let sent = payers.entry(payer).or_default();
        sent.retain(recent);
        if let Some(first) = sent.first().filter(|_| sent.len() >= PER_PAYER_HOUR_MAX) {
            return Err(first.plus(HOUR).since(now));
        }
        sent.push(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_is_sent_so_many_an_hour_and_another_is_not_held_up() {
        let payers = Payers::default();
        let start = Timestamp::from_seconds(1_768_471_200);
        for _ in 0..PER_PAYER_HOUR_MAX {
            assert_eq!(payers.count("kavya@example.com", start), Ok(()));
        }
        let later = start.plus(Duration::from_mins(20));
        assert_eq!(payers.count("Kavya@example.com", later), Err(Duration::from_mins(40)));
        assert_eq!(payers.count("ravi@example.com", later), Ok(()));
        assert_eq!(payers.count("kavya@example.com", start.plus(HOUR)), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let payers = Payers::default();
        let now = Timestamp::from_seconds(1_768_471_200);
        for number in 0..PAYERS_MAX + 10 {
            payers.count(&number.to_string(), now).unwrap();
        }
        assert!(payers.sent.lock().unwrap().len() <= PAYERS_MAX);
    }
}
