//! The payer's form, read once into types. Past this point nothing is checked again.

mod typed;

use axum::body::Bytes;
use deodar_domain::customer::MobileNumber;
use deodar_domain::method::Method;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::pay_later::{Device, PayLaterProvider};
use deodar_domain::reference::PaymentReference;
use deodar_engine::Engine;
use deodar_engine::acquirer::Instrument;
use zeroize::{Zeroize, Zeroizing};

use crate::place::Found;
use crate::views::{Field, Notes};
use typed::{Typed, all};

/// What a payer's form asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A payment.
    Pay(PayForm),
    /// Whether a lender would pay.
    Eligibility(EligibilityForm),
    /// The plans of an EMI method for the part that the payer wants to pay.
    Plans {
        /// The method.
        method: Method,
        /// The part.
        amount: Money,
    },
}

/// A payment that a payer asks for.
#[derive(Debug)]
pub(crate) struct PayForm {
    /// What it is paid with.
    pub(crate) instrument: Instrument,
    /// How much, where the payer may choose.
    pub(crate) amount: Option<Money>,
    /// The page's reference of it.
    pub(crate) reference: PaymentReference,
}

/// A question to a lender.
#[derive(Debug)]
pub(crate) struct EligibilityForm {
    /// The lender.
    pub(crate) provider: PayLaterProvider,
    /// By which the lender knows the payer.
    pub(crate) mobile: MobileNumber,
    /// The part that the payer wants to pay, where the payer may choose.
    pub(crate) amount: Option<Money>,
}

/// Why a form asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvalidForm {
    /// It is not what our page sends.
    Foreign,
    /// The payer left something out or mistyped it.
    Fields(Notes),
}

/// The pairs of a form. Their values are wiped when they are dropped.
pub(crate) struct Pairs(Vec<(String, Zeroizing<String>)>);

impl Pairs {
    /// Reads a form; what it was read from is the caller's to wipe.
    pub(crate) fn read(body: &[u8]) -> Self {
        let own = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.into_owned(), Zeroizing::new(value.into_owned()))
        };
        Self(form_urlencoded::parse(body).map(own).collect())
    }

    /// The value of a field; nothing where it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Reads a form, and wipes what it was read from where nobody else holds it.
pub(crate) fn read(
    body: Bytes,
    engine: &Engine,
    page: &Found,
    device: Device,
) -> Result<Asked, InvalidForm> {
    let pairs = Pairs::read(&body);
    if let Ok(mut buffer) = body.try_into_mut() {
        buffer.zeroize();
    }
    let reference =
        PaymentReference::parse(pairs.get("reference")).map_err(|_| InvalidForm::Foreign)?;
    let method = Method::from_name(pairs.get(Field::Method.name()));
    let amount = if page.order.terms.part_payment {
        part(pairs.get(Field::Amount.name()), page.order.due())
            .map(Some)
            .map_err(|wrong| vec![wrong])
    } else {
        Ok(None)
    };
    let typed = Typed { pairs: &pairs, page, engine };
    match (pairs.get("flow"), method) {
        ("check", Some(Method::Bnpl)) => {
            let asked = all(amount, typed.account())
                .map(|(amount, (provider, mobile))| EligibilityForm { provider, mobile, amount });
            asked.map(Asked::Eligibility).map_err(|wrong| typed.notes(method, wrong))
        }
        ("plans", Some(method)) => {
            let amount = amount.map(|amount| amount.unwrap_or_else(|| page.order.due()));
            let asked = amount.map(|amount| Asked::Plans { method, amount });
            asked.map_err(|wrong| typed.notes(Some(method), wrong))
        }
        (flow, method) => {
            let asked = all(amount, typed.instrument(method, flow, device))
                .map(|(amount, instrument)| PayForm { instrument, amount, reference });
            asked.map(Asked::Pay).map_err(|wrong| typed.notes(method, wrong))
        }
    }
}

/// Reads the part that the payer wants to pay, in major units: `₹1,500`, `1500.5`, `1500.50`.
fn part(text: &str, due: Money) -> Result<Money, Field> {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '₹' | ',')).collect();
    let exponent = usize::from(due.currency().exponent());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > exponent || !digits(whole) || !digits(fraction) {
        return Err(Field::Amount);
    }
    let minor: u64 = format!("{whole}{fraction:0<exponent$}").parse().map_err(|_| Field::Amount)?;
    Some(Money::new(minor, due.currency())).filter(|part| is_part(*part, due)).ok_or(Field::Amount)
}

/// Whether a part of what is due can be paid: it and what remains are nothing or enough.
pub(crate) fn is_part(part: Money, due: Money) -> bool {
    let rest = due.minor().checked_sub(part.minor());
    part.minor() >= AMOUNT_MIN_PAISE
        && rest.is_some_and(|rest| rest == 0 || rest >= AMOUNT_MIN_PAISE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_leaves_nothing_or_enough() {
        let due = Money::paise(50_000);
        let cases = [
            ("500", Some(50_000)),
            ("₹ 500.00", Some(50_000)),
            ("1", Some(100)),
            ("0,499.00", Some(49_900)),
            ("12.5", Some(1_250)),
            ("12.50", Some(1_250)),
            ("0.99", None),
            ("499.01", None),
            ("500.01", None),
            ("12.505", None),
            ("-5", None),
            ("1e2", None),
            ("", None),
            (".50", None),
            ("99999999999999999999", None),
        ];
        for (text, minor) in cases {
            assert_eq!(part(text, due).ok().map(|money| money.minor()), minor, "{text:?}");
        }
    }

    #[test]
    fn amounts_keep_the_exponent_of_their_currency() {
        let yen = deodar_domain::money::Currency::from_code("JPY").expect("a currency");
        assert_eq!(part("500", Money::new(500, yen)), Ok(Money::new(500, yen)));
        assert_eq!(part("500.00", Money::new(500, yen)), Err(Field::Amount));
    }
}
