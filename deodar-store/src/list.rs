//! Lists: what a merchant has made, newest first. A store keeps one narrow row for each thing that
//! is listed, made in the commit that makes the thing, so that no list reads what it does not tell.

use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;

use crate::change_set::ChangeSet;
use crate::record::{DeliveryKey, Record, Version};

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum ListKind {
    /// Every order, whether or not it was made with a link.
    Order,
    /// The links of orders, under the keys of their orders.
    Link,
    /// The refunds of orders, under keys of their own.
    Refund,
}

/// One thing in the list of a merchant. It never changes and never goes away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listing {
    /// Whose list it stands in.
    pub merchant: MerchantId,
    /// In which list.
    pub kind: ListKind,
    /// Its key, by which the list is ordered.
    pub key: OrderKey,
    /// The order that holds it.
    pub order: OrderKey,
}

/// A part of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListQuery {
    /// Whose list.
    pub merchant: MerchantId,
    /// Which list.
    pub kind: ListKind,
    /// The first key that is listed; keys are ordered by time ([`OrderKey::first_at`]).
    pub from: OrderKey,
    /// The key before which the list ends.
    pub until: OrderKey,
    /// How many of the newest are left out.
    pub offset: u32,
    /// How many are told at most.
    pub limit: u32,
}

/// What a list tells.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    /// The key of the order or of the refund.
    pub key: OrderKey,
    /// The order, or the one that holds the link or the refund, as it is stored now.
    pub order: Order,
}

/// A part of what was sent, or is to be sent, to a merchant's endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeliveryQuery {
    /// Whose deliveries.
    pub merchant: MerchantId,
    /// Only those with a smaller key, which were made earlier: the end of the part before.
    pub before: Option<DeliveryKey>,
    /// How many of the newest are told at most.
    pub limit: u32,
}

impl ChangeSet {
    /// What the records that this change set makes add to lists.
    pub fn listings(&self) -> Vec<Listing> {
        let is_made = |record: &&Record| self.expected(record.key()) == Some(Version::ABSENT);
        let mut listings = Vec::new();
        for record in self.puts.iter().filter(is_made) {
            match record {
                Record::Order(order) => {
                    let (merchant, key) = (order.merchant, order.key);
                    let listing = Listing { merchant, kind: ListKind::Order, key, order: key };
                    listings.push(listing);
                    if order.link.is_some() {
                        listings.push(Listing { kind: ListKind::Link, ..listing });
                    }
                }
                Record::Refund(pointer) => listings.push(Listing {
                    merchant: pointer.merchant,
                    kind: ListKind::Refund,
                    key: pointer.refund,
                    order: pointer.order,
                }),
                Record::Merchant(_)
                | Record::Delivery(_)
                | Record::Answer(_)
                | Record::Setting(_)
                | Record::Outbox(_) => {}
            }
        }
        listings
    }
}
