//! The words of the API, in and out.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod create_link;
#[cfg(test)]
mod create_link_bodies;
#[cfg(test)]
mod requests;
