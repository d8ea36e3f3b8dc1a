//! The resolver of webhooks: of the addresses that a name has, only public ones are connected to.
//! It is asked at each connection, so that a name cannot change its mind after a check.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use thiserror::Error;
use tokio::sync::Semaphore;
use tower_service::Service;

use crate::addresses::is_public;

/// How many names are looked up at once. A lookup holds a thread until the system gives up, long
/// after the attempt that wanted it.
const LOOKUPS_MAX: usize = 256;

/// No address of the host may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("address not allowed")]
pub(crate) struct AddressNotAllowed;

/// Why a name gave no address.
#[derive(Debug, Error)]
pub(crate) enum ResolveError {
    /// It is not known, or nobody could be asked.
    #[error("the host could not be found")]
    NotFound(#[source] io::Error),
    /// See [`AddressNotAllowed`].
    #[error(transparent)]
    NotAllowed(AddressNotAllowed),
}

/// The machine's resolver, less the addresses that are not public.
#[derive(Clone, Debug)]
pub(crate) struct GuardedResolver {
    inner: GaiResolver,
    lookups: Arc<Semaphore>,
    allow_private: bool,
}

impl GuardedResolver {
    /// A resolver that gives private addresses only where they are allowed.
    pub(crate) fn new(allow_private: bool) -> Self {
        let lookups = Arc::new(Semaphore::new(LOOKUPS_MAX));
        Self { inner: GaiResolver::new(), lookups, allow_private }
    }
}

/// The addresses that may be connected to.
pub(crate) fn allowed(
    addresses: impl IntoIterator<Item = SocketAddr>,
    allow_private: bool,
) -> Result<Vec<SocketAddr>, AddressNotAllowed> {
    let allowed: Vec<_> =
        addresses.into_iter().filter(|address| allow_private || is_public(address.ip())).collect();
    if allowed.is_empty() { Err(AddressNotAllowed) } else { Ok(allowed) }
}

impl Service<Name> for GuardedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolveError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(ResolveError::NotFound)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { mut inner, lookups, allow_private } = self.clone();
        Box::pin(async move {
            let not_found = |error| ResolveError::NotFound(io::Error::other(error));
            let permit = lookups.acquire_owned().await.map_err(not_found)?;
            // A task of its own keeps the permit for as long as the thread is held.
            let lookup = tokio::spawn(async move {
                let found = inner.call(name).await;
                drop(permit);
                found
            });
            let found = lookup.await.map_err(|error| ResolveError::NotFound(error.into()))?;
            let addresses = found.map_err(ResolveError::NotFound)?;
            let allowed = allowed(addresses, allow_private).map_err(ResolveError::NotAllowed)?;
            Ok(allowed.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn of_a_names_addresses_only_public_ones_are_connected_to() {
        let mixed = addresses(&["10.0.0.1:0", "1.1.1.1:0", "[::1]:0"]);
        assert_eq!(allowed(mixed.clone(), false), Ok(addresses(&["1.1.1.1:0"])));
        assert_eq!(allowed(mixed.clone(), true), Ok(mixed));
        assert_eq!(allowed(addresses(&["127.0.0.1:0"]), false), Err(AddressNotAllowed));
        assert_eq!(allowed(addresses(&[]), true), Err(AddressNotAllowed));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_where_private_addresses_are() {
        let name = || "localhost".parse::<Name>().unwrap();
        let refused = GuardedResolver::new(false).call(name()).await.map(drop);
        assert!(matches!(refused, Err(ResolveError::NotAllowed(AddressNotAllowed))), "{refused:?}");
        assert!(GuardedResolver::new(true).call(name()).await.is_ok());
    }
}
