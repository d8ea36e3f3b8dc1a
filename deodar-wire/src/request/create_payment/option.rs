//! `payment_option`: what a payment is made with, by its method.

use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::{PanNumber, Tenure};
use deodar_domain::instrument::{EmiCard, PayCode, WalletCode};
use deodar_domain::method::Method;
use deodar_domain::pay_later::{self, Device, PayLaterProvider};
use deodar_domain::upi::Vpa;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::customer::text;
use super::super::device::{device, provider};
use super::super::invalid::{At, InvalidRequest};
use super::super::offer::tenure;
use super::super::value::{Flag, Object, Text, TextOrNumber};
use super::RawPayment;
use crate::schema::{choices, methods, texts};

#[derive(Default, Deserialize, ToSchema)]
#[schema(
    as = PaymentOptionRequest,
    description = "What the payment is made with; the part that fits the method is read"
)]
#[serde(default)]
pub(super) struct RawOption<'a> {
    #[serde(borrow, rename = "card_details")]
    #[schema(value_type = RawCard<'a>)]
    card: Object<RawCard<'a>>,
    #[serde(rename = "upi_details")]
    #[schema(value_type = RawUpi<'a>)]
    upi: Object<RawUpi<'a>>,
    #[serde(rename = "netbanking_details")]
    #[schema(value_type = RawNetbanking<'a>)]
    netbanking: Object<RawNetbanking<'a>>,
    #[serde(rename = "wallet_details")]
    #[schema(value_type = RawWallet<'a>)]
    wallet: Object<RawWallet<'a>>,
    #[serde(rename = "points_card_details")]
    #[schema(value_type = RawPoints<'a>)]
    points: Object<RawPoints<'a>>,
    #[serde(rename = "cardless_details")]
    #[schema(value_type = RawCardless<'a>)]
    cardless: Object<RawCardless<'a>>,
    #[serde(rename = "bnpl_details")]
    #[schema(value_type = RawPayLater<'a>)]
    pay_later: Object<RawPayLater<'a>>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = CardRequest, description = "A card")]
#[serde(default)]
struct RawCard<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::cardholder_name)]
    name: Text<'a>,
    #[schema(schema_with = texts::card_number, required)]
    card_number: Text<'a>,
    #[schema(schema_with = texts::cvv, required)]
    cvv: Text<'a>,
    #[schema(schema_with = texts::expiry_month, required)]
    expiry_month: TextOrNumber<'a>,
    #[schema(schema_with = texts::expiry_year, required)]
    expiry_year: TextOrNumber<'a>,
    /// Cards are not kept, whatever it says.
    #[serde(rename = "save")]
    #[schema(value_type = bool)]
    _save: Flag,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = UpiRequest, description = "UPI")]
#[serde(default)]
struct RawUpi<'a> {
    #[serde(borrow)]
    #[schema(schema_with = choices::upi_mode_given, required)]
    txn_mode: Text<'a>,
    #[schema(value_type = RawPayer<'a>)]
    payer: Object<RawPayer<'a>>,
    /// Whether a QR code is wanted; for INTENT alone.
    #[schema(value_type = bool)]
    upi_qr: Flag,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = UpiPayer, description = "Who pays by UPI")]
#[serde(default)]
struct RawPayer<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::vpa)]
    vpa: Text<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = NetbankingRequest, description = "A bank's login page")]
#[serde(default)]
struct RawNetbanking<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::pay_code, required)]
    pay_code: Text<'a>,
    #[schema(schema_with = texts::netbanking_mode)]
    txn_mode: Text<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = WalletRequest, description = "A wallet")]
#[serde(default)]
struct RawWallet<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::wallet_code, required)]
    wallet_code: Text<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PointsRequest, description = "The loyalty points of a card")]
#[serde(default)]
struct RawPoints<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::card_number, required)]
    card_number: Text<'a>,
    #[schema(schema_with = methods::card_last4)]
    card_last4: TextOrNumber<'a>,
    #[schema(schema_with = methods::points_mobile, required)]
    registered_mobile_number: TextOrNumber<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = CardlessRequest, description = "Instalments without a card")]
#[serde(default)]
struct RawCardless<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::pan_number)]
    pan_number: Text<'a>,
    #[schema(schema_with = methods::pan_last_digits)]
    pan_last_digits: TextOrNumber<'a>,
    #[schema(schema_with = methods::cardless_mobile, required)]
    registered_mobile_number: TextOrNumber<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PayLaterRequest, description = "Pay Later")]
#[serde(default)]
struct RawPayLater<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::pay_later_mobile, required)]
    mobile: TextOrNumber<'a>,
    #[schema(schema_with = choices::pay_later_provider_given, required)]
    bnpl_pay_code: Text<'a>,
}

/// A card with its secrets.
#[derive(Debug)]
pub struct PaidByCard {
    /// The number.
    pub number: CardNumber,
    /// The verification value.
    pub cvv: Cvv,
    /// The month in which it expires. Whether that has passed is not looked at.
    pub expiry: CardExpiry,
    /// The name on it; it may be empty.
    pub name: CardholderName,
}

/// What a payment is made with, with its secrets.
#[derive(Debug)]
pub enum PayWith {
    /// A card.
    Card(PaidByCard),
    /// A UPI request to an address.
    UpiCollect(Vpa),
    /// A `upi://pay` link.
    UpiIntent {
        /// Whether a QR code is wanted.
        qr: bool,
    },
    /// A bank's login page.
    Netbanking(PayCode),
    /// A wallet.
    Wallet(WalletCode),
    /// The loyalty points of a card.
    Points {
        /// The card's number.
        number: CardNumber,
        /// By which the card's bank knows the payer.
        mobile: MobileNumber,
    },
    /// Instalments on a card.
    CardEmi {
        /// Which kind of card.
        on: EmiCard,
        /// The card.
        card: PaidByCard,
        /// Over how many months.
        tenure: Tenure,
    },
    /// Instalments without a card.
    CardlessEmi {
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// The same, where the merchant has it.
        pan: Option<PanNumber>,
        /// Over how many months.
        tenure: Tenure,
    },
    /// Pay Later.
    PayLater {
        /// The lender.
        provider: PayLaterProvider,
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// The payer's device; it is there where the lender needs it.
        device: Option<Device>,
    },
}

/// A text that must be there.
pub(super) fn required<T, E: std::fmt::Display>(
    at: &At<'_>,
    raw: &Text<'_>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, InvalidRequest> {
    text(at, raw, parse)?.ok_or_else(|| at.refuse("must not be empty"))
}

/// An object that must be there.
fn given<'r, T>(at: &At<'_>, raw: Option<&'r Object<T>>) -> Result<&'r T, InvalidRequest> {
    raw.and_then(|raw| raw.0.as_ref()).ok_or_else(|| at.refuse("must not be empty"))
}

impl RawPayment<'_> {
    /// Reads what the payment at `payment` is made with.
    pub(super) fn with(&self, payment: &At<'_>, method: Method) -> Result<PayWith, InvalidRequest> {
        let at = payment.key("payment_option");
        let option = self.payment_option.0.as_ref();
        let card = || {
            let at = at.key("card_details");
            given(&at, option.map(|option| &option.card))?.parse(&at)
        };
        let tenure = || tenure(payment, &self.offer_data);
        Ok(match method {
            Method::Card => PayWith::Card(card()?),
            Method::Upi => {
                let at = at.key("upi_details");
                given(&at, option.map(|option| &option.upi))?.parse(&at)?
            }
            Method::Netbanking => {
                let at = at.key("netbanking_details");
                given(&at, option.map(|option| &option.netbanking))?.parse(&at)?
            }
            Method::Wallet => {
                let at = at.key("wallet_details");
                let raw = given(&at, option.map(|option| &option.wallet))?;
                let code = required(&at.key("wallet_code"), &raw.wallet_code, WalletCode::parse)?;
                PayWith::Wallet(code)
            }
            Method::Points => {
                let at = at.key("points_card_details");
                given(&at, option.map(|option| &option.points))?.parse(&at)?
            }
            Method::CreditEmi => {
                PayWith::CardEmi { on: EmiCard::Credit, card: card()?, tenure: tenure()? }
            }
            Method::DebitEmi => {
                PayWith::CardEmi { on: EmiCard::Debit, card: card()?, tenure: tenure()? }
            }
            Method::CardlessEmi => {
                let at = at.key("cardless_details");
                let raw = given(&at, option.map(|option| &option.cardless))?;
                let (mobile, pan) = raw.parse(&at)?;
                PayWith::CardlessEmi { mobile, pan, tenure: tenure()? }
            }
            Method::Bnpl => {
                let at = at.key("bnpl_details");
                let raw = given(&at, option.map(|option| &option.pay_later))?;
                let mobile_at = at.key("mobile");
                let mobile = required(&mobile_at, &raw.mobile.0, pay_later::parse_mobile)?;
                let provider = provider(&at.key("bnpl_pay_code"), &raw.bnpl_pay_code)?;
                let device = device(payment, &self.device_info, provider)?;
                PayWith::PayLater { provider, mobile, device }
            }
        })
    }
}

/// A mobile number that a bank or lender knows the payer by.
fn mobile(
    at: &At<'_>,
    raw: &TextOrNumber<'_>,
    length_min: usize,
) -> Result<MobileNumber, InvalidRequest> {
    required(at, &raw.0, |text| MobileNumber::parse(text, length_min))
}

impl RawPoints<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        let number = required(&at.key("card_number"), &self.card_number, CardNumber::parse)?;
        let last4 = number.last4();
        text(&at.key("card_last4"), &self.card_last4.0, |digits| {
            let same = digits == last4.as_str();
            same.then_some(()).ok_or("must be the last 4 digits of the card number")
        })?;
        let at = at.key("registered_mobile_number");
        let min = MobileNumber::LENGTH_MIN_LINK;
        let mobile = mobile(&at, &self.registered_mobile_number, min)?;
        Ok(PayWith::Points { number, mobile })
    }
}

impl RawCardless<'_> {
    fn parse(&self, at: &At<'_>) -> Result<(MobileNumber, Option<PanNumber>), InvalidRequest> {
        let whole = text(&at.key("pan_number"), &self.pan_number, PanNumber::parse)?;
        let last = text(&at.key("pan_last_digits"), &self.pan_last_digits.0, PanNumber::parse)?;
        let at = at.key("registered_mobile_number");
        let min = MobileNumber::LENGTH_MIN_ORDER;
        Ok((mobile(&at, &self.registered_mobile_number, min)?, whole.or(last)))
    }
}

impl RawCard<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PaidByCard, InvalidRequest> {
        let number = required(&at.key("card_number"), &self.card_number, CardNumber::parse)?;
        let brand = number.brand();
        let cvv = required(&at.key("cvv"), &self.cvv, |text| Cvv::parse(text, brand))?;
        let month_at = at.key("expiry_month");
        // The month is read beside a year that is right, so that each is blamed for itself.
        let month = required(&month_at, &self.expiry_month.0, |month| {
            CardExpiry::parse(month, "2000").map(|_| month.to_owned())
        })?;
        let expiry = required(&at.key("expiry_year"), &self.expiry_year.0, |year| {
            CardExpiry::parse(&month, year)
        })?;
        let name = CardholderName::parse(self.name.given().unwrap_or_default())
            .map_err(|problem| at.key("name").refuse(problem))?;
        Ok(PaidByCard { number, cvv, expiry, name })
    }
}

impl RawUpi<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        let qr = self.upi_qr.0.unwrap_or(false);
        let mode_at = at.key("txn_mode");
        match self.txn_mode.given() {
            Some(mode) if mode.eq_ignore_ascii_case("INTENT") => Ok(PayWith::UpiIntent { qr }),
            Some(mode) if mode.eq_ignore_ascii_case("COLLECT") => {
                if qr {
                    let qr_at = at.key("upi_qr");
                    return Err(qr_at.refuse("must be false where Txn Mode is COLLECT"));
                }
                let payer_at = at.key("payer");
                let payer = self.payer.0.as_ref();
                let payer = payer.ok_or_else(|| payer_at.refuse("must not be empty"))?;
                let vpa = required(&payer_at.key("vpa"), &payer.vpa, Vpa::parse)?;
                Ok(PayWith::UpiCollect(vpa))
            }
            _ => Err(mode_at.refuse("must be COLLECT or INTENT")),
        }
    }
}

impl RawNetbanking<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        // What it may be is not documented; it is a word like the pay code.
        text(&at.key("txn_mode"), &self.txn_mode, PayCode::parse)?;
        required(&at.key("pay_code"), &self.pay_code, PayCode::parse).map(PayWith::Netbanking)
    }
}
