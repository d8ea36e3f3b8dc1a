//! Whether a Pay Later lender would pay.

use deodar_domain::pay_later::Eligibility;
use serde::Serialize;
use utoipa::ToSchema;

use super::instalment::InstalmentJson;
use crate::schema::methods;

/// The answer of an eligibility check, a bare object.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Eligibility, description = "Whether a lender would pay")]
pub struct EligibilityJson {
    /// Whether it would.
    txn_eligibility: bool,
    metadata: MetadataJson,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EligibilityMetadata, description = "How much, and how it is paid back")]
struct MetadataJson {
    #[schema(schema_with = methods::credit_limit, required)]
    credit_limit_available_in_paise: String,
    /// How it would be paid back, where that is not by one bill.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    installments: Vec<InstalmentJson>,
}

impl EligibilityJson {
    /// The answer.
    pub fn of(eligibility: &Eligibility) -> Self {
        Self {
            txn_eligibility: eligibility.eligible,
            metadata: MetadataJson {
                credit_limit_available_in_paise: eligibility.limit.minor().to_string(),
                installments: InstalmentJson::all(&eligibility.instalments),
            },
        }
    }
}
