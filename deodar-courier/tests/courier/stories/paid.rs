//! Orders that are paid, and refunds of them.

use super::story::assert_story;

#[tokio::test]
async fn an_order_that_is_paid_at_once_is_told_of_once() {
    assert_story(
        "
make 50000
pay
otp         ORDER_PROCESSED PROCESSED
wait 900000
",
    )
    .await;
}

#[tokio::test]
async fn a_failure_is_told_of_before_the_payment_that_follows_it() {
    assert_story(
        "
make 50000
pay-risky   PAYMENT_FAILED ATTEMPTED
pay
wrong-otp
wrong-otp
wrong-otp   PAYMENT_FAILED ATTEMPTED
pay
give-up     PAYMENT_FAILED ATTEMPTED
pay
wait 960    PAYMENT_FAILED ATTEMPTED
pay
otp         ORDER_PROCESSED PROCESSED
",
    )
    .await;
}

#[tokio::test]
async fn the_tenth_failure_fails_the_order() {
    assert_story(
        "
make 50000
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED FAILED  ORDER_FAILED FAILED
",
    )
    .await;
}

#[tokio::test]
async fn a_cancelled_order_is_told_of_and_its_payment_is_not() {
    assert_story("make 50000\n cancel  ORDER_CANCELLED CANCELLED").await;
    assert_story(
        "
make 50000
pay
cancel   ORDER_CANCELLED CANCELLED
wait 60
",
    )
    .await;
    assert_story(
        "
make 50000
pay-risky       PAYMENT_FAILED ATTEMPTED
cancel          ORDER_CANCELLED CANCELLED
",
    )
    .await;
    assert_story(
        "
make 50000
pay
otp             ORDER_PROCESSED PROCESSED
refused-cancel
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_of_several_payments_is_told_of_once() {
    assert_story(
        "
make 50000
pay-points 10000
otp               ORDER_PROCESSED PROCESSED
",
    )
    .await;
    assert_story(
        "
make 50000
pay-no-points 10000  PAYMENT_FAILED ATTEMPTED
pay-points 10000
wrong-otp
wrong-otp
wrong-otp            PAYMENT_FAILED ATTEMPTED
wait 60
pay-points 10000
cancel               ORDER_CANCELLED CANCELLED
wait 60
",
    )
    .await;
}

#[tokio::test]
async fn pay_later_is_told_of_when_the_payer_has_given_the_password() {
    assert_story(
        "
make 50000
pay-later
wrong-otp
otp        ORDER_PROCESSED PROCESSED
refund     REFUND_PROCESSED PROCESSED
",
    )
    .await;
}

#[tokio::test]
async fn every_refund_is_told_of_once() {
    assert_story(
        "make 50000\n pay\n otp  ORDER_PROCESSED PROCESSED\n refund  REFUND_PROCESSED PROCESSED",
    )
    .await;
    assert_story(
        "
make 50000
pay
otp           ORDER_PROCESSED PROCESSED
refund 20000  REFUND_PROCESSED PROCESSED
refund 20000  REFUND_PROCESSED PROCESSED
refund        REFUND_PROCESSED PROCESSED
",
    )
    .await;
    // Two banks are asked for the last of these: the card's money is back, the points are not.
    assert_story(
        "
make 50000
pay-points 10000
otp               ORDER_PROCESSED PROCESSED
refund 30000      REFUND_PROCESSED PROCESSED
refund            REFUND_PROCESSED PROCESSED
",
    )
    .await;
}

#[tokio::test]
async fn what_the_bank_decides_by_itself_is_told_of_when_it_is_known() {
    assert_story(
        "
make 50000
pay-upi pending
wait 301         PAYMENT_FAILED ATTEMPTED
pay-upi failure  PAYMENT_FAILED ATTEMPTED
pay-upi timeout
wait 60          ORDER_PROCESSED PROCESSED
",
    )
    .await;
}

/// Its points are back all the same.
#[tokio::test]
async fn a_refund_of_which_a_part_is_refused_has_failed_once() {
    assert_story(
        "
make 50000
pay-stubborn-points 10000
otp                        ORDER_PROCESSED PROCESSED
refund                     REFUND_FAILED FAILED
refund                     REFUND_FAILED FAILED
",
    )
    .await;
}

#[tokio::test]
async fn a_refund_that_the_bank_refuses_is_told_of() {
    assert_story(
        "
make 50000
pay-stubborn
otp           ORDER_PROCESSED PROCESSED
refund 20000  REFUND_FAILED FAILED
refund        REFUND_FAILED FAILED
",
    )
    .await;
}

#[tokio::test]
async fn the_hosted_checkout_tells_the_same() {
    assert_story(
        "
make 50000 checkout
pay-risky            PAYMENT_FAILED ATTEMPTED
pay-on-page          ORDER_PROCESSED PROCESSED
refund               REFUND_PROCESSED PROCESSED
",
    )
    .await;
}
