//! `POST /api/PaymentURL/CreatePaymentURL`: the terms of a new link.

use deodar_domain::customer::{CountryCode, Customer, Email, MobileNumber};
use deodar_domain::legacy::{
    DESCRIPTION_LENGTH_MAX, MOBILE_LENGTH, PRODUCT_CODE_LENGTH_MAX, PaymentMode,
};
use deodar_domain::merchant::Merchant;
use deodar_domain::method::MethodSet;
use deodar_domain::money::{AMOUNT_MAX_PAISE, AMOUNT_MIN_PAISE, Money};
use deodar_domain::purchase::Product;
use deodar_domain::terms::{Dialect, Terms};
use deodar_domain::text::{Description, ProductCode};

use super::LegacyRefusal;
use super::form::{LegacyForm, whole_number};

impl LegacyForm<'_> {
    /// What a new link of `merchant` is for, checked in the API's own order. What the merchant may
    /// do beside brand EMI is the engine's to check.
    pub fn new_link(&self, merchant: &Merchant) -> Result<Terms, LegacyRefusal> {
        let amount = self.required("AMOUNT", LegacyRefusal::Amount, amount)?;
        let reference = self.reference()?;
        let modes = self.required("PAYMENT_MODE", LegacyRefusal::Failure, modes)?;
        let description =
            self.optional("PRODUCT_DESCRIPTION", LegacyRefusal::Description, description)?;
        let product_code = self.product(merchant)?;
        let email = |text: &str| Email::parse(text).ok();
        let email = self.optional("CUSTOMER_EMAIL_ID", LegacyRefusal::Email, email)?;
        let mobile = self.optional("CUSTOMER_MOBILE_NO", LegacyRefusal::Mobile, mobile)?;
        let is_known = email.is_some() || mobile.is_some();
        let country_code = mobile.is_some().then(CountryCode::india);
        let customer = Customer { email, mobile, country_code, ..Customer::default() };
        let product = |code| Product { code: Some(code), amount: None, coupon_discount: None };
        Ok(Terms {
            description,
            pre_auth: modes.pre_auth,
            allowed_methods: modes.methods,
            customer: is_known.then_some(customer),
            products: product_code.map(|code| vec![product(code)]),
            dialect: Dialect::Legacy,
            ..Terms::plain(reference, amount)
        })
    }

    /// The product whose brand may pay for instalments.
    fn product(&self, merchant: &Merchant) -> Result<Option<ProductCode>, LegacyRefusal> {
        let code = self.optional("PRODUCT_CODE", LegacyRefusal::ProductCode, product_code)?;
        match code {
            Some(_) if !merchant.switches.brand_emi => Err(LegacyRefusal::BrandEmiOff),
            None if !merchant.switches.brand_emi => Ok(None),
            Some(code) if merchant.brand_products.contains(&code) => Ok(Some(code)),
            _ => Err(LegacyRefusal::UnknownProduct),
        }
    }
}

fn amount(text: &str) -> Option<Money> {
    let paise = whole_number(text)?;
    (AMOUNT_MIN_PAISE..=AMOUNT_MAX_PAISE).contains(&paise).then(|| Money::paise(paise))
}

/// How a link can be paid.
struct Modes {
    methods: MethodSet,
    pre_auth: bool,
}

/// Reads one id or a comma list of them. Prebooking stands alone: a link's money is held, or it is
/// taken.
fn modes(text: &str) -> Option<Modes> {
    let modes: Option<Vec<PaymentMode>> =
        text.split(',').map(|id| PaymentMode::from_id(id.trim_matches(' '))).collect();
    let modes = modes?;
    let pre_auth = modes.contains(&PaymentMode::Prebooking);
    let is_clear = !pre_auth || modes.iter().all(|mode| *mode == PaymentMode::Prebooking);
    let methods = modes.iter().map(|mode| mode.method()).collect();
    is_clear.then_some(Modes { methods, pre_auth })
}

fn description(text: &str) -> Option<Description> {
    let fits = text.chars().count() <= DESCRIPTION_LENGTH_MAX;
    Description::parse(text).ok().filter(|_| fits)
}

fn product_code(text: &str) -> Option<ProductCode> {
    let fits = text.chars().count() <= PRODUCT_CODE_LENGTH_MAX;
    ProductCode::parse(text).ok().filter(|_| fits)
}

fn mobile(text: &str) -> Option<MobileNumber> {
    let fits = text.chars().count() == MOBILE_LENGTH;
    MobileNumber::parse(text, MOBILE_LENGTH).ok().filter(|_| fits)
}
