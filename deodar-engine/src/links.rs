//! Payment links for merchants.

use deodar_domain::id::LinkNumber;
use deodar_domain::key::OrderKey;
use deodar_domain::link::LINK_LIFETIME_MAX;
use deodar_domain::merchant::Merchant;
use deodar_domain::message::MessageKind;
use deodar_domain::method::MethodSet;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_store::{ChangeSet, Conflict, RecordKey, ReferenceKey, Version};

use crate::commit::{CommitFailure, Extra};
use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::idempotency::Keep;
use crate::messages::reminder_at;

/// How often another key is drawn when one is taken.
pub(crate) const KEY_TRIES: u32 = 16;

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// What it is for. An empty set of allowed methods means all that the merchant has.
    pub terms: Terms,
    /// When it ends; 180 days from now where it is absent.
    pub expire_by: Option<Timestamp>,
}

/// Whether a request made something, or found what it made before.
#[derive(Clone, Debug)]
pub enum Made<T> {
    /// It is new.
    New(T),
    /// The same reference made it before.
    Existing(T),
}

impl Engine {
    /// Makes a link, or finds the one that the same request made before.
    pub async fn create_link(
        &self,
        merchant: &Merchant,
        new: NewLink,
    ) -> Result<Made<Order>, EngineError> {
        self.create_link_once(merchant, new, &Keep::nothing()).await
    }

    /// The same, for a call with a key: the answer of a new link is kept with it.
    pub async fn create_link_once(
        &self,
        merchant: &Merchant,
        new: NewLink,
        keep: &Keep<'_, Order>,
    ) -> Result<Made<Order>, EngineError> {
        let (NewLink { mut terms, expire_by }, now) = (new, self.now());
        let expire_by = match self.check_new(merchant, &mut terms, expire_by, now) {
            Ok(expire_by) => expire_by,
            // A repeat is answered whatever its expiry or the merchant's switches are by now.
            Err(error) => return self.replay_or(merchant, &terms, error).await,
        };
        for _ in 0..KEY_TRIES {
            let number = LinkNumber(self.link_numbers.next(&*self.parts.store).await?);
            let new_order = NewOrder {
                key: self.mint_order()?,
                merchant: merchant.id,
                terms,
                link: Some((number, expire_by)),
            };
            let (order, effects) = Order::create(new_order, now);
            let target = RecordKey::Order(order.key);
            let reference = order.terms.reference.clone();
            let change_set = ChangeSet::new(self.change_set_id()?)
                .claim(ReferenceKey::Link { merchant: merchant.id, reference }, target)
                .claim(ReferenceKey::LinkNumber(number), target);
            let mut jobs = self.message_jobs(merchant, &order, MessageKind::LinkCreated)?;
            // Where nobody is told of the link, nobody is reminded of it.
            let reminder = (!jobs.is_empty()).then(|| reminder_at(&order)).flatten();
            jobs.push(self.deadline_job(order.key, reminder.unwrap_or(expire_by))?);
            let extra = Extra { jobs, answer: keep.with(&order), ..Extra::default() };
            let version = Version::ABSENT;
            match self.commit_order(change_set, &order, version, effects, extra).await {
                Ok(()) => {
                    // A link is made to be opened.
                    if let Some(slug) = self.keys.slug(number) {
                        self.at_hand.keep_link(number, &slug, order.key);
                    }
                    return Ok(Made::New(order));
                }
                Err(CommitFailure::Conflict(Conflict::ReferenceTaken {
                    reference: ReferenceKey::Link { .. },
                    holder: RecordKey::Order(key),
                })) => return self.replayed_link(&order.terms, key).await,
                // Another node drew the same key: another is drawn.
                Err(CommitFailure::Conflict(Conflict::Version(_))) => {
                    terms = order.terms.clone();
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(EngineError::Unavailable("no order key is free".into()))
    }

    fn check_new(
        &self,
        merchant: &Merchant,
        terms: &mut Terms,
        expire_by: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, EngineError> {
        if !merchant.switches.pay_by_link {
            return Err(EngineError::NotEnabled("Pay by link"));
        }
        self.check_terms(merchant, terms)?;
        check_expiry(expire_by, now)
    }

    /// The link that the same request made before, else `error`.
    async fn replay_or(
        &self,
        merchant: &Merchant,
        terms: &Terms,
        error: EngineError,
    ) -> Result<Made<Order>, EngineError> {
        let reference =
            ReferenceKey::Link { merchant: merchant.id, reference: terms.reference.clone() };
        match self.parts.store.find(&reference).await? {
            Some(RecordKey::Order(key)) => self.replayed_link(terms, key).await,
            _ => Err(error),
        }
    }

    /// The link that the same reference made before, if it is the same deal.
    async fn replayed_link(
        &self,
        terms: &Terms,
        key: OrderKey,
    ) -> Result<Made<Order>, EngineError> {
        let existing = self.load_as_of_now(key).await?;
        if existing.terms.same_deal(terms) {
            Ok(Made::Existing(existing))
        } else {
            Err(EngineError::DuplicateReference)
        }
    }

    /// Checks terms against what the merchant may do, and fills in its methods and its fee, neither
    /// of which is part of the deal.
    pub(crate) fn check_terms(
        &self,
        merchant: &Merchant,
        terms: &mut Terms,
    ) -> Result<(), EngineError> {
        if terms.pre_auth && !merchant.switches.pre_auth {
            return Err(EngineError::NotEnabled("Pre-authorization"));
        }
        if terms.pre_auth && terms.part_payment {
            return Err(EngineError::InvalidField {
                field: "part_payment",
                message: "A pre-authorized payment cannot be made in parts",
            });
        }
        if terms.split.is_some() && !merchant.switches.splits {
            return Err(EngineError::NotEnabled("Split settlement"));
        }
        let currency = terms.amount.currency();
        if !merchant.currencies.contains(&currency) {
            return Err(EngineError::CurrencyNotEnabled(currency));
        }
        terms.passed_on_fee = merchant.passed_on_fee;
        if terms.allowed_methods == MethodSet::EMPTY {
            terms.allowed_methods = merchant.methods;
        }
        for method in terms.allowed_methods.iter() {
            if !merchant.methods.contains(method) {
                return Err(EngineError::MethodNotEnabled(method));
            }
        }
        self.check_callback("callback_url", terms.callback_url.as_ref())?;
        self.check_callback("failure_callback_url", terms.failure_callback_url.as_ref())
    }

    fn check_callback(
        &self,
        field: &'static str,
        url: Option<&MerchantUrl>,
    ) -> Result<(), EngineError> {
        let safe = url.is_none_or(|url| self.is_sandbox() || url.is_https() || url.is_loopback());
        if safe {
            return Ok(());
        }
        Err(EngineError::InvalidField {
            field,
            message: "A callback URL must be an https URL, or an http one of this machine",
        })
    }

    /// Reads a link's order as of now. An order without a link is no link.
    pub async fn link(&self, merchant: &Merchant, key: OrderKey) -> Result<Order, EngineError> {
        match self.load_as_of_now(key).await {
            Ok(order) if order.merchant == merchant.id && order.link.is_some() => Ok(order),
            Ok(_) | Err(EngineError::NotFound(_)) => Err(EngineError::NotFound(Thing::Link)),
            Err(error) => Err(error),
        }
    }

    /// Finds a link by the merchant's reference.
    pub async fn link_by_reference(
        &self,
        merchant: &Merchant,
        reference: &MerchantReference,
    ) -> Result<Order, EngineError> {
        let reference = ReferenceKey::Link { merchant: merchant.id, reference: reference.clone() };
        match self.parts.store.find(&reference).await? {
            Some(RecordKey::Order(key)) => self.link(merchant, key).await,
            _ => Err(EngineError::NotFound(Thing::Link)),
        }
    }

    /// Cancels a link.
    pub async fn cancel_link(
        &self,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Order, EngineError> {
        self.cancel_link_once(merchant, key, &Keep::nothing()).await
    }

    /// The same, for a call with a key: the answer is kept with what became of the link.
    pub async fn cancel_link_once(
        &self,
        merchant: &Merchant,
        key: OrderKey,
        keep: &Keep<'_, Order>,
    ) -> Result<Order, EngineError> {
        self.link(merchant, key).await?;
        self.decide(key, |order, context| {
            let effects = order.cancel_link(context.now)?;
            Ok((effects, Extra { answer: keep.with(order), ..Extra::default() }))
        })
        .await
    }

    /// The address of a link's page: `<public url>/PLUTUS/<slug>`.
    pub fn link_url(&self, number: LinkNumber) -> String {
        // Numbers are dense from 1, so one that has no slug would be the 3,521,614,606,208th.
        let slug = self.at_hand.slug_of_link(number);
        let slug = slug.or_else(|| self.keys.slug(number).map(Into::into)).unwrap_or_default();
        format!("{}/PLUTUS/{slug}", self.public_url())
    }
}

fn check_expiry(expire_by: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, EngineError> {
    const FIELD: &str = "expire_by";
    let last = now.plus(LINK_LIFETIME_MAX);
    let expire_by = expire_by.unwrap_or(last);
    if expire_by <= now {
        return Err(EngineError::InvalidField {
            field: FIELD,
            message: "The expiry must be in the future",
        });
    }
    if expire_by > last {
        return Err(EngineError::InvalidField {
            field: FIELD,
            message: "The expiry must be within 180 days from now",
        });
    }
    Ok(expire_by)
}
