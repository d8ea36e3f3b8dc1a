//! The end of a story: everything is told, late and across crashes, and held against what the API
//! answered at each event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deodar_engine::work::LEASE_LIFETIME;

use super::shop::Shop;
use crate::receiver::{Answer, Hook, Receiver};

/// Longer than the timetable of deliveries, in seconds.
const ALL_ATTEMPTS: u64 = 40 * 3_600;

/// The two endpoints of a shop: the first one is told of orders and refunds alone, and refuses its
/// first webhook; the second one asks for link events.
pub(crate) struct Endpoints {
    refusing: Receiver,
    asking: Receiver,
}

impl Endpoints {
    pub(crate) async fn open() -> Self {
        let refusing =
            Receiver::answering(|number| Answer::Status(if number == 0 { 500 } else { 204 })).await;
        Self { refusing, asking: Receiver::open().await }
    }

    pub(crate) fn urls(&self) -> [&str; 2] {
        [&self.refusing.url, &self.asking.url]
    }

    /// Has everything told, and sees that it is what the API answered, once to each endpoint. Gives
    /// what came to the one that asks for all.
    pub(crate) async fn told(mut self, shop: &mut Shop) -> Vec<Hook> {
        let (refused, told) = tell(shop, &mut self.refusing, &mut self.asking).await;
        assert_told(shop, &refused, &told);
        told
    }
}

/// Kills the process, and lets others tell everything. Gives what came to either endpoint.
async fn tell(
    shop: &mut Shop,
    refusing: &mut Receiver,
    asking: &mut Receiver,
) -> (Vec<Hook>, Vec<Hook>) {
    // A worker has begun to tell all of it when the process is killed.
    drop(shop.engine().events_to_render(1_000).await.unwrap());
    shop.kill_process();
    shop.start_process().await;
    shop.pass(LEASE_LIFETIME).await;
    let courier = shop.start_courier();
    let waiting = shop.records.seen().iter().any(|seen| !seen.is_of_link);
    shop.settled(u64::from(waiting)).await;
    courier.stop().await;
    shop.pass(Duration::from_secs(5)).await;
    // A worker has begun the second attempt when the process is killed.
    drop(shop.engine().deliveries_to_send(1_000).await.unwrap());
    shop.kill_process();
    shop.start_process().await;
    shop.pass(LEASE_LIFETIME).await;
    let courier = shop.start_courier();
    shop.settled(0).await;
    let told = (refusing.rest(), asking.rest());
    shop.wait(ALL_ATTEMPTS).await;
    shop.settled(0).await;
    courier.stop().await;
    let more = [refusing.rest(), asking.rest()].concat();
    assert!(more.is_empty(), "told once more: {more:?}");
    told
}

/// Compares each webhook with what the API answered at its event.
fn assert_told(shop: &Shop, refused: &[Hook], told: &[Hook]) {
    let events: BTreeMap<_, _> =
        shop.records.seen().into_iter().map(|seen| (seen.id.clone(), seen)).collect();
    for hook in refused.iter().chain(told) {
        assert!(hook.verifies(shop.secret()), "{hook:?}");
        let event = &events[hook.id()];
        let body = format!(r#"{{"event_type":"{}","data":{}}}"#, event.event_type, event.answered);
        assert_eq!(hook.body, body);
        for field in ["challenge_url", "image_url"] {
            assert!(hook.json()["data"].get(field).is_none(), "{body}");
        }
    }
    let ids = |hooks: &[Hook]| hooks.iter().map(|hook| hook.id().to_owned()).collect::<Vec<_>>();
    let unique = |hooks: &[Hook]| ids(hooks).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(unique(told), events.keys().cloned().collect());
    assert_eq!(told.len(), events.len(), "something was told twice");
    let of_orders = events.values().filter(|event| !event.is_of_link);
    let of_orders: BTreeSet<_> = of_orders.map(|event| event.id.clone()).collect();
    assert_eq!(unique(refused), of_orders);
    let Some(first) = refused.first() else { return };
    assert_eq!(refused.len(), of_orders.len() + 1, "something was told twice");
    let again = refused.iter().rfind(|hook| hook.id() == first.id()).unwrap();
    assert!(again.timestamp() >= first.timestamp() + 5);
    assert_ne!(again.headers["webhook-signature"], first.headers["webhook-signature"]);
}
