"""links.py BASE_URL CLIENT_ID CLIENT_SECRET [REFERENCE]

Drives the official `pinelabs-python` SDK against a gateway: token, create payment link, get by id,
get by reference, cancel, get order by id. One JSON line per step on stdout.
Exit: 0 all good; 1 SDK/HTTP error; 2 an answer lacked or contradicted a main field.
"""
import datetime as dt
import json
import sys
import uuid

import httpx
from pinelabs import Amount, PaymentLinkCustomer, PinelabsApi
from pinelabs.core.api_error import ApiError
from pinelabs.core.parse_error import ParsingError

RO = {"max_retries": 0, "timeout_in_seconds": 10}  # default is 2 retries (~1s, ~2s), 60s timeout
LINK = ("payment_link", "payment_link_id", "status", "amount", "amount_due", "order_id",
        "merchant_payment_link_reference", "description", "expire_by", "pre_auth", "created_at", "updated_at")
ORDER = ("order_id", "merchant_order_reference", "type", "status", "challenge_url", "merchant_id",
         "order_amount", "integration_mode", "allowed_payment_methods", "payments", "created_at", "updated_at")
problems = []


def plain(v):
    if hasattr(v, "model_extra"):
        return v.dict()
    return [plain(x) for x in v] if isinstance(v, list) else v


def show(step, obj, names):
    out = {n: plain(getattr(obj, n)) for n in names if getattr(obj, n) is not None}
    if obj.model_extra:  # fields the SDK's model does not know (extra="allow")
        out["_unknown_fields"] = obj.model_extra
    print(json.dumps({"step": step, **out}, default=str, ensure_ascii=False), flush=True)


def check(step, cond, what):
    if not cond:
        problems.append(f"{step}: {what}")


def client(base, token):
    # trust_env=False: otherwise HTTP_PROXY in the environment would be used even for 127.0.0.1
    return PinelabsApi(base_url=base, token=token, timeout=10.0,
                       httpx_client=httpx.Client(trust_env=False, follow_redirects=False, timeout=10.0))


def main(base, client_id, client_secret, reference=None):
    reference = reference or f"sdk-{uuid.uuid4().hex[:20]}"
    # token="" (as the package README shows) raises httpx.LocalProtocolError: illegal header b"Bearer "
    tok = client(base, "none").authentication.generate_token(
        client_id=client_id, client_secret=client_secret, grant_type="client_credentials", request_options=RO)
    print(json.dumps({"step": "token", "access_token": bool(tok.access_token), "expires_at": tok.expires_at,
                      "_unknown_fields": sorted(tok.model_extra or {})}, default=str), flush=True)
    check("token", tok.access_token, "no access_token")
    check("token", tok.expires_at is not None, "no expires_at")
    if not tok.access_token:
        return
    api = client(base, tok.access_token)

    made = api.payment_links.create_payment_link(
        merchant_payment_link_reference=reference,
        amount=Amount(value=50000, currency="INR"),
        description="links.py",
        expire_by=dt.datetime.now(dt.timezone.utc).replace(microsecond=0) + dt.timedelta(days=2),
        allowed_payment_methods=["CARD", "UPI", "NETBANKING"],
        customer=PaymentLinkCustomer(email_id="joe.sam@example.com", first_name="joe", last_name="sam",
                                     mobile_number="9999999999", country_code="91"),
        merchant_metadata={"key1": "DD"},
        request_options=RO)
    show("create", made, LINK)
    check("create", made.payment_link_id, "no payment_link_id (link answers are flat: no `data` wrapper)")
    check("create", made.payment_link, "no payment_link URL")
    check("create", made.status == "CREATED", f"status {made.status!r}")
    check("create", made.amount and (made.amount.value, made.amount.currency) == (50000, "INR"), "amount differs")
    check("create", made.merchant_payment_link_reference == reference, "reference differs")
    if not made.payment_link_id:
        return

    got = api.payment_links.get_payment_link_by_id(made.payment_link_id, request_options=RO)
    show("get_by_id", got, LINK)
    byref = api.payment_links.get_payment_link_by_merchant_reference(reference, request_options=RO)
    show("get_by_reference", byref, LINK)
    for step, x in (("get_by_id", got), ("get_by_reference", byref)):
        check(step, x.payment_link_id == made.payment_link_id, "payment_link_id differs from the created one")
        check(step, x.merchant_payment_link_reference == reference, "reference differs")

    gone = api.payment_links.cancel_payment_link(made.payment_link_id, request_options=RO)
    show("cancel", gone, LINK)
    check("cancel", gone.status == "CANCELLED", f"status {gone.status!r}")

    order_id = made.order_id or got.order_id or byref.order_id or gone.order_id
    if not order_id:
        problems.append("order: no link answer carried order_id")
        return
    order = api.orders.get_order_by_id(order_id, request_options=RO)
    if order.data is None:
        problems.append("order: answer has no `data` object (order answers ARE wrapped in `data`)")
        return
    show("order", order.data, ORDER)
    check("order", order.data.order_id == order_id, "order_id differs")
    check("order", order.data.status, "no status")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ApiError as e:  # all mapped HTTP errors (BadRequestError, ...) and unmapped ones
        body = e.body.dict() if hasattr(e.body, "dict") else e.body
        print(json.dumps({"error": type(e).__name__, "status": e.status_code, "body": body}, default=str))
        sys.exit(1)
    except ParsingError as e:  # answer did not fit the model; not a subclass of ApiError
        print(json.dumps({"error": "ParsingError", "status": e.status_code, "body": e.body, "cause": str(e.cause)}, default=str))
        sys.exit(1)
    except httpx.HTTPError as e:
        print(json.dumps({"error": type(e).__name__, "detail": str(e)}))
        sys.exit(1)
    for p in problems:
        print(json.dumps({"problem": p}))
    sys.exit(2 if problems else 0)
