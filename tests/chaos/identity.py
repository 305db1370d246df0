"""Digests and derived identifiers, computed again from what was asked for."""

import datetime
import hashlib
import unicodedata

CHANNELS = ["", "phone", "web", "wechat", "app", "window", "letter", "email", "institution"]
PERSON = ["name", "phone", "email", "address", "identity_number"]


def uuid_of(*parts):
    """UUIDv8 from SHA-256 over the parts, each with a NUL behind it."""
    digest = bytearray(hashlib.sha256("".join(part + "\0" for part in parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def milliseconds(text):
    """An RFC 3339 time in milliseconds; 0 for none."""
    if not text:
        return 0
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(moment.timestamp() * 1000)


def channel_number(channel):
    """The number of a channel; names and numbers are understood."""
    return channel if isinstance(channel, int) else CHANNELS.index(channel)


def content_digest(body):
    """SHA-256 of the normalised submission; None where the body can't be one."""
    try:
        person = body.get("complainant") or {}
        received = body.get("received_at_ms") or milliseconds(body.get("received_at"))
        numbers = f'{channel_number(body["channel"])} {received} {int(bool(body.get("anonymous")))}'
        texts = ["redress-content-v1", numbers, body["institution"], body.get("category") or "", body["narrative"],
                 body.get("request") or "", *(person.get(name) or "" for name in PERSON),
                 person.get("language") or "zh-CN", body.get("on_behalf_relation") or "",
                 *([person["hours"]] if person.get("hours") else [])]
        normal = "".join(unicodedata.normalize("NFC", text) + "\0" for text in texts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return hashlib.sha256(normal.encode()).digest()


def complaint_digest(message):
    """The same of an ExternalComplaint."""
    person = {name: getattr(message.complainant, name) for name in [*PERSON, "language", "hours"]}
    return content_digest({
        "channel": message.channel, "institution": message.institution, "category": message.category,
        "narrative": message.narrative, "request": message.request, "received_at_ms": message.received_at_ms,
        "anonymous": message.anonymous, "complainant": person, "on_behalf_relation": message.on_behalf_relation})
