//! What becomes of the money of an attempt of several payments: captured, voided, released and
//! refunded, money before points.

use crate::script::assert_life;

#[test]
fn a_capture_and_a_refund_take_money_before_points() {
    assert_life(
        "
make 500 pre_auth
pay 200p+300  PENDING             a PENDING + b PENDING        -  500 0 0    -
approve b     PENDING             a PENDING + b APPROVED       -  500 0 0    -
approve a     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0      ORDER_AUTHORIZED
capture 350   AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0      orders 2
done a        AUTHORIZED          a AUTHORIZED + b PROCESSED   -  0 300 0    -
done b        PARTIALLY_CAPTURED  a PROCESSED + b PROCESSED    -  0 350 0    ORDER_PROCESSED
refund 320    PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED    -  0 350 0    orders 2
done c        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED    -  0 350 300  -
done d        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED    -  0 350 320  REFUND_PROCESSED
",
    );
}

#[test]
fn a_capture_of_money_alone_lets_go_of_the_points() {
    assert_life(
        "
make 500 pre_auth
pay 200p+300  PENDING             a PENDING + b PENDING        -  500 0 0  -
approve b     PENDING             a PENDING + b APPROVED       -  500 0 0  -
approve a     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture 300   AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done b        AUTHORIZED          a CANCELLED + b AUTHORIZED   -  0 0 0    -
capture 100   AUTHORIZED          a CANCELLED + b AUTHORIZED   -  0 0 0    - OperationInFlight
done a        PARTIALLY_CAPTURED  a CANCELLED + b PROCESSED    -  0 300 0  ORDER_PROCESSED
",
    );
}

#[test]
fn what_a_capture_did_not_take_stays_held_until_a_second_takes_it() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING     a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING     a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture       AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
refuse a      AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    -
capture       AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    - OperationInFlight
done b        AUTHORIZED  a AUTHORIZED + b PROCESSED   -  0 200 0  -
done b        AUTHORIZED  a AUTHORIZED + b PROCESSED   -  0 200 0  -
capture 301   AUTHORIZED  a AUTHORIZED + b PROCESSED   -  0 200 0  - CaptureExceedsAuthorised
capture       AUTHORIZED  a AUTHORIZED + b PROCESSED   -  0 200 0  orders 1
done          PROCESSED   a PROCESSED + b PROCESSED    -  0 500 0  ORDER_PROCESSED
",
    );
}

#[test]
fn what_no_capture_takes_is_let_go_by_a_void() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING             a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING             a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture       AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done a        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
refuse b      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
capture       AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  orders 1
refuse c      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
refuse c      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
cancel        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  orders 1
capture       AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  - OperationInFlight
done          PARTIALLY_CAPTURED  a PROCESSED + b CANCELLED    -  0 300 0  ORDER_PROCESSED
release       PARTIALLY_CAPTURED  a PROCESSED + b CANCELLED    -  0 300 0  -
refund        FULLY_REFUNDED      a PROCESSED + b CANCELLED    -  0 300 0  orders 1
",
    );
}

#[test]
fn what_no_capture_takes_is_released_in_the_end() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING             a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING             a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture       AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done a        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
refuse b      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
wait 7d       AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
release       AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  orders 1
done          PARTIALLY_CAPTURED  a PROCESSED + b CANCELLED    -  0 300 0  ORDER_PROCESSED
",
    );
}

#[test]
fn what_went_back_before_the_rest_was_captured_counts() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING             a PENDING + b PENDING        -  500 0 0    -
approve a     PENDING             a APPROVED + b PENDING       -  500 0 0    -
approve b     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0      ORDER_AUTHORIZED
capture       AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0      orders 2
done a        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0    -
refuse b      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0    -
refund 100    AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0    orders 1
capture       AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0    orders 1
done d        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED    -  0 500 0    ORDER_PROCESSED
done c        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED    -  0 500 100  REFUND_PROCESSED
",
    );
}

#[test]
fn what_went_back_before_the_rest_was_let_go_counts() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING         a PENDING + b PENDING        -  500 0 0    -
approve a     PENDING         a APPROVED + b PENDING       -  500 0 0    -
approve b     AUTHORIZED      a AUTHORIZED + b AUTHORIZED  -  0 0 0      ORDER_AUTHORIZED
capture       AUTHORIZED      a AUTHORIZED + b AUTHORIZED  -  0 0 0      orders 2
done a        AUTHORIZED      a PROCESSED + b AUTHORIZED   -  0 300 0    -
refuse b      AUTHORIZED      a PROCESSED + b AUTHORIZED   -  0 300 0    -
refund        AUTHORIZED      a PROCESSED + b AUTHORIZED   -  0 300 0    orders 1
done          AUTHORIZED      a PROCESSED + b AUTHORIZED   -  0 300 300  REFUND_PROCESSED
cancel        AUTHORIZED      a PROCESSED + b AUTHORIZED   -  0 300 300  orders 1
done          FULLY_REFUNDED  a PROCESSED + b CANCELLED    -  0 300 300  ORDER_PROCESSED
",
    );
}

#[test]
fn points_that_a_capture_in_part_could_not_let_go_of_are_let_go_of_later() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING             a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING             a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture 300   AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done a        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
refuse b      AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  -
cancel        AUTHORIZED          a PROCESSED + b AUTHORIZED   -  0 300 0  orders 1
done          PARTIALLY_CAPTURED  a PROCESSED + b CANCELLED    -  0 300 0  ORDER_PROCESSED
",
    );
}

#[test]
fn a_void_that_is_refused_for_one_payment_is_tried_again() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING     a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING     a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
cancel        AUTHORIZED  a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done a        AUTHORIZED  a CANCELLED + b AUTHORIZED   -  0 0 0    -
refuse b      AUTHORIZED  a CANCELLED + b AUTHORIZED   -  0 0 0    -
cancel        AUTHORIZED  a CANCELLED + b AUTHORIZED   -  0 0 0    orders 1
done c        CANCELLED   a CANCELLED + b CANCELLED    -  0 0 0    ORDER_CANCELLED
approve a     CANCELLED   a CANCELLED + b CANCELLED    -  0 0 0    -
approve b     CANCELLED   a CANCELLED + b CANCELLED    -  0 0 0    -
",
    );
}

#[test]
fn what_a_void_could_not_let_go_of_may_be_captured() {
    assert_life(
        "
make 500 pre_auth
pay 300+200p  PENDING             a PENDING + b PENDING        -  500 0 0  -
approve a     PENDING             a APPROVED + b PENDING       -  500 0 0  -
approve b     AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
cancel        AUTHORIZED          a AUTHORIZED + b AUTHORIZED  -  0 0 0    orders 2
done a        AUTHORIZED          a CANCELLED + b AUTHORIZED   -  0 0 0    -
refuse b      AUTHORIZED          a CANCELLED + b AUTHORIZED   -  0 0 0    -
capture       AUTHORIZED          a CANCELLED + b AUTHORIZED   -  0 0 0    orders 1
done c        PARTIALLY_CAPTURED  a CANCELLED + b PROCESSED    -  0 200 0  ORDER_PROCESSED
",
    );
}

#[test]
fn a_refund_that_is_refused_for_one_payment_fails_and_what_went_back_stays_counted() {
    assert_life(
        "
make 500
pay 200p+300  PENDING             a PENDING + b PENDING      -  500 0 0    -
approve a     PENDING             a APPROVED + b PENDING     -  500 0 0    -
approve b     PROCESSED           a PROCESSED + b PROCESSED  -  0 500 0    ORDER_PROCESSED
refund 400    PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 0    orders 2
done a        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  -
refuse b      PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  REFUND_FAILED
refuse b      PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  -
done b        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  -
refund 201    PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  - RefundExceedsCaptured
refund 150    PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 300  orders 1
done c        PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 450  REFUND_PROCESSED
refund        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 450  orders 1
done d        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 500  REFUND_PROCESSED
",
    );
}

#[test]
fn what_a_refund_was_refused_may_go_back_before_that_refund_has_failed() {
    assert_life(
        "
make 500
pay 300+200p  PENDING             a PENDING + b PENDING      -  500 0 0    -
approve a     PENDING             a APPROVED + b PENDING     -  500 0 0    -
approve b     PROCESSED           a PROCESSED + b PROCESSED  -  0 500 0    ORDER_PROCESSED
refund        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 0    orders 2
refuse a      PARTIALLY_REFUNDED  a PROCESSED + b PROCESSED  -  0 500 0    -
refund        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 0    orders 1
done b        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 200  REFUND_FAILED
done c        FULLY_REFUNDED      a PROCESSED + b PROCESSED  -  0 500 500  REFUND_PROCESSED
",
    );
}
