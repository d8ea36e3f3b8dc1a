//! The stored form of captures, refunds and instructions.

use deodar_domain::id::OperationId;
use deodar_domain::instruction::{Instruction, InstructionKind, InstructionState};
use deodar_domain::order::Capture;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::{Refund, RefundState};
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::payment::StoredCause;
use super::value::{Hex, StoredFailure, StoredMoney, Text, is_false, order_key, read_optional};
use crate::store::StoreError;

/// The stored form of a [`Capture`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredCapture<'a> {
    reference: Text<'a>,
    amount: StoredMoney,
    #[serde(default, skip_serializing_if = "is_false")]
    whole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<StoredFailure<'a>>,
}

impl<'a> StoredCapture<'a> {
    pub(super) fn of(capture: &'a Capture) -> Self {
        Self {
            reference: Text::of(capture.reference.as_str()),
            amount: StoredMoney::of(capture.amount),
            whole: capture.whole,
            refused: capture.refused.as_ref().map(StoredFailure::of),
        }
    }

    pub(super) fn restore(&self) -> Result<Capture, StoreError> {
        Ok(Capture {
            reference: self.reference.read("capture.reference", MerchantReference::parse)?,
            amount: self.amount.restore(),
            whole: self.whole,
            refused: self.refused.as_ref().map(StoredFailure::restore).transpose()?,
        })
    }
}

/// The stored form of a [`Refund`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredRefund<'a> {
    key: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Text<'a>>,
    amount: StoredMoney,
    #[serde(default, skip_serializing_if = "is_false")]
    whole: bool,
    state: StoredRefundState<'a>,
    at: i64,
    changed: i64,
}

/// The stored form of a [`RefundState`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredRefundState<'a> {
    Pending,
    Processed,
    Failed(StoredFailure<'a>),
}

impl<'a> StoredRefund<'a> {
    pub(super) fn of(refund: &'a Refund) -> Self {
        Self {
            key: refund.key.as_i64(),
            reference: refund.reference.as_ref().map(|text| Text::of(text.as_str())),
            amount: StoredMoney::of(refund.amount),
            whole: refund.whole,
            state: match &refund.state {
                RefundState::Pending => StoredRefundState::Pending,
                RefundState::Processed => StoredRefundState::Processed,
                RefundState::Failed(failure) => {
                    StoredRefundState::Failed(StoredFailure::of(failure))
                }
            },
            at: refund.created_at.micros(),
            changed: refund.updated_at.micros(),
        }
    }

    pub(super) fn restore(&self) -> Result<Refund, StoreError> {
        Ok(Refund {
            key: order_key(self.key, "refund.key")?,
            reference: read_optional(
                self.reference.as_ref(),
                "refund.reference",
                MerchantReference::parse,
            )?,
            amount: self.amount.restore(),
            whole: self.whole,
            state: match &self.state {
                StoredRefundState::Pending => RefundState::Pending,
                StoredRefundState::Processed => RefundState::Processed,
                StoredRefundState::Failed(failure) => RefundState::Failed(failure.restore()?),
            },
            created_at: Timestamp::from_micros(self.at),
            updated_at: Timestamp::from_micros(self.changed),
        })
    }
}

/// The stored form of an [`Instruction`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredInstruction<'a> {
    operation: Hex,
    #[serde(rename = "do")]
    kind: StoredKind,
    payment: u16,
    amount: StoredMoney,
    state: StoredInstructionState<'a>,
    at: i64,
}

/// The stored form of an [`InstructionKind`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredKind {
    Capture(u16),
    Void(StoredCause),
    Refund(i64),
    Reversal,
}

/// The stored form of an [`InstructionState`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredInstructionState<'a> {
    Ordered,
    Done,
    Refused(StoredFailure<'a>),
}

impl<'a> StoredInstruction<'a> {
    pub(super) fn of(instruction: &'a Instruction) -> Self {
        Self {
            operation: Hex(instruction.operation.0),
            kind: match instruction.kind {
                InstructionKind::Capture(index) => StoredKind::Capture(index),
                InstructionKind::Void(cause) => StoredKind::Void(StoredCause::of(cause)),
                InstructionKind::Refund(key) => StoredKind::Refund(key.as_i64()),
                InstructionKind::Reversal => StoredKind::Reversal,
            },
            payment: instruction.payment,
            amount: StoredMoney::of(instruction.amount),
            state: match &instruction.state {
                InstructionState::Ordered => StoredInstructionState::Ordered,
                InstructionState::Done => StoredInstructionState::Done,
                InstructionState::Refused(failure) => {
                    StoredInstructionState::Refused(StoredFailure::of(failure))
                }
            },
            at: instruction.ordered_at.micros(),
        }
    }

    pub(super) fn restore(&self) -> Result<Instruction, StoreError> {
        Ok(Instruction {
            operation: OperationId(self.operation.0),
            kind: match self.kind {
                StoredKind::Capture(index) => InstructionKind::Capture(index),
                StoredKind::Void(cause) => InstructionKind::Void(cause.restore()),
                StoredKind::Refund(key) => InstructionKind::Refund(order_key(key, "refund")?),
                StoredKind::Reversal => InstructionKind::Reversal,
            },
            payment: self.payment,
            amount: self.amount.restore(),
            state: match &self.state {
                StoredInstructionState::Ordered => InstructionState::Ordered,
                StoredInstructionState::Done => InstructionState::Done,
                StoredInstructionState::Refused(failure) => {
                    InstructionState::Refused(failure.restore()?)
                }
            },
            ordered_at: Timestamp::from_micros(self.at),
        })
    }
}
