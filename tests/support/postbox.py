"""A mail server that keeps what it takes: one JSON file for each mail, in the order in which they came.

    postbox.py PORT FOLDER
"""

import asyncio
import email
import email.policy
import json
import os
import sys

from aiosmtpd.controller import UnthreadedController


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.count = len(os.listdir(folder))

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": str(mail["subject"]),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "text": mail.get_content().replace("\r\n", "\n"),
        }
        self.count += 1
        path = os.path.join(self.folder, f"{self.count:06}.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.rename(path + ".new", path)
        return "250 kept"


port, folder = int(sys.argv[1]), sys.argv[2]
loop = asyncio.new_event_loop()
controller = UnthreadedController(Keeper(folder), hostname="127.0.0.1", port=port, loop=loop)
controller.begin()
loop.run_forever()
