//! Hindi. What payers know by its Latin letters stays so: UPI, CVV, OTP, EMI, QR. Numbers are
//! written with Latin digits, as banks in India write them.

use deodar_domain::day::Day;
use deodar_domain::time::Timestamp;

use super::Texts;

/// Hindi.
pub(crate) static HINDI: Texts = Texts {
    code: "hi",

    // The messages of a sandbox.
    messages: "भुगतानकर्ताओं को संदेश",
    messages_text: "सैंडबॉक्स कुछ नहीं भेजता: इसके संदेश यहाँ रखे जाते हैं, सबसे नया सबसे ऊपर। प्रोग्राम इन्हें \
                    इसी पते पर इस हेडर से पढ़ते हैं:",
    messages_kept: "इतने संदेश रखे जाते हैं:",
    messages_none: "अभी कोई संदेश नहीं है। किसी ऐसे ग्राहक के लिए लिंक बनाएँ जिसका ई-मेल पता या मोबाइल \
                    नंबर हो।",
    messages_html: "ई-मेल, पेज के रूप में",
    message_link_made: "लिंक बना",
    message_link_again: "लिंक फिर से भेजा गया",
    message_reminder: "याद दिलाने का संदेश",
    message_receipt: "रसीद",
    message_email: "ई-मेल",
    message_sms: "SMS",

    // The link page.
    pay_whom: "{} को भुगतान",
    pay_button: "{} का भुगतान करें",
    pay_title: "{1} को {0} का भुगतान करें",
    remaining: "{} में से बाकी",
    fee_included: "इसमें {} का सुविधा शुल्क शामिल है",
    items: "सामान",
    discount: "छूट",
    item: "वस्तु",
    item_discount: "{} की छूट शामिल",
    order_reference: "संदर्भ",
    paid_by: "भुगतानकर्ता",
    valid_until: "इस समय तक मान्य",
    time_left: "{} बाकी",
    method: "भुगतान का तरीका",
    card: "कार्ड",
    card_hint: "क्रेडिट या डेबिट",
    upi: "UPI",
    upi_hint: "कोई भी UPI ऐप",
    netbanking: "नेटबैंकिंग",
    netbanking_hint: "सभी प्रमुख बैंक",
    wallet: "वॉलेट",
    wallet_hint_short: "PhonePe, Paytm…",
    points: "पॉइंट",
    points_hint: "आपके कार्ड के",
    credit_emi: "क्रेडिट EMI",
    credit_emi_hint: "क्रेडिट कार्ड पर",
    debit_emi: "डेबिट EMI",
    debit_emi_hint: "डेबिट कार्ड पर",
    cardless_emi: "बिना कार्ड EMI",
    cardless_emi_hint: "मोबाइल नंबर से",
    pay_later: "बाद में भुगतान",
    pay_later_hint: "एक बिल या किस्तें",
    wallet_choose: "अपना वॉलेट चुनें",
    wallet_hint: "आप अपने वॉलेट के पेज पर साइन इन करेंगे।",
    provider: "कंपनी",
    provider_choose: "कंपनी चुनें",
    mobile_known: "{} पर खत्म होने वाला नंबर इस्तेमाल करने के लिए खाली छोड़ दें।",
    mobile_hint: "10 अंकों का वह नंबर जो आपके बैंक या ऋणदाता के पास दर्ज है।",
    offer_check: "बाद में भुगतान की पात्रता जाँचें",
    offer_yes: "आप पात्र हैं: {2} पर खत्म होने वाले नंबर के लिए {0} {1} का भुगतान करेगा।",
    offer_one_bill: "आप यह रकम एक ही बिल में लौटाएँगे।",
    offer_short: "{2} पर खत्म होने वाले नंबर के लिए {0} अभी {1} का भुगतान नहीं करेगा: उसकी सीमा पूरी \
        हो चुकी है।",
    offer_no: "आप पात्र नहीं हैं: {2} पर खत्म होने वाले नंबर के लिए {0} {1} का भुगतान नहीं करेगा। कोई और \
        कंपनी या तरीका चुनें।",
    offer_limit: "{0} से बहुत बार पूछा जा चुका है। आप बिना पूछे भुगतान कर सकते हैं।",
    offer_silent: "{0} से जवाब नहीं मिल रहा है। फिर कोशिश करें, या बिना पूछे भुगतान करें।",
    emi_plan: "मासिक योजना",
    emi_rate: "{}% सालाना",
    emi_no_interest: "कोई ब्याज नहीं",
    emi_total: "कुल {}",
    emi_again: "इस रकम की योजनाएँ दिखाएँ",
    emi_months: "{} महीने",
    emi_monthly: "{} प्रति माह",
    due_on: "{} को देय",
    card_number: "कार्ड नंबर",
    expiry: "समाप्ति (MM/YY)",
    expiry_example: "MM/YY",
    cvv: "CVV",
    card_name: "कार्ड पर लिखा नाम",
    upi_id: "UPI ID",
    upi_id_example: "name@bank",
    upi_collect_hint: "हम आपके UPI ऐप पर अनुरोध भेजेंगे। आप उसे वहीं मंज़ूर करेंगे।",
    upi_or: "या",
    upi_intent: "QR कोड या UPI ऐप से भुगतान करें",
    bank: "बैंक",
    bank_choose: "अपना बैंक चुनें",
    bank_hint: "आप अपने बैंक के पेज पर साइन इन करेंगे।",
    amount_to_pay: "भुगतान की रकम (₹)",
    amount_hint: "₹1.00 से {} तक। बाकी रकम बाद में चुकाई जा सकती है।",
    no_method: "अभी भुगतान का कोई तरीका उपलब्ध नहीं है। कृपया {} से संपर्क करें।",
    secure: "आपका कार्ड नंबर और CVV कभी सहेजे नहीं जाते।",
    run_by: "भुगतान Deodar के ज़रिए",
    sandbox: "सैंडबॉक्स: असली पैसे का लेन-देन नहीं होता",

    // What is wrong with a field.
    wrong_summary: "कृपया चिह्नित जानकारी जाँचें। कोई पैसा नहीं कटा है।",
    wrong_card_number: "नंबर वैसा ही लिखें जैसा कार्ड पर है",
    wrong_expiry: "ऐसा महीना और साल लिखें जो बीता न हो",
    wrong_cvv: "3 अंक, American Express पर 4 अंक",
    wrong_card_name: "नाम वैसा ही लिखें जैसा कार्ड पर है",
    wrong_upi_id: "name@bank जैसी UPI ID लिखें",
    wrong_bank: "बैंक चुनें",
    wrong_wallet: "वॉलेट चुनें",
    wrong_provider: "कंपनी चुनें",
    wrong_mobile: "10 अंकों का मोबाइल नंबर लिखें",
    wrong_tenure: "यह योजना इस रकम के लिए उपलब्ध नहीं है। कोई और चुनें",
    wrong_amount: "₹1.00 या उससे ज़्यादा लिखें, पर बकाया रकम से ज़्यादा नहीं; जो बचे वह शून्य हो या कम से कम \
        ₹1.00 हो",
    wrong_method: "इस भुगतान के लिए यह तरीका इस्तेमाल नहीं हो सकता। कोई और चुनें",
    notice_again: "भुगतान शुरू नहीं हुआ। कृपया एक बार फिर कोशिश करें।",
    notice_busy: "बहुत ज़्यादा कोशिशें हो चुकी हैं। कृपया एक मिनट रुककर फिर कोशिश करें।",

    // Waiting.
    pending: "भुगतान जारी है",
    to_whom: "{} को",
    wait_collect: "अपने UPI ऐप में अनुरोध मंज़ूर करें",
    wait_collect_text: "अपना UPI ऐप खोलें और {} का अनुरोध मंज़ूर करें।",
    wait_collect_to: "अनुरोध यहाँ भेजा गया",
    wait_intent: "किसी भी UPI ऐप से स्कैन करें",
    wait_intent_text: "कोड स्कैन करें, या इसी फ़ोन पर UPI ऐप खोलें।",
    wait_bank: "अपने बैंक के पेज पर पूरा करें",
    wait_bank_text: "आपका बैंक अपने पेज पर इस भुगतान की पुष्टि माँग रहा है।",
    wait_silent: "आपके बैंक का इंतज़ार है",
    wait_silent_text: "इसमें एक मिनट लग सकता है। कृपया दोबारा भुगतान न करें: नतीजा पता चलते ही इस पेज पर \
        दिखेगा।",
    otp_heading: "{} की पुष्टि करें",
    wait_otp: "OTP लिखें",
    wait_otp_text: "OTP {} पर भेजा गया है।",
    wait_otp_plain: "OTP आपके मोबाइल नंबर पर भेजा गया है।",
    otp_label: "OTP",
    otp_submit: "जमा करें",
    otp_resend: "फिर से भेजें",
    otp_sent: "OTP फिर से भेजा गया है।",
    otp_limit: "OTP फिर से नहीं भेजा जा सकता। जो मिला है वही लिखें।",
    wrong_otp: "यह OTP सही नहीं है। फिर कोशिश करें।",
    wait_live: "यह पेज अपने आप अपडेट होता है।",
    wait_time: "बाकी समय",
    wait_refresh: "फिर जाँचें",
    qr_name: "UPI QR कोड",
    open_upi_app: "UPI ऐप खोलें",
    open_sandbox_app: "सैंडबॉक्स का UPI ऐप खोलें",
    to_bank: "अपने बैंक पर जाएँ",
    wait_wallet: "अपने वॉलेट में पूरा करें",
    wait_wallet_text: "आपका वॉलेट अपने पेज पर इस भुगतान की पुष्टि माँग रहा है।",
    to_wallet: "अपने वॉलेट पर जाएँ",
    to_wallet_title: "आपको आपके वॉलेट पर ले जा रहे हैं",
    to_bank_title: "आपको आपके बैंक पर ले जा रहे हैं",
    to_bank_text: "अगर कुछ न हो, तो बटन दबाएँ।",
    to_bank_framed: "आपके बैंक का पेज पूरी विंडो में खुलेगा। काम पूरा होने पर आप यहीं लौट आएँगे।",
    other_method: "कोई और तरीका",
    cancel_payment: "भुगतान रद्द करें",

    // Outcomes.
    successful: "भुगतान सफल रहा",
    failed: "भुगतान नहीं हुआ",
    success_text: "{1} को {0} का भुगतान हो गया है।",
    hold_text: "{1} के लिए {0} रोके गए हैं। उनकी पुष्टि के बाद ही पैसे कटेंगे।",
    still_due: "अभी बाकी",
    pay_rest: "बाकी {} का भुगतान करें",
    nothing_charged: "आपका कोई पैसा नहीं कटा है।",
    try_again: "फिर कोशिश करें",
    back_to: "{} पर लौटें",
    back_soon: "आपको {} पर वापस ले जा रहे हैं…",
    row_amount: "रकम",
    row_merchant: "किसे",
    row_method: "तरीका",
    row_tried: "आज़माया गया तरीका",
    row_reference: "संदर्भ",
    row_payment: "भुगतान ID",
    row_time: "समय",
    card_ending: "{} कार्ड",

    // Links that cannot be paid.
    expired: "लिंक की अवधि समाप्त",
    expired_text: "यह भुगतान लिंक {} को समाप्त हो गया।",
    cancelled: "लिंक रद्द",
    cancelled_text: "इस लिंक से अब भुगतान नहीं हो सकता।",
    already_paid: "भुगतान पहले ही हो चुका है",
    already_paid_text: "इस लिंक का भुगतान हो चुका है। अब कुछ करना बाकी नहीं है।",
    ask_merchant: "अगर आप अब भी भुगतान करना चाहते हैं, तो {} से नया लिंक माँगें।",
    part_paid: "{} का भुगतान हुआ था।",

    // Orders that cannot be paid on the hosted page, and payers who leave it.
    order_cancelled: "ऑर्डर रद्द",
    order_cancelled_text: "इस ऑर्डर का अब भुगतान नहीं हो सकता।",
    order_paid_text: "इस ऑर्डर का भुगतान हो चुका है। अब कुछ करना बाकी नहीं है।",
    details: "आपकी जानकारी",
    details_text: "{} इनके ज़रिए आपसे संपर्क करता है। जो आप खाली छोड़ेंगे, वह वैसा ही रहेगा।",
    details_known: "अभी {}",
    details_save: "सहेजें",
    details_back: "बिना सहेजे वापस जाएँ",
    details_change: "बदलें",
    details_wrong: "कृपया चिह्नित जानकारी जाँचें। बाकी सहेज ली गई है।",
    first_name: "पहला नाम",
    last_name: "उपनाम",
    email: "ई-मेल",
    mobile_number: "मोबाइल नंबर",
    wrong_name: "ज़्यादा से ज़्यादा 50 अक्षर लिखें",
    wrong_email: "name@example.com जैसा पता लिखें",
    wrong_mobile_number: "9 से 20 अंक लिखें, देश के कोड के बिना",
    checkout_ended: "यह पेज बंद हो गया है",
    checkout_ended_text: "यह एक दिन तक खुला था, और अब इस पर भुगतान नहीं हो सकता।",
    checkout_gone_text: "यह एक दिन तक खुला था। अगर आप अब भी भुगतान करना चाहते हैं, तो दुकान की साइट पर \
        लौटकर फिर से शुरू करें।",
    ask_again: "अगर आप अब भी भुगतान करना चाहते हैं, तो {} पर फिर से शुरू करें।",
    not_completed: "भुगतान पूरा नहीं हुआ",

    // Faults.
    not_found: "पेज नहीं मिला",
    not_found_text: "पता जाँचें: भुगतान लिंक में अंग्रेज़ी के बड़े और छोटे अक्षर अलग माने जाते हैं।",
    too_many: "बहुत ज़्यादा अनुरोध",
    too_many_text: "कृपया एक मिनट रुकें, फिर कोशिश करें।",
    unavailable: "हम अभी जवाब नहीं दे पा रहे हैं",
    unavailable_text: "कृपया थोड़ी देर रुककर फिर जाँचें। अगर आप भुगतान कर रहे थे, तो जब तक यह पेज पहले \
        भुगतान का नतीजा न दिखाए, दूसरा भुगतान शुरू न करें।",
    refused: "यह नहीं हो सकता",
    refused_text: "पेज ने कुछ ऐसा भेजा जिसे हम पढ़ नहीं सके। कोई पैसा नहीं कटा है।",

    // Why a payment failed, with what to do about it.
    failed_lender: "ऋणदाता ने भुगतान मंज़ूर नहीं किया।",
    failed_wallet: "वॉलेट ने भुगतान मंज़ूर नहीं किया।",
    failed_points: "कार्ड पर पर्याप्त पॉइंट नहीं हैं।",
    failed_declined: "आपके बैंक ने भुगतान मंज़ूर नहीं किया।",
    failed_funds: "खाते में पर्याप्त पैसे नहीं हैं, या कार्ड की सीमा पूरी हो चुकी है।",
    failed_expired: "कार्ड की अवधि समाप्त हो चुकी है।",
    failed_verification: "कार्ड की जानकारी की पुष्टि नहीं हो सकी। नंबर, समाप्ति और CVV जाँचें।",
    failed_not_allowed: "यह कार्ड इस भुगतान के लिए इस्तेमाल नहीं हो सकता।",
    failed_blocked: "यह कार्ड इस्तेमाल नहीं हो सकता। कृपया अपने बैंक से संपर्क करें।",
    failed_not_enrolled: "इस कार्ड पर ऑनलाइन भुगतान चालू नहीं है। कृपया अपने बैंक से संपर्क करें।",
    failed_risk: "भुगतान सुरक्षा जाँच में सफल नहीं हुआ।",
    failed_limit: "रकम आपके बैंक या खाते की सीमा से ज़्यादा है।",
    failed_issuer: "इस भुगतान के लिए आपका बैंक उपलब्ध नहीं है।",
    failed_instrument: "खाता या कार्ड नहीं मिला।",
    failed_not_confirmed: "भुगतान की पुष्टि नहीं की गई।",
    failed_password: "भुगतान की पुष्टि नहीं हो सकी: OTP गलत था या दिया नहीं गया।",
    failed_time: "भुगतान का समय समाप्त हो गया।",
    failed_not_authorised: "भुगतान को मंज़ूरी नहीं मिली।",
    failed_account: "यह भुगतान केवल उस बैंक खाते से हो सकता है जो विक्रेता ने बताया है।",
    failed_cancelled: "आपने भुगतान रद्द कर दिया।",

    // The receipt.
    receipt: "रसीद",
    receipt_show: "छापने योग्य रसीद",
    receipt_text: "छापने या PDF के रूप में सहेजने के लिए ब्राउज़र के मेन्यू का इस्तेमाल करें।",
    receipt_sandbox: "यह रसीद सैंडबॉक्स की है: असली पैसे का लेन-देन नहीं हुआ।",
    row_refunded: "लौटाई गई रकम",
    row_purpose: "किसलिए",
    receipt_back: "भुगतान पर वापस जाएँ",

    // The preview of a link in a chat program.
    graph_text: "ऑनलाइन भुगतान के लिए लिंक खोलें। भुगतान के तरीके विक्रेता के अनुसार हैं।",

    // The languages.
    language: "भाषा",
};

/// The months of the year.
const MONTHS: [&str; 12] = [
    "जनवरी",
    "फ़रवरी",
    "मार्च",
    "अप्रैल",
    "मई",
    "जून",
    "जुलाई",
    "अगस्त",
    "सितंबर",
    "अक्तूबर",
    "नवंबर",
    "दिसंबर",
];

/// The part of the day that an hour belongs to.
const fn part_of_day(hour: u8) -> &'static str {
    match hour {
        4..=11 => "सुबह",
        12..=15 => "दोपहर",
        16..=19 => "शाम",
        _ => "रात",
    }
}

/// `21 मार्च 2025`
pub(super) fn day(day: Day) -> String {
    let (year, month, date) = day.parts();
    let name = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
    format!("{date} {name} {year}")
}

/// `21 मार्च 2025, दोपहर 1:59 बजे IST`
pub(super) fn time(at: Timestamp) -> String {
    let (hour, minute) = at.clock_ist();
    let shown = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{}, {} {shown}:{minute:02} बजे IST", day(Day::of(at)), part_of_day(hour))
}
