//! Bodies, headers, methods and paths that no honest caller sends: each is answered in the envelope
//! of errors, by its right status, and nothing of it is done.

mod bodies;
mod calls;
mod requests;
