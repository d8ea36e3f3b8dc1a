//! What only a sandbox has.

pub(crate) mod clock;
