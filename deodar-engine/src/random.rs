//! Where the engine draws random numbers.

use std::cell::RefCell;

use thiserror::Error;

/// The machine has no random numbers to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the operating system gave no random numbers")]
pub struct NoRandomness;

/// A source of random numbers that nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness>;

    /// 128 random bits: for secrets, and for ids that nobody may guess or draw a second time.
    fn u128(&self) -> Result<u128, NoRandomness> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(u128::from_le_bytes(bytes))
    }

    /// 16 random bits: for the ends of keys, of which nothing is asked but that nodes seldom draw
    /// the same. They are no secret.
    fn u16(&self) -> Result<u16, NoRandomness> {
        let mut bytes = [0; 2];
        self.fill(&mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }
}

/// The operating system's random numbers.
///
/// Secrets, nonces and ids come from the system each time, so that nothing of them is in memory
/// before they are asked for: a dump of it foretells none, and a machine that is copied while it
/// runs draws others than its copy. (The id of a change set that is drawn twice would be taken for
/// done.) The ends of keys are asked for several times in a call; a thread draws many of them at
/// once. A copy that draws the same ones meets a conflict, and draws again. The process never forks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

/// How many bytes a thread draws for the ends of its next keys.
const DRAWN_BYTES: usize = 256;
/// How many of them the end of a key takes.
const KEY_END_BYTES: usize = size_of::<u16>();

/// The bytes that a thread has drawn and not given.
struct Drawn {
    bytes: [u8; DRAWN_BYTES],
    /// How many of them, from the beginning, were given.
    given: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const { RefCell::new(Drawn::nothing()) };
}

impl Drawn {
    const fn nothing() -> Self {
        Self { bytes: [0; DRAWN_BYTES], given: DRAWN_BYTES }
    }

    fn give(&mut self) -> Result<[u8; KEY_END_BYTES], NoRandomness> {
        if DRAWN_BYTES - self.given < KEY_END_BYTES {
            draw(&mut self.bytes)?;
            self.given = 0;
        }
        let rest = self.bytes.get(self.given..).and_then(<[u8]>::first_chunk);
        let given = rest.ok_or(NoRandomness)?;
        self.given += KEY_END_BYTES;
        Ok(*given)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is for the Random that asks the system")]
fn draw(buffer: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(buffer).map_err(|_| NoRandomness)
}

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        draw(buffer)
    }

    fn u16(&self) -> Result<u16, NoRandomness> {
        // A thread that is ending has nothing to draw from.
        let given = DRAWN.try_with(|drawn| drawn.borrow_mut().give()).unwrap_or_else(|_| {
            let mut bytes = [0; KEY_END_BYTES];
            draw(&mut bytes).map(|()| bytes)
        });
        given.map(u16::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_id_is_given_twice_by_any_thread() {
        let draw = || -> Vec<u128> { (0..10_000).map(|_| SystemRandom.u128().unwrap()).collect() };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let ids = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        assert_eq!(ids.collect::<HashSet<_>>().len(), 40_000);
    }

    #[test]
    fn only_the_ends_of_keys_are_drawn_before_they_are_asked_for() {
        let given = || DRAWN.with_borrow(|drawn| drawn.given);
        let here = std::thread::spawn(move || {
            SystemRandom.u128().unwrap();
            for length in 1..=64 {
                SystemRandom.fill(&mut vec![0; length]).unwrap();
            }
            let after_secrets = given();
            SystemRandom.u16().unwrap();
            (after_secrets, given())
        });
        assert_eq!(here.join().unwrap(), (DRAWN_BYTES, KEY_END_BYTES));
    }

    #[test]
    fn nothing_that_was_drawn_is_given_twice() {
        let mut drawn = Drawn::nothing();
        for _ in 0..2 {
            let first = drawn.give().unwrap();
            let all = drawn.bytes;
            let rest = (1..DRAWN_BYTES / KEY_END_BYTES).map(|_| drawn.give().unwrap());
            let given: Vec<u8> = std::iter::once(first).chain(rest).flatten().collect();
            assert_eq!(given, all);
            assert_ne!(given, vec![0; DRAWN_BYTES]);
        }
        assert_eq!(drawn.given, DRAWN_BYTES);
    }

    #[test]
    fn secrets_are_filled_to_their_end() {
        let mut secret = [0; 64];
        SystemRandom.fill(&mut secret).unwrap();
        assert!(secret.chunks(16).all(|chunk| chunk != [0; 16]));
    }
}
