//! The form with which a payer's browser comes back to the merchant.

use deodar_domain::signature;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::names::{Code, PaymentStatus};

/// The length of a signature in hex digits.
const SIGNATURE_LENGTH: usize = 64;

/// What a genuine return says. It says what became of the last payment; what became of the order,
/// and of its money, is for [`Client::order_by_id`](crate::Client::order_by_id) to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Return {
    /// The order that was paid, or not.
    pub order_id: String,
    /// The state of its last payment.
    pub status: PaymentStatus,
    /// Why the payment failed.
    pub error_code: Option<Code>,
    /// Why the payment failed, in a sentence.
    pub error_message: Option<String>,
}

/// Why a return is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReturnRefusal {
    /// The signing key is empty or not hex: the merchant's own settings are wrong.
    #[error("the signing key is empty or not hex")]
    SigningKey,
    /// There is no signature.
    #[error("there is no signature")]
    NoSignature,
    /// The signature is not 64 hex digits.
    #[error("the signature is not 64 hex digits")]
    MalformedSignature,
    /// A field is there twice, so that nobody can know which one was signed.
    #[error("a field is there twice")]
    RepeatedField,
    /// A field holds `&`, `=` or a control character, by which one set of fields can be read as
    /// another. No gateway signs such a field.
    #[error("a field holds a character that no gateway signs")]
    AmbiguousField,
    /// The signature is another one: the fields were changed, or the key is not the gateway's.
    #[error("the signature is wrong")]
    WrongSignature,
    /// The signature is right, and a field that every return has is not among the fields.
    #[error("the field {0} is missing")]
    MissingField(&'static str),
    /// The signature is right, and a field that is a number holds none.
    #[error("the field {0} is no number")]
    MalformedField(&'static str),
}

/// Verifies the form that the payer's browser posted to a callback URL. `fields` are its fields as
/// they were decoded, the signature among them; `signing_key_hex` is the merchant's signing key, in
/// hex of either case, as is the signature. It takes the same time wherever a signature is wrong.
///
/// ```
/// use deodar_client::{PaymentStatus, ReturnRefusal, verify_return};
///
/// let signing_key = "00112233445566778899AABBCCDDEEFF";
/// let signature = "37A14923923BA67E2106626F21F19BF21FDD489CD6D7CCDE3C1D897D286B54FB";
/// let mut fields = vec![
///     ("order_id", "v1-4405071524-aa-qlAtAf"),
///     ("status", "AUTHORIZED"),
///     ("signature", signature),
/// ];
///
/// let genuine = verify_return(signing_key, &fields)?;
/// assert_eq!(genuine.status, PaymentStatus::Authorized);
///
/// fields[1].1 = "PROCESSED";
/// assert_eq!(verify_return(signing_key, &fields), Err(ReturnRefusal::WrongSignature));
/// # Ok::<(), ReturnRefusal>(())
/// ```
pub fn verify_return<K: AsRef<str>, V: AsRef<str>>(
    signing_key_hex: &str,
    fields: &[(K, V)],
) -> Result<Return, ReturnRefusal> {
    let form = SignedForm::read(signing_key_hex, fields, "signature")?;
    if !signature::verify_return(&form.key, &form.fields, form.signature) {
        return Err(ReturnRefusal::WrongSignature);
    }
    Ok(Return {
        order_id: form.required("order_id")?.to_owned(),
        status: form.required("status")?.into(),
        error_code: form.value("error_code").map(Code::from),
        error_message: form.value("error_message").map(str::to_owned),
    })
}

/// A form that is clear enough to be verified.
pub(super) struct SignedForm<'a> {
    /// The bytes of the signing key.
    pub(super) key: Zeroizing<Vec<u8>>,
    /// Every field once, the signature among them.
    pub(super) fields: Vec<(&'a str, &'a str)>,
    /// The signature: hex digits.
    pub(super) signature: &'a str,
}

impl<'a> SignedForm<'a> {
    /// Reads a form whose signature is in the field `signature_field`.
    pub(super) fn read<K: AsRef<str>, V: AsRef<str>>(
        signing_key_hex: &str,
        fields: &'a [(K, V)],
        signature_field: &str,
    ) -> Result<Self, ReturnRefusal> {
        let key = hex::decode(signing_key_hex).map(Zeroizing::new);
        let key = key.ok().filter(|key| !key.is_empty()).ok_or(ReturnRefusal::SigningKey)?;
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        fields.sort_unstable();
        if fields.array_windows().any(|[(one, _), (next, _)]| one == next) {
            return Err(ReturnRefusal::RepeatedField);
        }
        let mut form = Self { key, fields, signature: "" };
        form.signature = form.value(signature_field).ok_or(ReturnRefusal::NoSignature)?;
        let is_hex = form.signature.bytes().all(|byte| byte.is_ascii_hexdigit());
        if form.signature.len() != SIGNATURE_LENGTH || !is_hex {
            return Err(ReturnRefusal::MalformedSignature);
        }
        if form.fields.iter().any(|(name, value)| is_ambiguous(name) || is_ambiguous(value)) {
            return Err(ReturnRefusal::AmbiguousField);
        }
        Ok(form)
    }

    /// The value of a field; absent where it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let is_it = |(field, value): &&(&str, &str)| *field == name && !value.is_empty();
        self.fields.iter().find(is_it).map(|(_, value)| *value)
    }

    /// The value of a field that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&'a str, ReturnRefusal> {
        self.value(name).ok_or(ReturnRefusal::MissingField(name))
    }
}

fn is_ambiguous(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '&' | '=') || c.is_control())
}

#[cfg(test)]
mod tests {
    use deodar_domain::signature::sign_return;

    use super::*;

    const KEY: &str = "00112233445566778899AABBCCDDEEFF";
    const ORDER: (&str, &str) = ("order_id", "v1-4405071524-aa-qlAtAf");
    const AUTHORIZED: &str = "37A14923923BA67E2106626F21F19BF21FDD489CD6D7CCDE3C1D897D286B54FB";
    const FAILED: &str = "29F6644EF4E359C051226CCD032EBADD87B51F67A77CA7F1AD01E9FE20921094";

    /// A key, fields, and why they are not believed.
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, ReturnRefusal);

    fn authorized(signature: &str) -> [(&str, &str); 3] {
        [("status", "AUTHORIZED"), ("signature", signature), ORDER]
    }

    fn signed<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
        let key = hex::decode(KEY).unwrap();
        let mut all: Vec<_> = fields.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        all.push(("signature", sign_return(&key, fields)));
        all
    }

    #[test]
    fn a_success_of_the_documents_is_genuine_in_either_case_of_hex() {
        let (upper, lower) = (AUTHORIZED.to_owned(), AUTHORIZED.to_lowercase());
        for signature in [&upper, &lower] {
            for key in [KEY, &KEY.to_lowercase()] {
                let genuine = verify_return(key, &authorized(signature)).unwrap();
                assert_eq!(genuine.order_id, ORDER.1);
                assert_eq!(genuine.status, PaymentStatus::Authorized);
                assert_eq!((genuine.error_code, genuine.error_message), (None, None));
            }
        }
    }

    #[test]
    fn a_failure_of_the_documents_is_genuine() {
        let fields = [
            ORDER,
            ("status", "FAILED"),
            ("error_code", "USER_AUTHENTICATION_FAILED"),
            ("error_message", "Consumer Authentication required"),
            ("empty", ""),
            ("signature", FAILED),
        ];
        let genuine = verify_return(KEY, &fields).unwrap();
        assert_eq!(genuine.status, PaymentStatus::Failed);
        assert_eq!(genuine.error_code, Some(Code::UserAuthenticationFailed));
        assert_eq!(genuine.error_message.as_deref(), Some("Consumer Authentication required"));
    }

    #[test]
    fn every_refusal_has_a_name() {
        let no_digits = "é".repeat(32);
        let wrong = AUTHORIZED.replace('3', "4");
        let cases: [Case<'_>; 12] = [
            ("", authorized(AUTHORIZED).into(), ReturnRefusal::SigningKey),
            ("0", authorized(AUTHORIZED).into(), ReturnRefusal::SigningKey),
            ("no hex!!", authorized(AUTHORIZED).into(), ReturnRefusal::SigningKey),
            (KEY, vec![ORDER], ReturnRefusal::NoSignature),
            (KEY, authorized("").into(), ReturnRefusal::NoSignature),
            (KEY, authorized("37A1").into(), ReturnRefusal::MalformedSignature),
            (KEY, authorized(&no_digits).into(), ReturnRefusal::MalformedSignature),
            (KEY, authorized(&wrong).into(), ReturnRefusal::WrongSignature),
            ("AB", authorized(AUTHORIZED).into(), ReturnRefusal::WrongSignature),
            (
                KEY,
                vec![ORDER, ("status", "PROCESSED"), ("signature", AUTHORIZED)],
                ReturnRefusal::WrongSignature,
            ),
            (
                KEY,
                vec![ORDER, ("status", "AUTHORIZED"), ("signature", AUTHORIZED), ("status", "")],
                ReturnRefusal::RepeatedField,
            ),
            (
                KEY,
                vec![
                    ("order_id", "v1-4405071524-aa-qlAtAf&status=AUTHORIZED"),
                    ("signature", AUTHORIZED),
                ],
                ReturnRefusal::AmbiguousField,
            ),
        ];
        for (key, fields, refusal) in cases {
            assert_eq!(verify_return(key, &fields), Err(refusal), "{key} {fields:?}");
        }
    }

    #[test]
    fn a_genuine_form_without_its_order_or_status_is_refused() {
        for (fields, missing) in [
            (vec![("status", "FAILED")], "order_id"),
            (vec![ORDER], "status"),
            (vec![ORDER, ("status", "")], "status"),
        ] {
            let refusal = verify_return(KEY, &signed(&fields)).unwrap_err();
            assert_eq!(refusal, ReturnRefusal::MissingField(missing));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_changed_character_is_believed(at in 0_usize..64, digit in "[0-9A-F]") {
            let mut changed = AUTHORIZED.to_owned();
            changed.replace_range(at..=at, &digit);
            let genuine = verify_return(KEY, &authorized(&changed)).is_ok();
            proptest::prop_assert_eq!(genuine, changed == AUTHORIZED);
        }

        #[test]
        fn no_form_makes_the_verifier_fail(
            fields in proptest::collection::vec((".{0,20}", ".{0,80}"), 0..8)
        ) {
            proptest::prop_assert!(verify_return(KEY, &fields).is_err());
        }
    }
}
