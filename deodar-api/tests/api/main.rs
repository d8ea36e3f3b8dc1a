//! The API in one process, called as a merchant's server calls it.

#[cfg(test)]
mod checkout;
#[cfg(test)]
mod common;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod described;
#[cfg(test)]
mod description;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod legacy;
#[cfg(test)]
mod lenders;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod log;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod money_routes;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod otp;
#[cfg(test)]
mod payments;
#[cfg(test)]
mod races;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod token;
