//! What comes from a gateway without being asked for, and whether it is genuine.

pub(crate) mod event;
pub(crate) mod legacy_return;
pub(crate) mod return_form;
pub(crate) mod webhook;
