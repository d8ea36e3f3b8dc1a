//! Attempts that fail, and links that end.

use super::life::assert_life;

#[tokio::test]
async fn the_tenth_failure_is_the_last() {
    assert_life(
        "
make 50000 link
pay-risky  200                             ATTEMPTED  a FAILED   CLICKED            50000  9
pay-risky  200                             ATTEMPTED  b FAILED   CLICKED            50000  8
pay        200                             PENDING    c PENDING  PAYMENT_INITIATED  50000  7
wrong-otp  422 USER_AUTHENTICATION_FAILED  PENDING    c PENDING  PAYMENT_INITIATED  50000  7
wrong-otp  422 USER_AUTHENTICATION_FAILED  PENDING    c PENDING  PAYMENT_INITIATED  50000  7
wrong-otp  422 USER_AUTHENTICATION_FAILED  ATTEMPTED  c FAILED   CLICKED            50000  7
otp        422 OPERATION_NOT_ALLOWED       ATTEMPTED  c FAILED   CLICKED            50000  7
pay-risky  200                             ATTEMPTED  d FAILED   CLICKED            50000  6
pay-risky  200                             ATTEMPTED  e FAILED   CLICKED            50000  5
pay-risky  200                             ATTEMPTED  f FAILED   CLICKED            50000  4
pay        200                             PENDING    g PENDING  PAYMENT_INITIATED  50000  3
wait 16m   200                             ATTEMPTED  g FAILED   CLICKED            50000  3
pay-risky  200                             ATTEMPTED  h FAILED   CLICKED            50000  2
pay-risky  200                             ATTEMPTED  i FAILED   CLICKED            50000  1
pay-risky  200                             FAILED     j FAILED   CANCELLED          50000  0
pay        422 OPERATION_NOT_ALLOWED       FAILED     j FAILED   CANCELLED          50000  0
cancel     422 OPERATION_NOT_ALLOWED       FAILED     j FAILED   CANCELLED          50000  0
capture    422 OPERATION_NOT_ALLOWED       FAILED     j FAILED   CANCELLED          50000  0
refund     422 OPERATION_NOT_ALLOWED       FAILED     j FAILED   CANCELLED          50000  0
",
    )
    .await;
}

#[tokio::test]
async fn a_link_ends_at_its_end() {
    assert_life(
        "
make 50000 link ends 1h
wait 59m     200                        CREATED    -  CREATED  50000  10
wait 59s     200                        CREATED    -  CREATED  50000  10
wait 1s      200                        CANCELLED  -  EXPIRED  50000  10
pay          422 OPERATION_NOT_ALLOWED  CANCELLED  -  EXPIRED  50000  10
cancel-link  422 OPERATION_NOT_ALLOWED  CANCELLED  -  EXPIRED  50000  10
cancel       422 ORDER_CANCELLED        CANCELLED  -  EXPIRED  50000  10
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_in_flight_at_the_end_may_still_pay() {
    assert_life(
        "
make 50000 link ends 1h
wait 59m     200                        CREATED    -            CREATED            50000  10
pay          200                        PENDING    a PENDING    PAYMENT_INITIATED  50000  9
wait 5m      200                        PENDING    a PENDING    PAYMENT_INITIATED  50000  9
pay          422 OPERATION_NOT_ALLOWED  PENDING    a PENDING    PAYMENT_INITIATED  50000  9
cancel-link  422 PAYMENT_PENDING        PENDING    a PENDING    PAYMENT_INITIATED  50000  9
cancel       422 PAYMENT_PENDING        PENDING    a PENDING    PAYMENT_INITIATED  50000  9
otp          200                        PROCESSED  a PROCESSED  PROCESSED          0      9
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_in_flight_that_fails_after_the_end_ends_the_link() {
    assert_life(
        "
make 50000 link ends 1h
wait 59m   200                             CREATED    -          CREATED            50000  10
pay        200                             PENDING    a PENDING  PAYMENT_INITIATED  50000  9
wait 5m    200                             PENDING    a PENDING  PAYMENT_INITIATED  50000  9
wrong-otp  422 USER_AUTHENTICATION_FAILED  PENDING    a PENDING  PAYMENT_INITIATED  50000  9
wrong-otp  422 USER_AUTHENTICATION_FAILED  PENDING    a PENDING  PAYMENT_INITIATED  50000  9
wrong-otp  422 USER_AUTHENTICATION_FAILED  CANCELLED  a FAILED   EXPIRED            50000  9
",
    )
    .await;
    assert_life(
        "
make 50000 link ends 1h
wait 59m  200                        CREATED    -          CREATED            50000  10
pay       200                        PENDING    a PENDING  PAYMENT_INITIATED  50000  9
wait 16m  200                        CANCELLED  a FAILED   EXPIRED            50000  9
otp       422 OPERATION_NOT_ALLOWED  CANCELLED  a FAILED   EXPIRED            50000  9
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_that_nobody_ends_ends_by_itself() {
    assert_life(
        "
make 50000
pay       200                        PENDING    a PENDING    -  -  9
wait 14m  200                        PENDING    a PENDING    -  -  9
wait 2m   200                        ATTEMPTED  a FAILED     -  -  9
otp       422 OPERATION_NOT_ALLOWED  ATTEMPTED  a FAILED     -  -  9
pay       200                        PENDING    b PENDING    -  -  8
cancel    200                        CANCELLED  b CANCELLED  -  -  8
otp       422 OPERATION_NOT_ALLOWED  CANCELLED  b CANCELLED  -  -  8
",
    )
    .await;
}
