"""verify_webhook.py SECRET ID TIMESTAMP SIGNATURE < BODY

Verifies a webhook with the package `standardwebhooks`, as a merchant's server would: the key is the
merchant's secret. Exit: 0 it is genuine; 1 it is not, or a changed body passes too.
"""
import base64
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def main(secret, id_, timestamp, signature):
    body = sys.stdin.buffer.read().decode()
    headers = {"webhook-id": id_, "webhook-timestamp": timestamp, "webhook-signature": signature}
    verifier = Webhook(base64.b64encode(secret.encode()).decode())
    verifier.verify(body, headers)
    try:
        verifier.verify(body + " ", headers)
    except WebhookVerificationError:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
