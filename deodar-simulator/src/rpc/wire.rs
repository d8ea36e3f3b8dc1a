//! The calls as JSON. Amounts are in minor units, times in milliseconds.

use std::time::Duration;

use deodar_acquirer::{AuthorizeRequest, FollowOnRequest};
use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::money::{Currency, Money};
use deodar_domain::text::MerchantName;
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use super::wire_instrument::WireInstrument;

/// A field that is not what it should be. It names the field and never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadField(pub(super) &'static str);

#[derive(Serialize, Deserialize)]
pub(super) struct WireMoney {
    pub(super) minor: u64,
    pub(super) currency: String,
}

impl WireMoney {
    pub(super) fn of(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code().to_owned() }
    }

    pub(super) fn read(&self) -> Result<Money, BadField> {
        let currency = Currency::from_code(&self.currency).ok_or(BadField("amount.currency"))?;
        Ok(Money::new(self.minor, currency))
    }
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WireAccount {
    number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ifsc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank_name: Option<String>,
}

impl WireAccount {
    fn of(account: &BankAccount) -> Self {
        Self {
            number: account.number.as_str().to_owned(),
            ifsc: account.ifsc.as_ref().map(|ifsc| ifsc.as_str().to_owned()),
            bank_name: account.bank_name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }

    fn read(&self) -> Result<BankAccount, BadField> {
        let bad = |_| BadField("account");
        Ok(BankAccount {
            number: AccountNumber::parse(&self.number).map_err(bad)?,
            ifsc: self.ifsc.as_deref().map(Ifsc::parse).transpose().map_err(bad)?,
            bank_name: self.bank_name.as_deref().map(BankName::parse).transpose().map_err(bad)?,
        })
    }
}

/// `POST …/authorize`
#[derive(Serialize, Deserialize)]
pub(super) struct WireAuthorize {
    operation: String,
    merchant: u32,
    merchant_name: String,
    amount: WireMoney,
    hold: bool,
    instrument: WireInstrument,
    return_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<WireAccount>,
    lifetime_ms: u64,
    asked_beside: bool,
}

impl WireAuthorize {
    pub(super) fn of(request: &AuthorizeRequest) -> Self {
        Self {
            operation: request.operation.to_string(),
            merchant: request.merchant.as_u32(),
            merchant_name: request.merchant_name.as_str().to_owned(),
            amount: WireMoney::of(request.amount),
            hold: request.hold,
            instrument: WireInstrument::of(&request.instrument),
            return_url: request.return_url.clone(),
            account: request.account.as_ref().map(WireAccount::of),
            lifetime_ms: u64::try_from(request.lifetime.as_millis()).unwrap_or(u64::MAX),
            asked_beside: request.asked_beside,
        }
    }

    pub(super) fn read(&self) -> Result<AuthorizeRequest, BadField> {
        let name = MerchantName::parse(&self.merchant_name);
        Ok(AuthorizeRequest {
            operation: read_operation(&self.operation)?,
            merchant: MerchantId::new(self.merchant).ok_or(BadField("merchant"))?,
            merchant_name: name.map_err(|_| BadField("merchant_name"))?,
            amount: self.amount.read()?,
            hold: self.hold,
            instrument: self.instrument.read()?,
            return_url: self.return_url.clone(),
            account: self.account.as_ref().map(WireAccount::read).transpose()?,
            lifetime: Duration::from_millis(self.lifetime_ms),
            asked_beside: self.asked_beside,
        })
    }
}

/// `POST …/capture`, `…/void`, `…/refund`, `…/reverse`
#[derive(Serialize, Deserialize)]
pub(super) struct WireFollowOn {
    operation: String,
    authorization: String,
    amount: WireMoney,
}

impl WireFollowOn {
    pub(super) fn of(request: &FollowOnRequest) -> Self {
        Self {
            operation: request.operation.to_string(),
            authorization: request.authorization.to_string(),
            amount: WireMoney::of(request.amount),
        }
    }

    pub(super) fn read(&self) -> Result<FollowOnRequest, BadField> {
        Ok(FollowOnRequest {
            operation: read_operation(&self.operation)?,
            authorization: OperationId::parse(&self.authorization)
                .ok_or(BadField("authorization"))?,
            amount: self.amount.read()?,
        })
    }
}

/// `POST …/status`, `…/abandon`, `…/resend_challenge`
#[derive(Serialize, Deserialize)]
pub(super) struct WireOperation {
    operation: String,
}

impl WireOperation {
    pub(super) fn of(operation: OperationId) -> Self {
        Self { operation: operation.to_string() }
    }

    pub(super) fn read(&self) -> Result<OperationId, BadField> {
        read_operation(&self.operation)
    }
}

/// `POST …/answer_challenge`
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WireOtp {
    operation: String,
    pub(super) otp: String,
}

impl WireOtp {
    pub(super) fn of(operation: OperationId, otp: &str) -> Self {
        Self { operation: operation.to_string(), otp: otp.to_owned() }
    }

    pub(super) fn read(&self) -> Result<OperationId, BadField> {
        read_operation(&self.operation)
    }
}

/// `POST …/faults`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireFaults {
    #[serde(default)]
    pub(super) answer_delay_ms: u64,
    #[serde(default)]
    pub(super) status_delay_ms: u64,
}

fn read_operation(text: &str) -> Result<OperationId, BadField> {
    OperationId::parse(text).ok_or(BadField("operation"))
}
