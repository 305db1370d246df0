#!/usr/bin/python3
"""An SMTP server for the local stack: keeps every mail in a Maildir, sends nothing on."""

import asyncio
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


def main() -> None:
    """Usage: smtp_sink.py PORT MAILDIR"""
    port, maildir = int(sys.argv[1]), sys.argv[2]
    controller = Controller(Mailbox(maildir), hostname="127.0.0.1", port=port)
    controller.start()
    asyncio.new_event_loop().run_forever()


main()
