//! Money that is held: taken, let go and given back.

use super::life::assert_life;

#[tokio::test]
async fn what_is_held_is_taken_once() {
    assert_life(
        "
make 50000 hold
capture        422 OPERATION_NOT_ALLOWED  CREATED     -             -  -  10
pay            200                        PENDING     a PENDING     -  -  9
capture        422 OPERATION_NOT_ALLOWED  PENDING     a PENDING     -  -  9
otp            200                        AUTHORIZED  a AUTHORIZED  -  -  9
refund         422 OPERATION_NOT_ALLOWED  AUTHORIZED  a AUTHORIZED  -  -  9
capture 99     400 INVALID_REQUEST        AUTHORIZED  a AUTHORIZED  -  -  9
capture 50001  422 OPERATION_NOT_ALLOWED  AUTHORIZED  a AUTHORIZED  -  -  9
capture        200                        PROCESSED   a PROCESSED   -  -  9
capture 100    422 OPERATION_NOT_ALLOWED  PROCESSED   a PROCESSED   -  -  9
cancel         422 OPERATION_NOT_ALLOWED  PROCESSED   a PROCESSED   -  -  9
pay            422 OPERATION_NOT_ALLOWED  PROCESSED   a PROCESSED   -  -  9
wait 8d        200                        PROCESSED   a PROCESSED   -  -  9
",
    )
    .await;
}

#[tokio::test]
async fn what_is_held_is_taken_in_part_and_the_rest_let_go() {
    assert_life(
        "
make 50000 hold
pay            200                        PENDING             a PENDING     -  -  9
otp            200                        AUTHORIZED          a AUTHORIZED  -  -  9
capture 100    200                        PARTIALLY_CAPTURED  a PROCESSED   -  -  9
capture 49900  422 OPERATION_NOT_ALLOWED  PARTIALLY_CAPTURED  a PROCESSED   -  -  9
cancel         422 OPERATION_NOT_ALLOWED  PARTIALLY_CAPTURED  a PROCESSED   -  -  9
refund 101     422 OPERATION_NOT_ALLOWED  PARTIALLY_CAPTURED  a PROCESSED   -  -  9
refund 99      400 INVALID_REQUEST        PARTIALLY_CAPTURED  a PROCESSED   -  -  9
refund 100     200                        FULLY_REFUNDED      a PROCESSED   -  -  9
refund 100     422 OPERATION_NOT_ALLOWED  FULLY_REFUNDED      a PROCESSED   -  -  9
wait 8d        200                        FULLY_REFUNDED      a PROCESSED   -  -  9
",
    )
    .await;
}

#[tokio::test]
async fn what_is_held_is_voided_by_a_cancel() {
    assert_life(
        "
make 50000 hold
pay      200                        PENDING     a PENDING     -  -  9
otp      200                        AUTHORIZED  a AUTHORIZED  -  -  9
cancel   200                        CANCELLED   a CANCELLED   -  -  9
cancel   422 ORDER_CANCELLED        CANCELLED   a CANCELLED   -  -  9
capture  422 ORDER_CANCELLED        CANCELLED   a CANCELLED   -  -  9
pay      422 ORDER_CANCELLED        CANCELLED   a CANCELLED   -  -  9
refund   422 OPERATION_NOT_ALLOWED  CANCELLED   a CANCELLED   -  -  9
wait 8d  200                        CANCELLED   a CANCELLED   -  -  9
",
    )
    .await;
}

/// The release is ordered at its time, and done when the bank has let go.
#[tokio::test]
async fn what_nobody_takes_is_let_go_after_seven_days() {
    assert_life(
        "
make 50000 link hold
pay          200                        PENDING     a PENDING     PAYMENT_INITIATED  50000  9
otp          200                        AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
cancel-link  422 OPERATION_NOT_ALLOWED  AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
wait 167h    200                        AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
wait 59m     200                        AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
wait 1m      200                        AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
capture      422 PAYMENT_PENDING        AUTHORIZED  a AUTHORIZED  PROCESSED          0      9
wait 1m      200                        CANCELLED   a CANCELLED   CANCELLED          0      9
capture      422 ORDER_CANCELLED        CANCELLED   a CANCELLED   CANCELLED          0      9
cancel       422 ORDER_CANCELLED        CANCELLED   a CANCELLED   CANCELLED          0      9
refund       422 OPERATION_NOT_ALLOWED  CANCELLED   a CANCELLED   CANCELLED          0      9
",
    )
    .await;
}

#[tokio::test]
async fn a_capture_that_the_bank_refuses_leaves_the_money_held() {
    assert_life(
        "
make 50000 hold
pay-stubborn  200                   PENDING     a PENDING     -  -  9
otp           200                   AUTHORIZED  a AUTHORIZED  -  -  9
capture       422 PAYMENT_DECLINED  AUTHORIZED  a AUTHORIZED  -  -  9
capture 100   422 PAYMENT_DECLINED  AUTHORIZED  a AUTHORIZED  -  -  9
cancel        200                   CANCELLED   a CANCELLED   -  -  9
",
    )
    .await;
}

#[tokio::test]
async fn refunds_are_bounded_by_what_was_taken() {
    assert_life(
        "
make 50000
pay           200                        PENDING             a PENDING    -  -  9
otp           200                        PROCESSED           a PROCESSED  -  -  9
refund 50001  422 OPERATION_NOT_ALLOWED  PROCESSED           a PROCESSED  -  -  9
refund 49950  200                        PARTIALLY_REFUNDED  a PROCESSED  -  -  9
refund 51     422 OPERATION_NOT_ALLOWED  PARTIALLY_REFUNDED  a PROCESSED  -  -  9
refund 49     400 INVALID_REQUEST        PARTIALLY_REFUNDED  a PROCESSED  -  -  9
refund 50     200                        FULLY_REFUNDED      a PROCESSED  -  -  9
refund        422 OPERATION_NOT_ALLOWED  FULLY_REFUNDED      a PROCESSED  -  -  9
",
    )
    .await;
}

#[tokio::test]
async fn what_a_lender_holds_is_taken_let_go_and_given_back() {
    assert_life(
        "
make 50000 hold
pay-later      200                             PENDING             a PENDING     -  -  9
wrong-otp      422 USER_AUTHENTICATION_FAILED  PENDING             a PENDING     -  -  9
otp            200                             AUTHORIZED          a AUTHORIZED  -  -  9
capture 20000  200                             PARTIALLY_CAPTURED  a PROCESSED   -  -  9
refund         200                             FULLY_REFUNDED      a PROCESSED   -  -  9
",
    )
    .await;
    assert_life(
        "
make 50000 hold
pay-later  200  PENDING     a PENDING     -  -  9
otp        200  AUTHORIZED  a AUTHORIZED  -  -  9
cancel     200  CANCELLED   a CANCELLED   -  -  9
",
    )
    .await;
}
