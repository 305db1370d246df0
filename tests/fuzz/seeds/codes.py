# SPDX-License-Identifier: Apache-2.0
"""Codes and links as the product derives them from keys that are known to everybody."""

import base64
import hashlib
import hmac

from seeds.wire import UUID

DERIVE_KEY = b"a key that is known to everybody"
SATISFACTION_KEY = b"\x07" + bytes(31)


def pin(tracking_code: str) -> str:
    digest = hmac.new(DERIVE_KEY, b"redress-pin-v2\0" + tracking_code.encode() + b"\0", hashlib.sha256).digest()
    return "".join(str((digest[2 * i] * 256 + digest[2 * i + 1]) % 10) for i in range(16))


def tracking_code(first: str) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    code = (first + "0" * 12)[:12]
    return code + letters[sum(letters.index(c) * (2 * i + 1) for i, c in enumerate(code)) % 32]


def satisfaction_token(closure: int, expires: int) -> str:
    said = bytes.fromhex(UUID.replace("-", "")) + closure.to_bytes(4, "big") + expires.to_bytes(4, "big")
    mac = hmac.new(SATISFACTION_KEY, b"redress-satisfaction-v1\0" + said.hex().encode() + b"\0", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(said + mac[:24]).decode()
