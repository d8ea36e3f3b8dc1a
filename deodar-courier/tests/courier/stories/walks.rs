//! Stories that nobody wrote: steps by chance, and events as they follow from what `GET` answered
//! before each step and after it.

use std::collections::BTreeSet;

use deodar_domain::event::EventType;
use serde_json::Value;

use super::shop::Shop;
use super::story::Story;
use super::telling::Endpoints;
use crate::receiver::Hook;

/// How many walks are done, each by a seed of its own.
const WALKS: u64 = 150;
/// How many steps a walk has.
const STEPS: usize = 12;
/// Longer than an authorisation is kept, in seconds.
const EIGHT_DAYS: &str = "wait 691200";

const BEGINNINGS: [&str; 7] = [
    "make 1000",
    "make 1000 hold",
    "make 1000 parts",
    "make 1000 link",
    "make 1000 link hold",
    "make 1000 link parts",
    "make 1000 link parts ends 3600",
];
/// Those that lead on stand here more than once.
const STEPS_OF_ORDERS: [&str; 26] = [
    "pay",
    "pay",
    "pay 300",
    "pay 300",
    "pay-risky",
    "pay-risky 300",
    "pay-stubborn",
    "pay-points 400",
    "pay-no-points 400",
    "pay-stubborn-points 400",
    "pay-later",
    "otp",
    "otp",
    "otp",
    "otp",
    "wrong-otp",
    "wrong-otp",
    "give-up",
    "capture",
    "capture 400",
    "refund",
    "refund 100",
    "refund 100",
    "cancel",
    "wait 240",
    "wait 1800",
];
const STEPS_OF_LINKS: [&str; 3] = ["open-page", "open-page", "cancel-link"];

/// `SplitMix64`: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn choose<'a>(&mut self, among: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        among[usize::try_from(z % among.len() as u64).unwrap()]
    }
}

fn status(value: &Value) -> &str {
    value["status"].as_str().unwrap_or_default()
}

/// The things of a list with this status, by their ids.
fn with_status(order: &Value, list: &str, id: &str, wanted: &str) -> Vec<String> {
    let things = order[list].as_array().unwrap().iter();
    let wanted = things.filter(|thing| status(thing) == wanted);
    wanted.map(|thing| thing[id].as_str().unwrap().to_owned()).collect()
}

/// What a step has to be told of.
fn expected(step: &str, before: &[Value; 2], after: &[Value; 2]) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    let [order_before, link_before] = before;
    let [order, link] = after;
    let is_paid = |order: &Value| {
        ["PROCESSED", "PARTIALLY_CAPTURED", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"]
            .contains(&status(order))
    };
    if is_paid(order) && !is_paid(order_before) {
        events.push(format!("ORDER_PROCESSED {}", status(order)));
    }
    for ended in ["AUTHORIZED", "CANCELLED", "FAILED"] {
        if status(order) == ended && status(order_before) != ended {
            events.push(format!("ORDER_{ended} {ended}"));
        }
    }
    let newly = |list: &str, id: &str, wanted: &str| {
        let before = with_status(order_before, list, id, wanted);
        let now = with_status(order, list, id, wanted).into_iter();
        now.filter(|id| !before.contains(id)).count()
    };
    let is_given_up = step == "give-up" && newly("payments", "id", "CANCELLED") > 0;
    if is_given_up || newly("payments", "id", "FAILED") > 0 {
        events.push(format!("PAYMENT_FAILED {}", status(order)));
    }
    for ended in ["PROCESSED", "FAILED"] {
        let count = newly("refunds", "order_id", ended);
        events.extend(std::iter::repeat_n(format!("REFUND_{ended} {ended}"), count));
    }
    if link.is_null() {
        return events;
    }
    let is_part =
        link["amount_due"] != link_before["amount_due"] && link["amount_due"]["value"] != 0;
    if is_part {
        events.push(format!("PAYMENT_LINK_PARTIAL_PROCESSED {}", status(link)));
    }
    for now in ["CLICKED", "PROCESSED", "EXPIRED", "CANCELLED"] {
        // A failed attempt leads to the same state as the first look.
        let is_told = now != "CLICKED" || step == "open-page";
        if status(link) == now && status(link_before) != now && is_told {
            events.push(format!("PAYMENT_LINK_{now} {now}"));
        }
    }
    events
}

/// Takes the walk of a seed, and sees that all of it is told.
async fn walk(seed: u64) -> Vec<String> {
    let mut chance = Chance(seed);
    let endpoints = Endpoints::open().await;
    let beginning = chance.choose(&BEGINNINGS);
    let mut story = Story::make(Shop::open(endpoints.urls()).await, beginning).await;
    story.is_lenient = true;
    let mut done = vec![beginning];
    let mut steps = STEPS_OF_ORDERS.to_vec();
    if story.link.is_some() {
        steps.extend(STEPS_OF_LINKS);
    }
    let mut before = story.stands().await;
    for number in 0..STEPS + 2 {
        let step = if number < STEPS { chance.choose(&steps) } else { EIGHT_DAYS };
        story.step(step).await;
        done.push(step);
        let after = story.stands().await;
        let witnessed = story.shop.records.seen().into_iter();
        let mut told: Vec<String> = witnessed
            .filter(|seen| seen.step == number + 1)
            .map(|seen| {
                let data: Value = serde_json::from_str(&seen.answered).unwrap();
                format!("{} {}", seen.event_type, status(&data))
            })
            .collect();
        let mut expected = expected(step, &before, &after);
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "seed {seed}: {done:?}");
        before = after;
    }
    let told = endpoints.told(&mut story.shop).await;
    told.iter().map(Hook::event_type).collect()
}

#[tokio::test]
async fn every_change_is_told_once_whatever_the_steps() {
    let mut told = BTreeSet::new();
    for seed in 0..WALKS {
        told.extend(walk(seed).await);
    }
    // Ten failures in one walk are too rare.
    let types = EventType::ALL.into_iter().filter(|event| *event != EventType::OrderFailed);
    assert_eq!(told, types.map(|event| event.name().to_owned()).collect());
}
