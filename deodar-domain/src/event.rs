//! What is told to merchants.

use crate::key::OrderKey;

/// What happened to an order, as its commands report it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The money is held.
    OrderAuthorized,
    /// The money was taken, in full or in part.
    OrderProcessed,
    /// The order was cancelled, voided or released, or its link ended.
    OrderCancelled,
    /// No attempt remains.
    OrderFailed,
    /// An attempt failed, or the payer gave up.
    PaymentFailed,
    /// This refund went through.
    RefundProcessed(OrderKey),
    /// This refund was refused.
    RefundFailed(OrderKey),
    /// The link was made.
    LinkCreated,
    /// A person opened the link's page.
    LinkClicked,
    /// The link was paid.
    LinkProcessed,
    /// A part of the link was paid.
    LinkPartialProcessed,
    /// The link's time ran out.
    LinkExpired,
    /// The link was cancelled.
    LinkCancelled,
}

impl Event {
    /// The type of the event.
    pub const fn event_type(self) -> EventType {
        match self {
            Self::OrderAuthorized => EventType::OrderAuthorized,
            Self::OrderProcessed => EventType::OrderProcessed,
            Self::OrderCancelled => EventType::OrderCancelled,
            Self::OrderFailed => EventType::OrderFailed,
            Self::PaymentFailed => EventType::PaymentFailed,
            Self::RefundProcessed(_) => EventType::RefundProcessed,
            Self::RefundFailed(_) => EventType::RefundFailed,
            Self::LinkCreated => EventType::LinkCreated,
            Self::LinkClicked => EventType::LinkClicked,
            Self::LinkProcessed => EventType::LinkProcessed,
            Self::LinkPartialProcessed => EventType::LinkPartialProcessed,
            Self::LinkExpired => EventType::LinkExpired,
            Self::LinkCancelled => EventType::LinkCancelled,
        }
    }

    /// The refund that the event is about.
    pub const fn refund(self) -> Option<OrderKey> {
        match self {
            Self::RefundProcessed(key) | Self::RefundFailed(key) => Some(key),
            _ => None,
        }
    }
}

/// The type of an event, as a webhook names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum EventType {
    /// `ORDER_AUTHORIZED`
    OrderAuthorized,
    /// `ORDER_PROCESSED`
    OrderProcessed,
    /// `ORDER_CANCELLED`
    OrderCancelled,
    /// `ORDER_FAILED`
    OrderFailed,
    /// `PAYMENT_FAILED`
    PaymentFailed,
    /// `REFUND_PROCESSED`
    RefundProcessed,
    /// `REFUND_FAILED`
    RefundFailed,
    /// `PAYMENT_LINK_CREATED`
    LinkCreated,
    /// `PAYMENT_LINK_CLICKED`
    LinkClicked,
    /// `PAYMENT_LINK_PROCESSED`
    LinkProcessed,
    /// `PAYMENT_LINK_PARTIAL_PROCESSED`
    LinkPartialProcessed,
    /// `PAYMENT_LINK_EXPIRED`
    LinkExpired,
    /// `PAYMENT_LINK_CANCELLED`
    LinkCancelled,
}

impl EventType {
    /// Every type, those of the API first.
    pub const ALL: [Self; 13] = [
        Self::OrderAuthorized,
        Self::OrderProcessed,
        Self::OrderCancelled,
        Self::OrderFailed,
        Self::PaymentFailed,
        Self::RefundProcessed,
        Self::RefundFailed,
        Self::LinkCreated,
        Self::LinkClicked,
        Self::LinkProcessed,
        Self::LinkPartialProcessed,
        Self::LinkExpired,
        Self::LinkCancelled,
    ];

    /// The type's name in a webhook.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderAuthorized => "ORDER_AUTHORIZED",
            Self::OrderProcessed => "ORDER_PROCESSED",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::OrderFailed => "ORDER_FAILED",
            Self::PaymentFailed => "PAYMENT_FAILED",
            Self::RefundProcessed => "REFUND_PROCESSED",
            Self::RefundFailed => "REFUND_FAILED",
            Self::LinkCreated => "PAYMENT_LINK_CREATED",
            Self::LinkClicked => "PAYMENT_LINK_CLICKED",
            Self::LinkProcessed => "PAYMENT_LINK_PROCESSED",
            Self::LinkPartialProcessed => "PAYMENT_LINK_PARTIAL_PROCESSED",
            Self::LinkExpired => "PAYMENT_LINK_EXPIRED",
            Self::LinkCancelled => "PAYMENT_LINK_CANCELLED",
        }
    }

    /// The type of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event_type| event_type.name() == name)
    }

    /// Whether the event's data is the link; the API itself has no such events, so they are told
    /// only to endpoints that ask for them.
    pub const fn is_of_link(self) -> bool {
        matches!(
            self,
            Self::LinkCreated
                | Self::LinkClicked
                | Self::LinkProcessed
                | Self::LinkPartialProcessed
                | Self::LinkExpired
                | Self::LinkCancelled
        )
    }
}
