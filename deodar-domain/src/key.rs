//! The integer keys of records, ordered by time, and how public ids carry them.
//!
//! A key has 63 bits: 32 of seconds since 2020, 10 of milliseconds, 9 of a sequence within the
//! millisecond and 12 random ones. The six characters of a public id carry all but the seconds, so
//! that an id decodes to its row's key and needs no index of its own.

use std::fmt;

use crate::time::Timestamp;

/// 2020-01-01T00:00:00Z, from which keys count their seconds.
const KEY_EPOCH_SECONDS: i64 = 1_577_836_800;
const RANDOM_BITS: u32 = 12;
const SEQUENCE_BITS: u32 = 9;
/// The sequence of a millisecond begins at one of sixteen numbers, of which the last leaves room for
/// more than half of them.
const SEQUENCE_STARTS_SHIFT: u32 = 4;
const MILLIS_BITS: u32 = 10;
const SUFFIX_BITS: u32 = RANDOM_BITS + SEQUENCE_BITS + MILLIS_BITS;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The number of texts of six alphanumerics.
const SUFFIXES: u64 = 62_u64.pow(6);
/// How many characters of a public id are its suffix.
const SUFFIX_LENGTH: usize = 6;

/// The key of an order or of a refund (they share one space), ordered by the time of its making.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey(i64);

impl OrderKey {
    /// The key with this stored value; `None` where no key has it.
    pub fn from_i64(value: i64) -> Option<Self> {
        let key = Self(value);
        (value >= 0 && key.millis_part() < 1_000).then_some(key)
    }

    /// The value as it is stored.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The second in which the key was made.
    pub const fn second(self) -> Timestamp {
        Timestamp::from_seconds(KEY_EPOCH_SECONDS + (self.0 >> SUFFIX_BITS))
    }

    /// The smallest key that can be made at `at`, for ranges of time.
    pub fn first_at(at: Timestamp) -> Self {
        Self(assemble(at, 0, 0))
    }

    const fn millis_part(self) -> i64 {
        (self.0 >> (RANDOM_BITS + SEQUENCE_BITS)) & ((1 << MILLIS_BITS) - 1)
    }

    /// `yyMMddHHmmss-aa-<6>` behind `prefix`, with the scrambling of `kind`.
    pub(crate) fn encode(self, prefix: &str, kind: Scramble) -> String {
        let suffix = (self.0 & ((1 << SUFFIX_BITS) - 1)).unsigned_abs();
        let second = self.second().compact();
        let suffix = kind.encode(suffix).map(char::from);
        let mut text = String::with_capacity(prefix.len() + second.len() + 4 + SUFFIX_LENGTH);
        text.extend([prefix, &second, "-aa-"]);
        text.extend(suffix);
        text
    }

    /// Reads what [`OrderKey::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(text: &str, kind: Scramble) -> Option<Self> {
        let (time, rest) = text.split_at_checked(12)?;
        let second = Timestamp::parse_compact(time)?.seconds() - KEY_EPOCH_SECONDS;
        let suffix = kind.decode(rest.strip_prefix("-aa-")?)?;
        if !(0..=i64::from(u32::MAX)).contains(&second) {
            return None;
        }
        Self::from_i64((second << SUFFIX_BITS) | i64::try_from(suffix).ok()?)
    }
}

impl fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderKey({})", self.0)
    }
}

fn assemble(at: Timestamp, sequence: i64, random: i64) -> i64 {
    let second = (at.seconds() - KEY_EPOCH_SECONDS).clamp(0, i64::from(u32::MAX));
    let millis = at.millis().rem_euclid(1_000);
    (((second << MILLIS_BITS | millis) << SEQUENCE_BITS | sequence) << RANDOM_BITS) | random
}

/// Makes keys that only grow. When the clock steps back, the sequence goes on from the last key.
#[derive(Debug, Default)]
pub struct KeyMint {
    last_tick: i64,
}

impl KeyMint {
    /// A mint that has made no key.
    pub const fn new() -> Self {
        Self { last_tick: 0 }
    }

    /// The next key at `now`. The low 12 bits of `random` are part of it; the others are where the
    /// sequence of a millisecond begins, so that nodes seldom count through the same numbers. Two of
    /// them can draw the same key all the same, in rare cases: the store refuses the second, and the
    /// caller draws again.
    pub fn next(&mut self, now: Timestamp, random: u16) -> OrderKey {
        let tick = assemble(now, 0, 0) >> RANDOM_BITS;
        let start = i64::from(random >> RANDOM_BITS) << SEQUENCE_STARTS_SHIFT;
        self.last_tick =
            if tick > self.last_tick { tick | start } else { following(self.last_tick) };
        let random = i64::from(random) & ((1 << RANDOM_BITS) - 1);
        OrderKey((self.last_tick << RANDOM_BITS) | random)
    }
}

/// The tick after `tick`: the next in the sequence, else the next millisecond, else the next second.
fn following(tick: i64) -> i64 {
    let next = tick + 1;
    let millis = (next >> SEQUENCE_BITS) & ((1 << MILLIS_BITS) - 1);
    if millis < 1_000 {
        return next;
    }
    ((next >> (SEQUENCE_BITS + MILLIS_BITS)) + 1) << (SEQUENCE_BITS + MILLIS_BITS)
}

/// How an id's suffix hides the order of the keys: a multiplication modulo 62⁶. It is a bijection,
/// not a secret; what must be hard to guess (a link's slug) is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scramble {
    /// Orders and refunds.
    Order,
    /// Payment links.
    Link,
}

impl Scramble {
    /// The multiplier, which shares no factor with 62, and what is added.
    const fn constants(self) -> (u64, u64) {
        match self {
            Self::Order => (35_103_762_001, 11_402_948_707),
            Self::Link => (21_697_318_847, 40_185_230_963),
        }
    }

    /// The inverse of the multiplier.
    const fn inverse(self) -> u128 {
        match self {
            Self::Order => const { const_inverse(Self::Order.constants().0) },
            Self::Link => const { const_inverse(Self::Link.constants().0) },
        }
    }

    fn encode(self, suffix: u64) -> [u8; SUFFIX_LENGTH] {
        let (multiplier, offset) = self.constants();
        let product = u128::from(suffix) * u128::from(multiplier) + u128::from(offset);
        let mut rest = u64::try_from(product % u128::from(SUFFIXES)).unwrap_or(0);
        let mut text = [0_u8; SUFFIX_LENGTH];
        for place in text.iter_mut().rev() {
            let digit = usize::try_from(rest % 62).unwrap_or(0);
            *place = ALPHABET.get(digit).copied().unwrap_or(b'A');
            rest /= 62;
        }
        text
    }

    fn decode(self, text: &str) -> Option<u64> {
        if text.len() != SUFFIX_LENGTH {
            return None;
        }
        let mut value = 0_u64;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            value = value * 62 + u64::try_from(digit).ok()?;
        }
        let (_, offset) = self.constants();
        let shifted = (value + SUFFIXES - offset) % SUFFIXES;
        let suffix = u128::from(shifted) * self.inverse() % u128::from(SUFFIXES);
        u64::try_from(suffix).ok().filter(|suffix| *suffix < 1 << SUFFIX_BITS)
    }
}

/// The inverse of `value` modulo 62⁶, by Euclid's extended algorithm.
const fn const_inverse(value: u64) -> u128 {
    let modulus = SUFFIXES as i128;
    let (mut r0, mut r1) = (modulus, value as i128);
    let (mut t0, mut t1) = (0_i128, 1_i128);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (t0, t1) = (t1, t0 - quotient * t1);
    }
    t0.rem_euclid(modulus).unsigned_abs()
}
