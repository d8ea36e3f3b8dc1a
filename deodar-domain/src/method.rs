//! Payment methods.

use std::fmt;

/// How a payer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// A credit, debit or prepaid card.
    Card,
    /// The Unified Payments Interface of the NPCI.
    Upi,
    /// The payer's bank, by its own login page.
    Netbanking,
    /// A prepaid wallet.
    Wallet,
    /// Loyalty points of a card.
    Points,
    /// Instalments on a credit card.
    CreditEmi,
    /// Instalments on a debit card.
    DebitEmi,
    /// Instalments without a card.
    CardlessEmi,
    /// Pay Later.
    Bnpl,
}

impl Method {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Card,
        Self::Upi,
        Self::Netbanking,
        Self::Wallet,
        Self::Points,
        Self::CreditEmi,
        Self::DebitEmi,
        Self::CardlessEmi,
        Self::Bnpl,
    ];

    /// The method's name in the API, in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Upi => "UPI",
            Self::Netbanking => "NETBANKING",
            Self::Wallet => "WALLET",
            Self::Points => "POINTS",
            Self::CreditEmi => "CREDIT_EMI",
            Self::DebitEmi => "DEBIT_EMI",
            Self::CardlessEmi => "CARDLESS_EMI",
            Self::Bnpl => "BNPL",
        }
    }

    /// The two letters that a payment id carries for the method.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Card => "cc",
            Self::Upi => "up",
            Self::Netbanking => "nb",
            Self::Wallet => "wl",
            Self::Points => "pt",
            Self::CreditEmi => "ce",
            Self::DebitEmi => "de",
            Self::CardlessEmi => "cl",
            Self::Bnpl => "bn",
        }
    }

    /// The method of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(name))
    }

    /// The method of the two letters of a payment id.
    pub fn from_letters(letters: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.letters() == letters)
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of payment methods.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MethodSet(u16);

impl MethodSet {
    /// No method.
    pub const EMPTY: Self = Self(0);

    /// Every method.
    pub fn all() -> Self {
        Method::ALL.into_iter().collect()
    }

    /// Whether `method` is in the set.
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Whether there is no method in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The methods of both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The methods, in the order in which they are offered.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contains(*method))
    }
}

impl FromIterator<Method> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        Self(methods.into_iter().fold(0, |bits, method| bits | method.bit()))
    }
}

impl fmt::Debug for MethodSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
