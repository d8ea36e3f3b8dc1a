mod commands;
mod damage;
mod generate;
mod payments;
mod samples;

use proptest::prelude::*;

use deodar_domain::ledger::Account;
use deodar_domain::message::MessageKind;

use super::*;
use crate::job::{EventSnapshot, JobPayload};
use crate::record::Record;

fn round_trip(record: &Record) {
    let document = encode(record).unwrap();
    assert_eq!(decode(record.key(), &document).as_ref(), Ok(record), "{document}");
    assert_eq!(format_of(&document), Ok(FORMAT));
    assert_eq!(encode(&decode(record.key(), &document).unwrap()), Ok(document));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn an_order_is_read_as_it_was_after_every_command(
        terms in generate::terms(),
        link in proptest::option::of(1_u64..=u64::MAX),
        steps in proptest::collection::vec(commands::step(), 0..24),
    ) {
        let mut history = commands::History::begin(terms, link);
        round_trip(&Record::Order(Box::new(history.order.clone())));
        for step in steps {
            history.take(&step);
            round_trip(&Record::Order(Box::new(history.order.clone())));
        }
    }

    #[test]
    fn a_merchant_is_read_as_it_was(merchant in generate::merchant()) {
        round_trip(&Record::Merchant(Box::new(merchant)));
    }

    #[test]
    fn a_delivery_is_read_as_it_was(delivery in generate::delivery()) {
        round_trip(&Record::Delivery(Box::new(delivery)));
    }

    #[test]
    fn an_answer_is_read_as_it_was(answer in generate::answer()) {
        round_trip(&Record::Answer(Box::new(answer)));
    }

    #[test]
    fn a_pointer_and_a_setting_are_read_as_they_were(
        refund in generate::order_key(),
        order in generate::order_key(),
        merchant in generate::merchant().prop_map(|merchant| merchant.id),
        seconds in any::<u64>(),
    ) {
        round_trip(&Record::Refund(RefundPointer { refund, order, merchant }));
        round_trip(&Record::Setting(Setting::ClockOffset { seconds }));
        let png = seconds.to_be_bytes().into();
        round_trip(&Record::Setting(Setting::Logo { merchant, png }));
    }

    #[test]
    fn a_payload_is_read_as_it_was(
        terms in generate::terms(),
        event in generate::event(),
        bits in any::<u128>(),
        at in generate::instant(),
    ) {
        let order = commands::History::begin(terms, Some(1)).order;
        let id = deodar_domain::id::EventId(bits);
        let payloads = [
            JobPayload::None,
            JobPayload::Operation(OperationId(bits)),
            JobPayload::Message(MessageKind::LinkSentAgain),
            JobPayload::Event(Box::new(EventSnapshot { id, event, at, order })),
        ];
        for payload in payloads {
            let document = encode_payload(&payload).unwrap();
            prop_assert_eq!(decode_payload(document.as_deref()), Ok(payload));
        }
    }

    #[test]
    fn a_key_has_one_text(key in generate::record_key()) {
        prop_assert_eq!(parse_subject(&subject_text(key)), Some(key));
    }

    #[test]
    fn no_text_is_read_as_another_keys(text in "[a-z]{0,2}:?[+-]?[0-9]{0,20}") {
        if let Some(key) = parse_subject(&text) {
            prop_assert_eq!(subject_text(key), text);
        }
    }
}

#[test]
fn an_account_has_one_text() {
    let merchant = MerchantId::new(100_001).unwrap();
    let table = [
        (Account::AcquirerReceivable, "acquirer_receivable"),
        (Account::MerchantPayable(merchant), "merchant_payable:100001"),
    ];
    for (account, text) in table {
        assert_eq!(account_text(account), text);
        assert_eq!(parse_account(text), Some(account));
    }
    for text in
        ["", "acquirer", "merchant_payable", "merchant_payable:1", "merchant_payable:+00001"]
    {
        assert_eq!(parse_account(text), None, "{text}");
    }
}
