# SPDX-License-Identifier: Apache-2.0
"""Seeds for analytics: queries and facts."""

from seeds.wire import UUID, dump, facts, field, request


def analytics_http():
    staff = {"Authorization": dump({"sub": "li.wei", "institutions": ["first-hospital", "bureau"]}).decode()}
    period = {"from": "2026-02-01", "to": "2026-02-28"}
    return {
        "all": request(0, headers=staff, queries=period),
        "one": request(0, headers=staff, queries=period | {"institution": "bureau"}),
        "out-of-scope": request(0, headers=staff, queries=period | {"institution": "demo-clinic"}),
        "backwards": request(0, headers=staff, queries={"from": "2026-03-01", "to": "2026-02-28"}),
        "no-date": request(0, headers=staff, queries={"from": "2026-02-30", "to": "2026-02-28"}),
        "no-token": request(0, queries=period),
        "units": request(1, headers=staff, queries=period),
    }


def analytics_facts():
    names = ["CaseRegistered", "CaseAssessed", "CaseAccepted", "CaseDispatched", "CaseReplied", "CaseClosed"]
    seeds = facts(*names, "ClockArmed", "FeedbackRecorded", "CaseCommented", "ReturnRequested")
    # The golden facts have sequence 1002; the first one counts.
    first = field(1, field(1, UUID) + field(2, 1) + field(3, "first-hospital") + field(4, 1770000000000))
    return seeds | {f"first-{i}": bytes([ord("0") + i]) + first for i in range(10)}
