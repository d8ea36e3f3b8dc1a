//! The form with which the payer of a legacy link comes back to the merchant.

use std::str::FromStr;

use deodar_domain::signature::{LEGACY_SIGNATURE, verify_legacy_return as is_genuine};

use super::return_form::{ReturnRefusal, SignedForm};

/// What a genuine return of a legacy link says. It comes after a success alone; what became of the
/// money since, `GetStatus` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegacyReturn {
    /// `RESPONSE_CODE`: 1 where the link was paid.
    pub response_code: i32,
    /// `MERCHANT_ID`.
    pub merchant_id: String,
    /// `REFERENCE_NO`: the link's reference.
    pub reference_no: String,
    /// `AMOUNT`: the link's amount in paise.
    pub amount_paise: u64,
    /// `PINE_PG_TRANSACTION_ID`: the payment's number.
    pub transaction_id: u64,
    /// `PAYMENT_MODE`: how it was paid.
    pub payment_mode: u8,
    /// `ACQUIRER_NAME`.
    pub acquirer_name: String,
    /// `AUTH_CODE`, the acquirer's approval.
    pub auth_code: Option<String>,
    /// `RRN`, the retrieval reference number.
    pub rrn: Option<String>,
}

/// Verifies the form that the payer of a legacy link brought to the merchant's return URL. `fields`
/// are its fields as they were decoded, `DIA_SECRET` among them; `signing_key_hex` is the merchant's
/// signing key, in hex of either case, as is the signature. It takes the same time wherever a
/// signature is wrong.
///
/// ```
/// use deodar_client::{ReturnRefusal, verify_legacy_return};
///
/// let signing_key = "00112233445566778899AABBCCDDEEFF";
/// let mut fields = vec![
///     ("RESPONSE_CODE", "1"),
///     ("RESPONSE_MESSAGE", "SUCCESS"),
///     ("AUTH_CODE", ""),
///     ("RRN", "606508123456"),
///     ("PINE_PG_TRANSACTION_ID", "14619963"),
///     ("ACQUIRER_NAME", "BILLDESK"),
///     ("REFERENCE_NO", "0123 é/₹"),
///     ("AMOUNT", "50000"),
///     ("MERCHANT_ID", "106600"),
///     ("PAYMENT_MODE", "3"),
///     ("DIA_SECRET", "72EC6D07C3FEA2785B5E68431B7CD9640AFF52D81C287DAFBB8FA876FD36795F"),
///     ("DIA_SECRET_TYPE", "SHA256"),
/// ];
///
/// let genuine = verify_legacy_return(signing_key, &fields)?;
/// assert_eq!((genuine.reference_no.as_str(), genuine.amount_paise), ("0123 é/₹", 50_000));
///
/// fields[7].1 = "5000000";
/// let changed = verify_legacy_return(signing_key, &fields);
/// assert_eq!(changed, Err(ReturnRefusal::WrongSignature));
/// # Ok::<(), ReturnRefusal>(())
/// ```
pub fn verify_legacy_return<K: AsRef<str>, V: AsRef<str>>(
    signing_key_hex: &str,
    fields: &[(K, V)],
) -> Result<LegacyReturn, ReturnRefusal> {
    let form = SignedForm::read(signing_key_hex, fields, LEGACY_SIGNATURE)?;
    if !is_genuine(&form.key, &form.fields, form.signature) {
        return Err(ReturnRefusal::WrongSignature);
    }
    let text = |name| form.value(name).map(str::to_owned);
    Ok(LegacyReturn {
        response_code: number(&form, "RESPONSE_CODE")?,
        merchant_id: form.required("MERCHANT_ID")?.to_owned(),
        reference_no: form.required("REFERENCE_NO")?.to_owned(),
        amount_paise: number(&form, "AMOUNT")?,
        transaction_id: number(&form, "PINE_PG_TRANSACTION_ID")?,
        payment_mode: number(&form, "PAYMENT_MODE")?,
        acquirer_name: text("ACQUIRER_NAME").unwrap_or_default(),
        auth_code: text("AUTH_CODE"),
        rrn: text("RRN"),
    })
}

fn number<T: FromStr>(form: &SignedForm<'_>, name: &'static str) -> Result<T, ReturnRefusal> {
    form.required(name)?.parse().map_err(|_| ReturnRefusal::MalformedField(name))
}

#[cfg(test)]
mod tests {
    use deodar_domain::signature::sign_legacy_return;

    use super::*;

    const KEY: &str = "00112233445566778899AABBCCDDEEFF";
    /// Computed with Python's `hmac`.
    const SIGNATURE: &str = "72EC6D07C3FEA2785B5E68431B7CD9640AFF52D81C287DAFBB8FA876FD36795F";
    const FIELDS: [(&str, &str); 10] = [
        ("RESPONSE_CODE", "1"),
        ("RESPONSE_MESSAGE", "SUCCESS"),
        ("AUTH_CODE", ""),
        ("RRN", "606508123456"),
        ("PINE_PG_TRANSACTION_ID", "14619963"),
        ("ACQUIRER_NAME", "BILLDESK"),
        ("REFERENCE_NO", "0123 é/₹"),
        ("AMOUNT", "50000"),
        ("MERCHANT_ID", "106600"),
        ("PAYMENT_MODE", "3"),
    ];

    fn with<'a>(fields: &[(&'a str, &'a str)], signature: &'a str) -> Vec<(&'a str, &'a str)> {
        let signed = [("DIA_SECRET", signature), ("DIA_SECRET_TYPE", "SHA256")];
        fields.iter().copied().chain(signed).collect()
    }

    /// `FIELDS` with another value of one of them, and the signature of that.
    fn signed(name: &str, value: &str) -> Vec<(String, String)> {
        let put = |(field, old)| if field == name { (field, value) } else { (field, old) };
        let fields = FIELDS.map(put);
        let signature = sign_legacy_return(&hex::decode(KEY).unwrap(), &fields);
        let all = with(&fields, &signature).into_iter();
        all.map(|(field, value)| (field.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_genuine_form_is_read_in_either_case_of_hex() {
        for signature in [SIGNATURE.to_owned(), SIGNATURE.to_lowercase()] {
            for key in [KEY, &KEY.to_lowercase()] {
                let genuine = verify_legacy_return(key, &with(&FIELDS, &signature)).unwrap();
                let expected = LegacyReturn {
                    response_code: 1,
                    merchant_id: "106600".to_owned(),
                    reference_no: "0123 é/₹".to_owned(),
                    amount_paise: 50_000,
                    transaction_id: 14_619_963,
                    payment_mode: 3,
                    acquirer_name: "BILLDESK".to_owned(),
                    auth_code: None,
                    rrn: Some("606508123456".to_owned()),
                };
                assert_eq!(genuine, expected);
            }
        }
    }

    #[test]
    fn whatever_is_changed_added_or_left_out_is_refused() {
        let sent = with(&FIELDS, SIGNATURE);
        for at in 0..FIELDS.len() {
            let mut changed = sent.clone();
            changed[at].1 = "2";
            let refusal = verify_legacy_return(KEY, &changed);
            assert_eq!(refusal, Err(ReturnRefusal::WrongSignature), "{}", FIELDS[at].0);
            changed.remove(at);
            let refusal = verify_legacy_return(KEY, &changed);
            assert_eq!(refusal, Err(ReturnRefusal::WrongSignature), "{}", FIELDS[at].0);
        }
        let more: Vec<_> = sent.iter().copied().chain([("MORE", "1")]).collect();
        assert_eq!(verify_legacy_return(KEY, &more), Err(ReturnRefusal::WrongSignature));
        assert_eq!(verify_legacy_return("AB", &sent), Err(ReturnRefusal::WrongSignature));
        let twice: Vec<_> = sent.iter().copied().chain([("AMOUNT", "1")]).collect();
        assert_eq!(verify_legacy_return(KEY, &twice), Err(ReturnRefusal::RepeatedField));
    }

    #[test]
    fn what_cannot_be_verified_is_named() {
        let joined = [("AMOUNT", "50000&AUTH_CODE=")];
        for (key, fields, refusal) in [
            ("", with(&FIELDS, SIGNATURE), ReturnRefusal::SigningKey),
            (KEY, FIELDS.to_vec(), ReturnRefusal::NoSignature),
            (KEY, with(&FIELDS, ""), ReturnRefusal::NoSignature),
            (KEY, with(&FIELDS, "72EC"), ReturnRefusal::MalformedSignature),
            (KEY, with(&joined, SIGNATURE), ReturnRefusal::AmbiguousField),
        ] {
            assert_eq!(verify_legacy_return(key, &fields), Err(refusal), "{fields:?}");
        }
    }

    #[test]
    fn a_genuine_form_that_is_no_return_is_refused() {
        for (name, value, refusal) in [
            ("REFERENCE_NO", "", ReturnRefusal::MissingField("REFERENCE_NO")),
            ("AMOUNT", "", ReturnRefusal::MissingField("AMOUNT")),
            ("AMOUNT", "500.00", ReturnRefusal::MalformedField("AMOUNT")),
            ("AMOUNT", "-1", ReturnRefusal::MalformedField("AMOUNT")),
            ("PAYMENT_MODE", "CARD", ReturnRefusal::MalformedField("PAYMENT_MODE")),
        ] {
            let refused = verify_legacy_return(KEY, &signed(name, value));
            assert_eq!(refused, Err(refusal), "{name} {value:?}");
        }
    }
}
