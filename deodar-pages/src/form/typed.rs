//! What the payer typed for each method, read into an instrument.

use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::Tenure;
use deodar_domain::instrument::EmiCard;
use deodar_domain::method::Method;
use deodar_domain::pay_later::{Device, PayLaterProvider};
use deodar_domain::upi::Vpa;
use deodar_engine::Engine;
use deodar_engine::acquirer::{CardDetails, Instrument};

use super::{InvalidForm, Pairs, part};
use crate::place::Found;
use crate::views::{Field, MOBILE_KEPT, Notes, tenure_name};
use crate::{banks, mobile, wallets};

/// The form of a page, as it was typed.
pub(super) struct Typed<'a> {
    pub(super) pairs: &'a Pairs,
    pub(super) page: &'a Found,
    pub(super) engine: &'a Engine,
}

impl Typed<'_> {
    fn get(&self, field: Field) -> &str {
        self.pairs.get(field.name())
    }

    /// What the page says of a form that asks for nothing. What was chosen from a list is chosen
    /// again, so that nothing is chosen unseen.
    pub(super) fn notes(&self, method: Option<Method>, wrong: Vec<Field>) -> InvalidForm {
        let due = self.page.order.due();
        let amount = part(self.get(Field::Amount), due).ok().filter(|amount| *amount != due);
        InvalidForm::Fields(Notes {
            method,
            wrong,
            part: amount.map(|amount| amount.minor()),
            provider: self.provider().ok(),
            tenure: method.and_then(|method| self.tenure(method).ok()),
            mobile: self.kept_mobile(),
            ..Notes::default()
        })
    }

    /// What is paid with.
    pub(super) fn instrument(
        &self,
        method: Option<Method>,
        flow: &str,
        device: Device,
    ) -> Result<Instrument, Vec<Field>> {
        match method.ok_or_else(|| vec![Field::Method])? {
            Method::Card => self.card().map(Instrument::Card),
            Method::Upi if flow == "intent" => Ok(Instrument::UpiIntent),
            Method::Upi => Vpa::parse(self.get(Field::UpiId))
                .map(Instrument::UpiCollect)
                .map_err(|_| vec![Field::UpiId]),
            Method::Netbanking => banks::pay_code(self.get(Field::Bank))
                .map(Instrument::Netbanking)
                .ok_or_else(|| vec![Field::Bank]),
            Method::Wallet => wallets::wallet_code(self.get(Field::Wallet))
                .map(Instrument::Wallet)
                .ok_or_else(|| vec![Field::Wallet]),
            Method::Points => {
                let number = CardNumber::parse(self.get(Field::CardNumber));
                let (number, mobile) =
                    all(number.map_err(|_| vec![Field::CardNumber]), self.mobile())?;
                Ok(Instrument::Points { number, mobile })
            }
            Method::CreditEmi => self.card_emi(EmiCard::Credit, Method::CreditEmi),
            Method::DebitEmi => self.card_emi(EmiCard::Debit, Method::DebitEmi),
            Method::CardlessEmi => {
                let (mobile, tenure) = all(self.mobile(), self.tenure(Method::CardlessEmi))?;
                Ok(Instrument::CardlessEmi { mobile, pan: None, tenure })
            }
            Method::Bnpl => {
                let (provider, mobile) = self.account()?;
                Ok(Instrument::PayLater { provider, mobile, device: Some(device) })
            }
        }
    }

    fn card_emi(&self, on: EmiCard, method: Method) -> Result<Instrument, Vec<Field>> {
        let (card, tenure) = all(self.card(), self.tenure(method))?;
        Ok(Instrument::CardEmi { on, card, tenure })
    }

    fn card(&self) -> Result<CardDetails, Vec<Field>> {
        let number = CardNumber::parse(self.get(Field::CardNumber));
        let expiry = CardExpiry::parse_slashed(self.get(Field::Expiry))
            .and_then(|expiry| expiry.check_not_past(self.page.now).map(|()| expiry));
        // Without a number nobody knows how long its CVV is: it is judged with the number.
        let cvv_text = self.get(Field::Cvv);
        let cvv = number.as_ref().map_or_else(
            |_| if cvv_text.trim().is_empty() { Err(Field::Cvv) } else { Ok(None) },
            |number| Cvv::parse(cvv_text, number.brand()).map(Some).map_err(|_| Field::Cvv),
        );
        let name = CardholderName::parse(self.get(Field::CardName).trim());
        match (number, expiry, cvv, name) {
            (Ok(number), Ok(expiry), Ok(Some(cvv)), Ok(name)) => {
                Ok(CardDetails { number, cvv, expiry, name })
            }
            (number, expiry, cvv, name) => {
                let wrong = [
                    number.err().map(|_| Field::CardNumber),
                    expiry.err().map(|_| Field::Expiry),
                    cvv.err(),
                    name.err().map(|_| Field::CardName),
                ];
                Err(wrong.into_iter().flatten().collect())
            }
        }
    }

    /// The lender and the number of a Pay Later account.
    pub(super) fn account(&self) -> Result<(PayLaterProvider, MobileNumber), Vec<Field>> {
        all(self.provider(), self.mobile())
    }

    fn provider(&self) -> Result<PayLaterProvider, Vec<Field>> {
        let provider = PayLaterProvider::from_name(self.get(Field::Provider));
        provider.ok_or_else(|| vec![Field::Provider])
    }

    /// The number that was typed; where none was, the one that was typed on the page before, else
    /// the customer's.
    fn mobile(&self) -> Result<MobileNumber, Vec<Field>> {
        let typed = self.get(Field::Mobile);
        let mobile = if typed.trim().is_empty() {
            let kept = self.engine.open_mobile(&self.page.order, self.pairs.get(MOBILE_KEPT));
            kept.or_else(|| mobile::of_customer(&self.page.order))
        } else {
            mobile::read(typed)
        };
        mobile.ok_or_else(|| vec![Field::Mobile])
    }

    /// The typed number, sealed; where none was typed, the one of the page before.
    fn kept_mobile(&self) -> Option<String> {
        let typed = mobile::read(self.get(Field::Mobile));
        let sealed = typed.and_then(|typed| self.engine.seal_mobile(&self.page.order, &typed).ok());
        let before = self.pairs.get(MOBILE_KEPT).to_owned();
        sealed.or_else(|| Some(before).filter(|kept| !kept.is_empty()))
    }

    fn tenure(&self, method: Method) -> Result<Tenure, Vec<Field>> {
        let months = self.pairs.get(&tenure_name(method)).parse().ok();
        months.and_then(Tenure::of_months).ok_or_else(|| vec![Field::Tenure])
    }
}

/// Both of two readings, or all that is wrong, in their order.
pub(super) fn all<A, B>(
    first: Result<A, Vec<Field>>,
    second: Result<B, Vec<Field>>,
) -> Result<(A, B), Vec<Field>> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let mut wrong = first.err().unwrap_or_default();
            wrong.extend(second.err().unwrap_or_default());
            Err(wrong)
        }
    }
}
