//! The stored form of orders and their links.

use deodar_domain::id::{LinkNumber, MerchantId};
use deodar_domain::key::OrderKey;
use deodar_domain::link::{Link, LinkState};
use deodar_domain::order::{Order, OrderParts, OrderState};
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::contact::StoredContact;
use super::instruction::{StoredCapture, StoredInstruction, StoredRefund};
use super::payment::StoredPayment;
use super::terms::StoredTerms;
use super::value::{damaged, is_zero};
use crate::store::StoreError;

/// The stored form of an [`Order`]. Its key is the record's.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredOrder<'a> {
    merchant: u32,
    state: StoredState,
    at: i64,
    changed: i64,
    terms: StoredTerms<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<StoredContact<'a>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    contact_changes: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<StoredLink>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    payments: Vec<StoredPayment<'a>>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    captures: Vec<StoredCapture<'a>>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<StoredRefund<'a>>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    instructions: Vec<StoredInstruction<'a>>,
}

impl<'a> StoredOrder<'a> {
    pub(super) fn of(order: &'a Order) -> Result<Self, StoreError> {
        let payments = order.payments.iter().enumerate();
        let payments: Result<_, _> =
            payments.map(|(place, payment)| StoredPayment::of(payment, order.key, place)).collect();
        Ok(Self {
            merchant: order.merchant.as_u32(),
            state: StoredState::of(order.state),
            at: order.created_at.micros(),
            changed: order.updated_at.micros(),
            terms: StoredTerms::of(&order.terms),
            contact: order.contact.as_ref().map(StoredContact::of),
            contact_changes: order.contact_changes,
            link: order.link.as_ref().map(StoredLink::of),
            payments: payments?,
            captures: order.captures.iter().map(StoredCapture::of).collect(),
            refunds: order.refunds.iter().map(StoredRefund::of).collect(),
            instructions: order.instructions.iter().map(StoredInstruction::of).collect(),
        })
    }

    /// The order, once its sums and states were found to fit each other.
    pub(super) fn restore(&self, key: OrderKey) -> Result<Order, StoreError> {
        let payments = self.payments.iter().enumerate();
        let payments: Result<_, _> =
            payments.map(|(place, payment)| payment.restore(key, place)).collect();
        let captures: Result<_, _> = self.captures.iter().map(StoredCapture::restore).collect();
        let refunds: Result<_, _> = self.refunds.iter().map(StoredRefund::restore).collect();
        let instructions: Result<_, _> =
            self.instructions.iter().map(StoredInstruction::restore).collect();
        let parts = OrderParts {
            key,
            merchant: MerchantId::new(self.merchant).ok_or_else(|| damaged("merchant"))?,
            terms: self.terms.restore()?,
            contact: self.contact.as_ref().map(StoredContact::restore).transpose()?,
            contact_changes: self.contact_changes,
            state: self.state.restore(),
            payments: payments?,
            captures: captures?,
            refunds: refunds?,
            instructions: instructions?,
            link: self.link.as_ref().map(StoredLink::restore),
            created_at: Timestamp::from_micros(self.at),
            updated_at: Timestamp::from_micros(self.changed),
        };
        Order::restore(parts).map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

/// The stored form of an [`OrderState`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredState {
    Created,
    Pending {
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<u16>,
    },
    Attempted,
    Authorized {
        since: i64,
    },
    Processed,
    PartiallyCaptured,
    PartiallyRefunded,
    FullyRefunded,
    Cancelled,
    Failed,
}

impl StoredState {
    const fn of(state: OrderState) -> Self {
        match state {
            OrderState::Created => Self::Created,
            OrderState::Pending { in_flight } => Self::Pending { attempt: in_flight },
            OrderState::Attempted => Self::Attempted,
            OrderState::Authorized { since } => Self::Authorized { since: since.micros() },
            OrderState::Processed => Self::Processed,
            OrderState::PartiallyCaptured => Self::PartiallyCaptured,
            OrderState::PartiallyRefunded => Self::PartiallyRefunded,
            OrderState::FullyRefunded => Self::FullyRefunded,
            OrderState::Cancelled => Self::Cancelled,
            OrderState::Failed => Self::Failed,
        }
    }

    const fn restore(self) -> OrderState {
        match self {
            Self::Created => OrderState::Created,
            Self::Pending { attempt } => OrderState::Pending { in_flight: attempt },
            Self::Attempted => OrderState::Attempted,
            Self::Authorized { since } => {
                OrderState::Authorized { since: Timestamp::from_micros(since) }
            }
            Self::Processed => OrderState::Processed,
            Self::PartiallyCaptured => OrderState::PartiallyCaptured,
            Self::PartiallyRefunded => OrderState::PartiallyRefunded,
            Self::FullyRefunded => OrderState::FullyRefunded,
            Self::Cancelled => OrderState::Cancelled,
            Self::Failed => OrderState::Failed,
        }
    }
}

/// The stored form of a [`Link`].
#[derive(Serialize, Deserialize)]
struct StoredLink {
    number: u64,
    until: i64,
    state: StoredLinkState,
    changed: i64,
    /// When it was sent again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    again: Vec<i64>,
}

/// The stored form of a [`LinkState`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredLinkState {
    Created,
    Clicked,
    PaymentInitiated,
    Processed,
    PartialProcessed,
    Expired,
    Cancelled,
}

impl StoredLink {
    fn of(link: &Link) -> Self {
        Self {
            number: link.number.0,
            until: link.expire_by.micros(),
            state: match link.state {
                LinkState::Created => StoredLinkState::Created,
                LinkState::Clicked => StoredLinkState::Clicked,
                LinkState::PaymentInitiated => StoredLinkState::PaymentInitiated,
                LinkState::Processed => StoredLinkState::Processed,
                LinkState::PartialProcessed => StoredLinkState::PartialProcessed,
                LinkState::Expired => StoredLinkState::Expired,
                LinkState::Cancelled => StoredLinkState::Cancelled,
            },
            changed: link.updated_at.micros(),
            again: link.sent_again.iter().copied().map(Timestamp::micros).collect(),
        }
    }

    fn restore(&self) -> Link {
        Link {
            number: LinkNumber(self.number),
            expire_by: Timestamp::from_micros(self.until),
            state: match self.state {
                StoredLinkState::Created => LinkState::Created,
                StoredLinkState::Clicked => LinkState::Clicked,
                StoredLinkState::PaymentInitiated => LinkState::PaymentInitiated,
                StoredLinkState::Processed => LinkState::Processed,
                StoredLinkState::PartialProcessed => LinkState::PartialProcessed,
                StoredLinkState::Expired => LinkState::Expired,
                StoredLinkState::Cancelled => LinkState::Cancelled,
            },
            updated_at: Timestamp::from_micros(self.changed),
            sent_again: self.again.iter().copied().map(Timestamp::from_micros).collect(),
        }
    }
}
