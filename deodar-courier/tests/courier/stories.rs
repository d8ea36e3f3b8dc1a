//! What endpoints are told of orders, links and refunds, from the first event to the last: which
//! webhooks come, in which state their `data` is, once each, and that it is what `GET` answered.

mod shop;
mod story;
mod telling;
mod witness;

mod held;
mod links;
mod paid;
mod walks;
