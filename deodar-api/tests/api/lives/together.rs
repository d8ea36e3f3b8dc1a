//! Attempts of several payments.

use super::life::assert_life;

/// Of an attempt's two payments the second one is told: the points.
#[tokio::test]
async fn points_beside_a_card_are_taken_last() {
    assert_life(
        "
make 50000 hold
pay-points 10000  200                        PENDING             b PENDING     -  -  9
otp               200                        AUTHORIZED          b AUTHORIZED  -  -  9
capture 50001     422 OPERATION_NOT_ALLOWED  AUTHORIZED          b AUTHORIZED  -  -  9
capture 45000     200                        PARTIALLY_CAPTURED  b PROCESSED   -  -  9
refund 45001      422 OPERATION_NOT_ALLOWED  PARTIALLY_CAPTURED  b PROCESSED   -  -  9
refund 44000      200                        PARTIALLY_REFUNDED  b PROCESSED   -  -  9
refund            200                        FULLY_REFUNDED      b PROCESSED   -  -  9
",
    )
    .await;
    assert_life(
        "
make 50000 hold
pay-points 10000  200  PENDING             b PENDING     -  -  9
otp               200  AUTHORIZED          b AUTHORIZED  -  -  9
capture 40000     200  PARTIALLY_CAPTURED  b CANCELLED   -  -  9
refund 40000      200  FULLY_REFUNDED      b CANCELLED   -  -  9
",
    )
    .await;
    assert_life(
        "
make 50000
pay-points 10000  200                  PENDING             b PENDING    -  -  9
pay               422 PAYMENT_PENDING  PENDING             b PENDING    -  -  9
otp               200                  PROCESSED           b PROCESSED  -  -  9
refund 40000      200                  PARTIALLY_REFUNDED  b PROCESSED  -  -  9
refund 10000      200                  FULLY_REFUNDED      b PROCESSED  -  -  9
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_of_two_payments_ends_as_one() {
    assert_life(
        "
make 5000 link
pay-points 1000  200                             PENDING    b PENDING    PAYMENT_INITIATED  5000  9
wrong-otp        422 USER_AUTHENTICATION_FAILED  PENDING    b PENDING    PAYMENT_INITIATED  5000  9
wrong-otp        422 USER_AUTHENTICATION_FAILED  PENDING    b PENDING    PAYMENT_INITIATED  5000  9
wrong-otp        422 USER_AUTHENTICATION_FAILED  ATTEMPTED  b CANCELLED  CLICKED            5000  9
pay-points 1000  200                             PENDING    d PENDING    PAYMENT_INITIATED  5000  8
cancel-link      422 PAYMENT_PENDING             PENDING    d PENDING    PAYMENT_INITIATED  5000  8
otp              200                             PROCESSED  d PROCESSED  PROCESSED          0     8
",
    )
    .await;
    assert_life(
        "
make 50000
pay-points 10000  200                        PENDING    b PENDING    -  -  9
cancel            200                        CANCELLED  b CANCELLED  -  -  9
otp               422 OPERATION_NOT_ALLOWED  CANCELLED  b CANCELLED  -  -  9
",
    )
    .await;
    assert_life(
        "
make 50000 hold
pay-points 10000  200                  PENDING     b PENDING     -  -  9
otp               200                  AUTHORIZED  b AUTHORIZED  -  -  9
cancel            200                  CANCELLED   b CANCELLED   -  -  9
capture           422 ORDER_CANCELLED  CANCELLED   b CANCELLED   -  -  9
",
    )
    .await;
    assert_life(
        "
make 50000 hold
pay-points 10000  200  PENDING     b PENDING     -  -  9
otp               200  AUTHORIZED  b AUTHORIZED  -  -  9
wait 168h         200  AUTHORIZED  b AUTHORIZED  -  -  9
wait 1m           200  CANCELLED   b CANCELLED   -  -  9
",
    )
    .await;
}
