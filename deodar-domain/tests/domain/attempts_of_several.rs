//! The life of an order whose attempts have several payments: made together, or not at all.

use crate::script::assert_life;

#[test]
fn the_money_is_taken_when_the_last_payment_is_approved() {
    assert_life(
        "
make 500 link
pay 300+200p  PENDING    a PENDING + b PENDING      PAYMENT_INITIATED  500 0 0  -
challenge a   PENDING    a PENDING + b PENDING      PAYMENT_INITIATED  500 0 0  -
approve b     PENDING    a PENDING + b APPROVED     PAYMENT_INITIATED  500 0 0  -
approve b     PENDING    a PENDING + b APPROVED     PAYMENT_INITIATED  500 0 0  -
pay           PENDING    a PENDING + b APPROVED     PAYMENT_INITIATED  500 0 0  - AttemptInFlight
cancel        PENDING    a PENDING + b APPROVED     PAYMENT_INITIATED  500 0 0  - AttemptInFlight
approve a     PROCESSED  a PROCESSED + b PROCESSED  PROCESSED          0 500 0  ORDER_PROCESSED,
                                                                                LINK_PROCESSED
approve a     PROCESSED  a PROCESSED + b PROCESSED  PROCESSED          0 500 0  -
approve b     PROCESSED  a PROCESSED + b PROCESSED  PROCESSED          0 500 0  -
decline a     PROCESSED  a PROCESSED + b PROCESSED  PROCESSED          0 500 0  -
",
    );
}

#[test]
fn the_money_is_held_when_the_last_payment_is_approved() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING     a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING     a APPROVED + b PENDING       -  500 0 0  -
capture       PENDING     a APPROVED + b PENDING       -  500 0 0  - NotAuthorized
release       PENDING     a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
approve a     AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    -
pay           AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    - AlreadyPaid
",
    );
}

#[test]
fn a_payment_that_is_declined_undoes_the_others() {
    assert_life(
        "
make 500
pay 300+100+100p  PENDING    a PENDING + b PENDING + c PENDING     -  500 0 0  -
approve b         PENDING    a PENDING + b APPROVED + c PENDING    -  500 0 0  -
decline a         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  PAYMENT_FAILED,
                                                                               orders 2
decline a         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve b         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve c         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve c         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve a         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  orders 1
approve a         ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
done              ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
done              ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
done              ATTEMPTED  a FAILED + b CANCELLED + c CANCELLED  -  500 0 0  -
pay 300+200p      PENDING    d PENDING + e PENDING                 -  500 0 0  -
approve e         PENDING    d PENDING + e APPROVED                -  500 0 0  -
approve d         PROCESSED  d PROCESSED + e PROCESSED             -  0 500 0  ORDER_PROCESSED
approve a         PROCESSED  d PROCESSED + e PROCESSED             -  0 500 0  -
",
    );
}

#[test]
fn a_payment_that_times_out_undoes_the_others() {
    assert_life(
        "
make 500 link
pay 300+200p  PENDING    a PENDING + b PENDING   PAYMENT_INITIATED  500 0 0  -
approve a     PENDING    a APPROVED + b PENDING  PAYMENT_INITIATED  500 0 0  -
time-out b    ATTEMPTED  a CANCELLED + b FAILED  CLICKED            500 0 0  PAYMENT_FAILED,
                                                                             orders 1
time-out b    ATTEMPTED  a CANCELLED + b FAILED  CLICKED            500 0 0  -
approve a     ATTEMPTED  a CANCELLED + b FAILED  CLICKED            500 0 0  -
approve b     ATTEMPTED  a CANCELLED + b FAILED  CLICKED            500 0 0  orders 1
approve b     ATTEMPTED  a CANCELLED + b FAILED  CLICKED            500 0 0  -
",
    );
}

#[test]
fn a_payer_who_gives_one_payment_up_gives_all_up() {
    assert_life(
        "
make 500
pay 300+200p  PENDING    a PENDING + b PENDING      -  500 0 0  -
approve b     PENDING    a PENDING + b APPROVED     -  500 0 0  -
give-up b     PENDING    a PENDING + b APPROVED     -  500 0 0  -
give-up a     ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
give-up a     ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  -
approve b     ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  -
approve a     ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  orders 1
decline a     ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  -
done          ATTEMPTED  a CANCELLED + b CANCELLED  -  500 0 0  -
",
    );
}

#[test]
fn a_no_to_what_was_approved_changes_nothing() {
    assert_life(
        "
make 500
pay 300+200p  PENDING    a PENDING + b PENDING      -  500 0 0  -
approve a     PENDING    a APPROVED + b PENDING     -  500 0 0  -
decline a     PENDING    a APPROVED + b PENDING     -  500 0 0  -
time-out a    PENDING    a APPROVED + b PENDING     -  500 0 0  -
give-up a     PENDING    a APPROVED + b PENDING     -  500 0 0  -
challenge a   PENDING    a APPROVED + b PENDING     -  500 0 0  -
approve b     PROCESSED  a PROCESSED + b PROCESSED  -  0 500 0  ORDER_PROCESSED
",
    );
}

#[test]
fn a_merchant_who_cancels_undoes_every_payment() {
    assert_life(
        "
make 500
pay 300+100+100p  PENDING    a PENDING + b PENDING + c PENDING        -  500 0 0  -
approve b         PENDING    a PENDING + b APPROVED + c PENDING       -  500 0 0  -
cancel            PENDING    a PENDING + b APPROVED + c PENDING       -  500 0 0  - AttemptInFlight
end b             PENDING    a PENDING + b APPROVED + c PENDING       -  500 0 0  - AttemptInFlight
end a             CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  ORDER_CANCELLED,
                                                                                  orders 2
end a             CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  - OrderCancelled
approve b         CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve c         CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  -
approve a         CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  orders 1
approve a         CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  -
pay               CANCELLED  a CANCELLED + b CANCELLED + c CANCELLED  -  500 0 0  - OrderCancelled
",
    );
}

#[test]
fn the_order_of_a_link_is_not_cancelled_while_one_of_its_payments_is_in_flight() {
    assert_life(
        "
make 500 link
pay 300+200p  PENDING    a PENDING + b PENDING   PAYMENT_INITIATED  500 0 0  -
approve b     PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  -
end a         PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  - AttemptInFlight
end b         PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  - AttemptInFlight
cancel-link   PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  - AttemptInFlight
decline a     ATTEMPTED  a FAILED + b CANCELLED  CLICKED            500 0 0  PAYMENT_FAILED,
                                                                             orders 1
cancel-link   CANCELLED  a FAILED + b CANCELLED  CANCELLED          500 0 0  ORDER_CANCELLED,
                                                                             LINK_CANCELLED
approve b     CANCELLED  a FAILED + b CANCELLED  CANCELLED          500 0 0  -
",
    );
}

#[test]
fn an_attempt_of_several_outlives_its_links_time_and_loses() {
    assert_life(
        "
make 500 link
wait 23h      CREATED    -                       CREATED            500 0 0  -
pay 300+200p  PENDING    a PENDING + b PENDING   PAYMENT_INITIATED  500 0 0  -
approve b     PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  -
wait 1h       PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  -
expire        PENDING    a PENDING + b APPROVED  PAYMENT_INITIATED  500 0 0  -
decline a     CANCELLED  a FAILED + b CANCELLED  EXPIRED            500 0 0  PAYMENT_FAILED,
                                                                             ORDER_CANCELLED,
                                                                             LINK_EXPIRED, orders 1
pay           CANCELLED  a FAILED + b CANCELLED  EXPIRED            500 0 0  - LinkExpired
",
    );
}

#[test]
fn a_part_is_paid_in_an_attempt_of_several() {
    assert_life(
        "
make 600 part
pay 150+99p   CREATED             -                          -  600 0 0    - PartTooSmall
pay 400+150p  CREATED             -                          -  600 0 0    - PartTooSmall
pay 200+100p  PENDING             a PENDING + b PENDING      -  600 0 0    -
approve a     PENDING             a APPROVED + b PENDING     -  600 0 0    -
approve b     PENDING             a PROCESSED + b PROCESSED  -  300 300 0  -
pay 150+150p  PENDING             c PENDING + d PENDING      -  300 300 0  -
approve d     PENDING             c PENDING + d APPROVED     -  300 300 0  -
decline c     PENDING             c FAILED + d CANCELLED     -  300 300 0  PAYMENT_FAILED, orders 1
pay 150+150p  PENDING             e PENDING + f PENDING      -  300 300 0  -
approve f     PENDING             e PENDING + f APPROVED     -  300 300 0  -
approve e     PROCESSED           e PROCESSED + f PROCESSED  -  0 600 0    ORDER_PROCESSED
refund 400    PARTIALLY_REFUNDED  e PROCESSED + f PROCESSED  -  0 600 0    orders 3
done          PARTIALLY_REFUNDED  e PROCESSED + f PROCESSED  -  0 600 0    -
done          PARTIALLY_REFUNDED  e PROCESSED + f PROCESSED  -  0 600 200  -
done          PARTIALLY_REFUNDED  e PROCESSED + f PROCESSED  -  0 600 350  -
refund        FULLY_REFUNDED      e PROCESSED + f PROCESSED  -  0 600 350  orders 2
",
    );
}

#[test]
fn ten_failed_attempts_of_several_fail_the_order() {
    assert_life(
        "
make 500
pay 300+200p  PENDING    a PENDING + b PENDING   -  500 0 0  -
decline a     ATTEMPTED  a FAILED + b CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    c PENDING + d PENDING   -  500 0 0  -
decline c     ATTEMPTED  c FAILED + d CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    e PENDING + f PENDING   -  500 0 0  -
decline e     ATTEMPTED  e FAILED + f CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    g PENDING + h PENDING   -  500 0 0  -
decline g     ATTEMPTED  g FAILED + h CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    i PENDING + j PENDING   -  500 0 0  -
decline i     ATTEMPTED  i FAILED + j CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    k PENDING + l PENDING   -  500 0 0  -
decline k     ATTEMPTED  k FAILED + l CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    m PENDING + n PENDING   -  500 0 0  -
decline m     ATTEMPTED  m FAILED + n CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    o PENDING + p PENDING   -  500 0 0  -
decline o     ATTEMPTED  o FAILED + p CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    q PENDING + r PENDING   -  500 0 0  -
decline q     ATTEMPTED  q FAILED + r CANCELLED  -  500 0 0  PAYMENT_FAILED, orders 1
pay 300+200p  PENDING    s PENDING + t PENDING   -  500 0 0  -
approve s     PENDING    s APPROVED + t PENDING  -  500 0 0  -
decline t     FAILED     s CANCELLED + t FAILED  -  500 0 0  PAYMENT_FAILED, ORDER_FAILED, orders 1
pay           FAILED     s CANCELLED + t FAILED  -  500 0 0  - OrderFailed
approve s     FAILED     s CANCELLED + t FAILED  -  500 0 0  -
",
    );
}
