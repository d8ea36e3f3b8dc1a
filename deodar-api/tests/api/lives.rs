//! What becomes of orders and links, step by step.

mod attempts;
mod held;
mod life;
mod parts;
mod together;
