//! The slugs of links: numbers of seven numerals of base 62, in and out of FF1 (NIST SP 800-38G).
//!
//! The library does the rounds. Its own numerals are integers of any length, which took an eighth
//! of the instructions of making a link; seven numerals are one small integer, and here they are.

use aes::Aes256;
use fpe::ff1::{FF1, InvalidRadix, NumeralString, Operations};

/// How many characters a slug has.
pub const SLUG_LENGTH: usize = 7;

const RADIX: u64 = 62;
const SLUGS: u64 = power(SLUG_LENGTH);
/// The characters of the second of the two halves that FF1 works on.
const SECOND_LENGTH: usize = SLUG_LENGTH.div_ceil(2);
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What is derived with other words is another key.
const TWEAK: &[u8] = b"deodar link slug";

/// 62 to the power of `length`, which is at most [`SLUG_LENGTH`].
const fn power(length: usize) -> u64 {
    let (mut power, mut place) = (1, 0);
    while place < length {
        power *= RADIX;
        place += 1;
    }
    power
}

/// What turns numbers into slugs and back.
pub(crate) struct Slugs(FF1<Aes256>);

impl Slugs {
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, InvalidRadix> {
        // 62 fits, as every radix does that there are letters for.
        FF1::new(key, u32::try_from(RADIX).unwrap_or_default()).map(Self)
    }

    /// The slug of a number; `None` where the number is too large for one.
    pub(crate) fn seal(&self, number: u64) -> Option<String> {
        let Numerals(mut rest) = self.0.encrypt(TWEAK, &Numerals(number)).ok()?;
        let mut text = [0; SLUG_LENGTH];
        for place in text.iter_mut().rev() {
            *place = *ALPHABET.get(usize::try_from(rest % RADIX).ok()?)?;
            rest /= RADIX;
        }
        Some(text.map(char::from).iter().collect())
    }

    /// The number of a slug; any seven alphanumerics are the slug of some number. What is no slug is
    /// deciphered too, so that every wrong one takes the same time.
    pub(crate) fn open(&self, slug: &str) -> Option<u64> {
        let numerals = numerals(slug);
        let Numerals(number) =
            self.0.decrypt(TWEAK, &Numerals(numerals.unwrap_or_default())).ok()?;
        numerals.map(|_| number)
    }
}

fn numerals(slug: &str) -> Option<u64> {
    let number = slug.bytes().take(SLUG_LENGTH + 1).try_fold(0, |number, byte| {
        let place = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some(number * RADIX + u64::try_from(place).ok()?)
    })?;
    (slug.len() == SLUG_LENGTH).then_some(number)
}

/// Seven numerals as one number.
#[derive(Clone, Copy)]
struct Numerals(u64);

/// One half of them.
#[derive(Clone, Copy)]
struct Half {
    value: u64,
    length: usize,
}

impl NumeralString for Numerals {
    type Ops = Half;

    fn is_valid(&self, radix: u32) -> bool {
        u64::from(radix) == RADIX && self.0 < SLUGS
    }

    fn numeral_count(&self) -> usize {
        SLUG_LENGTH
    }

    fn split(&self) -> (Half, Half) {
        let second = power(SECOND_LENGTH);
        let half = |value, length| Half { value, length };
        (half(self.0 / second, SLUG_LENGTH - SECOND_LENGTH), half(self.0 % second, SECOND_LENGTH))
    }

    fn concat(first: Half, second: Half) -> Self {
        Self(first.value * power(second.length) + second.value)
    }
}

impl Operations for Half {
    type Bytes = LastBytes;

    fn numeral_count(&self) -> usize {
        self.length
    }

    fn to_be_bytes(&self, _: u32, count: usize) -> LastBytes {
        LastBytes { bytes: self.value.to_be_bytes(), count }
    }

    fn add_mod_exp(self, other: impl Iterator<Item = u8>, _: u32, length: usize) -> Self {
        let modulus = power(length);
        Self { value: (self.value + number_of(other) % modulus) % modulus, length }
    }

    fn sub_mod_exp(self, other: impl Iterator<Item = u8>, _: u32, length: usize) -> Self {
        let modulus = power(length);
        Self { value: (self.value + modulus - number_of(other) % modulus) % modulus, length }
    }
}

/// The number of the bytes that a round gives: eight, for halves of as few numerals as these.
fn number_of(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, |number, byte| number << 8 | u64::from(byte))
}

/// The last bytes of a number.
struct LastBytes {
    bytes: [u8; 8],
    count: usize,
}

impl AsRef<[u8]> for LastBytes {
    fn as_ref(&self) -> &[u8] {
        let start = self.bytes.len().saturating_sub(self.count);
        self.bytes.get(start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use fpe::ff1::FlexibleNumeralString;
    use proptest::prelude::*;

    use super::*;

    /// What the library makes of a number with numerals of its own.
    fn by_the_library(key: &[u8; 32], mut number: u64) -> String {
        let mut numerals = vec![0_u16; SLUG_LENGTH];
        for place in numerals.iter_mut().rev() {
            *place = u16::try_from(number % RADIX).unwrap();
            number /= RADIX;
        }
        let ff1 = FF1::<Aes256>::new(key, 62).unwrap();
        let sealed = ff1.encrypt(TWEAK, &FlexibleNumeralString::from(numerals)).unwrap();
        let letter = |numeral: u16| char::from(ALPHABET[usize::from(numeral)]);
        Vec::from(sealed).into_iter().map(letter).collect()
    }

    fn agree(key: [u8; 32], number: u64) {
        let slugs = Slugs::new(&key).unwrap();
        let slug = slugs.seal(number).unwrap();
        assert_eq!(slug, by_the_library(&key, number), "{number}");
        assert_eq!(slugs.open(&slug), Some(number));
    }

    #[test]
    fn the_first_numbers_and_the_last_have_the_slugs_of_the_library() {
        for number in (0..500).chain(SLUGS - 500..SLUGS) {
            agree([7; 32], number);
        }
        assert_eq!(Slugs::new(&[7; 32]).unwrap().seal(SLUGS), None);
        assert_eq!(Slugs::new(&[7; 32]).unwrap().seal(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn every_number_has_the_slug_of_the_library(key: [u8; 32], number in 0..SLUGS) {
            agree(key, number);
        }

        #[test]
        fn any_seven_alphanumerics_are_a_slug_and_nothing_else_is(text in "[0-9A-Za-z]{0,9}|.*") {
            let slugs = Slugs::new(&[7; 32]).unwrap();
            let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let number = slugs.open(&text);
            prop_assert_eq!(number.is_some(), letters && text.len() == SLUG_LENGTH);
            if let Some(number) = number {
                prop_assert_eq!(slugs.seal(number), Some(text));
            }
        }
    }
}
