//! What the engine keeps at hand of what it has read and written: a payment's pages, calls and
//! workers look at one order again and again within seconds.
//!
//! An order is kept with the version that is stored, and the store is asked each time whether it
//! still has that version, so that every node decides and answers by what is stored. Which order a
//! link belongs to, and by which slug, never changes. What the acquirer offers is believed for a
//! short while, and is asked for anew where something is agreed by it.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::emi::EmiPlan;
use deodar_domain::id::LinkNumber;
use deodar_domain::key::OrderKey;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::time::Timestamp;
use deodar_store::Versioned;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// How much is kept of orders, in the parts that [`Parts`] counts; one takes about a kilobyte.
const ORDER_PARTS_MAX: u64 = 8_192;
/// How many orders of usual size fit.
const ORDERS: usize = 2_048;
/// How many slugs are kept, each with its order and with its number.
const LINKS_ENTRIES: usize = 8_192;
/// How many offers of plans are kept.
const OFFERS_ENTRIES: usize = 1_024;
/// How long the plans that the acquirer told are shown without asking it again, in business time:
/// their parts are due by its days. What a payer chooses of them is agreed with the acquirer anew.
const OFFER_LIFETIME: Duration = Duration::from_secs(30);

/// Counts the parts of an order: what it holds in numbers that are not fixed, and itself.
#[derive(Clone, Copy)]
struct Parts;

impl Weighter<OrderKey, Versioned<Arc<Order>>> for Parts {
    fn weight(&self, _: &OrderKey, kept: &Versioned<Arc<Order>>) -> u64 {
        let order = &kept.record;
        let terms = &order.terms;
        let bought = terms.products.as_ref().map_or(0, Vec::len)
            + terms.cart.as_ref().map_or(0, Vec::len)
            + terms.cart_items.as_ref().map_or(0, Vec::len);
        let made = order.payments.len() + order.captures.len() + order.refunds.len();
        let parts = 1 + bought + made + order.instructions.len();
        u64::try_from(parts).unwrap_or(u64::MAX)
    }
}

/// The plans that the acquirer offered, and when it was asked.
#[derive(Clone)]
struct Offer {
    plans: Arc<[EmiPlan]>,
    told_at: Timestamp,
}

/// What is kept at hand.
pub(crate) struct AtHand {
    orders: Cache<OrderKey, Versioned<Arc<Order>>, Parts>,
    slugs: Cache<Box<str>, OrderKey>,
    slugs_of_links: Cache<LinkNumber, Box<str>>,
    offers: Cache<(Method, Money), Offer>,
}

impl Default for AtHand {
    fn default() -> Self {
        Self {
            orders: Cache::with_weighter(ORDERS, ORDER_PARTS_MAX, Parts),
            slugs: Cache::new(LINKS_ENTRIES),
            slugs_of_links: Cache::new(LINKS_ENTRIES),
            offers: Cache::new(OFFERS_ENTRIES),
        }
    }
}

impl AtHand {
    /// An order as it was read or written last by this process, which need not be what is stored.
    pub(crate) fn order(&self, key: OrderKey) -> Option<Versioned<Arc<Order>>> {
        self.orders.get(&key)
    }

    /// Keeps an order that was read or written.
    pub(crate) fn keep_order(&self, order: Versioned<Arc<Order>>) {
        self.orders.insert(order.record.key, order);
    }

    /// The order whose link has this slug.
    pub(crate) fn order_of_slug(&self, slug: &str) -> Option<OrderKey> {
        self.slugs.get(slug)
    }

    /// Keeps which order the slug of a link belongs to.
    pub(crate) fn keep_slug(&self, slug: &str, order: OrderKey) {
        self.slugs.insert(slug.into(), order);
    }

    /// The slug of a link that was made lately.
    pub(crate) fn slug_of_link(&self, number: LinkNumber) -> Option<Box<str>> {
        self.slugs_of_links.get(&number)
    }

    /// Keeps the slug of a link that was stored: its page begins with it, and each of its webhooks
    /// tells it.
    pub(crate) fn keep_link(&self, number: LinkNumber, slug: &str, order: OrderKey) {
        self.slugs_of_links.insert(number, slug.into());
        self.keep_slug(slug, order);
    }

    /// What the acquirer offered lately.
    pub(crate) fn offer(
        &self,
        method: Method,
        amount: Money,
        now: Timestamp,
    ) -> Option<Arc<[EmiPlan]>> {
        let offer = self.offers.get(&(method, amount))?;
        // A clock that was set back makes no offer last longer.
        let is_new = offer.told_at <= now && now < offer.told_at.plus(OFFER_LIFETIME);
        is_new.then_some(offer.plans)
    }

    /// Keeps what the acquirer offers.
    pub(crate) fn keep_offer(
        &self,
        method: Method,
        amount: Money,
        plans: Arc<[EmiPlan]>,
        now: Timestamp,
    ) {
        self.offers.insert((method, amount), Offer { plans, told_at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_believed_for_its_lifetime_and_for_its_amount_alone() {
        let (at_hand, amount) = (AtHand::default(), Money::paise(50_000));
        let told_at = Timestamp::from_micros(1_000_000_000);
        at_hand.keep_offer(Method::CreditEmi, amount, Arc::default(), told_at);
        let ends = told_at.plus(OFFER_LIFETIME);
        let last = Timestamp::from_micros(ends.micros() - 1);
        let before = Timestamp::from_micros(told_at.micros() - 1);
        for (method, paise, now, is_believed) in [
            (Method::CreditEmi, 50_000, told_at, true),
            (Method::CreditEmi, 50_000, last, true),
            (Method::CreditEmi, 50_000, ends, false),
            (Method::CreditEmi, 50_000, before, false),
            (Method::CreditEmi, 50_001, told_at, false),
            (Method::DebitEmi, 50_000, told_at, false),
        ] {
            let offer = at_hand.offer(method, Money::paise(paise), now);
            assert_eq!(offer.is_some(), is_believed, "{method:?} {paise} {now:?}");
        }
    }
}
