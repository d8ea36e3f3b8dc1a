//! The stored form of answers.

use deodar_domain::id::MerchantId;
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::value::{Hex, Text, damaged};
use crate::record::{Answer, AnswerKey, BodyDigest, CallDigest, KeptAnswer};
use crate::store::StoreError;

/// The stored form of a [`KeptAnswer`]. Its key is the record's.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredAnswer<'a> {
    merchant: u32,
    call: Hex,
    /// The digest of the call's body.
    of: Hex,
    status: u16,
    body: Text<'a>,
    /// When it was answered, in microseconds.
    at: i64,
}

impl<'a> StoredAnswer<'a> {
    pub(super) fn of(kept: &'a KeptAnswer) -> Self {
        Self {
            merchant: kept.merchant.as_u32(),
            call: Hex(kept.call.0),
            of: Hex(kept.body.0),
            status: kept.answer.status,
            body: Text::of(&kept.answer.body),
            at: kept.answered_at.micros(),
        }
    }

    pub(super) fn restore(&self, key: AnswerKey) -> Result<KeptAnswer, StoreError> {
        Ok(KeptAnswer {
            key,
            merchant: MerchantId::new(self.merchant).ok_or_else(|| damaged("merchant"))?,
            call: CallDigest(self.call.0),
            body: BodyDigest(self.of.0),
            answer: Answer { status: self.status, body: self.body.as_str().into() },
            answered_at: Timestamp::from_micros(self.at),
        })
    }
}
