"""methods.py < settings.json

Every payment method, with the official SDK: order, eligibility where there is such a call, payment,
challenge (by the calls of the one-time password, or by the challenge page with plain HTTP), signed
return, signed webhook, order; then a capture, a cancel or a refund.
"""
import sys

from payer import OTP, Payer
from pinelabs import Amount
from pinelabs.bnpl.types.bnpl_check_eligibility_request_device_info import (
    BnplCheckEligibilityRequestDeviceInfo as EligibilityDevice)
from pinelabs.refunds.types.create_refund_request_order_amount import (
    CreateRefundRequestOrderAmount as RefundAmount)
from pinelabs.types import (
    PaymentRequestItem as Payment, PaymentRequestItemDeviceInfo as Device,
    PaymentRequestItemOfferData as Offer, PaymentRequestItemOfferDataOfferDetails as OfferDetails,
    PaymentRequestItemOfferDataOfferDetailsTenure as Tenure,
    PaymentRequestItemPaymentOption as Option,
    PaymentRequestItemPaymentOptionBnplDetails as BnplDetails,
    PaymentRequestItemPaymentOptionCardDetails as CardDetails,
    PaymentRequestItemPaymentOptionCardlessDetails as CardlessDetails,
    PaymentRequestItemPaymentOptionPointsCardDetails as PointsCardDetails)

from merchant import ONCE, Wrong, expect, run, strict, told

AMOUNT = 50_000
CARD = "4012001037141112"
MOBILE = "9876501234"
DEVICE = {"browser_user_agent": "Mozilla/5.0", "browser_ip_address": "192.0.2.7"}


def amount(paise):
    return Amount(value=paise, currency="INR")


def card():
    return CardDetails(name="Asha Rao", card_number=CARD, cvv="123", expiry_month="12",
                       expiry_year="2049")


def offer(issuer_type):
    """What the SDK's model wants of an offer; the gateway reads the tenure alone."""
    tenure = Tenure(tenure_id="6", name="6 Months", tenure_type="MONTH", tenure_value=6,
                    issuer_offer_parameters="", discount="", total_subvention_amount="",
                    interest_rate_percentage=13.0, emi_type="STANDARD")
    return Offer(offer_details=OfferDetails(
        id="1", name="Issuer", issuer_type=issuer_type, priority="1", tenure=tenure))


# By name: the method, its option, what else the payment has, and whether its password may be given
# by call. What the SDK's model has no field for (UPI, netbanking, wallet) it sends all the same.
WAYS = {
    "card": ("CARD", Option(card_details=card()), {}, True),
    "upi_collect": ("UPI", Option(upi_details={
        "txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}}), {}, False),
    "upi_intent": ("UPI", Option(upi_details={"txn_mode": "INTENT", "upi_qr": True}), {}, False),
    "netbanking": ("NETBANKING", Option(netbanking_details={"pay_code": "NB1531"}), {}, False),
    "wallet": ("WALLET", Option(wallet_details={"wallet_code": "AMAZON_PAY"}), {}, False),
    "points": ("POINTS", Option(points_card_details=PointsCardDetails(
        card_number=CARD, card_last4=CARD[-4:], registered_mobile_number=MOBILE)), {}, True),
    "credit_emi": ("CREDIT_EMI", Option(card_details=card()), {"offer_data": offer("CC_BANK")}, True),
    "debit_emi": ("DEBIT_EMI", Option(card_details=card()), {"offer_data": offer("DC_BANK")}, True),
    "cardless_emi": ("CARDLESS_EMI", Option(cardless_details=CardlessDetails(
        pan_number="ABCDE1234F", registered_mobile_number=MOBILE)),
        {"offer_data": offer("NBFC")}, True),
} | {
    f"bnpl_{code.lower()}": ("BNPL", Option(bnpl_details=BnplDetails(
        mobile=MOBILE, bnpl_pay_code=code)), {"device_info": Device(**DEVICE)}, True)
    for code in ("LAZYPAY", "SIMPL", "SIMPL3")
}
# What becomes of the money: (held first, asked for last).
ENDINGS = {"capture": True, "cancel": True, "refund": False}


def check_eligibility(merchant, pay_code):
    answer = strict(merchant.api.bnpl.check_bnpl_eligibility(
        mobile=MOBILE, pay_code=pay_code, amount=amount(AMOUNT),
        device_info=EligibilityDevice(**DEVICE), request_options=ONCE))
    expect("eligibility", answer.txn_eligibility, True)
    if int(answer.metadata.credit_limit_available_in_paise) < AMOUNT:
        raise Wrong(f"the limit is {answer.metadata.credit_limit_available_in_paise}")
    parts = answer.metadata.installments or []
    expect("instalments", [part.amount_in_paise for part in parts],
           [16_668, 16_666, 16_666] if pay_code == "SIMPL3" else [])
    expect("serial numbers", [part.serial_no for part in parts], [1, 2, 3][:len(parts)])
    if parts and not parts[0].due_date < parts[1].due_date < parts[2].due_date:
        raise Wrong(f"the instalments are due on {[part.due_date for part in parts]}")


def check_option(name, payment):
    """The answer tells of the instrument what it may, and of a card never the number."""
    option = payment.payment_option
    extra = option.model_extra
    if name in ("card", "points", "credit_emi", "debit_emi"):
        expect("last digits", option.card_data.last4digit, CARD[-4:])
    elif name == "upi_collect":
        expect("address", option.upi_details.payer.vpa, "success@upi")
        expect("upi_data", extra["upi_data"]["payer"]["vpa"], "success@upi")
    elif name == "upi_intent":
        expect("mode", option.upi_details.txn_mode, "INTENT")
    elif name == "netbanking":
        expect("bank", option.netbanking_data.pay_code, "NB1531")
    elif name == "wallet":
        expect("wallet", extra["wallet_data"], {"wallet_code": "AMAZON_PAY"})
    elif name == "cardless_emi":
        expect("mobile", extra["cardless_data"], {"registered_mobile_number": MOBILE})
    else:
        expect("lender", extra["bnpl_data"]["bnpl_pay_code"], name.removeprefix("bnpl_").upper())
        expect("mobile", extra["bnpl_data"]["mobile"], MOBILE)
        parts = extra["bnpl_data"].get("installments", [])
        expect("instalments", len(parts), 3 if name == "bnpl_simpl3" else 0)
    if name.endswith("_emi"):
        tenure = payment.model_extra["offer_data"]["offer_details"]["tenure"]
        expect("tenure", (tenure["tenure_value"], len(tenure["installments"])), (6, 6))
    if CARD in repr(option):
        raise Wrong("the answer has the card's number")


def give_otp(merchant, payment_id):
    calls = merchant.api.card_payments
    sent = strict(calls.resend_otp(payment_id=payment_id, request_options=ONCE))
    expect("next", sent.next, ["SUBMIT_OTP", "RESEND_OTP"])
    expect("resend_after", sent.meta_data.resend_after, "180")
    given = strict(calls.submit_otp(payment_id=payment_id, otp=OTP, request_options=ONCE))
    expect("OTP", given.status, "SUCCESS")


def pay(merchant, name, ending, by_page):
    """From the order to the verified return and webhook; answers the order."""
    method, option, more, _ = WAYS[name]
    reference = f"{name}-{ending}"
    held = ENDINGS[ending]
    made = strict(merchant.api.orders.create_order(
        merchant_order_reference=reference, order_amount=amount(AMOUNT), pre_auth=held,
        allowed_payment_methods=[method], callback_url=merchant.back, request_options=ONCE)).data
    expect("new order", (made.status, made.payments), ("CREATED", []))
    if method == "BNPL":
        check_eligibility(merchant, option.bnpl_details.bnpl_pay_code)
    payment = Payment(merchant_payment_reference=f"{reference}-a", payment_amount=amount(AMOUNT),
                      payment_method=method, payment_option=option, **more)
    begun = strict(merchant.api.card_payments.create_payment(
        made.order_id, payments=[payment], request_options=ONCE)).data
    expect("begun order", (begun.status, len(begun.payments)), ("PENDING", 1))
    expect("retries", begun.payment_retries_remaining, 9)
    check_option(name, begun.payments[0])
    if name == "upi_intent":
        if not begun.payments[0].payment_option.model_extra["upi_data"]["intent_url"].startswith("upi://pay?"):
            raise Wrong("the intent has no upi:// link")
        picture = Payer().http.get(begun.image_url)
        expect("picture", picture.headers["content-type"], "image/png")
    if not by_page:
        give_otp(merchant, begun.payments[0].id)
    Payer().pay(begun.challenge_url)
    status = "AUTHORIZED" if held else "PROCESSED"
    expect("return", merchant.returned(made.order_id)["status"], status)
    event = merchant.event(f"ORDER_{status}", made.order_id)
    expect("event", (event["status"], event["payments"][0]["status"]), (status, status))
    paid = merchant.order(made.order_id)
    expect("paid order", (paid.status, paid.payments[0].status), (status, status))
    expect("method", paid.payments[0].payment_method, method)
    check_option(name, paid.payments[0])
    if not paid.payments[0].acquirer_data.rrn:
        raise Wrong("a paid payment has no retrieval reference number")
    return paid


def capture(merchant, order):
    done = strict(merchant.api.orders.capture_order(
        order.order_id, merchant_capture_reference="c-1", capture_amount=amount(20_000),
        request_options=ONCE)).data
    expect("captured order", done.status, "PARTIALLY_CAPTURED")
    expect("capture", done.payments[0].capture_data[0].capture_amount.value, 20_000)
    merchant.event("ORDER_PROCESSED", order.order_id)


def cancel(merchant, order):
    done = strict(merchant.api.orders.cancel_order(order.order_id, request_options=ONCE)).data
    expect("voided order", (done.status, done.payments[0].status), ("CANCELLED", "CANCELLED"))
    merchant.event("ORDER_CANCELLED", order.order_id)


def refund(merchant, order):
    done = strict(merchant.api.refunds.create_refund(
        order.order_id, merchant_order_reference=f"{order.merchant_order_reference}-back",
        order_amount=RefundAmount(value=20_000, currency="INR"), request_options=ONCE)).data
    expect("refund", (done.status, done.order_amount.value), ("PROCESSED", 20_000))
    expect("parent", done.parent_order_id, order.order_id)
    merchant.event("REFUND_PROCESSED", done.order_id)
    after = merchant.order(order.order_id)
    expect("refunded order", after.status, "PARTIALLY_REFUNDED")


def journeys(merchant):
    for index, (name, (_, _, _, by_call)) in enumerate(WAYS.items()):
        for turn, (ending, finish) in enumerate(
                {"capture": capture, "cancel": cancel, "refund": refund}.items()):
            # By page and by call in turns, so that each ending of a method meets both in the end.
            by_page = not by_call or (index + turn) % 2 == 0
            order = pay(merchant, name, ending, by_page)
            finish(merchant, order)
            told(name, ending=ending, challenge="page" if by_page else "otp")


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    run(journeys)
