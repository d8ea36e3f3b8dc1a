"""openapi.py BASE_URL CLIENT_ID CLIENT_SECRET

Holds a sandbox against its own description, GET /openapi.json. First a journey through orders,
payments, captures, refunds, links and lists: each answer has the schema that is told of it, and no
field that is not told. Then `schemathesis` calls every operation with made-up and with hostile
input, half of it about what the journey left behind. One JSON line per step on stdout.
Exit: 0 nothing was found; 1 something was.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import httpx
import jsonschema_rs

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "response_headers_conformance")
# The same calls in every run.
SEED = 20261224
EXAMPLES_MAX = 15
# How long an answer may take on a machine that is busy, in seconds.
WAIT = 120
AMOUNT = {"value": 50000, "currency": "INR"}
CARD = {"name": "Asha Rao", "card_number": "4012001037141112", "cvv": "123", "expiry_month": "12",
        "expiry_year": "2049"}


def strict(value):
    """The description, where an object has no field beside those that are told."""
    if isinstance(value, list):
        return [strict(one) for one in value]
    if not isinstance(value, dict):
        return value
    value = {key: strict(one) for key, one in value.items()}
    if "properties" in value and "additionalProperties" not in value and "code" not in value["properties"]:
        value["additionalProperties"] = False
    return value


class Gateway:
    def __init__(self, base):
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=WAIT)
        self.description = self.http.get("/openapi.json").raise_for_status().json()
        self.strict = strict(self.description)
        self.paths = self.description["paths"]

    def operation(self, name):
        for path, item in self.paths.items():
            for method, told in item.items():
                if told["operationId"] == name:
                    return path, method, told
        raise LookupError(name)

    def call(self, name, body=None, query=None, **ids):
        """Calls an operation, and holds the answer against what is told of it."""
        path, method, _ = self.operation(name)
        answer = self.http.request(method, path.format(**ids), json=body, params=query)
        pointer = quote(path.replace("/", "~1"), safe="~")
        content = f"#/paths/{pointer}/{method}/responses/{answer.status_code}/content/application~1json/schema"
        assert answer.is_success, f"{name} answered {answer.status_code}: {answer.text}"
        schema = {"$ref": content, "paths": self.strict["paths"], "components": self.strict["components"]}
        problems = [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(answer.json())]
        assert not problems, f"{name}: {problems}"
        print(json.dumps({"step": name, "status": answer.status_code}), flush=True)
        return answer.json()


def pay(gateway, order, method="CARD", offer=None, **option):
    payment = {"merchant_payment_reference": "p-1", "payment_method": method,
               "payment_amount": AMOUNT, "payment_option": option or {"card_details": CARD}}
    if offer:
        payment["offer_data"] = {"offer_details": {"tenure": {"tenure_type": "MONTH", "tenure_value": offer}}}
    return gateway.call("createPayment", {"payments": [payment]}, order_id=order)["data"]


# What is paid with at once, and by a password; and what waits for a page.
METHODS = [
    ("POINTS", None, {"points_card_details": {"card_number": CARD["card_number"], "card_last4": "1112",
                                              "registered_mobile_number": "9876543210"}}),
    ("CREDIT_EMI", 6, {"card_details": CARD}),
    ("DEBIT_EMI", 3, {"card_details": CARD}),
    ("CARDLESS_EMI", 12, {"cardless_details": {"pan_number": "ABCDE1234F",
                                               "registered_mobile_number": "9876543210"}}),
    ("BNPL", None, {"bnpl_details": {"mobile": "9876543210", "bnpl_pay_code": "LAZYPAY"}}),
]
WAITING = [
    ("WALLET", {"wallet_details": {"wallet_code": "AMAZON_PAY"}}),
    ("NETBANKING", {"netbanking_details": {"pay_code": "NB1531"}}),
    ("UPI", {"upi_details": {"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}}}),
    ("UPI", {"upi_details": {"txn_mode": "INTENT", "upi_qr": True}}),
]


def journey(gateway):
    """Does what a merchant does; the ids of what is left."""
    def make_order(reference, **more):
        body = {"merchant_order_reference": reference, "order_amount": AMOUNT, **more}
        return gateway.call("createOrder", body)["data"]["order_id"]

    def paid(reference, **more):
        order = make_order(reference, **more)
        payment = pay(gateway, order)["payments"][0]["id"]
        gateway.call("submitOtp", {"payment_id": payment, "otp": "123456"})
        return order

    everything = {
        "notes": "Two books", "callback_url": "https://shop.example.com/done",
        "failure_callback_url": "https://shop.example.com/failed", "is_mcc_transaction": "true",
        "cart_coupon_discount_amount": {"value": 0, "currency": "INR"},
        "purchase_details": {
            "customer": {
                "email_id": "asha@example.com", "first_name": "Asha", "last_name": "Rao",
                "customer_id": "1", "mobile_number": "9876543210", "country_code": "91",
                "gstin": "27AAEPM1234C1Z5", "merchant_customer_reference": "c-1",
                "billing_address": {"address1": "10 Residency Road", "pincode": "560001",
                                    "city": "Bengaluru", "state": "Karnataka", "country": "India"},
                "shipping_address": {"address1": "", "address2": "Flat 2"}},
            "merchant_metadata": {"basket": "7", "empty": ""},
            "products": [{"product_code": "book-1", "product_amount": AMOUNT}],
            "cart_details": {"items": [{"product_code": "book-1"}]},
            "split_info": {"split_type": "PERCENTAGE", "split_details": [
                {"split_merchant_id": "partner-1", "percentage": 12.5, "on_hold": True}]}}}
    rich = make_order("rich", **everything)
    gateway.call("getOrder", order_id=rich)
    gateway.call("getOrderByReference", reference="rich")
    for number, (method, option) in enumerate(WAITING):
        pay(gateway, make_order(f"waits-{number}"), method, **option)
    for method, offer, option in METHODS:
        order = make_order(f"paid-by-{method}")
        payment = pay(gateway, order, method, offer, **option)["payments"][0]["id"]
        gateway.call("submitOtp", {"payment_id": payment, "otp": "123456"})
        gateway.call("getOrder", order_id=order)
    gateway.call("checkEligibility", {"mobile": "9876543210", "pay_code": "SIMPL3", "amount": AMOUNT,
                                      "device_info": {"device_model": "Phone 1"}})
    gateway.call("checkEligibility", {"mobile": "9876540000", "pay_code": "LAZYPAY", "amount": AMOUNT})
    gateway.call("createCheckout", {"merchant_order_reference": "hosted", "order_amount": AMOUNT})

    declined = make_order("declined")
    payment = pay(gateway, declined, card_details={**CARD, "card_number": "4000000000009995"})
    gateway.http.post("/api/pay/v1/otp/submit", json={"payment_id": payment["payments"][0]["id"], "otp": "123456"})
    gateway.call("getOrder", order_id=declined)

    held = paid("held", pre_auth=True)
    captured = paid("captured", pre_auth="true")
    gateway.call("captureOrder", {"merchant_capture_reference": "c-1", "capture_amount": {**AMOUNT, "value": 30000}},
                 order_id=captured)
    refunded = paid("refunded")
    refund = gateway.call("createRefund", {"merchant_order_reference": "r-1", "order_amount": {**AMOUNT, "value": 10000}},
                          order_id=refunded)["data"]["order_id"]
    gateway.call("getOrder", order_id=refund)
    gateway.call("getOrder", order_id=refunded)
    waiting = make_order("waiting")
    otp = pay(gateway, waiting)["payments"][0]["id"]
    gateway.call("resendOtp", {"payment_id": otp})
    gateway.call("generateOtp", {"payment_id": otp})

    fresh = {name: value for name, value in everything.items() if name not in ("notes", "purchase_details")}
    details = everything["purchase_details"]
    link = gateway.call("createPaymentLink", {
        **fresh, "merchant_payment_link_reference": 7, "amount": AMOUNT, "description": "Two books",
        "customer": details["customer"], "product_details": details["products"],
        "merchant_metadata": details["merchant_metadata"], "split_info": details["split_info"]})["payment_link_id"]
    gateway.call("getPaymentLink", payment_link_id=link)
    gateway.call("notifyPaymentLink", payment_link_id=link)
    gateway.call("getPaymentLinkByReference", reference="7")
    gone = gateway.call("createPaymentLink", {"merchant_payment_link_reference": "gone", "amount": AMOUNT})
    gateway.call("cancelPaymentLink", payment_link_id=gone["payment_link_id"])
    cancelled = make_order("cancelled")
    gateway.call("cancelOrder", order_id=cancelled)

    now = gateway.call("advanceClock", {"advance_seconds": 0})["now"]
    period = {"start_date": now[:10], "end_date": now, "per_page": 2}
    for name in ("listOrders", "listPaymentLinks", "listRefunds"):
        gateway.call(name, query=period)
    gateway.call("getHealth")
    return {"orders": [rich, held, captured, refunded, cancelled, waiting, make_order("new")],
            "links": [link, gone["payment_link_id"]], "references": ["rich", "7"], "payments": [otp]}


def main(base, client_id, client_secret):
    gateway = Gateway(base)
    keys = {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
    token = gateway.call("createToken", keys)["access_token"]
    gateway.http.headers["Authorization"] = f"Bearer {token}"
    left = journey(gateway)
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*", "DEODAR_LEFT": json.dumps(left),
                   "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [Path(sys.executable).with_name("schemathesis"), "run", f"{base}/openapi.json",
             "--checks", ",".join(CHECKS), "--header", f"Authorization: Bearer {token}",
             "--seed", str(SEED), "--max-examples", str(EXAMPLES_MAX), "--continue-on-failure",
             "--warnings", "off", "--no-color",
             # That a machine is slow, at answering or at making calls up, is no fault of the gateway.
             "--request-timeout", str(WAIT), "--suppress-health-check", "too_slow"],
            cwd=folder, env=environment).returncode


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (AssertionError, LookupError, httpx.HTTPError) as error:
        print(json.dumps({"problem": str(error)}))
        sys.exit(1)
