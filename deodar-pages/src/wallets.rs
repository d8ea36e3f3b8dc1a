//! The wallets that the page offers, by the codes that acquirers know them by.

use deodar_domain::instrument::WalletCode;

/// A wallet's code and name.
pub(crate) struct Wallet {
    /// The code, `AMAZON_PAY`.
    pub(crate) code: &'static str,
    /// The name that payers know.
    pub(crate) name: &'static str,
}

/// The wallets, the most used ones first.
pub(crate) const WALLETS: [Wallet; 8] = [
    Wallet { code: "PHONEPE", name: "PhonePe" },
    Wallet { code: "PAYTM", name: "Paytm" },
    Wallet { code: "AMAZON_PAY", name: "Amazon Pay" },
    Wallet { code: "MOBIKWIK", name: "MobiKwik" },
    Wallet { code: "FREECHARGE", name: "Freecharge" },
    Wallet { code: "AIRTEL_MONEY", name: "Airtel Money" },
    Wallet { code: "JIO_MONEY", name: "JioMoney" },
    Wallet { code: "OLA_MONEY", name: "Ola Money" },
];

/// The wallet of a code, if the page offers it.
pub(crate) fn find(code: &str) -> Option<&'static Wallet> {
    WALLETS.iter().find(|wallet| wallet.code.eq_ignore_ascii_case(code.trim()))
}

/// The code of a choice on the page; `None` where the page does not offer it.
pub(crate) fn wallet_code(choice: &str) -> Option<WalletCode> {
    find(choice).and_then(|wallet| WalletCode::parse(wallet.code).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wallet_can_be_paid_with() {
        for wallet in &WALLETS {
            assert_eq!(wallet_code(wallet.code).expect("a code").as_str(), wallet.code);
        }
        for choice in ["", "CASH", "<script>"] {
            assert!(wallet_code(choice).is_none(), "{choice}");
        }
    }
}
