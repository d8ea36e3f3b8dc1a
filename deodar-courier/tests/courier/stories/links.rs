//! Links, for endpoints that ask for their events and for those that do not.

use super::story::assert_story;

#[tokio::test]
async fn a_link_is_made_opened_and_paid() {
    assert_story(
        "
make 50000 link  PAYMENT_LINK_CREATED CREATED
open-page        PAYMENT_LINK_CLICKED CLICKED
open-page
pay-risky        PAYMENT_FAILED ATTEMPTED
pay
otp              ORDER_PROCESSED PROCESSED  PAYMENT_LINK_PROCESSED PROCESSED
refund           REFUND_PROCESSED PROCESSED
open-page
",
    )
    .await;
}

#[tokio::test]
async fn parts_are_told_of_by_the_link_and_the_last_one_by_the_order_too() {
    assert_story(
        "
make 1000 link parts  PAYMENT_LINK_CREATED CREATED
pay 300
otp                   PAYMENT_LINK_PARTIAL_PROCESSED PARTIAL_PROCESSED
refund 100            REFUND_PROCESSED PROCESSED
pay-risky 300         PAYMENT_FAILED PENDING
pay 300
otp                   PAYMENT_LINK_PARTIAL_PROCESSED PARTIAL_PROCESSED
pay
otp                   ORDER_PROCESSED PARTIALLY_REFUNDED  PAYMENT_LINK_PROCESSED PROCESSED
refund                REFUND_PROCESSED PROCESSED
",
    )
    .await;
}

/// `data` of the refund tells nothing of the payment that is in flight meanwhile.
#[tokio::test]
async fn a_part_that_goes_back_while_another_is_paid_is_told_of() {
    assert_story(
        "
make 1000 link parts  PAYMENT_LINK_CREATED CREATED
pay 300
otp                   PAYMENT_LINK_PARTIAL_PROCESSED PARTIAL_PROCESSED
pay 700
refund 300            REFUND_PROCESSED PROCESSED
otp                   ORDER_PROCESSED PARTIALLY_REFUNDED  PAYMENT_LINK_PROCESSED PROCESSED
",
    )
    .await;
}

#[tokio::test]
async fn a_link_that_nobody_pays_expires() {
    assert_story(
        "
make 50000 link ends 3600  PAYMENT_LINK_CREATED CREATED
open-page                  PAYMENT_LINK_CLICKED CLICKED
wait 3599
wait 1                     ORDER_CANCELLED CANCELLED  PAYMENT_LINK_EXPIRED EXPIRED
open-page
",
    )
    .await;
    assert_story(
        "
make 1000 link parts ends 3600  PAYMENT_LINK_CREATED CREATED
pay 300
otp                             PAYMENT_LINK_PARTIAL_PROCESSED PARTIAL_PROCESSED
wait 3600                       ORDER_CANCELLED CANCELLED  PAYMENT_LINK_EXPIRED EXPIRED
refund                          REFUND_PROCESSED PROCESSED
",
    )
    .await;
}

#[tokio::test]
async fn an_attempt_in_flight_decides_how_a_link_ends() {
    assert_story(
        "
make 50000 link ends 3600  PAYMENT_LINK_CREATED CREATED
wait 3500
pay
wait 200
otp                        ORDER_PROCESSED PROCESSED  PAYMENT_LINK_PROCESSED PROCESSED
",
    )
    .await;
    assert_story(
        "
make 50000 link ends 3600  PAYMENT_LINK_CREATED CREATED
wait 3500
pay
wait 200
give-up  PAYMENT_FAILED CANCELLED  ORDER_CANCELLED CANCELLED  PAYMENT_LINK_EXPIRED EXPIRED
",
    )
    .await;
    assert_story(
        "
make 50000 link ends 3600  PAYMENT_LINK_CREATED CREATED
wait 3500
pay
wait 960  PAYMENT_FAILED CANCELLED  ORDER_CANCELLED CANCELLED  PAYMENT_LINK_EXPIRED EXPIRED
",
    )
    .await;
    assert_story(
        "
make 1000 link parts ends 3600  PAYMENT_LINK_CREATED CREATED
wait 3500
pay 300
wait 200
otp  PAYMENT_LINK_PARTIAL_PROCESSED EXPIRED  ORDER_CANCELLED CANCELLED  PAYMENT_LINK_EXPIRED EXPIRED
",
    )
    .await;
}

#[tokio::test]
async fn a_link_is_cancelled_and_with_it_its_order() {
    assert_story(
        "
make 50000 link  PAYMENT_LINK_CREATED CREATED
cancel-link      ORDER_CANCELLED CANCELLED  PAYMENT_LINK_CANCELLED CANCELLED
open-page
wait 900000
",
    )
    .await;
    assert_story(
        "
make 50000 link  PAYMENT_LINK_CREATED CREATED
pay
refused-cancel
give-up          PAYMENT_FAILED ATTEMPTED
cancel           ORDER_CANCELLED CANCELLED  PAYMENT_LINK_CANCELLED CANCELLED
",
    )
    .await;
}

#[tokio::test]
async fn a_link_ends_with_its_last_attempt() {
    assert_story(
        "
make 50000 link  PAYMENT_LINK_CREATED CREATED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky        PAYMENT_FAILED ATTEMPTED
pay-risky  PAYMENT_FAILED FAILED  ORDER_FAILED FAILED  PAYMENT_LINK_CANCELLED CANCELLED
",
    )
    .await;
}
