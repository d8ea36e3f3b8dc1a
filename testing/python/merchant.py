"""A merchant who integrates with nothing but the official SDK, `hmac` and `standardwebhooks`.

What it is told on stdin: {"base_url", "client_id", "client_secret", "signing_key",
"webhook_secret", "port"}; its own server listens on the port and takes returns and webhooks.
"""
import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time
import urllib.parse

import httpx
import pydantic
from pinelabs import PinelabsApi
from standardwebhooks import Webhook

# How long an answer, a webhook or a return may take on a machine that is busy, in seconds.
WAIT = 120
# The gateway is on this machine: a repeat would only hide what is wrong.
ONCE = {"max_retries": 0, "timeout_in_seconds": WAIT}

# What we answer beyond the SDK's models, by the model that does not have it.
BEYOND_THE_SDK = {
    "GenerateTokenResponse": {"expires_in"},
    # The last two are a refund's, which the SDK reads as an order.
    "OrderResponseData": {"refunds", "parent_order_id", "parent_order_reference"},
    "OrderResponseDataPurchaseDetails": {"products"},
    "PaymentItem": {"offer_data"},
    "PaymentItemPaymentOption": {"upi_data", "wallet_data", "cardless_data", "bnpl_data"},
    "UpiDetailsResponse": {"intent_url", "upi_qr"},
    "AcquirerData": {"acquirer_name"},
    "PaymentLinkResponse": {"callback_url", "part_payment", "cart_details"},
    "RefundResponseData": {"parent_order_reference", "error_detail"},
    "OtpGenerateResponse": {"status"},
}


class Wrong(Exception):
    """An answer lacks, contradicts or adds something."""


def expect(what, told, wanted):
    if told != wanted:
        raise Wrong(f"{what} is {told!r}, not {wanted!r}")


def told(step, **more):
    print(json.dumps({"step": step, **more}, default=str), flush=True)


def strict(answer):
    """An answer of the SDK, after a look for fields that its models do not know."""
    if isinstance(answer, pydantic.BaseModel):
        unknown = set(answer.model_extra or {})
        unknown -= BEYOND_THE_SDK.get(type(answer).__name__, set())
        if unknown:
            raise Wrong(f"{type(answer).__name__} has {sorted(unknown)}")
        for name in answer.model_fields_set:
            strict(getattr(answer, name))
    elif isinstance(answer, (list, tuple)):
        for element in answer:
            strict(element)
    return answer


def sdk(base_url, token):
    # trust_env=False: otherwise HTTP_PROXY in the environment would be used even for 127.0.0.1.
    plain = httpx.Client(trust_env=False, follow_redirects=False, timeout=WAIT)
    return PinelabsApi(base_url=base_url, token=token, timeout=WAIT, httpx_client=plain)


class Merchant:
    def __init__(self, settings):
        self.base_url = settings["base_url"]
        self.signing_key = bytes.fromhex(settings["signing_key"])
        self.webhooks = Webhook(base64.b64encode(settings["webhook_secret"].encode()).decode())
        self.back = f"http://127.0.0.1:{settings['port']}/back"
        self.client_id = settings["client_id"]
        self.heard = threading.Condition()
        self.events, self.returns = [], []
        self.serve(settings["port"])
        # The SDK cannot send an empty token; the gateway looks at none here.
        answer = strict(sdk(self.base_url, "none").authentication.generate_token(
            client_id=settings["client_id"], client_secret=settings["client_secret"],
            grant_type="client_credentials", request_options=ONCE))
        if not answer.access_token or answer.expires_at is None:
            raise Wrong("the token call answers no token or no end")
        self.api = sdk(self.base_url, answer.access_token)

    @classmethod
    def from_stdin(cls):
        return cls(json.load(sys.stdin))

    def serve(self, port):
        merchant = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with merchant.heard:
                    if self.path == "/webhook":
                        merchant.events.append((dict(self.headers), body))
                    else:
                        merchant.returns.append(
                            dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)))
                    merchant.heard.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def wait_for(self, what, find):
        end = time.monotonic() + WAIT
        with self.heard:
            while True:
                found = find()
                if found is not None:
                    return found
                if not self.heard.wait(end - time.monotonic()):
                    raise Wrong(f"no {what} within {WAIT} seconds")

    def event(self, event_type, order_id):
        """The data of an event, once it has come and its signature is right."""
        def find():
            for headers, body in self.events:
                event = json.loads(body)
                if event["event_type"] == event_type and event["data"]["order_id"] == order_id:
                    return headers, body
            return None

        headers, body = self.wait_for(f"{event_type} of {order_id}", find)
        return self.webhooks.verify(body, headers)["data"]

    def returned(self, order_id):
        """The form that the payer brought, once it has come and its signature is right."""
        def find():
            return next((form for form in self.returns if form["order_id"] == order_id), None)

        form = self.wait_for(f"return of {order_id}", find)
        signed = "&".join(f"{key}={form[key]}" for key in sorted(form)
                          if key != "signature" and form[key])
        mac = hmac.new(self.signing_key, signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(mac.upper(), form["signature"].upper()):
            raise Wrong(f"the signature of {form} is wrong")
        return form

    def order(self, order_id):
        return strict(self.api.orders.get_order_by_id(order_id, request_options=ONCE)).data


def run(journeys):
    """Runs to the end, or tells on stderr what went wrong."""
    try:
        journeys(Merchant.from_stdin())
    except Exception as error:  # whatever it is, the test is told
        body = getattr(error, "body", None)
        told("failed", error=f"{type(error).__name__}: {error}", body=repr(body))
        raise
