//! Orders and links that are paid in parts.

use super::life::assert_life;

#[tokio::test]
async fn a_link_is_paid_in_parts_to_the_last_one() {
    assert_life(
        "
make 1000 link parts
pay 99       400 INVALID_REQUEST        CREATED         -            CREATED            1000  10
pay 1001     400 INVALID_REQUEST        CREATED         -            CREATED            1000  10
pay 901      400 INVALID_REQUEST        CREATED         -            CREATED            1000  10
pay 999      400 INVALID_REQUEST        CREATED         -            CREATED            1000  10
pay 100      200                        PENDING         a PENDING    PAYMENT_INITIATED  1000  9
pay 100      422 PAYMENT_PENDING        PENDING         a PENDING    PAYMENT_INITIATED  1000  9
otp          200                        PENDING         a PROCESSED  PARTIAL_PROCESSED  900   10
pay-risky    200                        PENDING         b FAILED     PARTIAL_PROCESSED  900   9
pay 801      400 INVALID_REQUEST        PENDING         b FAILED     PARTIAL_PROCESSED  900   9
pay 800      200                        PENDING         c PENDING    PAYMENT_INITIATED  900   8
otp          200                        PENDING         c PROCESSED  PARTIAL_PROCESSED  100   9
pay 101      400 INVALID_REQUEST        PENDING         c PROCESSED  PARTIAL_PROCESSED  100   9
pay 100      200                        PENDING         d PENDING    PAYMENT_INITIATED  100   8
otp          200                        PROCESSED       d PROCESSED  PROCESSED          0     9
pay 100      422 OPERATION_NOT_ALLOWED  PROCESSED       d PROCESSED  PROCESSED          0     9
cancel-link  422 OPERATION_NOT_ALLOWED  PROCESSED       d PROCESSED  PROCESSED          0     9
refund 1000  200                        FULLY_REFUNDED  d PROCESSED  PROCESSED          0     9
",
    )
    .await;
}

#[tokio::test]
async fn what_was_paid_in_parts_goes_back_whatever_becomes_of_the_link() {
    assert_life(
        "
make 1000 link parts
pay 600      200                        PENDING    a PENDING    PAYMENT_INITIATED  1000  9
otp          200                        PENDING    a PROCESSED  PARTIAL_PROCESSED  400   10
cancel-link  200                        CANCELLED  a PROCESSED  CANCELLED          400   10
pay 400      422 ORDER_CANCELLED        CANCELLED  a PROCESSED  CANCELLED          400   10
refund 601   422 OPERATION_NOT_ALLOWED  CANCELLED  a PROCESSED  CANCELLED          400   10
refund 200   200                        CANCELLED  a PROCESSED  CANCELLED          400   10
refund       200                        CANCELLED  a PROCESSED  CANCELLED          400   10
refund       422 OPERATION_NOT_ALLOWED  CANCELLED  a PROCESSED  CANCELLED          400   10
",
    )
    .await;
}

#[tokio::test]
async fn a_part_in_flight_at_the_end_is_the_last_part() {
    assert_life(
        "
make 1000 link parts ends 1h
pay 200   200                        PENDING    a PENDING    PAYMENT_INITIATED  1000  9
otp       200                        PENDING    a PROCESSED  PARTIAL_PROCESSED  800   10
wait 59m  200                        PENDING    a PROCESSED  PARTIAL_PROCESSED  800   10
pay 300   200                        PENDING    b PENDING    PAYMENT_INITIATED  800   9
wait 5m   200                        PENDING    b PENDING    PAYMENT_INITIATED  800   9
otp       200                        CANCELLED  b PROCESSED  EXPIRED            500   10
pay 500   422 OPERATION_NOT_ALLOWED  CANCELLED  b PROCESSED  EXPIRED            500   10
refund    200                        CANCELLED  b PROCESSED  EXPIRED            500   10
",
    )
    .await;
}

#[tokio::test]
async fn an_order_without_a_link_is_paid_in_parts() {
    assert_life(
        "
make 1000 parts
pay 99      400 INVALID_REQUEST  CREATED             -            -  -  10
pay 901     400 INVALID_REQUEST  CREATED             -            -  -  10
pay 600     200                  PENDING             a PENDING    -  -  9
otp         200                  PENDING             a PROCESSED  -  -  10
pay 401     400 INVALID_REQUEST  PENDING             a PROCESSED  -  -  10
pay 301     400 INVALID_REQUEST  PENDING             a PROCESSED  -  -  10
refund 100  200                  PENDING             a PROCESSED  -  -  10
pay 400     200                  PENDING             b PENDING    -  -  9
otp         200                  PARTIALLY_REFUNDED  b PROCESSED  -  -  10
refund      200                  FULLY_REFUNDED      b PROCESSED  -  -  10
",
    )
    .await;
    assert_life(
        "
make 1000 parts
pay 600  200                  PENDING    a PENDING    -  -  9
otp      200                  PENDING    a PROCESSED  -  -  10
cancel   200                  CANCELLED  a PROCESSED  -  -  10
pay 400  422 ORDER_CANCELLED  CANCELLED  a PROCESSED  -  -  10
refund   200                  CANCELLED  a PROCESSED  -  -  10
",
    )
    .await;
}
