//! Every history of operations leaves books that hold, and an answer once given stays.

use std::collections::HashMap;
use std::time::Duration;

use deodar_acquirer::{AuthorizeRequest, Instrument, Outcome, Status};
use deodar_domain::instrument::EmiCard;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::Challenge;
use proptest::prelude::*;

use super::bank;
use crate::bank::{Bank, PayerDecision};
use crate::books::FollowOnKind;
use crate::rules::OTP;
use crate::test_kit::*;

/// Few ids, so that histories meet repeats, mix-ups and unknown ones.
const AUTHORIZATIONS: u128 = 3;
const FOLLOW_ONS: u128 = 12;

#[derive(Clone, Debug)]
enum Step {
    Authorize { number: u128, holds: bool, with: u8 },
    Otp { number: u128, right: bool },
    Decide { number: u128, yes: bool },
    FollowOn { kind: FollowOnKind, number: u128, of: u128, paise: u64 },
    Abandon { number: u128 },
    Status { number: u128 },
    Wait { seconds: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    let authorization = 1..=AUTHORIZATIONS;
    let follow_on = 100..100 + FOLLOW_ONS;
    let kind = prop_oneof![
        2 => Just(FollowOnKind::Capture),
        1 => Just(FollowOnKind::Void),
        4 => Just(FollowOnKind::Refund),
        1 => Just(FollowOnKind::Reversal),
    ];
    // What fits once, twice, exactly, and not at all.
    let paise = prop::sample::select(vec![0, 1, 20_000, 30_000, 50_000, 50_001, 600_000]);
    prop_oneof![
        4 => (authorization.clone(), any::<bool>(), 0..16_u8)
            .prop_map(|(number, holds, with)| Step::Authorize { number, holds, with }),
        4 => (authorization.clone(), prop::bool::weighted(0.8))
            .prop_map(|(number, right)| Step::Otp { number, right }),
        4 => (authorization.clone(), prop::bool::weighted(0.8))
            .prop_map(|(number, yes)| Step::Decide { number, yes }),
        8 => (kind, follow_on.clone(), authorization.clone(), paise)
            .prop_map(|(kind, number, of, paise)| Step::FollowOn { kind, number, of, paise }),
        1 => authorization.clone().prop_map(|number| Step::Abandon { number }),
        2 => prop_oneof![authorization, follow_on].prop_map(|number| Step::Status { number }),
        1 => (0..400_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn request(number: u128, holds: bool, with: u8) -> AuthorizeRequest {
    let later = |digits| pay_later(PayLaterProvider::SimplInThree, digits);
    let instrument = match with {
        0 => card(GOOD_CARD),
        1 => card("4000000000000341"),
        2 => vpa("success@upi"),
        3..=5 => vpa("timeout@upi"),
        6 | 7 => Instrument::UpiIntent,
        8 => card("4000000000009995"),
        9 => wallet(),
        10 => points(GOOD_CARD),
        11 => card_emi(EmiCard::Debit, GOOD_CARD, 24),
        12 => later("9876540000"),
        _ => later(GOOD_MOBILE),
    };
    let request = if holds { hold(number, instrument) } else { sale(number, instrument) };
    match with {
        // Two of these exceed what one payer may borrow.
        13.. => of_paise(request, 600_000),
        7 => from_named_account(request),
        10 => AuthorizeRequest { asked_beside: holds, ..request },
        _ => request,
    }
}

fn has_page(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Challenged { challenge: Challenge::Otp, .. })
}

/// Takes a step. What the bank refuses or loses is an answer too.
fn take(bank: &Bank, step: &Step) {
    match step {
        Step::Authorize { number, holds, with } => {
            let _ = bank.authorize(&request(*number, *holds, *with));
        }
        Step::Otp { number, right } => {
            let otp = if *right { OTP } else { "000000" };
            let _ = bank.answer_challenge(operation(*number), otp);
        }
        Step::Decide { number, yes } => {
            let status = bank.status(operation(*number)).unwrap();
            if let Status::Known(outcome @ Outcome::Challenged { .. }) = status
                && has_page(&outcome)
            {
                let decision = match (*yes, *number == 1) {
                    (true, false) => PayerDecision::Approve,
                    (true, true) => PayerDecision::ApproveFromOtherAccount,
                    (false, _) => PayerDecision::Decline,
                };
                bank.decide(&token_of(outcome), decision).unwrap();
            }
        }
        Step::FollowOn { kind, number, of, paise } => {
            let _ = bank.follow_on(*kind, &about(*number, *of, *paise));
        }
        Step::Abandon { number } => {
            bank.abandon(operation(*number)).unwrap();
        }
        Step::Status { number } => {
            bank.status(operation(*number)).unwrap();
        }
        Step::Wait { .. } => {}
    }
}

/// The decision of an operation, read without leaving a trace of the question.
fn decision(bank: &Bank, number: u128) -> Option<Outcome> {
    let found = bank.work(|books, now| {
        let authorization = super::super::find(books, operation(number), now)?;
        let follow_on = crate::books::follow_on(books, operation(number))?;
        Ok(authorization.and_then(|a| a.outcome()).or(follow_on.map(|f| f.outcome())))
    });
    found.unwrap().filter(|outcome| *outcome != Outcome::Pending)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_books_hold_after_every_step(steps in prop::collection::vec(any_step(), 1..60)) {
        let (bank, clock) = bank();
        let mut told: HashMap<u128, Outcome> = HashMap::new();
        for step in &steps {
            if let Step::Wait { seconds } = step {
                clock.advance(Duration::from_secs(*seconds));
            }
            take(&bank, step);
            prop_assert_eq!(bank.audit().unwrap(), Vec::<String>::new(), "after {:?}", step);
            for number in (1..=AUTHORIZATIONS).chain(100..100 + FOLLOW_ONS) {
                let now = decision(&bank, number);
                match told.get(&number) {
                    Some(before) => prop_assert_eq!(Some(before), now.as_ref()),
                    None => told.extend(now.map(|outcome| (number, outcome))),
                }
            }
        }
    }
}
