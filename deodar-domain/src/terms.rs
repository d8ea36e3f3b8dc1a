//! What an order is for: everything that is fixed when it is made.

use crate::account::BankAccount;
use crate::customer::Customer;
use crate::merchant::PassedOnFee;
use crate::method::MethodSet;
use crate::money::Money;
use crate::purchase::{CartItem, Metadata, Product};
use crate::reference::MerchantReference;
use crate::split::SplitInfo;
use crate::text::Description;
use crate::url::MerchantUrl;

/// How the merchant's site reaches the payer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntegrationMode {
    /// The merchant's own pages, or a payment link.
    Seamless,
    /// The hosted page.
    Redirect,
    /// The hosted page in a frame.
    Iframe,
}

/// Which API an order was made by, and so in whose words its payer goes back to the merchant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dialect {
    /// The v2 API.
    #[default]
    V2,
    /// The legacy Pay by Link API.
    Legacy,
}

/// The terms of an order. They never change after it is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The merchant's reference of the order, or of its link.
    pub reference: MerchantReference,
    /// What is to be paid.
    pub amount: Money,
    /// What it is for (a link's `description`, an order's `notes`).
    pub description: Option<Description>,
    /// Whether the money is only held until the merchant captures it.
    pub pre_auth: bool,
    /// Whether the payer may pay in parts.
    pub part_payment: bool,
    /// Whether the payer may pay in a foreign currency.
    pub multi_currency: bool,
    /// The methods that the order may be paid by. Empty only until the order is made, and then it
    /// asks for all that the merchant has.
    pub allowed_methods: MethodSet,
    /// Where the payer goes back to.
    pub callback_url: Option<MerchantUrl>,
    /// Where the payer goes back to after a failure.
    pub failure_callback_url: Option<MerchantUrl>,
    /// Who pays.
    pub customer: Option<Customer>,
    /// What is bought.
    pub products: Option<Vec<Product>>,
    /// The items of the cart, shown to the payer.
    pub cart: Option<Vec<Product>>,
    /// The items of the cart in the form that orders have, shown to the payer.
    pub cart_items: Option<Vec<CartItem>>,
    /// What a coupon took off the whole cart.
    pub cart_coupon_discount: Option<Money>,
    /// The merchant's own pairs of text.
    pub metadata: Option<Metadata>,
    /// How the payment is split.
    pub split: Option<SplitInfo>,
    /// The bank account that alone may pay.
    pub account: Option<BankAccount>,
    /// How the merchant's site reaches the payer.
    pub integration_mode: IntegrationMode,
    /// Which API it was made by.
    pub dialect: Dialect,
    /// The convenience fee that the amount contains, as the merchant had it when the order was made:
    /// it is told to the payer, and moves no money.
    pub passed_on_fee: Option<PassedOnFee>,
}

impl Terms {
    /// An amount and a reference, and nothing else that could be said.
    pub const fn plain(reference: MerchantReference, amount: Money) -> Self {
        Self {
            reference,
            amount,
            description: None,
            pre_auth: false,
            part_payment: false,
            multi_currency: false,
            allowed_methods: MethodSet::EMPTY,
            callback_url: None,
            failure_callback_url: None,
            customer: None,
            products: None,
            cart: None,
            cart_items: None,
            cart_coupon_discount: None,
            metadata: None,
            split: None,
            account: None,
            integration_mode: IntegrationMode::Seamless,
            dialect: Dialect::V2,
            passed_on_fee: None,
        }
    }

    /// How much of `amount`, of this order, is the convenience fee; `None` where it is nothing.
    pub fn fee_of(&self, amount: Money) -> Option<Money> {
        self.passed_on_fee.map(|fee| fee.part_of(amount)).filter(|fee| !fee.is_zero())
    }

    /// Whether a repeated request with `other` terms is the same deal, so that it is a replay and its
    /// reference no duplicate: amount, currency, pre-authorisation, part payment, split and account
    /// decide; everything else may differ. A legacy request has no words for the last three, and is
    /// compared without them.
    pub fn same_deal(&self, other: &Self) -> bool {
        if self.amount != other.amount || self.pre_auth != other.pre_auth {
            return false;
        }
        other.dialect == Dialect::Legacy
            || self.part_payment == other.part_payment
                && self.split == other.split
                && self.account == other.account
    }
}
