//! How a payment is to be split between the merchant and others.

use crate::money::Money;
use crate::text::{InvalidText, NO_CONTROL, check, printable, text_type};

/// The most parts of a split.
pub const SPLIT_PARTS_MAX: usize = 50;

text_type!(
    /// The merchant who gets a part.
    SplitMerchantId, 1, 50, printable, NO_CONTROL
);
text_type!(
    /// The merchant's reference of a part's settlement.
    SettlementReference, 1, 50, printable, NO_CONTROL
);

/// A share in hundredths of a percent: 0 to 10,000.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// All of it.
    pub const WHOLE: u16 = 10_000;

    /// A share of `points` hundredths of a percent, at most [`BasisPoints::WHOLE`].
    pub fn new(points: u16) -> Option<Self> {
        (points <= Self::WHOLE).then_some(Self(points))
    }

    /// Reads a percentage with at most two decimals: `12.5`.
    pub fn parse_percent(text: &str) -> Result<Self, InvalidText> {
        const MESSAGE: &str = "must be a percentage from 0 to 100 with at most two decimals";
        check(text, 1, 6, |c| c.is_ascii_digit() || c == '.', MESSAGE)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let invalid = InvalidText::Alphabet(MESSAGE);
        if whole.is_empty() || fraction.len() > 2 || fraction.contains('.') {
            return Err(invalid);
        }
        let points: u16 = format!("{whole}{fraction:0<2}").parse().map_err(|_| invalid)?;
        Self::new(points).ok_or(invalid)
    }

    /// The share in hundredths of a percent.
    pub const fn points(self) -> u16 {
        self.0
    }
}

/// What a part is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// A fixed amount.
    Amount(Money),
    /// A share of what is captured.
    Percentage(BasisPoints),
}

/// One part of a split.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SplitPart {
    /// Who gets it.
    pub merchant: SplitMerchantId,
    /// The merchant's reference of its settlement.
    pub settlement_reference: Option<SettlementReference>,
    /// How much it is.
    pub share: Share,
    /// Whether it is held until the merchant releases it.
    pub on_hold: bool,
}

/// Whether the parts of a split are amounts or percentages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SplitType {
    /// Each part is an amount.
    Amount,
    /// Each part is a percentage.
    Percentage,
}

/// The parts of a split; the rest is the merchant's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SplitInfo {
    split_type: SplitType,
    parts: Vec<SplitPart>,
}

impl SplitInfo {
    /// Takes the parts of a split of `amount`; `None` where a part is of the other type or of
    /// another currency, there are too many, or together they exceed the amount.
    pub fn new(split_type: SplitType, parts: Vec<SplitPart>, amount: Money) -> Option<Self> {
        if parts.len() > SPLIT_PARTS_MAX {
            return None;
        }
        let mut total = Money::zero(amount.currency());
        let mut points = 0_u32;
        for part in &parts {
            match (split_type, part.share) {
                (SplitType::Amount, Share::Amount(share)) => total = total.plus(share).ok()?,
                (SplitType::Percentage, Share::Percentage(share)) => {
                    points += u32::from(share.points());
                }
                _ => return None,
            }
        }
        let fits = !total.exceeds(amount).ok()? && points <= u32::from(BasisPoints::WHOLE);
        fits.then_some(Self { split_type, parts })
    }

    /// Whether the parts are amounts or percentages.
    pub const fn split_type(&self) -> SplitType {
        self.split_type
    }

    /// The parts.
    pub fn parts(&self) -> &[SplitPart] {
        &self.parts
    }
}
