//! Every text that a payer reads, in one table. A second language is a second table.
//!
//! `{}` in a text stands for what [`fill`] puts there: an amount, a name, a time.

use deodar_domain::decline::DeclineReason;
use deodar_domain::method::Method;

/// Puts `value` where `text` has `{}`.
pub(crate) fn fill(text: &str, value: &str) -> String {
    text.replacen("{}", value, 1)
}

/// Declares the table: a struct of texts, and one language of it.
macro_rules! texts {
    ($($name:ident: $english:literal,)*) => {
        /// The texts of one language.
        pub(crate) struct Texts {
            /// The language by BCP 47, as the page declares it.
            pub(crate) language: &'static str,
            $(pub(crate) $name: &'static str,)*
        }

        /// English.
        pub(crate) static ENGLISH: Texts = Texts { language: "en", $($name: $english,)* };
    };
}

texts! {
    // The messages of a sandbox.
    messages: "Messages to payers",
    messages_text: "A sandbox sends nothing: it keeps its messages here, newest first. Programs \
                    read them at this address with",
    messages_kept: "Messages that are kept:",
    messages_none: "There is no message yet. Make a link for a customer with an e-mail address or a \
                    mobile number.",
    messages_html: "The e-mail as a page",

    // The link page.
    pay_whom: "Pay {}",
    pay_button: "Pay {}",
    pay_title: "Pay {} to {}",
    remaining: "Remaining of {}",
    items: "Items",
    discount: "Discount",
    item: "Item",
    item_discount: "{} discount included",
    order_reference: "Reference",
    paid_by: "Paying as",
    valid_until: "Valid until",
    time_left: "{} left",
    method: "Payment method",
    card: "Card",
    card_hint: "Credit or debit",
    upi: "UPI",
    upi_hint: "Any UPI app",
    netbanking: "Netbanking",
    netbanking_hint: "All major banks",
    wallet: "Wallet",
    wallet_choose: "Choose your wallet",
    wallet_hint: "You sign in on your wallet’s own page.",
    provider: "Provider",
    provider_choose: "Choose who you pay later",
    mobile_known: "Leave it empty to use the number ending in {}.",
    mobile_hint: "The 10 digits that your bank or lender knows you by.",
    offer_check: "Check if I can pay later",
    offer_yes: "Eligible: {} pays {} for the number ending in {}.",
    offer_one_bill: "You pay it back in one bill.",
    offer_short: "{} does not pay {} for the number ending in {} now: its limit is used up.",
    offer_no: "Not eligible: {} does not pay {} for the number ending in {}. Choose another \
        provider or method.",
    offer_limit: "{} was asked too often. You can pay without asking first.",
    offer_silent: "{} does not answer. You can try again, or pay without asking first.",
    emi_plan: "Monthly plan",
    emi_rate: "{}% a year",
    emi_no_interest: "No interest",
    emi_total: "{} in all",
    emi_again: "Show the plans for this amount",
    emi_months: "{} months",
    emi_monthly: "{} a month",
    due_on: "Due on {}",
    card_number: "Card number",
    expiry: "Expiry (MM/YY)",
    expiry_example: "MM/YY",
    cvv: "CVV",
    card_name: "Name on card",
    upi_id: "UPI ID",
    upi_id_example: "name@bank",
    upi_collect_hint: "We send a request to your UPI app. You approve it there.",
    upi_or: "or",
    upi_intent: "Use a QR code or UPI app",
    bank: "Bank",
    bank_choose: "Choose your bank",
    bank_hint: "You sign in on your bank’s own page.",
    amount_to_pay: "Amount to pay (₹)",
    amount_hint: "From ₹1.00 up to {}. What remains can be paid later.",
    no_method: "There is no payment method that can be used now. Please contact {}.",
    secure: "Your card number and CVV are never stored.",
    run_by: "Payments by Deodar",
    sandbox: "Sandbox: no real money moves",

    // What is wrong with a field.
    wrong_summary: "Please check the marked details. Nothing was charged.",
    wrong_card_number: "Enter the number as it is on the card",
    wrong_expiry: "Enter a month and year that have not passed",
    wrong_cvv: "3 digits, or 4 on American Express",
    wrong_card_name: "Enter the name as it is on the card",
    wrong_upi_id: "Enter a UPI ID like name@bank",
    wrong_bank: "Choose a bank",
    wrong_wallet: "Choose a wallet",
    wrong_provider: "Choose a provider",
    wrong_mobile: "Enter a mobile number of 10 digits",
    wrong_tenure: "This plan is not offered for this amount. Choose another",
    wrong_amount: "Enter ₹1.00 or more, up to what is due; what remains must be nothing or at \
        least ₹1.00",
    wrong_method: "This payment method cannot be used for this payment. Choose another",
    notice_again: "The payment was not started. Please try once more.",
    notice_busy: "Too many attempts. Please wait a minute and try again.",

    // Waiting.
    pending: "Payment pending",
    to_whom: "to {}",
    wait_collect: "Approve the request in your UPI app",
    wait_collect_text: "Open your UPI app and approve the request from {}.",
    wait_collect_to: "Request sent to",
    wait_intent: "Scan with any UPI app",
    wait_intent_text: "Scan the code, or open a UPI app on this phone.",
    wait_bank: "Finish at your bank",
    wait_bank_text: "Your bank asks you to confirm this payment on its own page.",
    wait_silent: "Waiting for your bank",
    wait_silent_text: "This can take a minute. Please do not pay a second time: this page shows \
        the outcome as soon as it is known.",
    otp_heading: "Confirm {}",
    wait_otp: "Enter the one-time password",
    wait_otp_text: "It was sent to {}.",
    wait_otp_plain: "It was sent to your mobile number.",
    otp_label: "OTP",
    otp_submit: "Submit",
    otp_resend: "Send it again",
    otp_sent: "The password was sent again.",
    otp_limit: "The password cannot be sent again. Use the one that you have.",
    wrong_otp: "That is not the right password. Try again.",
    wait_live: "This page updates by itself.",
    wait_time: "Time left",
    wait_refresh: "Check again",
    qr_name: "UPI QR code",
    open_upi_app: "Open a UPI app",
    open_sandbox_app: "Open the sandbox UPI app",
    to_bank: "Continue to your bank",
    wait_wallet: "Finish in your wallet",
    wait_wallet_text: "Your wallet asks you to confirm this payment on its own page.",
    to_wallet: "Continue to your wallet",
    to_wallet_title: "Taking you to your wallet",
    to_bank_title: "Taking you to your bank",
    to_bank_text: "If nothing happens, use the button.",
    to_bank_framed: "Your bank’s page opens in the whole window. You come back when it is done.",
    other_method: "Other method",
    cancel_payment: "Cancel payment",

    // Outcomes.
    successful: "Payment successful",
    failed: "Payment failed",
    success_text: "{} has been paid to {}.",
    hold_text: "{} is held for {}. It is charged when they confirm.",
    still_due: "Still to be paid",
    pay_rest: "Pay the remaining {}",
    nothing_charged: "You have not been charged.",
    try_again: "Try again",
    back_to: "Return to {}",
    back_soon: "Taking you back to {}…",
    row_amount: "Amount",
    row_merchant: "Paid to",
    row_method: "Paid with",
    row_tried: "Tried with",
    row_reference: "Reference",
    row_payment: "Payment ID",
    row_time: "Time",
    card_ending: "{} card",

    // Links that cannot be paid.
    expired: "Link expired",
    expired_text: "This payment link ended on {}.",
    cancelled: "Link cancelled",
    cancelled_text: "This payment link can no longer be paid.",
    already_paid: "Already paid",
    already_paid_text: "This payment link has been paid. There is nothing left to do.",
    ask_merchant: "If you still want to pay, ask {} for a new link.",
    part_paid: "{} was paid.",

    // Orders that cannot be paid on the hosted page, and payers who leave it.
    order_cancelled: "Order cancelled",
    order_cancelled_text: "This order can no longer be paid.",
    order_paid_text: "This order has been paid. There is nothing left to do.",
    details: "Your details",
    details_text: "{} reaches you by these. What you leave empty stays as it is.",
    details_known: "Now {}",
    details_save: "Save",
    details_back: "Back without saving",
    details_change: "Change",
    details_wrong: "Please check the marked details. The others are saved.",
    first_name: "First name",
    last_name: "Last name",
    email: "Email",
    mobile_number: "Mobile number",
    wrong_name: "Use at most 50 characters",
    wrong_email: "Enter an address like name@example.com",
    wrong_mobile_number: "Enter 9 to 20 digits, without the country’s code",
    checkout_ended: "This page has ended",
    checkout_ended_text: "It was open for a day, and takes no payment any more.",
    checkout_gone_text: "It was open for a day. If you still want to pay, go back to the shop and \
        start again there.",
    ask_again: "If you still want to pay, start again at {}.",
    not_completed: "Payment not completed",

    // Faults.
    not_found: "Page not found",
    not_found_text: "Check the address: payment links are sensitive to capital letters.",
    too_many: "Too many requests",
    too_many_text: "Please wait a minute, then try again.",
    unavailable: "We cannot answer right now",
    unavailable_text: "Please wait a moment and check again. If you were paying, do not start a \
        second payment before this page shows what became of the first.",
    refused: "This cannot be done",
    refused_text: "The page sent something that we could not read. Nothing was charged.",
}

impl Texts {
    /// The name of a method, as the radio button has it.
    pub(crate) const fn method_name(&self, method: Method) -> &'static str {
        match method {
            Method::Card => self.card,
            Method::Upi => self.upi,
            Method::Netbanking => self.netbanking,
            Method::Wallet => self.wallet,
            Method::Points => "Points",
            Method::CreditEmi => "Credit EMI",
            Method::DebitEmi => "Debit EMI",
            Method::CardlessEmi => "Cardless EMI",
            Method::Bnpl => "Pay Later",
        }
    }

    /// What stands beside the name of a method.
    pub(crate) const fn method_hint(&self, method: Method) -> &'static str {
        match method {
            Method::Card => self.card_hint,
            Method::Upi => self.upi_hint,
            Method::Netbanking => self.netbanking_hint,
            Method::Wallet => "PhonePe, Paytm…",
            Method::Points => "Of your card",
            Method::CreditEmi => "On a credit card",
            Method::DebitEmi => "On a debit card",
            Method::CardlessEmi => "By mobile number",
            Method::Bnpl => "One bill or parts",
        }
    }

    /// Why a payment failed, in words for the payer, with what to do about it.
    #[expect(clippy::unused_self, reason = "the sentences of another language are its own")]
    pub(crate) const fn failure(&self, method: Method, reason: DeclineReason) -> &'static str {
        match (method, reason) {
            (Method::Bnpl | Method::CardlessEmi, DeclineReason::PaymentDeclined) => {
                return "The lender declined the payment.";
            }
            (Method::Wallet, DeclineReason::PaymentDeclined) => {
                return "The wallet declined the payment.";
            }
            (Method::Points, DeclineReason::InsufficientFunds) => {
                return "The card does not have enough points.";
            }
            _ => {}
        }
        match reason {
            DeclineReason::PaymentDeclined => "Your bank declined the payment.",
            DeclineReason::InsufficientFunds => {
                "There is not enough money in the account, or the card’s limit is reached."
            }
            DeclineReason::CardExpired => "The card has expired.",
            DeclineReason::CardVerificationFailed => {
                "The card’s details could not be verified. Check the number, expiry and CVV."
            }
            DeclineReason::CardNotAllowed => "The card cannot be used for this payment.",
            DeclineReason::CardStolen | DeclineReason::CardLost => {
                "The card cannot be used. Please contact your bank."
            }
            DeclineReason::CardNotEnrolled => {
                "The card is not set up for online payments. Please contact your bank."
            }
            DeclineReason::RiskCheckFailed => "The payment did not pass a security check.",
            DeclineReason::AmountLimitExceeded => {
                "The amount is over a limit of your bank or account."
            }
            DeclineReason::IssuerNotSupported => "Your bank is not supported for this payment.",
            DeclineReason::InvalidInstrument => "The account or card was not found.",
            DeclineReason::UserAuthenticationRequired => "The payment was not confirmed.",
            DeclineReason::UserAuthenticationFailed => {
                "The payment could not be confirmed: the password was wrong or missing."
            }
            DeclineReason::PaymentExpired => "The time for the payment ran out.",
            DeclineReason::PaymentNotAuthorized => "The payment was not authorised.",
            DeclineReason::InvalidRequest => {
                "This payment can only be made from the bank account that the merchant named."
            }
            DeclineReason::PaymentCancelled => "You cancelled the payment.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_told_as_a_sentence() {
        for method in Method::ALL {
            for reason in DeclineReason::ALL {
                let text = ENGLISH.failure(method, reason);
                assert!(text.ends_with('.') && !text.contains('_'), "{reason:?}: {text}");
            }
        }
    }

    #[test]
    fn names_of_the_contract_are_as_merchants_tests_expect_them() {
        let names = [
            (ENGLISH.method, "Payment method"),
            (ENGLISH.card_number, "Card number"),
            (ENGLISH.expiry, "Expiry (MM/YY)"),
            (ENGLISH.cvv, "CVV"),
            (ENGLISH.card_name, "Name on card"),
            (ENGLISH.upi_id, "UPI ID"),
            (ENGLISH.qr_name, "UPI QR code"),
            (ENGLISH.bank, "Bank"),
            (ENGLISH.wallet, "Wallet"),
            (ENGLISH.provider, "Provider"),
            (ENGLISH.mobile_number, "Mobile number"),
            (ENGLISH.otp_label, "OTP"),
            (ENGLISH.otp_submit, "Submit"),
            (ENGLISH.method_name(Method::Points), "Points"),
            (ENGLISH.method_name(Method::CreditEmi), "Credit EMI"),
            (ENGLISH.method_name(Method::DebitEmi), "Debit EMI"),
            (ENGLISH.method_name(Method::CardlessEmi), "Cardless EMI"),
            (ENGLISH.method_name(Method::Bnpl), "Pay Later"),
            (ENGLISH.amount_to_pay, "Amount to pay (₹)"),
            (ENGLISH.successful, "Payment successful"),
            (ENGLISH.failed, "Payment failed"),
            (ENGLISH.pending, "Payment pending"),
            (ENGLISH.expired, "Link expired"),
            (ENGLISH.cancelled, "Link cancelled"),
            (ENGLISH.already_paid, "Already paid"),
            (ENGLISH.try_again, "Try again"),
            (ENGLISH.back_to, "Return to {}"),
            (ENGLISH.pay_button, "Pay {}"),
        ];
        for (text, expected) in names {
            assert_eq!(text, expected);
        }
    }
}
