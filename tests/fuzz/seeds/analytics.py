# SPDX-License-Identifier: Apache-2.0
"""Seeds for analytics: queries and facts."""

from seeds.wire import course, dump, fact, facts, golden, request


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
    return facts() | {
        "course-handlings": course("CaseRegistered", "CaseDispatched", "ReturnRequested", "CaseDesignated", "ReworkOrdered",
                                   "CaseClosed", "CaseReopened", "SupervisionOrdered"),
        "course-cluster": course("CaseRegistered", "CaseMerged", "CaseMerged", "CaseUnmerged", "RepeatRecognised", "ContentErased"),
        "course-given-up": course("CaseRegistered", "CaseWithdrawn", "CaseReopened", "CaseNotAccepted", "FollowUpRecorded"),
        "gap": course("CaseRegistered") + fact("CaseClosed", golden("CaseClosed")),
    }
