//! Whether a Pay Later lender would pay for a payer.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::device::DeviceInfo;
use crate::error::Error;
use crate::instalment::Instalment;
use crate::names::PayLaterProvider;
use crate::terms::Amount;

/// A question whether a Pay Later lender would pay an amount for a payer. It does not print the
/// mobile number.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct EligibilityCheck {
    /// The mobile number by which the lender knows the payer: ten digits, of which the first may be
    /// hidden (`xxxxxx2032`).
    pub mobile: String,
    /// The lender.
    #[serde(rename = "pay_code")]
    pub provider: PayLaterProvider,
    /// How much.
    pub amount: Amount,
    /// The payer's device, where the merchant knows of it. Simpl must be told.
    #[serde(rename = "device_info", skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceInfo>,
}

impl fmt::Debug for EligibilityCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EligibilityCheck({}, {:?}, …)", self.provider, self.amount)
    }
}

/// What a Pay Later lender says before it is asked to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eligibility {
    /// Whether it would pay this amount for this payer.
    pub eligible: bool,
    /// How much more the payer may borrow in all, in paise, where the lender says.
    pub limit_paise: Option<u64>,
    /// How the amount would be paid back; empty where it is one bill.
    pub instalments: Vec<Instalment>,
}

#[derive(Deserialize)]
struct Told {
    txn_eligibility: bool,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    /// Text with the API's own gateway, and a number in its tables.
    #[serde(rename = "credit_limit_available_in_paise", deserialize_with = "paise")]
    limit: Option<u64>,
    #[serde(rename = "installments")]
    instalments: Vec<Instalment>,
}

fn paise<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

impl Client {
    /// Asks a Pay Later lender whether it would pay
    /// (`POST /api/payment-option/eligibility/bnpl`). That the payer is not eligible is no error.
    /// After ten questions about one mobile number in an hour the error is
    /// [`Code::ApiRateLimit`](crate::Code::ApiRateLimit).
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, DeviceInfo, EligibilityCheck, PayLaterProvider};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let check = EligibilityCheck {
    ///     mobile: "9876543210".to_owned(),
    ///     provider: PayLaterProvider::Simpl3,
    ///     amount: Amount::paise(3_400),
    ///     device: Some(DeviceInfo::default()),
    /// };
    /// let eligibility = client.check_eligibility(&check).await?;
    /// if eligibility.eligible {
    ///     for part in eligibility.instalments {
    ///         println!("{} paise by {:?}", part.paise, part.due);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn check_eligibility(&self, check: &EligibilityCheck) -> Result<Eligibility, Error> {
        let told: Told = self.post("/api/payment-option/eligibility/bnpl", check).await?;
        Ok(Eligibility {
            eligible: told.txn_eligibility,
            limit_paise: told.metadata.limit,
            instalments: told.metadata.instalments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_text_or_a_number_or_absent() {
        for (json, limit) in [
            (
                r#"{"txn_eligibility":true,"metadata":{"credit_limit_available_in_paise":"12"}}"#,
                Some(12),
            ),
            (
                r#"{"txn_eligibility":true,"metadata":{"credit_limit_available_in_paise":12}}"#,
                Some(12),
            ),
            (r#"{"txn_eligibility":true,"metadata":{}}"#, None),
            (r#"{"txn_eligibility":true}"#, None),
        ] {
            let told: Told = serde_json::from_str(json).unwrap();
            assert_eq!(told.metadata.limit, limit, "{json}");
        }
    }

    #[test]
    fn a_question_does_not_print_who_it_is_about() {
        let check = EligibilityCheck {
            mobile: "9876543210".to_owned(),
            provider: PayLaterProvider::Lazypay,
            amount: Amount::paise(100),
            device: None,
        };
        assert!(!format!("{check:?}").contains("9876"));
    }
}
