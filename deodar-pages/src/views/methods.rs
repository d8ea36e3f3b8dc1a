//! The methods of the form, and what each of them asks for.
//!
//! A field that several methods ask for is there once: what was typed stays when the payer changes
//! the method, and no two fields have one name. Which fields are seen is the stylesheet's, by the
//! classes `in-<METHOD>`.

use deodar_domain::method::Method;

use super::input::{Entry, Input, Inputs, Select};
use super::lender;
use super::notes::Field;
use super::plans::{Offer, Plans};
use crate::banks::BANKS;
use crate::offers::Offers;
use crate::texts::{Texts, fill};
use crate::wallets::WALLETS;
use crate::{mobile, schemes};

/// A method that can be chosen.
pub(crate) struct Choice {
    pub(super) method: Method,
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
    pub(super) checked: bool,
}

/// The fields of a card.
pub(crate) struct CardFields {
    pub(super) number: Input,
    pub(super) expiry: Input,
    pub(super) cvv: Input,
    pub(super) name: Input,
}

/// The methods, and their fields as far as a method asks for them.
pub(crate) struct Methods {
    pub(super) choices: Vec<Choice>,
    pub(super) wrong: bool,
    pub(super) card: Option<CardFields>,
    pub(super) upi_id: Option<Input>,
    pub(super) bank: Option<Select>,
    pub(super) wallet: Option<Select>,
    pub(super) provider: Option<Select>,
    pub(super) mobile: Option<Input>,
    pub(super) plans: Vec<Plans>,
    pub(super) offer: Option<Offer>,
}

const CARDS: [Method; 4] = [Method::Card, Method::Points, Method::CreditEmi, Method::DebitEmi];
const MOBILES: [Method; 3] = [Method::Points, Method::CardlessEmi, Method::Bnpl];

impl Methods {
    /// The methods of an order that has these to offer. `is_part` tells that the payer may pay a
    /// part.
    pub(super) fn new(inputs: &Inputs<'_>, offers: &Offers, is_part: bool) -> Self {
        let t = inputs.t;
        let has = |method: Method| offers.methods.contains(method);
        let any = |methods: &[Method]| methods.iter().any(|method| has(*method));
        Self {
            choices: choices(t, offers, inputs.notes.method),
            wrong: inputs.is_wrong(Field::Method),
            card: any(&CARDS).then(|| card(inputs)),
            upi_id: has(Method::Upi).then(|| upi_id(inputs)),
            bank: has(Method::Netbanking).then(|| bank(inputs)),
            wallet: has(Method::Wallet).then(|| wallet(inputs)),
            provider: has(Method::Bnpl).then(|| provider(inputs, offers)),
            mobile: any(&MOBILES).then(|| mobile(inputs, offers)),
            plans: Plans::all(inputs, offers, is_part),
            offer: has(Method::Bnpl).then(|| Offer::of(inputs, offers)).flatten(),
        }
    }
}

fn choices(t: &'static Texts, offers: &Offers, chosen: Option<Method>) -> Vec<Choice> {
    let offered = offers.methods;
    let chosen = chosen.filter(|method| offered.contains(*method));
    let checked = chosen.or_else(|| offered.iter().next());
    let choice = |method| Choice {
        method,
        name: t.method_name(method),
        hint: t.method_hint(method),
        checked: Some(method) == checked,
    };
    offered.iter().map(choice).collect()
}

fn card(inputs: &Inputs<'_>) -> CardFields {
    let t = inputs.t;
    let whole = "in-CARD in-CREDIT_EMI in-DEBIT_EMI";
    CardFields {
        number: Input {
            class: "in-CARD in-POINTS in-CREDIT_EMI in-DEBIT_EMI",
            mode: "numeric",
            length: 23,
            schemes: schemes::ranges(),
            ..inputs.make(Field::CardNumber, t.card_number, "cc-number")
        },
        expiry: Input {
            mode: "numeric",
            length: 9,
            example: t.expiry_example,
            ..inputs.make(Field::Expiry, t.expiry, "cc-exp")
        },
        cvv: Input {
            mode: "numeric",
            length: 4,
            kind: "password",
            ..inputs.make(Field::Cvv, t.cvv, "cc-csc")
        },
        name: Input { class: whole, ..inputs.make(Field::CardName, t.card_name, "cc-name") },
    }
}

fn upi_id(inputs: &Inputs<'_>) -> Input {
    let t = inputs.t;
    Input {
        class: "in-UPI",
        mode: "email",
        length: 255,
        example: t.upi_id_example,
        hint: Some(t.upi_collect_hint.to_owned()),
        ..inputs.make(Field::UpiId, t.upi_id, "off")
    }
}

fn bank(inputs: &Inputs<'_>) -> Select {
    let t = inputs.t;
    let entry = |bank: &'static crate::banks::Bank| Entry {
        value: bank.code,
        name: bank.name,
        chosen: false,
    };
    let entries = BANKS.iter().map(entry).collect();
    let select = inputs.select(Field::Bank, t.bank, "in-NETBANKING", entries);
    Select { empty: t.bank_choose, hint: t.bank_hint, ..select }
}

fn wallet(inputs: &Inputs<'_>) -> Select {
    let t = inputs.t;
    let entry = |wallet: &'static crate::wallets::Wallet| Entry {
        value: wallet.code,
        name: wallet.name,
        chosen: false,
    };
    let entries = WALLETS.iter().map(entry).collect();
    let select = inputs.select(Field::Wallet, t.wallet, "in-WALLET", entries);
    Select { empty: t.wallet_choose, hint: t.wallet_hint, ..select }
}

fn provider(inputs: &Inputs<'_>, offers: &Offers) -> Select {
    let t = inputs.t;
    let only = offers.lenders.first().filter(|_| offers.lenders.len() == 1);
    let chosen = inputs.notes.provider.as_ref().or(only);
    let entry = |provider: &deodar_domain::pay_later::PayLaterProvider| Entry {
        value: provider.name(),
        name: lender(*provider),
        chosen: chosen == Some(provider),
    };
    let entries = offers.lenders.iter().map(entry).collect();
    let select = inputs.select(Field::Provider, t.provider, "in-BNPL", entries);
    Select { empty: t.provider_choose, ..select }
}

fn mobile(inputs: &Inputs<'_>, offers: &Offers) -> Input {
    let t = inputs.t;
    let known = offers.mobile.as_ref().map(|known| fill(t.mobile_known, mobile::ending(known)));
    Input {
        class: "in-POINTS in-CARDLESS_EMI in-BNPL",
        mode: "tel",
        length: 20,
        required: known.is_none(),
        hint: known.or_else(|| Some(t.mobile_hint.to_owned())),
        ..inputs.make(Field::Mobile, t.mobile_number, "tel-national")
    }
}
