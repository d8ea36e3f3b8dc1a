//! Orders whose money is held first.

use super::story::assert_story;

#[tokio::test]
async fn what_is_held_and_then_taken_is_told_of_twice() {
    assert_story(
        "
make 50000 hold
pay
otp             ORDER_AUTHORIZED AUTHORIZED
capture         ORDER_PROCESSED PROCESSED
wait 900000
",
    )
    .await;
    assert_story(
        "
make 50000 hold
pay-later
otp             ORDER_AUTHORIZED AUTHORIZED
capture 20000   ORDER_PROCESSED PARTIALLY_CAPTURED
refund          REFUND_PROCESSED PROCESSED
wait 900000
",
    )
    .await;
}

#[tokio::test]
async fn several_payments_that_are_held_are_taken_in_one_event() {
    assert_story(
        "
make 50000 hold
pay-points 10000
otp               ORDER_AUTHORIZED AUTHORIZED
capture 45000     ORDER_PROCESSED PARTIALLY_CAPTURED
refund 44000      REFUND_PROCESSED PROCESSED
",
    )
    .await;
    // The points are let go of.
    assert_story(
        "
make 50000 hold
pay-points 10000
otp               ORDER_AUTHORIZED AUTHORIZED
capture 30000     ORDER_PROCESSED PARTIALLY_CAPTURED
wait 900000
",
    )
    .await;
}

#[tokio::test]
async fn what_is_let_go_of_is_told_of_as_cancelled() {
    assert_story(
        "
make 50000 hold
pay
otp             ORDER_AUTHORIZED AUTHORIZED
cancel          ORDER_CANCELLED CANCELLED
wait 900000
",
    )
    .await;
    assert_story(
        "
make 50000 hold
pay-points 10000
otp               ORDER_AUTHORIZED AUTHORIZED
cancel            ORDER_CANCELLED CANCELLED
",
    )
    .await;
    assert_story(
        "
make 50000 link hold  PAYMENT_LINK_CREATED CREATED
pay
otp                   ORDER_AUTHORIZED AUTHORIZED  PAYMENT_LINK_PROCESSED PROCESSED
wait 604799
wait 1                ORDER_CANCELLED CANCELLED  PAYMENT_LINK_CANCELLED CANCELLED
",
    )
    .await;
}

#[tokio::test]
async fn a_capture_that_the_bank_refuses_is_no_event() {
    assert_story(
        "
make 50000 hold
pay-stubborn
otp              ORDER_AUTHORIZED AUTHORIZED
capture
capture 100
cancel           ORDER_CANCELLED CANCELLED
",
    )
    .await;
}
