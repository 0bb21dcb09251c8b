"""A mail server that takes every mail after a login, and tells what Python's `email` reads in it.

One line of JSON for its port at once; one for each mail when its input has ended.
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def tell(what):
    print(json.dumps(what), flush=True)


def log_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"office", b"hush-hush")
    return AuthResult(success=good)


class Reader:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        html = mail.get_body(("html",))
        self.mails.append({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": mail["Message-ID"],
            "subject": mail["Subject"],
            "date": mail["Date"].datetime.isoformat(),
            "name": mail["To"].addresses[0].display_name,
            "text": mail.get_body(("plain",)).get_content(),
            "html": html and html.get_content(),
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "bytes": base64.b64encode(envelope.content).decode(),
        })
        return "250 2.0.0 taken"


async def serve():
    reader = Reader()

    def conversation():
        return SMTP(
            reader,
            hostname="relay.example",
            authenticator=log_in,
            auth_required=True,
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(conversation, host="127.0.0.1", port=0)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    for mail in reader.mails:
        tell(mail)


# It warns of a login without TLS with each mail; this one is for a test on one machine.
logging.disable(logging.WARNING)
asyncio.run(serve())
