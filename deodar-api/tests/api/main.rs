//! The API in one process, called as a merchant's server calls it.

#[cfg(test)]
mod common;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod log;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod otp;
#[cfg(test)]
mod payments;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod token;
