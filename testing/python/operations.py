"""operations.py < settings.json

Every other operation, with the official SDK: links (made, read, sent again, paid on their page,
cancelled), orders, several payments in one call, the calls of the one-time password, refunds, the
hosted page, and the typed errors.
"""
import datetime as dt
import sys

from payer import OTP, Payer
from pinelabs import Amount, PaymentLinkCustomer
from pinelabs.core.api_error import ApiError
from pinelabs.errors import (
    BadRequestError, NotFoundError, UnauthorizedError, UnprocessableEntityError)
from pinelabs.orders.types import CreateOrderRequestPurchaseDetails as PurchaseDetails
from pinelabs.refunds.types.create_refund_request_order_amount import (
    CreateRefundRequestOrderAmount as RefundAmount)
from pinelabs.types import (
    CartDetails, CartItem, CheckoutCustomer, CheckoutProduct, CheckoutPurchaseDetails,
    CustomerDetails, PaymentRequestItem as Payment, PaymentRequestItemPaymentOption as Option,
    PaymentRequestItemPaymentOptionCardDetails as CardDetails,
    PaymentRequestItemPaymentOptionPointsCardDetails as PointsCardDetails)

from merchant import ONCE, Wrong, expect, run, sdk, strict, told

AMOUNT = 50_000
CARD = "4012001037141112"
MOBILE = "9876501234"
# What the page of a link or a hosted page is given.
BY_CARD = {"method": "CARD", "card_number": CARD, "expiry": "12/49", "cvv": "123",
           "card_name": "Asha Rao"}


def amount(paise):
    return Amount(value=paise, currency="INR")


def card_option(number=CARD):
    return Option(card_details=CardDetails(
        name="Asha Rao", card_number=number, cvv="123", expiry_month="12", expiry_year="2049"))


def card_payment(reference, paise=AMOUNT, number=CARD):
    return Payment(merchant_payment_reference=reference, payment_amount=amount(paise),
                   payment_method="CARD", payment_option=card_option(number))


def new_order(merchant, reference, **more):
    return strict(merchant.api.orders.create_order(
        merchant_order_reference=reference, order_amount=amount(AMOUNT),
        callback_url=merchant.back, request_options=ONCE, **more)).data


def links(merchant):
    api = merchant.api.payment_links
    end = dt.datetime.now(dt.timezone.utc).replace(microsecond=0) + dt.timedelta(days=2)
    customer = PaymentLinkCustomer(email_id="asha@example.com", first_name="Asha",
                                   mobile_number=MOBILE, country_code="91")
    made = strict(api.create_payment_link(
        merchant_payment_link_reference="sdk-link", amount=amount(AMOUNT), description="Tea for two",
        expire_by=end, allowed_payment_methods=["CARD", "UPI"], customer=customer,
        callback_url=merchant.back, merchant_metadata={"table": "7"}, request_options=ONCE))
    expect("link", (made.status, made.amount.value, made.amount_due.value, made.expire_by),
           ("CREATED", AMOUNT, AMOUNT, end))
    expect("details", (made.description, made.merchant_metadata, made.pre_auth),
           ("Tea for two", {"table": "7"}, False))
    expect("customer", made.customer.email_id, "asha@example.com")
    for found in (api.get_payment_link_by_id(made.payment_link_id, request_options=ONCE),
                  api.get_payment_link_by_merchant_reference("sdk-link", request_options=ONCE),
                  api.resend_payment_link_notification(made.payment_link_id, request_options=ONCE)):
        expect("found link", strict(found).dict(), made.dict())
    told("links")

    Payer().pay(made.payment_link, BY_CARD)
    expect("return", merchant.returned(made.order_id)["status"], "PROCESSED")
    expect("event", merchant.event("ORDER_PROCESSED", made.order_id)["status"], "PROCESSED")
    paid = strict(api.get_payment_link_by_id(made.payment_link_id, request_options=ONCE))
    expect("paid link", (paid.status, paid.amount_due.value), ("PROCESSED", 0))
    expect("order", merchant.order(made.order_id).merchant_order_reference, "sdk-link")
    told("paid_link")

    other = strict(api.create_payment_link(
        merchant_payment_link_reference="sdk-link-2", amount=amount(100), request_options=ONCE))
    gone = strict(api.cancel_payment_link(other.payment_link_id, request_options=ONCE))
    expect("cancelled link", gone.status, "CANCELLED")
    told("cancelled_link")


def orders(merchant):
    api = merchant.api.orders
    cart = CartDetails(cart_items=[CartItem(item_id="tea", item_name="Tea", item_quantity=2,
                                            item_original_unit_price=25_000)])
    purchase = PurchaseDetails(
        customer=CustomerDetails(email_id="asha@example.com", mobile_number=MOBILE,
                                 country_code="91"),
        merchant_metadata={"table": "7"}, cart_details=cart)
    made = new_order(merchant, "sdk-order", notes="Tea for two", pre_auth=True,
                     purchase_details=purchase, allowed_payment_methods=["CARD", "POINTS"])
    expect("order", (made.status, made.type, made.order_amount.value, made.pre_auth),
           ("CREATED", "CHARGE", AMOUNT, True))
    expect("always there", (made.part_payment, made.is_mcc_transaction, made.integration_mode,
                            made.payment_retries_remaining), (False, False, "SEAMLESS", 10))
    expect("methods", made.allowed_payment_methods, ["CARD", "POINTS"])
    expect("customer", made.purchase_details.customer.mobile_number, MOBILE)
    expect("metadata", made.purchase_details.merchant_metadata, {"table": "7"})
    items = made.purchase_details.cart_details.cart_items
    expect("cart", [(item.item_name, item.item_quantity) for item in items], [("Tea", 2)])
    for found in (api.get_order_by_id(made.order_id, request_options=ONCE),
                  api.get_order_by_merchant_reference("sdk-order", request_options=ONCE)):
        expect("found order", strict(found).data.dict(), made.dict())
    gone = strict(api.cancel_order(made.order_id, request_options=ONCE)).data
    expect("cancelled order", gone.status, "CANCELLED")
    merchant.event("ORDER_CANCELLED", made.order_id)
    told("orders")


def points_beside_a_card(merchant):
    made = new_order(merchant, "sdk-both", pre_auth=True)
    points = Payment(
        merchant_payment_reference="both-points", payment_amount=amount(10_000),
        payment_method="POINTS", payment_option=Option(points_card_details=PointsCardDetails(
            card_number=CARD, card_last4=CARD[-4:], registered_mobile_number=MOBILE)))
    begun = strict(merchant.api.card_payments.create_payment(
        made.order_id, payments=[card_payment("both-card", 40_000), points],
        request_options=ONCE)).data
    expect("one attempt", (len(begun.payments), begun.payment_retries_remaining), (2, 9))
    Payer().pay(begun.challenge_url)
    expect("return", merchant.returned(made.order_id)["status"], "AUTHORIZED")
    paid = merchant.order(made.order_id)
    held = {payment.payment_method: (payment.status, payment.payment_amount.value)
            for payment in paid.payments}
    expect("held", held, {"CARD": ("AUTHORIZED", 40_000), "POINTS": ("AUTHORIZED", 10_000)})
    done = strict(merchant.api.orders.capture_order(
        made.order_id, merchant_capture_reference="c-1", capture_amount=amount(45_000),
        request_options=ONCE)).data
    taken = {payment.payment_method: payment.capture_data[0].capture_amount.value
             for payment in done.payments}
    expect("the card is captured first", taken, {"CARD": 40_000, "POINTS": 5_000})
    merchant.event("ORDER_PROCESSED", made.order_id)
    told("points_beside_a_card")


def two_cards(merchant):
    made = new_order(merchant, "sdk-two")
    begun = strict(merchant.api.card_payments.create_payment(
        made.order_id, payments=[card_payment("two-a", 20_000),
                                 card_payment("two-b", 30_000, "5123456789012346")],
        request_options=ONCE)).data
    Payer().pay(begun.challenge_url)
    expect("return", merchant.returned(made.order_id)["status"], "PROCESSED")
    event = merchant.event("ORDER_PROCESSED", made.order_id)
    expect("event", [payment["status"] for payment in event["payments"]], ["PROCESSED"] * 2)
    networks = [payment.payment_option.card_data.network_name
                for payment in merchant.order(made.order_id).payments]
    expect("newest first", networks, ["MASTERCARD", "VISA"])
    told("two_cards")


def one_time_passwords(merchant):
    calls = merchant.api.card_payments
    made = new_order(merchant, "sdk-otp")
    begun = strict(calls.create_payment(
        made.order_id, payments=[card_payment("otp-a")], request_options=ONCE)).data
    payment_id = begun.payments[0].id
    for sent in (calls.generate_otp(payment_id=payment_id, request_options=ONCE),
                 calls.resend_otp(payment_id=payment_id, request_options=ONCE)):
        expect("next", strict(sent).next, ["SUBMIT_OTP", "RESEND_OTP"])
        expect("resend_after", sent.meta_data.resend_after, "180")
    wrong = refused(UnprocessableEntityError, "USER_AUTHENTICATION_FAILED",
                    lambda: calls.submit_otp(payment_id=payment_id, otp="000000",
                                             request_options=ONCE))
    expect("next", wrong.get("next"), ["SUBMIT_OTP", "RESEND_OTP"])
    given = strict(calls.submit_otp(payment_id=payment_id, otp=OTP, request_options=ONCE))
    expect("OTP", given.status, "SUCCESS")
    expect("order", merchant.order(made.order_id).status, "PROCESSED")
    told("one_time_passwords")
    return made.order_id


def refunds(merchant, order_id):
    def refund(reference, paise):
        return strict(merchant.api.refunds.create_refund(
            order_id, merchant_order_reference=reference,
            order_amount=RefundAmount(value=paise, currency="INR"), request_options=ONCE)).data

    part = refund("sdk-back-1", 20_000)
    expect("part", (part.type, part.status, part.order_amount.value, part.parent_order_id),
           ("REFUND", "PROCESSED", 20_000, order_id))
    expect("once", refund("sdk-back-1", 20_000).order_id, part.order_id)
    found = strict(merchant.api.orders.get_order_by_id(part.order_id, request_options=ONCE)).data
    expect("found refund", (found.type, found.status), ("REFUND", "PROCESSED"))
    rest = refund("sdk-back-2", 30_000)
    expect("rest", rest.order_amount.value, 30_000)
    for done in (part, rest):
        merchant.event("REFUND_PROCESSED", done.order_id)
    after = merchant.order(order_id)
    expect("order", after.status, "FULLY_REFUNDED")
    expect("refunds", [refund["merchant_order_reference"] for refund in after.refunds],
           ["sdk-back-2", "sdk-back-1"])
    told("refunds")


def failure(merchant):
    made = new_order(merchant, "sdk-declined")
    begun = strict(merchant.api.card_payments.create_payment(
        made.order_id, payments=[card_payment("declined-a", number="4000000000009995")],
        request_options=ONCE)).data
    Payer().pay(begun.challenge_url)
    form = merchant.returned(made.order_id)
    expect("return", (form["status"], form["error_code"]), ("FAILED", "INSUFFICIENT_FUNDS"))
    event = merchant.event("PAYMENT_FAILED", made.order_id)
    expect("event", event["payments"][0]["error_detail"]["code"], "INSUFFICIENT_FUNDS")
    after = merchant.order(made.order_id)
    expect("order", (after.status, after.payments[0].status), ("ATTEMPTED", "FAILED"))
    expect("error", after.payments[0].error_detail.code, "INSUFFICIENT_FUNDS")
    told("failure")


def hosted_page(merchant):
    purchase = CheckoutPurchaseDetails(
        customer=CheckoutCustomer(email_id="asha@example.com", mobile_number=MOBILE),
        product=[CheckoutProduct(product_code="tea", product_amount=amount(AMOUNT))])
    made = strict(merchant.api.checkout.generate_checkout_link(
        merchant_order_reference="sdk-hosted", order_amount=amount(AMOUNT),
        integration_mode="REDIRECT", pre_auth=False, allowed_payment_methods=["CARD"],
        notes="Tea for two", callback_url=merchant.back, purchase_details=purchase,
        request_options=ONCE))
    expect("code", (made.response_code, made.response_message),
           (200, "Order Creation Successful."))
    if not made.token:
        raise Wrong("no token")
    Payer().pay(made.redirect_url, BY_CARD)
    expect("return", merchant.returned(made.order_id)["status"], "PROCESSED")
    merchant.event("ORDER_PROCESSED", made.order_id)
    paid = merchant.order(made.order_id)
    expect("order", (paid.status, paid.integration_mode), ("PROCESSED", "REDIRECT"))
    told("hosted_page")


def refused(error_type, code, call):
    """Expects a refusal of exactly this type and code; answers its body."""
    try:
        call()
    except ApiError as error:
        expect("error", type(error), error_type)
        body = error.body if isinstance(error.body, dict) else error.body.dict()
        expect("code", body["code"], code)
        if not body["message"]:
            raise Wrong(f"{code} has no message") from error
        return body
    raise Wrong(f"{code}: was not refused")


def typed_errors(merchant):
    api, stranger = merchant.api, sdk(merchant.base_url, "no-token-of-ours")
    unknown = "v1-250306082755-aa-qlAtAf"
    cancelled = new_order(merchant, "sdk-gone").order_id
    api.orders.cancel_order(cancelled, request_options=ONCE)
    small = {"value": 99, "currency": "INR"}
    card_calls, refund_calls = api.card_payments, api.refunds
    back = RefundAmount(value=100, currency="INR")
    for error_type, code, call in (
        (UnauthorizedError, "UNAUTHORIZED",
         lambda: stranger.orders.get_order_by_id(cancelled, request_options=ONCE)),
        (UnauthorizedError, "UNAUTHORIZED",
         lambda: stranger.bnpl.check_bnpl_eligibility(
             mobile=MOBILE, pay_code="LAZYPAY", amount=amount(AMOUNT), request_options=ONCE)),
        (UnauthorizedError, "UNAUTHORIZED",
         lambda: stranger.checkout.generate_checkout_link(
             merchant_order_reference="no", order_amount=amount(AMOUNT), request_options=ONCE)),
        (NotFoundError, "ORDER_NOT_FOUND",
         lambda: api.orders.get_order_by_id(unknown, request_options=ONCE)),
        (NotFoundError, "ORDER_NOT_FOUND",
         lambda: card_calls.create_payment(unknown, payments=[card_payment("x")],
                                           request_options=ONCE)),
        (NotFoundError, "ORDER_NOT_FOUND",
         lambda: refund_calls.create_refund(unknown, merchant_order_reference="x",
                                            order_amount=back, request_options=ONCE)),
        (UnprocessableEntityError, "ORDER_CANCELLED",
         lambda: api.orders.cancel_order(cancelled, request_options=ONCE)),
        (UnprocessableEntityError, "ORDER_CANCELLED",
         lambda: card_calls.create_payment(cancelled, payments=[card_payment("x")],
                                           request_options=ONCE)),
        (UnprocessableEntityError, "DUPLICATE_REQUEST",
         lambda: api.orders.create_order(merchant_order_reference="sdk-gone",
                                         order_amount=amount(AMOUNT + 1), request_options=ONCE)),
        (BadRequestError, "INVALID_REQUEST",
         lambda: api.orders.create_order(merchant_order_reference="small",
                                         order_amount=Amount(**small), request_options=ONCE)),
        (BadRequestError, "INVALID_REQUEST",
         lambda: api.bnpl.check_bnpl_eligibility(
             mobile=MOBILE, pay_code="SIMPL", amount=amount(AMOUNT), request_options=ONCE)),
        (BadRequestError, "INVALID_REQUEST",
         lambda: card_calls.submit_otp(payment_id="x", otp="12", request_options=ONCE)),
    ):
        refused(error_type, code, call)
    field = refused(BadRequestError, "INVALID_REQUEST", lambda: api.checkout.generate_checkout_link(
        merchant_order_reference="small", order_amount=Amount(**small), request_options=ONCE))
    expect("field", field["additional_error_details"]["metadata"]["field"], "order_amount.value")
    # The SDK maps no 401 of the token call and no 404 of the link calls: plain ApiErrors.
    refused(ApiError, "UNAUTHORIZED", lambda: stranger.authentication.generate_token(
        client_id=merchant.client_id, client_secret="wrong", grant_type="client_credentials",
        request_options=ONCE))
    link_calls = api.payment_links
    refused(ApiError, "PAYMENT_LINK_NOT_FOUND",
            lambda: link_calls.get_payment_link_by_id("pl-v1-none", request_options=ONCE))
    told("typed_errors")


def journeys(merchant):
    links(merchant)
    orders(merchant)
    points_beside_a_card(merchant)
    two_cards(merchant)
    refunds(merchant, one_time_passwords(merchant))
    failure(merchant)
    hosted_page(merchant)
    typed_errors(merchant)


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    run(journeys)
