//! What is paid with, as JSON. What holds a secret is wiped when it is dropped.

use deodar_acquirer::{CardDetails, Instrument};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::{PanNumber, Tenure};
use deodar_domain::instrument::{EmiCard, PayCode, WalletCode};
use deodar_domain::pay_later::{Device, DeviceText, PayLaterProvider};
use deodar_domain::upi::Vpa;
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use super::wire::BadField;

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WireCard {
    number: String,
    cvv: String,
    expiry_month: u8,
    expiry_year: u16,
    name: String,
}

impl WireCard {
    fn of(card: &CardDetails) -> Self {
        Self {
            number: card.number.expose().to_owned(),
            cvv: card.cvv.expose().to_owned(),
            expiry_month: card.expiry.month(),
            expiry_year: card.expiry.year(),
            name: card.name.as_str().to_owned(),
        }
    }

    fn read(&self) -> Result<CardDetails, BadField> {
        let number = read_number(&self.number)?;
        let cvv = Cvv::parse(&self.cvv, number.brand()).map_err(|_| BadField("card.cvv"))?;
        let month = self.expiry_month.to_string();
        let expiry = CardExpiry::parse(&month, &self.expiry_year.to_string())
            .map_err(|_| BadField("card.expiry"))?;
        let name = CardholderName::parse(&self.name).map_err(|_| BadField("card.name"))?;
        Ok(CardDetails { number, cvv, expiry, name })
    }
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WirePoints {
    number: String,
    mobile: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct WireCardEmi {
    on: String,
    card: WireCard,
    tenure: u16,
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WireCardlessEmi {
    mobile: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pan: Option<String>,
    tenure: u16,
}

#[derive(Serialize, Deserialize)]
pub(super) struct WirePayLater {
    provider: String,
    mobile: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<WireDevice>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct WireDevice {
    operating_system: Option<String>,
    source_ip_address: Option<String>,
    browser_ip_address: Option<String>,
    browser_user_agent: Option<String>,
    device_model: Option<String>,
    device_manufacturer: Option<String>,
}

impl WireDevice {
    pub(super) fn of(device: &Device) -> Self {
        let text = |field: &Option<DeviceText>| field.as_ref().map(|text| text.as_str().to_owned());
        Self {
            operating_system: text(&device.operating_system),
            source_ip_address: text(&device.source_ip_address),
            browser_ip_address: text(&device.browser_ip_address),
            browser_user_agent: text(&device.browser_user_agent),
            device_model: text(&device.device_model),
            device_manufacturer: text(&device.device_manufacturer),
        }
    }

    pub(super) fn read(&self) -> Result<Device, BadField> {
        let text = |field: &Option<String>| {
            field.as_deref().map(DeviceText::parse).transpose().map_err(|_| BadField("device"))
        };
        Ok(Device {
            operating_system: text(&self.operating_system)?,
            source_ip_address: text(&self.source_ip_address)?,
            browser_ip_address: text(&self.browser_ip_address)?,
            browser_user_agent: text(&self.browser_user_agent)?,
            device_model: text(&self.device_model)?,
            device_manufacturer: text(&self.device_manufacturer)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireInstrument {
    Card(WireCard),
    UpiCollect(String),
    UpiIntent,
    Netbanking(String),
    Wallet(String),
    Points(WirePoints),
    CardEmi(WireCardEmi),
    CardlessEmi(WireCardlessEmi),
    PayLater(WirePayLater),
}

impl WireInstrument {
    pub(super) fn of(instrument: &Instrument) -> Self {
        match instrument {
            Instrument::Card(card) => Self::Card(WireCard::of(card)),
            Instrument::UpiCollect(vpa) => Self::UpiCollect(vpa.as_str().to_owned()),
            Instrument::UpiIntent => Self::UpiIntent,
            Instrument::Netbanking(code) => Self::Netbanking(code.as_str().to_owned()),
            Instrument::Wallet(code) => Self::Wallet(code.as_str().to_owned()),
            Instrument::Points { number, mobile } => Self::Points(WirePoints {
                number: number.expose().to_owned(),
                mobile: mobile.as_str().to_owned(),
            }),
            Instrument::CardEmi { on, card, tenure } => Self::CardEmi(WireCardEmi {
                on: emi_card_name(*on).to_owned(),
                card: WireCard::of(card),
                tenure: tenure.months(),
            }),
            Instrument::CardlessEmi { mobile, pan, tenure } => Self::CardlessEmi(WireCardlessEmi {
                mobile: mobile.as_str().to_owned(),
                pan: pan.as_ref().map(|pan| pan.expose().to_owned()),
                tenure: tenure.months(),
            }),
            Instrument::PayLater { provider, mobile, device } => Self::PayLater(WirePayLater {
                provider: provider.name().to_owned(),
                mobile: mobile.as_str().to_owned(),
                device: device.as_ref().map(WireDevice::of),
            }),
        }
    }

    pub(super) fn read(&self) -> Result<Instrument, BadField> {
        Ok(match self {
            Self::Card(card) => Instrument::Card(card.read()?),
            Self::UpiCollect(vpa) => {
                Instrument::UpiCollect(Vpa::parse(vpa).map_err(|_| BadField("vpa"))?)
            }
            Self::UpiIntent => Instrument::UpiIntent,
            Self::Netbanking(code) => {
                Instrument::Netbanking(PayCode::parse(code).map_err(|_| BadField("pay_code"))?)
            }
            Self::Wallet(code) => {
                Instrument::Wallet(WalletCode::parse(code).map_err(|_| BadField("wallet_code"))?)
            }
            Self::Points(points) => Instrument::Points {
                number: read_number(&points.number)?,
                mobile: read_mobile(&points.mobile)?,
            },
            Self::CardEmi(emi) => Instrument::CardEmi {
                on: read_emi_card(&emi.on)?,
                card: emi.card.read()?,
                tenure: read_tenure(emi.tenure)?,
            },
            Self::CardlessEmi(emi) => Instrument::CardlessEmi {
                mobile: read_mobile(&emi.mobile)?,
                pan: emi
                    .pan
                    .as_deref()
                    .map(PanNumber::parse)
                    .transpose()
                    .map_err(|_| BadField("pan"))?,
                tenure: read_tenure(emi.tenure)?,
            },
            Self::PayLater(later) => Instrument::PayLater {
                provider: read_provider(&later.provider)?,
                mobile: read_mobile(&later.mobile)?,
                device: later.device.as_ref().map(WireDevice::read).transpose()?,
            },
        })
    }
}

const fn emi_card_name(on: EmiCard) -> &'static str {
    match on {
        EmiCard::Credit => "credit",
        EmiCard::Debit => "debit",
    }
}

fn read_emi_card(name: &str) -> Result<EmiCard, BadField> {
    [EmiCard::Credit, EmiCard::Debit]
        .into_iter()
        .find(|on| emi_card_name(*on) == name)
        .ok_or(BadField("emi card"))
}

pub(super) fn read_number(text: &str) -> Result<CardNumber, BadField> {
    CardNumber::parse(text).map_err(|_| BadField("card.number"))
}

pub(super) fn read_provider(name: &str) -> Result<PayLaterProvider, BadField> {
    PayLaterProvider::from_name(name).ok_or(BadField("provider"))
}

pub(super) fn read_tenure(months: u16) -> Result<Tenure, BadField> {
    Tenure::of_months(months).ok_or(BadField("tenure"))
}

/// The gateway has judged the number's length by its own rules; the bank takes any.
fn read_mobile(text: &str) -> Result<MobileNumber, BadField> {
    MobileNumber::parse(text, 1).map_err(|_| BadField("mobile"))
}
