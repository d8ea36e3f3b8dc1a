//! Texts with their limits. A function whose name ends in `_given` tells what a request may hold
//! where that is more than what is answered.

use deodar_domain::account::{AccountNumber, BankName};
use deodar_domain::card::CardholderName;
use deodar_domain::customer::{
    AddressLine, CustomerId, CustomerReference, Email, MobileNumber, PersonName, Pincode, PlaceName,
};
use deodar_domain::instrument::PayCode;
use deodar_domain::purchase::{ItemDescription, ItemId, ItemName, METADATA_PAIRS_MAX};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::split::{SettlementReference, SplitMerchantId};
use deodar_domain::text::{Description, MetadataKey, MetadataValue, ProductCode};
use deodar_domain::upi::Vpa;
use deodar_domain::url::URL_LENGTH_MAX;
use utoipa::openapi::schema::{KnownFormat, Object, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use super::{string, string_or_integer};

/// Anything but control characters.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The alphabet of the merchants' references.
const REFERENCE: &str = "^[A-Za-z0-9_-]+$";
/// The reference of a link that the legacy API may have made.
const ANY_REFERENCE: &str = r"^[^\u0000-\u001f\u007f-\u009f&=]+$";
/// The longest id, in characters.
const ID_LENGTH_MAX: usize = 50;

fn limited(text: ObjectBuilder, min: usize, max: usize, pattern: &str) -> ObjectBuilder {
    let min = (min > 0).then_some(min);
    text.min_length(min).max_length(Some(max)).pattern(Some(pattern))
}

fn printable(description: &str, min: usize, max: usize, example: &str) -> Object {
    limited(string(description), min, max, PRINTABLE).examples([example]).build()
}

/// Declares printable texts whose limits are a type's of the domain.
macro_rules! printable_texts {
    ($($(#[$meta:meta])* $name:ident: $type:ty, $description:literal, $example:literal;)*) => {$(
        $(#[$meta])*
        pub fn $name() -> Object {
            printable($description, <$type>::LENGTH_MIN, <$type>::LENGTH_MAX, $example)
        }
    )*};
}

printable_texts! {
    /// A person's name.
    person_name: PersonName, "A name of the customer", "Asha";
    /// The merchant's number of a customer.
    customer_id: CustomerId, "The merchant's number of the customer", "123456";
    /// The merchant's reference of a customer.
    customer_reference: CustomerReference, "The merchant's reference of the customer", "customer-1";
    /// A line of an address.
    address_line: AddressLine, "A line of the address", "10 Residency Road";
    /// A city, state or country.
    place_name: PlaceName, "The name of a place", "Bengaluru";
    /// What it is for, to be shown to the payer.
    description: Description, "What it is for; the payer sees it", "Two books";
    /// The code of a product.
    product_code: ProductCode, "The merchant's code of the product", "book-1";
    /// The reference of a payment.
    payment_reference: PaymentReference, "The merchant's reference of the payment", "payment-1";
    /// Who gets a part of a split.
    split_merchant_id: SplitMerchantId, "Who gets this part", "partner-1";
    /// The reference of a part's settlement.
    settlement_reference: SettlementReference,
        "The merchant's reference of the settlement of this part", "settlement-1";
    /// The id of an item of the cart.
    item_id: ItemId, "The merchant's id of the item", "book-1";
    /// The name of an item of the cart.
    item_name: ItemName, "The name of the item, as the payer reads it", "A book";
    /// What an item of the cart is.
    item_description: ItemDescription, "What the item is, as the payer reads it", "Of 200 pages";
    /// The name of a bank.
    bank_name: BankName, "The name of the bank", "Example Bank";
}

/// The reference of an order, link or refund.
pub fn reference() -> Object {
    let text = string("The merchant's own reference");
    let (min, max) = (MerchantReference::LENGTH_MIN, MerchantReference::LENGTH_MAX);
    limited(text, min, max, REFERENCE).examples(["order-1"]).build()
}

/// The reference of a link, or of its order, as it is answered.
pub fn link_reference() -> Object {
    const TEXT: &str = "The merchant's own reference. That of a link which the legacy Pay by Link \
                        API made may be longer, with other characters; in a path it is \
                        percent-encoded";
    let (min, max) = (MerchantReference::LENGTH_MIN, MerchantReference::LEGACY_LENGTH_MAX);
    limited(string(TEXT), min, max, ANY_REFERENCE).examples(["order-1"]).build()
}

/// A reference that may arrive as a whole number.
pub fn reference_given() -> Object {
    const TEXT: &str = "The merchant's own reference. It makes a repeat harmless: the same \
                        reference answers what it made before. A whole number is taken for its digits";
    let (min, max) = (MerchantReference::LENGTH_MIN, MerchantReference::LENGTH_MAX);
    limited(string_or_integer(TEXT), min, max, REFERENCE).examples(["order-1"]).build()
}

/// A payment's reference, which may arrive as a whole number.
pub fn payment_reference_given() -> Object {
    const TEXT: &str = "The merchant's reference of the payment, within its order. The same \
                        reference answers what it made before";
    let (min, max) = (PaymentReference::LENGTH_MIN, PaymentReference::LENGTH_MAX);
    limited(string_or_integer(TEXT), min, max, PRINTABLE).examples(["payment-1"]).build()
}

/// An e-mail address.
pub fn email() -> Object {
    limited(string("An e-mail address"), 3, Email::LENGTH_MAX, r"^[^@\s]+@[^@\s]+$")
        .examples(["asha@example.com"])
        .build()
}

/// A mobile number.
pub fn mobile_number() -> Object {
    const TEXT: &str = "A mobile number without its country code; 10 to 20 digits for a link, 9 to \
                        20 for an order";
    let (min, max) = (MobileNumber::LENGTH_MIN_ORDER, MobileNumber::LENGTH_MAX);
    limited(string(TEXT), min, max, "^[0-9]+$").examples(["9876543210"]).build()
}

/// The country code of a mobile number.
pub fn country_code() -> Object {
    const TEXT: &str = "The country code of the mobile number, with or without `+`; 91 where it is \
                        absent";
    limited(string(TEXT), 1, 5, r"^\+?[0-9]+$").examples(["91"]).build()
}

/// A postal code.
pub fn pincode() -> Object {
    let (min, max) = (Pincode::LENGTH_MIN, Pincode::LENGTH_MAX);
    limited(string("The postal code"), min, max, "^[0-9]+$").examples(["560001"]).build()
}

/// A GSTIN.
pub fn gstin() -> Object {
    const SHAPE: &str = "^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][A-Z0-9]Z[A-Z0-9]$";
    const TEXT: &str = "The customer's GSTIN. Its shape is checked, not its check digit";
    limited(string(TEXT), 15, 15, SHAPE).examples(["27AAEPM1234C1Z5"]).build()
}

fn url(description: &str) -> Object {
    string(description)
        .max_length(Some(URL_LENGTH_MAX))
        .pattern(Some("^[Hh][Tt][Tt][Pp][Ss]?://"))
        .examples(["https://shop.example.com/done"])
        .build()
}

/// Where the payer goes back to.
pub fn callback_url() -> Object {
    url("Where the payer goes back to: an absolute `http` or `https` URL without a user part; \
         outside a sandbox plain `http` only to loopback addresses")
}

/// Where the payer goes back to after a failure.
pub fn failure_callback_url() -> Object {
    url("Where the payer goes back to after a failure; `callback_url` where it is absent")
}

/// Where an item of the cart is told of.
pub fn details_url() -> Object {
    url("Where the item is told of")
}

/// An item's picture.
pub fn image_url() -> Object {
    url("The item's picture")
}

fn own(description: &str) -> Object {
    string(description).format(Some(SchemaFormat::Custom("uri".into()))).build()
}

/// A page of ours.
pub fn own_url() -> Object {
    own("The address of the payer's page")
}

/// Where the payer goes while a payment waits for that.
pub fn challenge_url() -> Object {
    own("Where the payer goes; it is there while a payment waits for the payer")
}

/// The QR code by which the payer pays.
pub fn qr_image_url() -> Object {
    own("The QR code by which the payer pays, a PNG; it is there while a UPI payment by INTENT \
         with `upi_qr` waits for the payer")
}

/// A time that is answered.
pub fn time() -> Object {
    string("RFC 3339, in UTC with milliseconds")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .pattern(Some(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"))
        .examples(["2026-12-24T18:30:00.000Z"])
        .build()
}

/// When a link is to end.
pub fn expire_by_given() -> Object {
    string(
        "When the link ends: in the future and at most 180 days away, which is what holds where \
            it is absent. RFC 3339; seconds and fraction may be left out",
    )
    .pattern(Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}.*$"))
    .examples(["2027-03-01T18:30:00Z"])
    .build()
}

/// A time or a day of a list call.
pub fn date_given(description: &str) -> Object {
    string(&format!("{description}. A time (RFC 3339), or a day in India"))
        .pattern(Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].+)?$"))
        .examples(["2026-11-01"])
        .build()
}

fn id(description: &str, pattern: &str, example: &str) -> Object {
    limited(string(description), 1, ID_LENGTH_MAX, pattern).examples([example]).build()
}

const ORDER_ID: &str = "^v1-[0-9]{10,12}-aa-[A-Za-z0-9]{6}$";
const ORDER_ID_EXAMPLE: &str = "v1-261224183000-aa-Xb3kQ9";

/// The id of an order, or of a refund.
pub fn order_id() -> Object {
    id("The id", ORDER_ID, ORDER_ID_EXAMPLE)
}

/// The id of a link.
pub fn payment_link_id() -> Object {
    id(
        "The id of the link",
        "^pl-v1-[0-9]{10,12}-aa-[A-Za-z0-9]{6}$",
        "pl-v1-261224183000-aa-Xb3kQ9",
    )
}

/// The id of a payment that is answered.
pub fn payment_id() -> Object {
    const SHAPE: &str = "^v1-[0-9]{10,12}-aa-[A-Za-z0-9]{6}-(cc|up|nb|wl|bn|pt|ce|de|cl)-[a-z]+$";
    id("The id of the payment", SHAPE, "v1-261224183000-aa-Xb3kQ9-cc-a")
}

/// The id of a payment that is given.
pub fn payment_id_given() -> Object {
    let text = string("The id of the payment");
    let text = text.min_length(Some(1)).max_length(Some(ID_LENGTH_MAX));
    text.examples(["v1-261224183000-aa-Xb3kQ9-cc-a"]).build()
}

/// A variable part of a path that names an order, link or refund. Any text may stand there: what is
/// no id is not found.
pub fn in_path(description: &str, example: &str) -> Object {
    string(description).min_length(Some(1)).examples([example]).build()
}

/// The number of a merchant.
pub fn merchant_id() -> Object {
    string("The merchant's number").pattern(Some("^[1-9][0-9]{5}$")).examples(["100001"]).build()
}

/// The merchant's own pairs of text.
pub fn metadata() -> RefOr<Schema> {
    let key = limited(string("The name"), 1, MetadataKey::LENGTH_MAX, PRINTABLE).build();
    let value = limited(string("The value"), 0, MetadataValue::LENGTH_MAX, PRINTABLE).build();
    ObjectBuilder::new()
        .description(Some("The merchant's own pairs of text; they are stored and answered"))
        .property_names(Some(Schema::from(key)))
        .additional_properties(Some(Schema::from(value)))
        .max_properties(Some(METADATA_PAIRS_MAX))
        .into()
}

/// The number of a bank account.
pub fn account_number() -> Object {
    let (min, max) = (AccountNumber::LENGTH_MIN, AccountNumber::LENGTH_MAX);
    limited(string("The number of the account"), min, max, "^[A-Za-z0-9]+$")
        .examples(["1234567890"])
        .build()
}

/// The IFSC of a bank's branch.
pub fn ifsc() -> Object {
    limited(string("The IFSC of the branch"), 11, 11, "^[A-Za-z]{4}0[A-Za-z0-9]{6}$")
        .examples(["HDFC0000123"])
        .build()
}

/// A UPI address.
pub fn vpa() -> Object {
    const SHAPE: &str = "^[A-Za-z0-9._-]+@[A-Za-z0-9]+$";
    limited(string("The payer's UPI ID"), 3, Vpa::LENGTH_MAX, SHAPE)
        .examples(["success@upi"])
        .build()
}

/// The code of a bank.
pub fn pay_code() -> Object {
    let (min, max) = (PayCode::LENGTH_MIN, PayCode::LENGTH_MAX);
    limited(string("The code of the bank"), min, max, "^[A-Za-z0-9_]+$")
        .examples(["NB1531"])
        .build()
}

/// The number of a card.
pub fn card_number() -> Object {
    const TEXT: &str = "The number of the card, 12 to 19 digits that pass Luhn; blanks and hyphens \
                        between them are ignored. It is never stored or answered";
    string(TEXT)
        .min_length(Some(12))
        .pattern(Some("^([ -]*[0-9]){12,19}[ -]*$"))
        .examples(["4012001037141112"])
        .build()
}

/// A card's verification value.
pub fn cvv() -> Object {
    const TEXT: &str = "Four digits for American Express, three for any other card. It is never \
                        stored or answered";
    limited(string(TEXT), 3, 4, "^[0-9]+$").examples(["123"]).build()
}

/// The month in which a card expires.
pub fn expiry_month() -> Object {
    string_or_integer("The month in which the card expires")
        .minimum(Some(1))
        .maximum(Some(12))
        .pattern(Some(r"^\s*0*([1-9]|1[0-2])\s*$"))
        .examples(["12"])
        .build()
}

/// The year in which a card expires.
pub fn expiry_year() -> Object {
    string_or_integer("The year in which the card expires, of two or four digits")
        .minimum(Some(10))
        .maximum(Some(9_999))
        .pattern(Some(r"^\s*([0-9]{2}|[0-9]{4})\s*$"))
        .examples(["2049"])
        .build()
}

/// The name on a card.
pub fn cardholder_name() -> Object {
    const TEXT: &str = "The name on the card; it may be empty";
    let (min, max) = (CardholderName::LENGTH_MIN, CardholderName::LENGTH_MAX);
    printable(TEXT, min, max, "Asha Rao")
}

/// A one-time password.
pub fn one_time_password() -> Object {
    limited(string("What the payer was sent"), 4, 8, "^[0-9]+$").examples(["123456"]).build()
}

/// What a client is known by.
pub fn client_id() -> Object {
    string("The client id of the merchant")
        .min_length(Some(1))
        .examples(["0b8f2a8c-6d0e-4c55-9a3c-3f6f2b1d7e90"])
        .build()
}

/// A client's secret.
pub fn client_secret() -> Object {
    string("The client secret of the merchant").min_length(Some(1)).build()
}

/// How a bank's login page is used.
pub fn netbanking_mode() -> Object {
    let (min, max) = (PayCode::LENGTH_MIN, PayCode::LENGTH_MAX);
    limited(string("A word that is checked and not used"), min, max, "^[A-Za-z0-9_]+$").build()
}

/// The last digits of a card.
pub fn last4() -> Object {
    limited(string("The last four digits"), 4, 4, "^[0-9]+$").examples(["1112"]).build()
}
