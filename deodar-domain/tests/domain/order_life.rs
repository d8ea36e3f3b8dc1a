//! The life of an order until it is paid: attempts, links, time, cancelling.

use crate::script::assert_life;

#[test]
fn a_link_is_paid_at_once() {
    assert_life(
        "
make 500 link
click        CREATED    -            CLICKED            500 0 0  LINK_CLICKED
click        CREATED    -            CLICKED            500 0 0  -
pay          PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
challenge    PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
approve      PROCESSED  a PROCESSED  PROCESSED          0 500 0  ORDER_PROCESSED, LINK_PROCESSED
approve      PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
click        PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
pay          PROCESSED  a PROCESSED  PROCESSED          0 500 0  - AlreadyPaid
cancel       PROCESSED  a PROCESSED  PROCESSED          0 500 0  - OrderNotCancellable
cancel-link  PROCESSED  a PROCESSED  PROCESSED          0 500 0  - LinkNotCancellable
expire       PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
wait 2d      PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
expire       PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
",
    );
}

#[test]
fn an_order_without_a_link_is_paid() {
    assert_life(
        "
make 500
click        CREATED    -            -  500 0 0  - NoLink
cancel-link  CREATED    -            -  500 0 0  - NoLink
pay 499      CREATED    -            -  500 0 0  - AmountNotDue
pay 501      CREATED    -            -  500 0 0  - AmountExceedsDue
pay          PENDING    a PENDING    -  500 0 0  -
approve      PROCESSED  a PROCESSED  -  0 500 0  ORDER_PROCESSED
",
    );
}

#[test]
fn a_failed_attempt_gives_another() {
    assert_life(
        "
make 500 link
pay          PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
pay          PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  - AttemptInFlight
cancel       PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  - AttemptInFlight
cancel-link  PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  - AttemptInFlight
decline      ATTEMPTED  a FAILED     CLICKED            500 0 0  PAYMENT_FAILED
decline      ATTEMPTED  a FAILED     CLICKED            500 0 0  -
pay          PENDING    b PENDING    PAYMENT_INITIATED  500 0 0  -
give-up      ATTEMPTED  b CANCELLED  CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    c PENDING    PAYMENT_INITIATED  500 0 0  -
time-out     ATTEMPTED  c FAILED     CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    d PENDING    PAYMENT_INITIATED  500 0 0  -
approve      PROCESSED  d PROCESSED  PROCESSED          0 500 0  ORDER_PROCESSED, LINK_PROCESSED
",
    );
}

#[test]
fn ten_failed_attempts_fail_the_order() {
    assert_life(
        "
make 500 link
pay          PENDING    a PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  a FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    b PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  b FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    c PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  c FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    d PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  d FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    e PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  e FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    f PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  f FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    g PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  g FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    h PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  h FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    i PENDING  PAYMENT_INITIATED  500 0 0  -
decline      ATTEMPTED  i FAILED   CLICKED            500 0 0  PAYMENT_FAILED
pay          PENDING    j PENDING  PAYMENT_INITIATED  500 0 0  -
decline      FAILED     j FAILED   CANCELLED          500 0 0  PAYMENT_FAILED, ORDER_FAILED,
                                                               LINK_CANCELLED
pay          FAILED     j FAILED   CANCELLED          500 0 0  - OrderFailed
capture      FAILED     j FAILED   CANCELLED          500 0 0  - OrderFailed
cancel       FAILED     j FAILED   CANCELLED          500 0 0  - OrderFailed
cancel-link  FAILED     j FAILED   CANCELLED          500 0 0  - LinkCancelled
refund       FAILED     j FAILED   CANCELLED          500 0 0  - NothingToRefund
wait 2d      FAILED     j FAILED   CANCELLED          500 0 0  -
expire       FAILED     j FAILED   CANCELLED          500 0 0  -
",
    );
}

#[test]
fn a_late_yes_is_reversed_once_and_never_applied() {
    assert_life(
        "
make 500 link
pay        PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
time-out   ATTEMPTED  a FAILED     CLICKED            500 0 0  PAYMENT_FAILED
approve    ATTEMPTED  a FAILED     CLICKED            500 0 0  orders 1
approve    ATTEMPTED  a FAILED     CLICKED            500 0 0  -
pay        PENDING    b PENDING    PAYMENT_INITIATED  500 0 0  -
approve a  PENDING    b PENDING    PAYMENT_INITIATED  500 0 0  -
approve b  PROCESSED  b PROCESSED  PROCESSED          0 500 0  ORDER_PROCESSED, LINK_PROCESSED
done a     PROCESSED  b PROCESSED  PROCESSED          0 500 0  -
done a     PROCESSED  b PROCESSED  PROCESSED          0 500 0  -
approve a  PROCESSED  b PROCESSED  PROCESSED          0 500 0  -
",
    );
}

#[test]
fn a_late_yes_on_a_cancelled_order_is_reversed() {
    assert_life(
        "
make 500
pay      PENDING    a PENDING    -  500 0 0  -
give-up  ATTEMPTED  a CANCELLED  -  500 0 0  PAYMENT_FAILED
cancel   CANCELLED  a CANCELLED  -  500 0 0  ORDER_CANCELLED
approve  CANCELLED  a CANCELLED  -  500 0 0  orders 1
done     CANCELLED  a CANCELLED  -  500 0 0  -
pay      CANCELLED  a CANCELLED  -  500 0 0  - OrderCancelled
cancel   CANCELLED  a CANCELLED  -  500 0 0  - OrderCancelled
",
    );
}

#[test]
fn a_link_that_nobody_pays_expires() {
    assert_life(
        "
make 500 link
wait 23h     CREATED    -  CREATED  500 0 0  -
expire       CREATED    -  CREATED  500 0 0  -
wait 1h      CREATED    -  CREATED  500 0 0  -
click        CREATED    -  CREATED  500 0 0  -
pay          CREATED    -  CREATED  500 0 0  - LinkExpired
cancel-link  CREATED    -  CREATED  500 0 0  - LinkNotCancellable
expire       CANCELLED  -  EXPIRED  500 0 0  ORDER_CANCELLED, LINK_EXPIRED
expire       CANCELLED  -  EXPIRED  500 0 0  -
pay          CANCELLED  -  EXPIRED  500 0 0  - LinkExpired
cancel       CANCELLED  -  EXPIRED  500 0 0  - OrderCancelled
cancel-link  CANCELLED  -  EXPIRED  500 0 0  - LinkNotCancellable
",
    );
}

#[test]
fn an_attempt_in_flight_outlives_its_links_time_and_wins() {
    assert_life(
        "
make 500 link
wait 23h     CREATED    -            CREATED            500 0 0  -
pay          PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
wait 1h      PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
expire       PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  -
cancel-link  PENDING    a PENDING    PAYMENT_INITIATED  500 0 0  - AttemptInFlight
approve      PROCESSED  a PROCESSED  PROCESSED          0 500 0  ORDER_PROCESSED, LINK_PROCESSED
expire       PROCESSED  a PROCESSED  PROCESSED          0 500 0  -
",
    );
}

#[test]
fn an_attempt_in_flight_outlives_its_links_time_and_loses() {
    assert_life(
        "
make 500 link
wait 23h  CREATED    -          CREATED            500 0 0  -
pay       PENDING    a PENDING  PAYMENT_INITIATED  500 0 0  -
wait 1h   PENDING    a PENDING  PAYMENT_INITIATED  500 0 0  -
decline   CANCELLED  a FAILED   EXPIRED            500 0 0  PAYMENT_FAILED, ORDER_CANCELLED,
                                                            LINK_EXPIRED
approve   CANCELLED  a FAILED   EXPIRED            500 0 0  orders 1
pay       CANCELLED  a FAILED   EXPIRED            500 0 0  - LinkExpired
",
    );
}

#[test]
fn a_link_is_paid_in_parts() {
    assert_life(
        "
make 500 link part
pay 99   CREATED         -            CREATED            500 0 0    - PartTooSmall
pay 401  CREATED         -            CREATED            500 0 0    - PartTooSmall
pay 501  CREATED         -            CREATED            500 0 0    - AmountExceedsDue
pay 200  PENDING         a PENDING    PAYMENT_INITIATED  500 0 0    -
approve  PENDING         a PROCESSED  PARTIAL_PROCESSED  300 200 0  LINK_PARTIAL_PROCESSED
pay      PENDING         b PENDING    PAYMENT_INITIATED  300 200 0  -
decline  PENDING         b FAILED     PARTIAL_PROCESSED  300 200 0  PAYMENT_FAILED
pay 201  PENDING         b FAILED     PARTIAL_PROCESSED  300 200 0  - PartTooSmall
pay 200  PENDING         c PENDING    PAYMENT_INITIATED  300 200 0  -
approve  PENDING         c PROCESSED  PARTIAL_PROCESSED  100 400 0  LINK_PARTIAL_PROCESSED
pay 100  PENDING         d PENDING    PAYMENT_INITIATED  100 400 0  -
approve  PROCESSED       d PROCESSED  PROCESSED          0 500 0    ORDER_PROCESSED, LINK_PROCESSED
pay      PROCESSED       d PROCESSED  PROCESSED          0 500 0    - AlreadyPaid
refund   FULLY_REFUNDED  d PROCESSED  PROCESSED          0 500 0    orders 3
done     FULLY_REFUNDED  d PROCESSED  PROCESSED          0 500 200  -
done     FULLY_REFUNDED  d PROCESSED  PROCESSED          0 500 400  -
done     FULLY_REFUNDED  d PROCESSED  PROCESSED          0 500 500  REFUND_PROCESSED
",
    );
}

#[test]
fn a_part_paid_link_that_expires_cancels_its_order_and_can_be_refunded() {
    assert_life(
        "
make 500 link part
pay 200     PENDING    a PENDING    PAYMENT_INITIATED  500 0 0      -
approve     PENDING    a PROCESSED  PARTIAL_PROCESSED  300 200 0    LINK_PARTIAL_PROCESSED
wait 1d     PENDING    a PROCESSED  PARTIAL_PROCESSED  300 200 0    -
pay         PENDING    a PROCESSED  PARTIAL_PROCESSED  300 200 0    - LinkExpired
expire      CANCELLED  a PROCESSED  EXPIRED            300 200 0    ORDER_CANCELLED, LINK_EXPIRED
refund 100  CANCELLED  a PROCESSED  EXPIRED            300 200 0    orders 1
done        CANCELLED  a PROCESSED  EXPIRED            300 200 100  REFUND_PROCESSED
refund      CANCELLED  a PROCESSED  EXPIRED            300 200 100  orders 1
done        CANCELLED  a PROCESSED  EXPIRED            300 200 200  REFUND_PROCESSED
refund      CANCELLED  a PROCESSED  EXPIRED            300 200 200  - NothingToRefund
",
    );
}

#[test]
fn a_part_paid_after_the_links_time_ends_the_link() {
    assert_life(
        "
make 500 link part
wait 23h  CREATED    -            CREATED            500 0 0      -
pay 200   PENDING    a PENDING    PAYMENT_INITIATED  500 0 0      -
wait 2h   PENDING    a PENDING    PAYMENT_INITIATED  500 0 0      -
approve   CANCELLED  a PROCESSED  EXPIRED            300 200 0    LINK_PARTIAL_PROCESSED, ORDER_CANCELLED,
                                                                  LINK_EXPIRED
refund    CANCELLED  a PROCESSED  EXPIRED            300 200 0    orders 1
done      CANCELLED  a PROCESSED  EXPIRED            300 200 200  REFUND_PROCESSED
",
    );
}

#[test]
fn a_part_paid_link_is_cancelled() {
    assert_life(
        "
make 500 link part
pay 200      PENDING    a PENDING    PAYMENT_INITIATED  500 0 0      -
approve      PENDING    a PROCESSED  PARTIAL_PROCESSED  300 200 0    LINK_PARTIAL_PROCESSED
cancel-link  CANCELLED  a PROCESSED  CANCELLED          300 200 0    ORDER_CANCELLED, LINK_CANCELLED
refund       CANCELLED  a PROCESSED  CANCELLED          300 200 0    orders 1
refuse       CANCELLED  a PROCESSED  CANCELLED          300 200 0    REFUND_FAILED
refund       CANCELLED  a PROCESSED  CANCELLED          300 200 0    orders 1
done         CANCELLED  a PROCESSED  CANCELLED          300 200 200  REFUND_PROCESSED
",
    );
}

#[test]
fn an_order_that_nobody_pays_is_cancelled() {
    assert_life(
        "
make 500
cancel   CANCELLED  -  -  500 0 0  ORDER_CANCELLED
cancel   CANCELLED  -  -  500 0 0  - OrderCancelled
pay      CANCELLED  -  -  500 0 0  - OrderCancelled
capture  CANCELLED  -  -  500 0 0  - OrderCancelled
refund   CANCELLED  -  -  500 0 0  - NothingToRefund
",
    );
}

#[test]
fn cancelling_the_order_of_a_link_cancels_the_link() {
    assert_life(
        "
make 500 link
click        CREATED    -  CLICKED    500 0 0  LINK_CLICKED
cancel       CANCELLED  -  CANCELLED  500 0 0  ORDER_CANCELLED, LINK_CANCELLED
cancel-link  CANCELLED  -  CANCELLED  500 0 0  - LinkCancelled
pay          CANCELLED  -  CANCELLED  500 0 0  - OrderCancelled
",
    );
}
