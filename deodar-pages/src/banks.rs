//! The banks that netbanking offers, by the pay codes that acquirers know them by.

use deodar_domain::instrument::PayCode;

/// A bank's pay code and name.
pub(crate) struct Bank {
    /// The code, `NB1531`.
    pub(crate) code: &'static str,
    /// The name that payers know.
    pub(crate) name: &'static str,
}

/// The banks, the most used ones first, then by name.
pub(crate) const BANKS: [Bank; 22] = [
    Bank { code: "NB1531", name: "State Bank of India" },
    Bank { code: "NB1007", name: "HDFC Bank" },
    Bank { code: "NB1016", name: "ICICI Bank" },
    Bank { code: "NB1004", name: "Axis Bank" },
    Bank { code: "NB1148", name: "Kotak Mahindra Bank" },
    Bank { code: "NB1001", name: "AU Small Finance Bank" },
    Bank { code: "NB1002", name: "Bandhan Bank" },
    Bank { code: "NB1003", name: "Bank of Baroda" },
    Bank { code: "NB1005", name: "Bank of India" },
    Bank { code: "NB1006", name: "Bank of Maharashtra" },
    Bank { code: "NB1008", name: "Canara Bank" },
    Bank { code: "NB1009", name: "Central Bank of India" },
    Bank { code: "NB1010", name: "Federal Bank" },
    Bank { code: "NB1011", name: "IDBI Bank" },
    Bank { code: "NB1012", name: "IDFC FIRST Bank" },
    Bank { code: "NB1013", name: "Indian Bank" },
    Bank { code: "NB1014", name: "Indian Overseas Bank" },
    Bank { code: "NB1015", name: "IndusInd Bank" },
    Bank { code: "NB1017", name: "Punjab National Bank" },
    Bank { code: "NB1018", name: "RBL Bank" },
    Bank { code: "NB1019", name: "Union Bank of India" },
    Bank { code: "NB1020", name: "Yes Bank" },
];

/// The bank of a pay code, if the page offers it.
pub(crate) fn find(code: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.code.eq_ignore_ascii_case(code.trim()))
}

/// The pay code of a choice on the page; `None` where the page does not offer it.
pub(crate) fn pay_code(choice: &str) -> Option<PayCode> {
    find(choice).and_then(|bank| PayCode::parse(bank.code).ok())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_bank_has_a_code_of_its_own_that_can_be_paid_with() {
        let codes: HashSet<&str> = BANKS.iter().map(|bank| bank.code).collect();
        assert_eq!(codes.len(), BANKS.len());
        for bank in &BANKS {
            assert_eq!(pay_code(bank.code).expect("a pay code").as_str(), bank.code);
        }
        assert_eq!(find("nb1531").expect("a bank").name, "State Bank of India");
    }

    #[test]
    fn a_bank_that_is_not_offered_is_refused() {
        for choice in ["", "NB0000", "<script>"] {
            assert!(pay_code(choice).is_none(), "{choice}");
        }
    }
}
