//! Which card scheme the page names while a number is typed. The script reads the ranges from the
//! page, so that they are written down once.

use std::sync::LazyLock;

/// First and last six digits of a scheme's numbers, the narrow ranges first.
const RANGES: [(&str, u32, u32); 19] = [
    ("RuPay", 508_500, 508_999),
    ("RuPay", 606_985, 607_984),
    ("RuPay", 608_001, 608_500),
    ("RuPay", 652_100, 653_149),
    ("RuPay", 817_200, 820_199),
    ("Visa", 400_000, 499_999),
    ("Mastercard", 510_000, 559_999),
    ("Mastercard", 222_100, 272_099),
    ("American Express", 340_000, 349_999),
    ("American Express", 370_000, 379_999),
    ("Diners Club", 300_000, 305_999),
    ("Diners Club", 360_000, 369_999),
    ("Diners Club", 380_000, 399_999),
    ("Diners Club", 601_100, 601_199),
    ("Diners Club", 650_000, 659_999),
    ("JCB", 352_800, 358_999),
    ("Maestro", 500_000, 509_999),
    ("Maestro", 560_000, 589_999),
    ("Maestro", 670_000, 679_999),
];

/// The ranges as the page carries them: `RuPay:508500:508999,…`.
pub(crate) fn ranges() -> &'static str {
    static WRITTEN: LazyLock<String> = LazyLock::new(|| {
        let ranges: Vec<String> =
            RANGES.iter().map(|(name, first, last)| format!("{name}:{first}:{last}")).collect();
        ranges.join(",")
    });
    &WRITTEN
}

#[cfg(test)]
mod tests {
    use deodar_domain::card::CardNumber;

    use super::*;
    use crate::views::brand;

    fn shown(prefix: u32) -> &'static str {
        let range = RANGES.iter().find(|(_, first, last)| (*first..=*last).contains(&prefix));
        range.map_or("", |(name, ..)| name)
    }

    fn decided(prefix: u32) -> &'static str {
        let number = (0..10)
            .find_map(|check| CardNumber::parse(&format!("{prefix}000000000{check}")).ok())
            .expect("one check digit fits");
        brand(number.brand())
    }

    #[test]
    fn the_page_names_the_scheme_that_the_gateway_knows() {
        for (_, first, last) in RANGES {
            for prefix in [first - 1, first, first.midpoint(last), last, last + 1] {
                assert_eq!(shown(prefix), decided(prefix), "{prefix}");
            }
        }
    }
}
