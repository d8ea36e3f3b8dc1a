"""A mail server that keeps nothing: it prints its port, then each e-mail as one JSON object a line.

Its arguments are `plain`, `starttls` or `tls`; but for `plain`, the files of its certificate and key,
and the user and the password that it wants. A recipient that begins with `refused` or `later` is
answered so.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return f"550 5.1.1 {address}: no such mailbox"
        if address.startswith("later"):
            return f"451 4.3.0 {address}: come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content()
                 for part in message.walk() if not part.is_multipart()}
        print(json.dumps({
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "raw": envelope.content.decode("ascii", "replace"),
            "text": parts.get("text/plain"),
            "html": parts.get("text/html"),
            "tls": session.ssl is not None or server.transport.get_extra_info("cipher") is not None,
            "user": session.auth_data.decode() if session.authenticated else None,
        }), flush=True)
        return "250 OK"


async def main(mode, certificate=None, key=None, user=None, password=None):
    context = None
    if mode != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False, auth_data=data.login)

    def protocol():
        return SMTP(
            Handler(), hostname="localhost", enable_SMTPUTF8=False, loop=asyncio.get_running_loop(),
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate if user else None,
            auth_required=user is not None, auth_require_tls=mode == "starttls")

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if mode == "tls" else None)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
