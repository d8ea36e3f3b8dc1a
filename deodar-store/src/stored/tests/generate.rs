//! Random records.

use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::customer::{
    Address, AddressLine, CountryCode, Customer, CustomerId, CustomerReference, Email, Gstin,
    MobileNumber, PersonName, Pincode, PlaceName,
};
use deodar_domain::event::{Event, EventType};
use deodar_domain::id::{EndpointId, EventId, MerchantId, UuidBits};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::{
    Appearance, Colour, Endpoint, Logo, LogoDigest, Merchant, NextWebhookSecret, PassedOnFee,
    ProviderSet, SealedSecret, Switches,
};
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::purchase::{
    CartItem, ITEM_QUANTITY_MAX, ItemDescription, ItemId, ItemName, Metadata, Product, Quantity,
};
use deodar_domain::reference::MerchantReference;
use deodar_domain::split::{
    BasisPoints, SettlementReference, Share, SplitInfo, SplitMerchantId, SplitPart, SplitType,
};
use deodar_domain::terms::{Dialect, IntegrationMode, Terms};
use deodar_domain::text::{Description, MerchantName, MetadataKey, MetadataValue, ProductCode};
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::record::{
    Answer, AnswerKey, BodyDigest, CallDigest, Delivery, DeliveryKey, DeliveryState, KeptAnswer,
    OutboxSlot, RecordKey, SettingKey,
};

/// Printable texts, with what JSON escapes and what it does not.
pub(super) fn text<T: std::fmt::Debug + 'static>(
    pattern: &'static str,
    parse: fn(&str) -> Option<T>,
) -> impl Strategy<Value = T> {
    pattern.prop_filter_map("not such a text", move |text| parse(&text))
}

pub(super) const WORDS: &str = "[a-zA-Z0-9 \"\\\\/<>&=é₹नमस्ते😀-]{1,40}";

macro_rules! words {
    ($type:ty) => {
        text(WORDS, |text| <$type>::parse(text).ok())
    };
}

fn url() -> BoxedStrategy<MerchantUrl> {
    text("https?://[a-z]{1,9}\\.example\\.(com|in)(/[a-z0-9'?=&%-]{0,20})?", |text| {
        MerchantUrl::parse(text).ok()
    })
    .boxed()
}

pub(super) fn instant() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

pub(super) fn order_key() -> impl Strategy<Value = OrderKey> {
    any::<i64>().prop_filter_map("no key has it", |value| OrderKey::from_i64(value & i64::MAX))
}

fn merchant_id() -> impl Strategy<Value = MerchantId> {
    (100_000..=999_999_u32).prop_map(|number| MerchantId::new(number).unwrap())
}

pub(super) fn record_key() -> impl Strategy<Value = RecordKey> {
    prop_oneof![
        merchant_id().prop_map(RecordKey::Merchant),
        order_key().prop_map(RecordKey::Order),
        order_key().prop_map(RecordKey::Refund),
        any::<i64>().prop_map(|key| RecordKey::Delivery(DeliveryKey(key))),
        any::<i64>().prop_map(|key| RecordKey::Answer(AnswerKey(key))),
        Just(RecordKey::Setting(SettingKey::ClockOffset)),
        merchant_id().prop_map(|id| RecordKey::Setting(SettingKey::Logo(id))),
        any::<u64>().prop_map(|number| RecordKey::Outbox(OutboxSlot::of(number))),
    ]
}

fn currency() -> impl Strategy<Value = Currency> {
    select(vec!["INR", "USD", "JPY", "KWD"]).prop_map(|code| Currency::from_code(code).unwrap())
}

pub(super) fn money() -> impl Strategy<Value = Money> {
    (any::<u64>(), currency()).prop_map(|(minor, currency)| Money::new(minor, currency))
}

pub(super) fn mobile() -> impl Strategy<Value = MobileNumber> {
    text("[0-9]{1,20}", |text| MobileNumber::parse(text, 1).ok())
}

fn methods() -> BoxedStrategy<MethodSet> {
    vec(select(Method::ALL.to_vec()), 0..9).prop_map(MethodSet::from_iter).boxed()
}

fn address() -> BoxedStrategy<Address> {
    let line = || of(words!(AddressLine));
    let place = || of(words!(PlaceName));
    let pincode = of(text("[0-9]{6,10}", |text| Pincode::parse(text).ok()));
    (line(), line(), line(), pincode, place(), place(), place())
        .prop_map(|(address1, address2, address3, pincode, city, state, country)| Address {
            address1,
            address2,
            address3,
            pincode,
            city,
            state,
            country,
        })
        .boxed()
}

fn customer() -> BoxedStrategy<Customer> {
    let email = text("[a-z\"é]{1,9}@[a-z.]{1,9}", |text| Email::parse(text).ok());
    let gstin = text("[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9]Z[0-9]", |text| Gstin::parse(text).ok());
    let id = text("[a-z0-9 ]{1,19}", |text| CustomerId::parse(text).ok());
    let code = text("\\+?[0-9]{1,4}", |text| CountryCode::parse(text).ok());
    let names = (of(words!(PersonName)), of(words!(PersonName)));
    let addresses = (of(address()), of(address()));
    let reference = of(words!(CustomerReference));
    (
        of(email),
        names,
        of(id),
        of(mobile()),
        of(code),
        addresses,
        reference,
        of(gstin),
        any::<bool>(),
    )
        .prop_map(|(email, names, id, mobile, code, addresses, reference, gstin, editable)| {
            Customer {
                email,
                first_name: names.0,
                last_name: names.1,
                customer_id: id,
                mobile,
                country_code: code,
                billing_address: addresses.0,
                shipping_address: addresses.1,
                reference,
                gstin,
                editable,
            }
        })
        .boxed()
}

fn products() -> BoxedStrategy<Vec<Product>> {
    let product = (of(words!(ProductCode)), of(money()), of(money()));
    vec(
        product.prop_map(|(code, amount, coupon_discount)| Product {
            code,
            amount,
            coupon_discount,
        }),
        0..3,
    )
    .boxed()
}

fn cart_items() -> BoxedStrategy<Vec<CartItem>> {
    let texts = (of(words!(ItemId)), of(words!(ItemName)), of(words!(ItemDescription)));
    let prices = (of(money()), of(money()), of(1..=ITEM_QUANTITY_MAX), of(currency()));
    let item = (texts, of(url()), of(url()), prices).prop_map(
        |(texts, details_url, image_url, prices)| CartItem {
            id: texts.0,
            name: texts.1,
            description: texts.2,
            details_url,
            image_url,
            original_price: prices.0,
            discounted_price: prices.1,
            quantity: prices.2.and_then(Quantity::new),
            currency: prices.3,
        },
    );
    vec(item, 0..3).boxed()
}

fn split(amount: Money) -> BoxedStrategy<SplitInfo> {
    let shares = (any::<bool>(), vec(0..=1_000_u16, 0..4));
    let part = (words!(SplitMerchantId), of(words!(SettlementReference)), any::<bool>());
    (shares, vec(part, 4))
        .prop_map(move |((by_amount, shares), names)| {
            let part = |(share, (merchant, settlement_reference, on_hold))| SplitPart {
                merchant,
                settlement_reference,
                share: if by_amount {
                    Share::Amount(Money::new(
                        amount.minor() / 10_000 * u64::from(share),
                        amount.currency(),
                    ))
                } else {
                    Share::Percentage(BasisPoints::new(share).unwrap())
                },
                on_hold,
            };
            let split_type = if by_amount { SplitType::Amount } else { SplitType::Percentage };
            let parts = shares.into_iter().zip(names).map(part).collect();
            SplitInfo::new(split_type, parts, amount).unwrap()
        })
        .boxed()
}

fn account() -> BoxedStrategy<BankAccount> {
    let number = text("[A-Z0-9]{1,40}", |text| AccountNumber::parse(text).ok());
    let ifsc = text("[A-Z]{4}0[A-Z0-9]{6}", |text| Ifsc::parse(text).ok());
    (number, of(ifsc), of(words!(BankName)))
        .prop_map(|(number, ifsc, bank_name)| BankAccount { number, ifsc, bank_name })
        .boxed()
}

pub(super) fn reference() -> BoxedStrategy<MerchantReference> {
    text("[A-Za-z0-9_-]{1,50}", |text| MerchantReference::parse(text).ok()).boxed()
}

fn metadata() -> BoxedStrategy<Metadata> {
    let pair = (words!(MetadataKey), words!(MetadataValue));
    vec(pair, 0..=10).prop_map(|pairs| Metadata::new(pairs).unwrap()).boxed()
}

pub(super) fn terms() -> BoxedStrategy<Terms> {
    let amount = (100..=100_000_000_u64, currency())
        .prop_map(|(minor, currency)| Money::new(minor, currency));
    amount
        .prop_flat_map(move |amount| {
            let switches = (any::<bool>(), any::<bool>(), any::<bool>());
            let modes =
                vec![IntegrationMode::Seamless, IntegrationMode::Redirect, IntegrationMode::Iframe];
            let carts = (of(products()), of(cart_items()));
            let shown = (of(customer()), of(products()), carts, of(money()));
            // Most orders allow every method, so that most attempts begin.
            let allowed = prop_oneof![3 => Just(MethodSet::all()), 1 => methods()];
            let money = (of(split(amount)), of(account()), allowed);
            let urls = (of(url()), of(url()));
            let texts = (reference(), of(words!(Description)), of(metadata()));
            let made = (select(modes), any::<bool>(), passed_on_fee());
            (Just(amount), switches, made, shown, money, urls, texts)
        })
        .prop_map(|(amount, switches, (mode, legacy, fee), shown, money, urls, texts)| Terms {
            reference: texts.0,
            amount,
            description: texts.1,
            pre_auth: switches.0,
            part_payment: switches.1,
            multi_currency: switches.2,
            allowed_methods: money.2,
            callback_url: urls.0,
            failure_callback_url: urls.1,
            customer: shown.0,
            products: shown.1,
            cart: shown.2.0,
            cart_items: shown.2.1,
            cart_coupon_discount: shown.3,
            metadata: texts.2,
            split: money.0,
            account: money.1,
            integration_mode: mode,
            dialect: if legacy { Dialect::Legacy } else { Dialect::V2 },
            passed_on_fee: fee,
        })
        .boxed()
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let plain = vec![
        Event::OrderAuthorized,
        Event::OrderProcessed,
        Event::OrderCancelled,
        Event::OrderFailed,
        Event::PaymentFailed,
        Event::LinkCreated,
        Event::LinkClicked,
        Event::LinkProcessed,
        Event::LinkPartialProcessed,
        Event::LinkExpired,
        Event::LinkCancelled,
    ];
    prop_oneof![
        select(plain),
        order_key().prop_map(Event::RefundProcessed),
        order_key().prop_map(Event::RefundFailed),
    ]
}

fn event_type() -> impl Strategy<Value = EventType> {
    select(EventType::ALL.to_vec())
}

fn passed_on_fee() -> impl Strategy<Value = Option<PassedOnFee>> {
    of((1..=1_000_u16).prop_map(|points| PassedOnFee::new(points).unwrap()))
}

fn appearance() -> impl Strategy<Value = Appearance> {
    let colour = any::<[u8; 3]>().prop_map(|[red, green, blue]| Colour::new(red, green, blue));
    let logo = (any::<u128>(), any::<u16>(), any::<u16>())
        .prop_map(|(digest, width, height)| Logo { digest: LogoDigest(digest), width, height });
    (of(colour), of(logo)).prop_map(|(colour, logo)| Appearance { colour, logo })
}

pub(super) fn merchant() -> BoxedStrategy<Merchant> {
    let secret = || vec(any::<u8>(), 0..80).prop_map(|bytes| SealedSecret(bytes.into()));
    let endpoint = (any::<u128>(), url(), vec(event_type(), 0..4))
        .prop_map(|(id, url, link_events)| Endpoint { id: EndpointId(id), url, link_events });
    let switches = any::<[bool; 5]>();
    let switches = switches.prop_map(|[pay_by_link, pre_auth, splits, brand_emi, messages]| {
        Switches { pay_by_link, pre_auth, splits, brand_emi, messages }
    });
    let next = prop_oneof![
        Just(NextWebhookSecret::ClientSecret),
        secret().prop_map(NextWebhookSecret::Own),
    ];
    let secrets = (secret(), secret(), of(secret()), any::<u32>(), of(next));
    let lenders = subsequence(PayLaterProvider::ALL.to_vec(), 0..=PayLaterProvider::ALL.len());
    let lenders = lenders.prop_map(|lenders| lenders.into_iter().collect::<ProviderSet>());
    let products = vec(words!(ProductCode), 0..3);
    let takes = (switches, methods(), vec(currency(), 0..3), lenders, products);
    let shows = (appearance(), passed_on_fee());
    let urls = (of(url()), vec(endpoint, 0..3));
    let ids = (merchant_id(), any::<u128>(), any::<u128>());
    (ids, words!(MerchantName), secrets, takes, shows, urls, instant())
        .prop_map(|(ids, name, secrets, takes, shows, urls, created_at)| Merchant {
            id: ids.0,
            name,
            access_code: UuidBits(ids.1),
            client_id: UuidBits(ids.2),
            client_secret: secrets.0,
            signing_key: secrets.1,
            webhook_secret: secrets.2,
            secret_version: secrets.3,
            next_webhook_secret: secrets.4,
            appearance: shows.0,
            passed_on_fee: shows.1,
            switches: takes.0,
            methods: takes.1,
            currencies: takes.2,
            pay_later: takes.3,
            brand_products: takes.4,
            return_url: urls.0,
            endpoints: urls.1,
            created_at,
        })
        .boxed()
}

pub(super) fn delivery() -> BoxedStrategy<Delivery> {
    let state = prop_oneof![
        Just(DeliveryState::Waiting),
        instant().prop_map(|at| DeliveryState::Delivered { at }),
        instant().prop_map(|at| DeliveryState::Abandoned { at }),
    ];
    let ids = (any::<i64>(), merchant_id(), any::<u128>(), any::<u128>(), event_type());
    let result = of(".{0,40}".prop_map(Into::into));
    (ids, url(), ".{0,200}", any::<u16>(), result, state, instant())
        .prop_map(|(ids, url, body, attempts, last_result, state, created_at)| Delivery {
            key: DeliveryKey(ids.0),
            merchant: ids.1,
            event: EventId(ids.2),
            event_type: ids.4,
            endpoint: EndpointId(ids.3),
            url,
            body: body.into(),
            attempts,
            last_result,
            state,
            created_at,
        })
        .boxed()
}

pub(super) fn answer() -> BoxedStrategy<KeptAnswer> {
    (any::<i64>(), merchant_id(), any::<[u128; 2]>(), any::<u16>(), ".{0,200}", instant())
        .prop_map(|(key, merchant, digests, status, body, answered_at)| KeptAnswer {
            key: AnswerKey(key),
            merchant,
            call: CallDigest(digests[0]),
            body: BodyDigest(digests[1]),
            answer: Answer { status, body: body.into() },
            answered_at,
        })
        .boxed()
}
