"""What `openapi.py` teaches schemathesis: half of the calls are about something that is there.

Which of them is decided by the call itself, so that the same seed makes the same calls.
"""
import json
import os
import zlib

import schemathesis

LEFT = json.loads(os.environ["DEODAR_LEFT"])
OF_PATH = {"order_id": "orders", "payment_link_id": "links", "reference": "references"}
NAMES = {"merchant_order_reference", "merchant_payment_link_reference", "merchant_capture_reference"}


def draw(case):
    """A number that is always the same for the same call."""
    said = (case.method, case.path, str(case.path_parameters), str(case.query), str(case.body))
    return zlib.crc32(repr(said).encode())


def one(kind, number):
    return LEFT[kind][number % len(LEFT[kind])]


def with_rupees(value):
    """Amounts are of a currency that the merchant has."""
    if isinstance(value, list):
        return [with_rupees(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {name: "INR" if name == "currency" else with_rupees(field) for name, field in value.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    number = draw(case)
    if number % 2:
        return
    number //= 2
    for name, kind in OF_PATH.items():
        if isinstance(case.path_parameters, dict) and name in case.path_parameters:
            case.path_parameters[name] = one(kind, number)
    if isinstance(case.body, dict):
        body = with_rupees(case.body)
        for name in NAMES & body.keys():
            body[name] = f"{name[:24]}-{number}"
        if "payment_id" in body:
            body["payment_id"] = one("payments", number)
        case.body = body
    # What came before under the same key says nothing of this call.
    if case.headers:
        case.headers.pop("Idempotency-Key", None)
