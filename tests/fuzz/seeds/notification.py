# SPDX-License-Identifier: Apache-2.0
"""Seeds for notification: requests, facts, what mail servers and web hooks answer."""

from seeds.wire import UUID, blocks, fact, facts, field, golden, http_answer, request


def notification_http():
    token = {"Authorization": "Bearer t"}
    return {
        "preview": request(0, "case-registered", "zh-CN"),
        "preview-english": request(0, "alarm-raised", "en"),
        "preview-absent": request(0, "x", "en"),
        "deliveries": request(1, headers=token, queries={"case_id": UUID}),
        "deliveries-of-none": request(1, headers=token, queries={"case_id": "x"}),
        "no-token": request(1, queries={"case_id": UUID}),
    }


def notification_facts():
    return facts() | {"storm": fact("MessageReceived", golden("MessageReceived")) * 8}


def notification_notices():
    def notice(calendar: str, noticed_at_ms: int = 1770000000000) -> bytes:
        return b"0" + field(1, calendar) + field(2, 2027) + field(3, 2) + field(4, noticed_at_ms)

    contact = golden("Contact")
    return {
        "CalendarMissing": b"0" + golden("CalendarMissing"),
        "notice": notice("cn-workdays@2026"),
        "cut": notice("cn-workdays@2026")[:-3],
        "empty": b"0",
        "other-type": b"1" + golden("CaseRegistered"),
        "no-calendar": notice(""),
        "longest-calendar": notice("c" * 64),
        "too-long-calendar": notice("c" * 65),
        "control-characters": notice("cn\x07@1"),
        "no-time": notice("cn-workdays@2026", 0),
        "contact": f"c{UUID}\n".encode() + contact,
        "contact-too-large": f"c{UUID}\n".encode() + bytes(2001),
        "contact-of-nobody": b"cx\n" + contact,
        "tombstone": f"e{UUID}\n".encode(),
    }


def transport():
    mail = b"220 ready\r\n250-here\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"
    taken = mail + b"250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n221 bye\r\n"
    return {
        "taken": blocks("m", taken),
        "refused": blocks("m", mail + b"250 ok\r\n550-no such\r\n550 user\r\n"),
        "later": blocks("m", b"421 busy\r\n"),
        "starts-tls": blocks("m", mail.replace(b"8BITMIME", b"STARTTLS") + b"220 go\r\n\x15\x03\x01\x00\x02\x02\x28"),
        "silent": blocks("m", b""),
        "hook-taken": blocks("h", http_answer("204 No Content", b"")),
        "hook-gone": blocks("h", http_answer("410 Gone", b"{}")),
        "hook-busy": blocks("h", http_answer("429 Too Many Requests", b"")),
        "hook-moved": blocks("h", b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"),
        "hook-continues": blocks("h", b"HTTP/1.1 100 Continue\r\n\r\n" + http_answer("200 OK", b"ok")),
    }
