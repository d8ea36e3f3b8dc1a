//! The words of the API, in and out.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod captures_and_refunds;
#[cfg(test)]
mod cart;
#[cfg(test)]
mod create_link;
#[cfg(test)]
mod create_link_bodies;
#[cfg(test)]
mod create_order;
#[cfg(test)]
mod create_payment;
#[cfg(test)]
mod eligibility;
#[cfg(test)]
mod legacy_status;
#[cfg(test)]
mod otp;
#[cfg(test)]
mod payment_answers;
#[cfg(test)]
mod requests;
