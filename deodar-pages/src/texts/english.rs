//! English.

/// Declares the table: a struct of texts, and English as one language of it.
macro_rules! texts {
    ($($name:ident: $english:literal,)*) => {
        /// The texts of one language.
        pub(crate) struct Texts {
            /// The language by BCP 47, as the page declares it.
            pub(crate) code: &'static str,
            $(pub(crate) $name: &'static str,)*
        }

        /// English.
        pub(crate) static ENGLISH: Texts = Texts { code: "en", $($name: $english,)* };

        #[cfg(test)]
        impl Texts {
            /// Every text, with its name in the table.
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
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
    message_link_made: "Link made",
    message_link_again: "Link sent again",
    message_reminder: "Reminder",
    message_receipt: "Receipt",
    message_email: "E-mail",
    message_sms: "SMS",

    // The link page.
    pay_whom: "Pay {}",
    pay_button: "Pay {}",
    pay_title: "Pay {0} to {1}",
    remaining: "Remaining of {}",
    fee_included: "Includes a convenience fee of {}",
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
    wallet_hint_short: "PhonePe, Paytm…",
    points: "Points",
    points_hint: "Of your card",
    credit_emi: "Credit EMI",
    credit_emi_hint: "On a credit card",
    debit_emi: "Debit EMI",
    debit_emi_hint: "On a debit card",
    cardless_emi: "Cardless EMI",
    cardless_emi_hint: "By mobile number",
    pay_later: "Pay Later",
    pay_later_hint: "One bill or parts",
    wallet_choose: "Choose your wallet",
    wallet_hint: "You sign in on your wallet’s own page.",
    provider: "Provider",
    provider_choose: "Choose who you pay later",
    mobile_known: "Leave it empty to use the number ending in {}.",
    mobile_hint: "The 10 digits that your bank or lender knows you by.",
    offer_check: "Check if I can pay later",
    offer_yes: "Eligible: {0} pays {1} for the number ending in {2}.",
    offer_one_bill: "You pay it back in one bill.",
    offer_short: "{0} does not pay {1} for the number ending in {2} now: its limit is used \
        up.",
    offer_no: "Not eligible: {0} does not pay {1} for the number ending in {2}. Choose another \
        provider or method.",
    offer_limit: "{0} was asked too often. You can pay without asking first.",
    offer_silent: "{0} does not answer. You can try again, or pay without asking first.",
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
    success_text: "{0} has been paid to {1}.",
    hold_text: "{0} is held for {1}. It is charged when they confirm.",
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

    // Why a payment failed, with what to do about it.
    failed_lender: "The lender declined the payment.",
    failed_wallet: "The wallet declined the payment.",
    failed_points: "The card does not have enough points.",
    failed_declined: "Your bank declined the payment.",
    failed_funds: "There is not enough money in the account, or the card’s limit is reached.",
    failed_expired: "The card has expired.",
    failed_verification: "The card’s details could not be verified. Check the number, expiry and \
        CVV.",
    failed_not_allowed: "The card cannot be used for this payment.",
    failed_blocked: "The card cannot be used. Please contact your bank.",
    failed_not_enrolled: "The card is not set up for online payments. Please contact your bank.",
    failed_risk: "The payment did not pass a security check.",
    failed_limit: "The amount is over a limit of your bank or account.",
    failed_issuer: "Your bank is not supported for this payment.",
    failed_instrument: "The account or card was not found.",
    failed_not_confirmed: "The payment was not confirmed.",
    failed_password: "The payment could not be confirmed: the password was wrong or missing.",
    failed_time: "The time for the payment ran out.",
    failed_not_authorised: "The payment was not authorised.",
    failed_account: "This payment can only be made from the bank account that the merchant named.",
    failed_cancelled: "You cancelled the payment.",

    // The receipt.
    receipt: "Receipt",
    receipt_show: "Receipt to print",
    receipt_text: "To print it or keep it as a PDF, use your browser’s menu.",
    receipt_sandbox: "This receipt is of a sandbox: no real money moved.",
    row_refunded: "Refunded",
    row_purpose: "For",
    receipt_back: "Back to the payment",

    // The preview of a link in a chat program.
    graph_text: "Open the link to pay online, by the methods that the merchant offers.",

    // The languages.
    language: "Language",
}
