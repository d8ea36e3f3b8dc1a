//! The use cases, over a store in memory and an acquirer that does as it is told.

mod acquirer;
#[cfg(test)]
mod appearance;
mod bank;
mod common;
mod crashes;
#[cfg(test)]
mod crashes_of_orders;
#[cfg(test)]
mod doubts;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod instalments;
#[cfg(test)]
mod limits;
mod links;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod long_calls;
#[cfg(test)]
mod many_nodes;
#[cfg(test)]
mod merchants;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod orders;
mod payments;
mod poisoned;
#[cfg(test)]
mod races;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod several;
#[cfg(test)]
mod several_money;
mod stale;
mod tokens;
mod unsteady;
mod webhooks;
