//! The payer's form, read once into types. Past this point nothing is checked again.

use axum::body::Bytes;
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::method::Method;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::reference::PaymentReference;
use deodar_domain::upi::Vpa;
use deodar_engine::LinkPage;
use deodar_engine::acquirer::{CardDetails, Instrument};
use zeroize::{Zeroize, Zeroizing};

use crate::banks;
use crate::views::Field;

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

/// Why a form is not a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvalidForm {
    /// It is not what our page sends.
    Foreign,
    /// The payer left something out or mistyped it.
    Fields {
        /// The method that was chosen.
        method: Option<Method>,
        /// The fields, in the order of the page.
        wrong: Vec<Field>,
    },
}

/// The pairs of a form. Their values are wiped when they are dropped.
struct Pairs(Vec<(String, Zeroizing<String>)>);

impl Pairs {
    fn read(body: &[u8]) -> Self {
        let own = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.into_owned(), Zeroizing::new(value.into_owned()))
        };
        Self(form_urlencoded::parse(body).map(own).collect())
    }

    /// The value of a field; nothing where it was not sent.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Reads a form, and wipes what it was read from where nobody else holds it.
pub(crate) fn read(body: Bytes, page: &LinkPage) -> Result<PayForm, InvalidForm> {
    let pairs = Pairs::read(&body);
    if let Ok(mut buffer) = body.try_into_mut() {
        buffer.zeroize();
    }
    let reference =
        PaymentReference::parse(pairs.get("reference")).map_err(|_| InvalidForm::Foreign)?;
    let method = Method::from_name(pairs.get(Field::Method.name()));
    let amount = if page.order.terms.part_payment {
        part(pairs.get(Field::Amount.name()), page.order.due()).map(Some)
    } else {
        Ok(None)
    };
    let instrument = match method {
        Some(Method::Card) => card(&pairs, page),
        Some(Method::Upi) => upi(&pairs),
        Some(Method::Netbanking) => banks::pay_code(pairs.get(Field::Bank.name()))
            .map(Instrument::Netbanking)
            .ok_or_else(|| vec![Field::Bank]),
        _ => Err(vec![Field::Method]),
    };
    match (amount, instrument) {
        (Ok(amount), Ok(instrument)) => Ok(PayForm { instrument, amount, reference }),
        (amount, instrument) => {
            let mut wrong: Vec<Field> = amount.err().into_iter().collect();
            wrong.extend(instrument.err().unwrap_or_default());
            Err(InvalidForm::Fields { method, wrong })
        }
    }
}

fn card(pairs: &Pairs, page: &LinkPage) -> Result<Instrument, Vec<Field>> {
    let number = CardNumber::parse(pairs.get(Field::CardNumber.name()));
    let expiry = CardExpiry::parse_slashed(pairs.get(Field::Expiry.name()))
        .and_then(|expiry| expiry.check_not_past(page.now).map(|()| expiry));
    // Without a number nobody knows how long its CVV is: it is judged with the number.
    let cvv_text = pairs.get(Field::Cvv.name());
    let cvv = number.as_ref().map_or_else(
        |_| if cvv_text.trim().is_empty() { Err(Field::Cvv) } else { Ok(None) },
        |number| Cvv::parse(cvv_text, number.brand()).map(Some).map_err(|_| Field::Cvv),
    );
    let name = CardholderName::parse(pairs.get(Field::CardName.name()).trim());
    match (number, expiry, cvv, name) {
        (Ok(number), Ok(expiry), Ok(Some(cvv)), Ok(name)) => {
            Ok(Instrument::Card(CardDetails { number, cvv, expiry, name }))
        }
        (number, expiry, cvv, name) => {
            let wrong = [
                number.err().map(|_| Field::CardNumber),
                expiry.err().map(|_| Field::Expiry),
                cvv.err(),
                name.err().map(|_| Field::CardName),
            ];
            Err(wrong.into_iter().flatten().collect())
        }
    }
}

fn upi(pairs: &Pairs) -> Result<Instrument, Vec<Field>> {
    if pairs.get("flow") == "intent" {
        return Ok(Instrument::UpiIntent);
    }
    let vpa = Vpa::parse(pairs.get(Field::UpiId.name()));
    vpa.map(Instrument::UpiCollect).map_err(|_| vec![Field::UpiId])
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
    let rest = due.minor().checked_sub(minor).ok_or(Field::Amount)?;
    if minor >= AMOUNT_MIN_PAISE && (rest == 0 || rest >= AMOUNT_MIN_PAISE) {
        Ok(Money::new(minor, due.currency()))
    } else {
        Err(Field::Amount)
    }
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
