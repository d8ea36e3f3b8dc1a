//! What merchants send.

mod advance_clock;
mod amount;
mod comparable;
mod create_link;
mod customer;
mod invalid;
mod purchase;
mod read;
mod split;
mod token;
mod value;

pub use advance_clock::{ADVANCE_SECONDS_MAX, AdvanceClock};
pub use comparable::comparable_body;
pub use create_link::CreateLink;
pub use invalid::InvalidRequest;
pub use token::{ClientSecret, InvalidTokenRequest, TokenRequest};
