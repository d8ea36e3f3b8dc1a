"""orders.py BASE_URL CLIENT_ID CLIENT_SECRET REFERENCE

Drives the official `pinelabs-python` SDK against a sandbox: a held order is made, read, paid by
card with its password, captured in part and refunded; another is cancelled, and the typed errors of
401, 404 and 422 are raised. One JSON line per step on stdout.
Exit: 0 all good; 1 an SDK or HTTP error; 2 an answer lacked or contradicted a main field.
"""
import json
import sys

import httpx
from pinelabs import Amount, PinelabsApi
from pinelabs.core.api_error import ApiError
from pinelabs.core.parse_error import ParsingError
from pinelabs.refunds.types.create_refund_request_order_amount import CreateRefundRequestOrderAmount
from pinelabs.types import (PaymentRequestItem, PaymentRequestItemPaymentOption,
                            PaymentRequestItemPaymentOptionCardDetails)

RO = {"max_retries": 0, "timeout_in_seconds": 10}
problems = []


def show(step, data, **more):
    if data is None:
        problems.append(f"{step}: the answer has no `data`")
        return
    print(json.dumps({"step": step, "status": data.status, "order_id": data.order_id,
                      "type": data.type, **more}), flush=True)


def client(base, token):
    # trust_env=False: otherwise HTTP_PROXY in the environment would be used even for 127.0.0.1
    return PinelabsApi(base_url=base, token=token, timeout=10.0,
                       httpx_client=httpx.Client(trust_env=False, follow_redirects=False, timeout=10.0))


def refused(step, call):
    try:
        call()
    except ApiError as error:
        body = error.body.dict() if hasattr(error.body, "dict") else error.body
        print(json.dumps({"step": step, "error": type(error).__name__, "code": body["code"]}), flush=True)
        return
    problems.append(f"{step}: was not refused")


def main(base, client_id, client_secret, reference):
    token = client(base, "none").authentication.generate_token(
        client_id=client_id, client_secret=client_secret, grant_type="client_credentials",
        request_options=RO).access_token
    api = client(base, token)
    amount = Amount(value=50000, currency="INR")

    made = api.orders.create_order(
        merchant_order_reference=reference, order_amount=amount, pre_auth=True, notes="orders.py",
        allowed_payment_methods=["CARD", "UPI"], callback_url="https://shop.example.com/back",
        request_options=RO).data
    show("create", made)
    order_id = made.order_id
    show("get_by_id", api.orders.get_order_by_id(order_id, request_options=RO).data)
    show("get_by_reference", api.orders.get_order_by_merchant_reference(reference, request_options=RO).data)

    card = PaymentRequestItemPaymentOptionCardDetails(
        name="Asha Rao", card_number="4012001037141112", cvv="123", expiry_month="12", expiry_year="2049")
    payment = PaymentRequestItem(
        merchant_payment_reference="p-1", payment_amount=amount, payment_method="CARD",
        payment_option=PaymentRequestItemPaymentOption(card_details=card))
    begun = api.card_payments.create_payment(order_id, payments=[payment], request_options=RO).data
    show("pay", begun, challenge=bool(begun.challenge_url))
    api.card_payments.submit_otp(payment_id=begun.payments[0].id, otp="123456", request_options=RO)
    show("paid", api.orders.get_order_by_id(order_id, request_options=RO).data)

    captured = api.orders.capture_order(
        order_id, merchant_capture_reference="c-1", capture_amount=Amount(value=20000, currency="INR"),
        request_options=RO).data
    show("capture", captured)
    refund = api.refunds.create_refund(
        order_id, merchant_order_reference=f"{reference}-r",
        order_amount=CreateRefundRequestOrderAmount(value=20000, currency="INR"), request_options=RO).data
    show("refund", refund, parent=refund.parent_order_id == order_id)
    show("get_refund", api.orders.get_order_by_id(refund.order_id, request_options=RO).data)
    show("refunded", api.orders.get_order_by_id(order_id, request_options=RO).data)

    other = api.orders.create_order(
        merchant_order_reference=f"{reference}-2", order_amount=amount, request_options=RO).data
    show("cancel", api.orders.cancel_order(other.order_id, request_options=RO).data)
    refused("cancel_again", lambda: api.orders.cancel_order(other.order_id, request_options=RO))
    refused("unknown", lambda: api.orders.get_order_by_id("v1-1", request_options=RO))
    refused("no_token", lambda: client(base, "wrong").orders.get_order_by_id(order_id, request_options=RO))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ApiError as e:
        body = e.body.dict() if hasattr(e.body, "dict") else e.body
        print(json.dumps({"error": type(e).__name__, "status": e.status_code, "body": body}, default=str))
        sys.exit(1)
    except ParsingError as e:  # an answer that does not fit the model; not a subclass of ApiError
        print(json.dumps({"error": "ParsingError", "status": e.status_code, "cause": str(e.cause)}))
        sys.exit(1)
    except httpx.HTTPError as e:
        print(json.dumps({"error": type(e).__name__, "detail": str(e)}))
        sys.exit(1)
    for p in problems:
        print(json.dumps({"problem": p}))
    sys.exit(2 if problems else 0)
