//! What memory holds of a run of references: for each bucket some bits, by which a reference that
//! is not in it is known at once, nearly always. A reference that is in it is never denied.
//!
//! The bits of one hash lie in one line of 64 bytes (a blocked Bloom filter): a look costs one miss
//! of the processor's cache.

/// How many bytes a bucket has: 8 lines.
pub(super) const BUCKET_BYTES: usize = 512;
const LINE_BYTES: usize = 64;
/// How many bits a hash has in its line.
const BITS: u32 = 6;
/// An odd constant that spreads the bits of a hash (2⁶⁴ divided by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The line of a hash within a bucket, and its bits in that line: the place of the byte and the
/// bit in it.
fn places(hash: i64) -> (usize, impl Iterator<Item = (usize, u8)>) {
    let mixed = (hash.cast_unsigned() ^ (hash.cast_unsigned() >> 23)).wrapping_mul(SPREAD);
    let part = move |shift: u32, bits: u32| {
        usize::try_from(mixed >> shift & ((1 << bits) - 1)).unwrap_or_default()
    };
    let bit = move |number| {
        let place = part(7 + 9 * number, 9);
        (place / 8, 1_u8 << (place % 8))
    };
    (part(61, 3), (0..BITS).map(bit))
}

/// The bits of a bucket that holds these hashes.
pub(super) fn bits_of(hashes: impl Iterator<Item = i64>) -> [u8; BUCKET_BYTES] {
    let mut bits = [0; BUCKET_BYTES];
    for hash in hashes {
        let (line, places) = places(hash);
        for (byte, bit) in places {
            if let Some(byte) = bits.get_mut(line * LINE_BYTES + byte) {
                *byte |= bit;
            }
        }
    }
    bits
}

/// The bits of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter(Vec<u8>);

impl Filter {
    /// The bits of all buckets, one after another.
    pub(super) fn new(bits: Vec<u8>) -> Self {
        Self(bits)
    }

    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a bucket may hold a hash.
    pub(super) fn may_hold(&self, bucket: u32, hash: i64) -> bool {
        let (line, mut places) = places(hash);
        let bucket = usize::try_from(bucket).unwrap_or(usize::MAX);
        let start = bucket.saturating_mul(BUCKET_BYTES).saturating_add(line * LINE_BYTES);
        let Some(line) = self.0.get(start..start.saturating_add(LINE_BYTES)) else { return true };
        places.all(|(byte, bit)| line.get(byte).is_none_or(|found| found & bit != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> i64 {
        (number.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16).cast_signed()
    }

    #[test]
    fn what_is_there_is_never_denied_and_what_is_not_nearly_always() {
        let bits = bits_of((0..320).map(hash));
        let filter = Filter::new([[0; BUCKET_BYTES], bits].concat());
        assert!((0..320).all(|number| filter.may_hold(1, hash(number))));
        assert!((0..320).all(|number| !filter.may_hold(0, hash(number))));
        let wrong = (1_000..101_000).filter(|number| filter.may_hold(1, hash(*number))).count();
        assert!(wrong < 1_000, "{wrong} of 100,000 are said to be there");
        // What memory does not hold must be looked for.
        assert!(filter.may_hold(2, hash(1)));
    }
}
