//! Every field of every request at its edges: what is inside is taken, what is outside is refused
//! with 400 and the field's path. Each table has every field of its request, and each field is
//! tried with every JSON type that it is not.

mod captures_and_refunds;
mod eligibility;
pub(crate) mod fields;
mod links;
mod orders;
mod others;
mod parts;
mod payments;
