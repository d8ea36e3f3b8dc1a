//! What is to be paid, for whom, and until when.

use deodar_domain::money::Money;
use deodar_domain::purchase::{CartItem, Product, Quantity};
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;

use crate::mask;
use crate::place::Found;
use crate::texts::{Texts, fill};

/// How many items are shown without being asked for.
const ITEMS_OPEN_MAX: usize = 3;

/// An item of the cart, as it is shown.
pub(crate) struct Item {
    pub(super) name: String,
    pub(super) text: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) discount: Option<String>,
}

/// When a link ends.
pub(crate) struct Until {
    pub(super) text: String,
    pub(super) seconds_left: u64,
}

/// What is to be paid, for whom, until when.
pub(crate) struct Summary {
    pub(super) merchant: String,
    pub(super) initial: String,
    pub(super) amount: String,
    pub(super) total: Option<String>,
    pub(super) fee: Option<String>,
    pub(super) description: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) items_open: bool,
    pub(super) discount: Option<String>,
    pub(super) reference: String,
    pub(super) payer: Vec<String>,
    pub(super) change: Option<String>,
    pub(super) valid_until: Option<Until>,
}

/// That an amount of the order contains a convenience fee, where it does.
pub(super) fn fee_included(t: &Texts, terms: &Terms, amount: Money) -> Option<String> {
    terms.fee_of(amount).map(|fee| fill(t.fee_included, &fee.display_indian()))
}

/// What is bought, in the most telling form that the merchant gave.
fn items(t: &Texts, terms: &Terms) -> Vec<Item> {
    if let Some(items) = &terms.cart_items {
        return items.iter().map(|item| cart_item(t, item)).collect();
    }
    let products = terms.cart.as_deref().or(terms.products.as_deref()).unwrap_or_default();
    let item = |product: &Product| Item {
        name: product.code.as_ref().map_or_else(|| t.item.to_owned(), ToString::to_string),
        text: None,
        amount: product.amount.map(|amount| amount.display_indian()),
        discount: product
            .coupon_discount
            .filter(|discount| !discount.is_zero())
            .map(|discount| fill(t.item_discount, &discount.display_indian())),
    };
    products.iter().map(item).collect()
}

fn cart_item(t: &Texts, item: &CartItem) -> Item {
    let name = item.name.as_ref().map(ToString::to_string);
    let name = name.or_else(|| item.id.as_ref().map(ToString::to_string));
    let name = name.unwrap_or_else(|| t.item.to_owned());
    let pieces = item.quantity.unwrap_or(Quantity::ONE).get();
    Item {
        name: if pieces > 1 { format!("{name} × {pieces}") } else { name },
        text: item.description.as_ref().map(ToString::to_string),
        amount: item.total().map(|total| total.display_indian()),
        discount: item
            .discount()
            .filter(|discount| !discount.is_zero())
            .map(|discount| fill(t.item_discount, &discount.display_indian())),
    }
}

/// How many seconds remain, a part of one for a whole. The page is loaded again when they are over:
/// if it were not over then, it would be loaded again and again.
fn seconds_until(end: Timestamp, now: Timestamp) -> u64 {
    let left = end.since(now);
    left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0))
}

pub(super) fn summary(t: &Texts, page: &Found) -> Summary {
    let terms = &page.order.terms;
    let merchant = page.merchant.name.to_string();
    let due = page.order.due();
    let items = items(t, terms);
    let initial = merchant.chars().find(|c| c.is_alphanumeric()).unwrap_or('•');
    Summary {
        initial: initial.to_uppercase().to_string(),
        merchant,
        amount: due.display_indian(),
        total: (due != terms.amount).then(|| terms.amount.display_indian()),
        fee: fee_included(t, terms, due),
        description: terms.description.as_ref().map(ToString::to_string),
        items_open: items.len() <= ITEMS_OPEN_MAX,
        items,
        discount: terms
            .cart_coupon_discount
            .filter(|discount| !discount.is_zero())
            .map(|discount| discount.display_indian()),
        reference: terms.reference.to_string(),
        payer: page.order.customer().as_deref().map(mask::customer).unwrap_or_default(),
        change: page.may_change_contact().then(|| page.place.step("/details")),
        valid_until: page.order.link.as_ref().map(|link| Until {
            text: t.time(link.expire_by),
            seconds_left: seconds_until(link.expire_by, page.now),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_time_that_is_told_is_over_when_the_link_is() {
        let now = Timestamp::from_seconds(1_800_000_000);
        for (micros, seconds) in
            [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (2_500_000, 3)]
        {
            let end = now.plus(Duration::from_micros(micros));
            assert_eq!(seconds_until(end, now), seconds, "{micros} microseconds");
        }
        assert_eq!(seconds_until(now, now.plus(Duration::from_secs(1))), 0);
    }
}
