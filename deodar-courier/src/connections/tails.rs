//! How many answers are read to their ends while nobody waits for them. A server chooses when its
//! answers end: it must not choose how many of them are read for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many are read at once of one server.
pub(super) const TAILS_EACH_MAX: usize = 8;
/// How many are read at once in all.
pub(super) const TAILS_MAX: usize = 256;

/// How many are read, by their servers.
#[derive(Default)]
pub(super) struct Tails(Arc<Mutex<HashMap<Arc<str>, usize>>>);

/// The right to read one. It is given back when it is dropped.
pub(super) struct Tail {
    server: Arc<str>,
    of: Tails,
}

impl Tails {
    /// The right to read an answer of this server to its end, if no more are read than may be.
    pub(super) fn begin(&self, server: &Arc<str>) -> Option<Tail> {
        let mut tails = self.lock();
        let all: usize = tails.values().sum();
        let of_server = tails.get(server).copied().unwrap_or_default();
        if all >= TAILS_MAX || of_server >= TAILS_EACH_MAX {
            return None;
        }
        tails.insert(Arc::clone(server), of_server + 1);
        Some(Tail { server: Arc::clone(server), of: Self(Arc::clone(&self.0)) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let mut tails = self.of.lock();
        match tails.get_mut(&self.server) {
            Some(more) if *more > 1 => *more -= 1,
            _ => drop(tails.remove(&self.server)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_read_of_one_server_and_of_all() {
        let tails = Tails::default();
        let [one, other]: [Arc<str>; 2] =
            ["https://a.example.com", "https://b.example.com"].map(Into::into);
        let mut of_one: Vec<Tail> = std::iter::from_fn(|| tails.begin(&one)).collect();
        assert_eq!(of_one.len(), TAILS_EACH_MAX);
        drop(tails.begin(&other).unwrap());
        drop(of_one.pop());
        of_one.push(tails.begin(&one).unwrap());
        assert!(tails.begin(&one).is_none());

        let servers =
            (0..TAILS_MAX).map(|number| Arc::from(format!("https://{number}.example.com")));
        let of_others: Vec<Tail> = servers.map_while(|server| tails.begin(&server)).collect();
        assert_eq!(of_others.len(), TAILS_MAX - TAILS_EACH_MAX);
        assert!(tails.begin(&other).is_none());
        drop((of_one, of_others));
        assert!(tails.lock().is_empty(), "nothing is kept of a server whose answers have ended");
    }
}
