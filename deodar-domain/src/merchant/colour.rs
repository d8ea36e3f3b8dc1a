//! The colour of a merchant's pages, and whether text can be read on it.

use std::fmt;

use thiserror::Error;

/// The contrast that text needs against what is behind it, in hundredths: WCAG 2.2, 1.4.3 (AA).
pub const TEXT_CONTRAST_MIN: u32 = 450;
/// The contrast that a button's edge and a focus ring need, in hundredths: WCAG 2.2, 1.4.11.
pub const EDGE_CONTRAST_MIN: u32 = 300;

/// What white's luminance is: luminances are in millionths.
const LUMINANCE_MAX: u32 = 1_000_000;
/// What WCAG adds to each luminance, the light that a screen reflects: 0.05.
const FLARE: u32 = 50_000;
/// The steps in which a colour is mixed with another.
const MIX_STEPS: u32 = 100;

/// A text that is no colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be # and six hexadecimal digits, as #1a7f5a")]
pub struct InvalidColour;

/// A colour of the sRGB space.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

impl Colour {
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self::new(255, 255, 255);

    /// The colour of these parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#1a7f5a`, in small letters or capitals.
    pub fn parse(text: &str) -> Result<Self, InvalidColour> {
        Self::from_hex(text.strip_prefix('#').ok_or(InvalidColour)?)
    }

    /// Reads six hexadecimal digits: `1a7f5a`.
    pub fn from_hex(digits: &str) -> Result<Self, InvalidColour> {
        let mut parts = [0; 3];
        hex::decode_to_slice(digits, &mut parts).map_err(|_| InvalidColour)?;
        let [red, green, blue] = parts;
        Ok(Self { red, green, blue })
    }

    /// The six hexadecimal digits, in small letters.
    pub fn hex(self) -> String {
        hex::encode([self.red, self.green, self.blue])
    }

    /// The relative luminance of WCAG 2.2, in millionths.
    fn luminance(self) -> u32 {
        let linear = |part: u8| LINEAR.get(usize::from(part)).copied().unwrap_or(LUMINANCE_MAX);
        let weighed = [(2_126, self.red), (7_152, self.green), (722, self.blue)]
            .map(|(weight, part)| u64::from(linear(part)) * weight);
        u32::try_from(weighed.iter().sum::<u64>() / 10_000).unwrap_or(LUMINANCE_MAX)
    }

    /// The contrast ratio of WCAG 2.2 between two colours, in hundredths, rounded down: from 100,
    /// where they are alike, to 2,100.
    pub fn contrast(self, other: Self) -> u32 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + FLARE) * 100 / (one.min(two) + FLARE)
    }

    /// Black or white, whichever is read better on this colour. Its contrast is
    /// [`TEXT_CONTRAST_MIN`] or more on every colour.
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// This colour with a part of another, in hundredths.
    #[must_use]
    pub fn mixed(self, other: Self, hundredths: u32) -> Self {
        let part = hundredths.min(MIX_STEPS);
        let mix = |one: u8, two: u8| {
            let sum = u32::from(one) * (MIX_STEPS - part) + u32::from(two) * part;
            u8::try_from((sum + MIX_STEPS / 2) / MIX_STEPS).unwrap_or(u8::MAX)
        };
        Self {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// This colour, made darker or lighter until its contrast with each of the grounds is `min`, in
    /// hundredths. The grounds are all light or all dark; what is far from them stays as it is.
    #[must_use]
    pub fn readable_on(self, grounds: &[Self], min: u32) -> Self {
        let reads = |colour: Self| grounds.iter().all(|ground| colour.contrast(*ground) >= min);
        let far = grounds.first().map_or(Self::BLACK, |ground| ground.text());
        let mixed = (0..=MIX_STEPS).map(|part| self.mixed(far, part));
        mixed.into_iter().find(|colour| reads(*colour)).unwrap_or(far)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.hex())
    }
}

/// The light of each value of a part, in millionths: the transfer function of sRGB (IEC 61966-2-1),
/// as a table because the gateway computes without floating point.
const LINEAR: [u32; 256] = [
    0, 304, 607, 911, 1_214, 1_518, 1_821, 2_125, 2_428, 2_732, 3_035, 3_347, 3_677, 4_025, 4_391,
    4_777, 5_182, 5_605, 6_049, 6_512, 6_995, 7_499, 8_023, 8_568, 9_134, 9_721, 10_330, 10_960,
    11_612, 12_286, 12_983, 13_702, 14_444, 15_209, 15_996, 16_807, 17_642, 18_500, 19_382, 20_289,
    21_219, 22_174, 23_153, 24_158, 25_187, 26_241, 27_321, 28_426, 29_557, 30_713, 31_896, 33_105,
    34_340, 35_601, 36_889, 38_204, 39_546, 40_915, 42_311, 43_735, 45_186, 46_665, 48_172, 49_707,
    51_269, 52_861, 54_480, 56_128, 57_805, 59_511, 61_246, 63_010, 64_803, 66_626, 68_478, 70_360,
    72_272, 74_214, 76_185, 78_187, 80_220, 82_283, 84_376, 86_500, 88_656, 90_842, 93_059, 95_307,
    97_587, 99_899, 102_242, 104_616, 107_023, 109_462, 111_932, 114_435, 116_971, 119_538,
    122_139, 124_772, 127_438, 130_136, 132_868, 135_633, 138_432, 141_263, 144_128, 147_027,
    149_960, 152_926, 155_926, 158_961, 162_029, 165_132, 168_269, 171_441, 174_647, 177_888,
    181_164, 184_475, 187_821, 191_202, 194_618, 198_069, 201_556, 205_079, 208_637, 212_231,
    215_861, 219_526, 223_228, 226_966, 230_740, 234_551, 238_398, 242_281, 246_201, 250_158,
    254_152, 258_183, 262_251, 266_356, 270_498, 274_677, 278_894, 283_149, 287_441, 291_771,
    296_138, 300_544, 304_987, 309_469, 313_989, 318_547, 323_143, 327_778, 332_452, 337_164,
    341_914, 346_704, 351_533, 356_400, 361_307, 366_253, 371_238, 376_262, 381_326, 386_429,
    391_572, 396_755, 401_978, 407_240, 412_543, 417_885, 423_268, 428_690, 434_154, 439_657,
    445_201, 450_786, 456_411, 462_077, 467_784, 473_531, 479_320, 485_150, 491_021, 496_933,
    502_886, 508_881, 514_918, 520_996, 527_115, 533_276, 539_479, 545_724, 552_011, 558_340,
    564_712, 571_125, 577_580, 584_078, 590_619, 597_202, 603_827, 610_496, 617_207, 623_960,
    630_757, 637_597, 644_480, 651_406, 658_375, 665_387, 672_443, 679_542, 686_685, 693_872,
    701_102, 708_376, 715_694, 723_055, 730_461, 737_910, 745_404, 752_942, 760_525, 768_151,
    775_822, 783_538, 791_298, 799_103, 806_952, 814_847, 822_786, 830_770, 838_799, 846_873,
    854_993, 863_157, 871_367, 879_622, 887_923, 896_269, 904_661, 913_099, 921_582, 930_111,
    938_686, 947_307, 955_973, 964_686, 973_445, 982_251, 991_102, 1_000_000,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(colour("#1a7f5a"), Colour::new(0x1a, 0x7f, 0x5a));
        assert_eq!(colour("#FFE600").to_string(), "#ffe600");
        for text in
            ["", "#", "1a7f5a", "#1a7f5", "#1a7f5aa", "#1a7f5g", "green", "#+a7f5a", "#é7f5"]
        {
            assert_eq!(Colour::parse(text), Err(InvalidColour), "{text:?}");
        }
    }

    #[test]
    fn contrasts_are_those_of_wcag() {
        // By the formula of WCAG 2.2, computed elsewhere.
        let cases = [
            ("#000000", "#ffffff", 2_100),
            ("#ffffff", "#ffffff", 100),
            ("#777777", "#ffffff", 447),
            ("#767676", "#ffffff", 454),
            ("#ff0000", "#ffffff", 399),
            ("#0000ff", "#ffffff", 859),
            ("#1a7f5a", "#ffffff", 496),
            ("#ffe600", "#000000", 1_657),
        ];
        for (one, two, contrast) in cases {
            let (one, two) = (colour(one), colour(two));
            assert_eq!(one.contrast(two), contrast, "{one} and {two}");
            assert_eq!(two.contrast(one), contrast);
        }
    }

    #[test]
    fn a_colour_that_is_far_enough_stays() {
        let (light, dark) = (colour("#f4f6f3"), colour("#0e1311"));
        assert_eq!(colour("#1a7f5a").readable_on(&[light], 450), colour("#1a7f5a"));
        assert_eq!(colour("#ffe600").readable_on(&[dark], 450), colour("#ffe600"));
        assert_ne!(colour("#ffe600").readable_on(&[light], 450), colour("#ffe600"));
        assert_ne!(colour("#000080").readable_on(&[dark], 450), colour("#000080"));
    }

    proptest! {
        #[test]
        fn black_or_white_can_be_read_on_any_colour(red: u8, green: u8, blue: u8) {
            let colour = Colour::new(red, green, blue);
            prop_assert!(colour.contrast(colour.text()) >= TEXT_CONTRAST_MIN);
        }

        #[test]
        fn any_colour_becomes_readable_on_light_and_on_dark(red: u8, green: u8, blue: u8) {
            let given = Colour::new(red, green, blue);
            let light = [colour("#ffffff"), colour("#e6f1eb")];
            let dark = [colour("#0e1311"), colour("#1b2420")];
            for grounds in [light, dark] {
                let adjusted = given.readable_on(&grounds, TEXT_CONTRAST_MIN);
                for ground in grounds {
                    prop_assert!(adjusted.contrast(ground) >= TEXT_CONTRAST_MIN);
                }
            }
        }
    }
}
