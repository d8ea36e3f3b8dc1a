//! The life of an order's money: held, captured, voided, released, refunded.

use crate::script::assert_life;

#[test]
fn an_authorisation_is_captured_in_full() {
    assert_life(
        "
make 500 link pre_auth
pay          PENDING     a PENDING     PAYMENT_INITIATED  500 0 0  -
capture      PENDING     a PENDING     PAYMENT_INITIATED  500 0 0  - NotAuthorized
approve      AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    ORDER_AUTHORIZED, LINK_PROCESSED
pay          AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - AlreadyPaid
capture 501  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - CaptureExceedsAuthorised
capture 99   AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - CaptureTooSmall
capture      AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    orders 1
capture      AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - OperationInFlight
cancel       AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - OperationInFlight
done         PROCESSED   a PROCESSED   PROCESSED          0 500 0  ORDER_PROCESSED
done a       PROCESSED   a PROCESSED   PROCESSED          0 500 0  -
capture      PROCESSED   a PROCESSED   PROCESSED          0 500 0  - NotAuthorized
",
    );
}

#[test]
fn an_authorisation_is_captured_in_part_and_the_rest_is_let_go() {
    assert_life(
        "
make 500 pre_auth
pay          PENDING             a PENDING     -  500 0 0    -
approve      AUTHORIZED          a AUTHORIZED  -  0 0 0      ORDER_AUTHORIZED
capture 300  AUTHORIZED          a AUTHORIZED  -  0 0 0      orders 1
done         PARTIALLY_CAPTURED  a PROCESSED   -  0 300 0    ORDER_PROCESSED
capture 200  PARTIALLY_CAPTURED  a PROCESSED   -  0 300 0    - NotAuthorized
refund 301   PARTIALLY_CAPTURED  a PROCESSED   -  0 300 0    - RefundExceedsCaptured
refund       FULLY_REFUNDED      a PROCESSED   -  0 300 0    orders 1
done         FULLY_REFUNDED      a PROCESSED   -  0 300 300  REFUND_PROCESSED
",
    );
}

#[test]
fn a_refused_capture_may_be_tried_again() {
    assert_life(
        "
make 500 pre_auth
pay          PENDING             a PENDING     -  500 0 0  -
approve      AUTHORIZED          a AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture 300  AUTHORIZED          a AUTHORIZED  -  0 0 0    orders 1
refuse       AUTHORIZED          a AUTHORIZED  -  0 0 0    -
capture 200  AUTHORIZED          a AUTHORIZED  -  0 0 0    orders 1
done         PARTIALLY_CAPTURED  a PROCESSED   -  0 200 0  ORDER_PROCESSED
",
    );
}

#[test]
fn an_authorisation_is_voided() {
    assert_life(
        "
make 500 link pre_auth
pay          PENDING     a PENDING     PAYMENT_INITIATED  500 0 0  -
approve      AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    ORDER_AUTHORIZED, LINK_PROCESSED
cancel-link  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - LinkNotCancellable
cancel       AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    orders 1
cancel       AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - OperationInFlight
capture      AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - OperationInFlight
done         CANCELLED   a CANCELLED   CANCELLED          0 0 0    ORDER_CANCELLED, LINK_CANCELLED
approve      CANCELLED   a CANCELLED   CANCELLED          0 0 0    -
cancel       CANCELLED   a CANCELLED   CANCELLED          0 0 0    - OrderCancelled
refund       CANCELLED   a CANCELLED   CANCELLED          0 0 0    - NothingToRefund
",
    );
}

#[test]
fn a_refused_void_leaves_the_authorisation() {
    assert_life(
        "
make 500 link pre_auth
pay      PENDING     a PENDING     PAYMENT_INITIATED  500 0 0  -
approve  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    ORDER_AUTHORIZED, LINK_PROCESSED
cancel   AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    orders 1
refuse   AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    -
capture  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    orders 1
done     PROCESSED   a PROCESSED   PROCESSED          0 500 0  ORDER_PROCESSED
",
    );
}

#[test]
fn a_reversal_in_doubt_stops_neither_a_capture_nor_a_void_of_another_payment() {
    assert_life(
        "
make 500 pre_auth
pay        PENDING     a PENDING     -  500 0 0  -
give-up    ATTEMPTED   a CANCELLED   -  500 0 0  PAYMENT_FAILED
pay        PENDING     b PENDING     -  500 0 0  -
approve b  AUTHORIZED  b AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
approve a  AUTHORIZED  b AUTHORIZED  -  0 0 0    orders 1
capture    AUTHORIZED  b AUTHORIZED  -  0 0 0    orders 1
refuse b   AUTHORIZED  b AUTHORIZED  -  0 0 0    -
cancel     AUTHORIZED  b AUTHORIZED  -  0 0 0    orders 1
done c     CANCELLED   b CANCELLED   -  0 0 0    ORDER_CANCELLED
",
    );
}

#[test]
fn an_authorisation_that_nobody_captures_is_released() {
    assert_life(
        "
make 500 link pre_auth
pay      PENDING     a PENDING     PAYMENT_INITIATED  500 0 0  -
approve  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    ORDER_AUTHORIZED, LINK_PROCESSED
wait 6d  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    -
release  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    -
expire   AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    -
wait 1d  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    -
release  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    orders 1
release  AUTHORIZED  a AUTHORIZED  PROCESSED          0 0 0    - OperationInFlight
done     CANCELLED   a CANCELLED   CANCELLED          0 0 0    ORDER_CANCELLED, LINK_CANCELLED
release  CANCELLED   a CANCELLED   CANCELLED          0 0 0    -
",
    );
}

#[test]
fn a_capture_that_is_under_way_stops_the_release() {
    assert_life(
        "
make 500 pre_auth
pay      PENDING     a PENDING     -  500 0 0  -
approve  AUTHORIZED  a AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
wait 7d  AUTHORIZED  a AUTHORIZED  -  0 0 0    -
capture  AUTHORIZED  a AUTHORIZED  -  0 0 0    orders 1
release  AUTHORIZED  a AUTHORIZED  -  0 0 0    - OperationInFlight
done     PROCESSED   a PROCESSED   -  0 500 0  ORDER_PROCESSED
release  PROCESSED   a PROCESSED   -  0 500 0  -
",
    );
}

#[test]
fn captured_money_goes_back_in_parts() {
    assert_life(
        "
make 500
refund      CREATED             -            -  500 0 0    - NothingToRefund
pay         PENDING             a PENDING    -  500 0 0    -
refund      PENDING             a PENDING    -  500 0 0    - NothingToRefund
approve     PROCESSED           a PROCESSED  -  0 500 0    ORDER_PROCESSED
refund 501  PROCESSED           a PROCESSED  -  0 500 0    - RefundExceedsCaptured
refund 99   PROCESSED           a PROCESSED  -  0 500 0    - RefundTooSmall
refund 200  PARTIALLY_REFUNDED  a PROCESSED  -  0 500 0    orders 1
refund 301  PARTIALLY_REFUNDED  a PROCESSED  -  0 500 0    - RefundExceedsCaptured
refund 250  PARTIALLY_REFUNDED  a PROCESSED  -  0 500 0    orders 1
refund 49   PARTIALLY_REFUNDED  a PROCESSED  -  0 500 0    - RefundTooSmall
refund 50   FULLY_REFUNDED      a PROCESSED  -  0 500 0    orders 1
refund 50   FULLY_REFUNDED      a PROCESSED  -  0 500 0    - NothingToRefund
done a      FULLY_REFUNDED      a PROCESSED  -  0 500 200  REFUND_PROCESSED
done b      FULLY_REFUNDED      a PROCESSED  -  0 500 450  REFUND_PROCESSED
done c      FULLY_REFUNDED      a PROCESSED  -  0 500 500  REFUND_PROCESSED
refund      FULLY_REFUNDED      a PROCESSED  -  0 500 500  - NothingToRefund
",
    );
}

#[test]
fn a_failed_refund_frees_its_share() {
    assert_life(
        "
make 500
pay         PENDING             a PENDING    -  500 0 0    -
approve     PROCESSED           a PROCESSED  -  0 500 0    ORDER_PROCESSED
refund      FULLY_REFUNDED      a PROCESSED  -  0 500 0    orders 1
refund 100  FULLY_REFUNDED      a PROCESSED  -  0 500 0    - NothingToRefund
refuse      PROCESSED           a PROCESSED  -  0 500 0    REFUND_FAILED
refuse a    PROCESSED           a PROCESSED  -  0 500 0    -
done a      PROCESSED           a PROCESSED  -  0 500 0    -
refund 200  PARTIALLY_REFUNDED  a PROCESSED  -  0 500 0    orders 1
refund      FULLY_REFUNDED      a PROCESSED  -  0 500 0    orders 1
done b      FULLY_REFUNDED      a PROCESSED  -  0 500 200  REFUND_PROCESSED
refuse c    PARTIALLY_REFUNDED  a PROCESSED  -  0 500 200  REFUND_FAILED
refund      FULLY_REFUNDED      a PROCESSED  -  0 500 200  orders 1
done        FULLY_REFUNDED      a PROCESSED  -  0 500 500  REFUND_PROCESSED
",
    );
}

#[test]
fn a_failed_refund_restores_a_partial_capture() {
    assert_life(
        "
make 500 pre_auth
pay          PENDING             a PENDING     -  500 0 0  -
approve      AUTHORIZED          a AUTHORIZED  -  0 0 0    ORDER_AUTHORIZED
capture 300  AUTHORIZED          a AUTHORIZED  -  0 0 0    orders 1
done         PARTIALLY_CAPTURED  a PROCESSED   -  0 300 0  ORDER_PROCESSED
refund 100   PARTIALLY_REFUNDED  a PROCESSED   -  0 300 0  orders 1
refuse       PARTIALLY_CAPTURED  a PROCESSED   -  0 300 0  REFUND_FAILED
",
    );
}

#[test]
fn a_refund_of_parts_that_the_acquirer_refuses_in_part_fails_and_what_went_back_stays_counted() {
    assert_life(
        "
make 500 part
pay 200     PENDING             a PENDING    -  500 0 0    -
approve     PENDING             a PROCESSED  -  300 200 0  -
pay         PENDING             b PENDING    -  300 200 0  -
approve     PROCESSED           b PROCESSED  -  0 500 0    ORDER_PROCESSED
refund      FULLY_REFUNDED      b PROCESSED  -  0 500 0    orders 2
done a      FULLY_REFUNDED      b PROCESSED  -  0 500 200  -
refuse b    PARTIALLY_REFUNDED  b PROCESSED  -  0 500 200  REFUND_FAILED
refund 301  PARTIALLY_REFUNDED  b PROCESSED  -  0 500 200  - RefundExceedsCaptured
refund      FULLY_REFUNDED      b PROCESSED  -  0 500 200  orders 1
done        FULLY_REFUNDED      b PROCESSED  -  0 500 500  REFUND_PROCESSED
",
    );
}

#[test]
fn words_about_what_was_never_asked_are_refused() {
    assert_life(
        "
make 500
approve    CREATED  -  -  500 0 0  - UnknownPayment
decline    CREATED  -  -  500 0 0  - UnknownPayment
give-up    CREATED  -  -  500 0 0  - UnknownPayment
challenge  CREATED  -  -  500 0 0  - UnknownPayment
done       CREATED  -  -  500 0 0  - UnknownOperation
refuse     CREATED  -  -  500 0 0  - UnknownOperation
capture    CREATED  -  -  500 0 0  - NotAuthorized
release    CREATED  -  -  500 0 0  -
expire     CREATED  -  -  500 0 0  -
",
    );
}

#[test]
fn a_part_that_went_back_before_the_last_one_came_counts() {
    assert_life(
        "
make 500 link part
pay 200     PENDING             a PENDING    PAYMENT_INITIATED  500 0 0      -
approve     PENDING             a PROCESSED  PARTIAL_PROCESSED  300 200 0    LINK_PARTIAL_PROCESSED
refund 150  PENDING             a PROCESSED  PARTIAL_PROCESSED  300 200 0    orders 1
done        PENDING             a PROCESSED  PARTIAL_PROCESSED  300 200 150  REFUND_PROCESSED
pay         PENDING             b PENDING    PAYMENT_INITIATED  300 200 150  -
approve     PARTIALLY_REFUNDED  b PROCESSED  PROCESSED          0 500 150    ORDER_PROCESSED,
                                                                             LINK_PROCESSED
refund      FULLY_REFUNDED      b PROCESSED  PROCESSED          0 500 150    orders 2
done        FULLY_REFUNDED      b PROCESSED  PROCESSED          0 500 200    -
",
    );
}
