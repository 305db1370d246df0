# SPDX-License-Identifier: Apache-2.0
"""A region as small as can be, and files of it that are wrong."""

MESSAGES = """case-registered case-accepted case-not-accepted case-redirected case-replied case-closed case-reopened case-rework
review-decided case-withdrawn case-dispatched case-designated rework-ordered return-requested review-requested
termination-requested message-sent message-received evidence-offered reopened withdrawn clock-warned calendar-missing alarm-raised
case-escalated supervision-ordered supervision-answered supervision-lifted co-handler-added co-handler-answered
extension-requested case-extended glass-broken progress-told improvement-opened case-terminated case-resumed""".split()
CASE_TEXTS = ("{tracking_code}", "{name}: {reply}")
CALENDAR_TEXTS = ("{year}", "{calendar}")

REGION = {
    "region.yaml": """id: r
version: 1
name: 区
zone: Asia/Shanghai
calendars: calendars
calendar: c
policies: packs
clocks:
  - {code: commitment-response, zh-CN: 诺一, en: one}
  - {code: commitment-other, zh-CN: 诺二, en: two}
""",
    "institutions.yaml": """id: i
version: 1
institutions:
  - {code: bureau, name: 局, type: bureau, ladder: [a], units: [{code: bureau.office, name: 科, ladder: [a]}]}
  - {code: clinic, name: 诊所, type: clinic, parent: bureau, ladder: [], units: [{code: clinic.desk, name: 前台, ladder: [b, a]}]}
""",
    "categories.yaml": """id: c
version: 1
categories:
  - {code: other, name: 其他, institution_types: [bureau, clinic], subjects: [{code: s, name: 题}]}
""",
    "policies.yaml": """id: p
version: 1
use: [shared]
packs:
  - id: all
    version: 1
    title: x
    layer: region
    calendar: c
    effective_from: 2000-01-01
    institution_types: [bureau, clinic]
    ladder:
      levels:
        - {after: {value: 0, unit: minutes}, tell: [handler, supervisor]}
        - {after: {value: 30, unit: minutes}, tell: [handler, supervisor]}
      most: 3
    rules:
      - id: all-response
        clock: first_response
        source: {kind: ours, text: x}
        starts_on: case_registered
        stops_on: complainant_told
        limit: {value: 1, unit: working_days}
      - id: all-response-p1
        clock: first_response
        source: {kind: ours, text: x}
        when: {severities: [P1]}
        starts_on: case_registered
        stops_on: complainant_told
        limit: {value: 15, unit: minutes}
      - id: all-resolution
        clock: resolution
        source: {kind: ours, text: x}
        starts_on: case_registered
        stops_on: case_replied
        limit: {value: 20, unit: calendar_days}
      - id: all-sign-for
        clock: sign_for
        source: {kind: ours, text: x}
        starts_on: case_dispatched
        stops_on: dispatch_answered
        limit: {value: 1, unit: working_days}
      - id: all-orders
        clock: supervision
        source: {kind: ours, text: x}
        starts_on: supervision_ordered
        stops_on: supervision_answered
        limit: {value: 3, unit: working_days}
      - id: all-co-handlers
        clock: co-handling
        source: {kind: ours, text: x}
        starts_on: co_handler_added
        stops_on: co_handler_answered
        limit: {value: 3, unit: working_days}
      - id: all-visits
        clock: follow_up_1
        source: {kind: ours, text: x}
        when: {situations: [R3, R4]}
        starts_on: crisis_confirmed
        stops_on: visit_done
        limit: {value: 24, unit: hours}
""",
    "staff.yaml": """id: s
version: 1
staff:
  - {subject: a, name: 甲, email: a@example.org, roles: [supervisor, administrator], institutions: ["*"], units: [], language: zh-CN}
  - {subject: b, name: 乙, email: b@example.org, roles: [handler], institutions: [clinic], units: [clinic.desk], language: en}
""",
    "hooks.yaml": """id: h
version: 1
hooks:
  - {id: desk, url: "http://127.0.0.1:1/hook", facts: [CaseRegistered], institutions: ["*"]}
""",
    "templates.yaml": "id: t\nversion: 1\ntemplates:\n"
    + "".join(
        f'  - {{code: {code}, language: {language}, subject: "{subject}", body: "{body}"}}\n'
        for code in MESSAGES
        for subject, body in [CALENDAR_TEXTS if code == "calendar-missing" else CASE_TEXTS]
        for language in ["zh-CN", "en"]
    ),
    "calendars/c@1.yaml": """id: c
version: 1
source: x
zone: Asia/Shanghai
week: [monday, tuesday, wednesday, thursday, friday]
hours:
  - {from: "08:30", to: "12:00"}
first_year: 2026
last_year: 2026
ranges:
  - {first: 2026-01-01, last: 2026-01-03, working: false}
  - {first: 2026-01-04, working: true}
""",
    "lexicon.yaml": """id: l
version: 2
negations: ["没有"]
third_persons: ["新闻"]
rules:
  - {id: a, weight: 60, guarded: true, urgency: P1, crisis: R3, category: other, subject: s, all: [{any: ["x", "y"]}, {any: ["z"]}]}
""",
    "commitments.yaml": """id: m
version: 1
commitments:
  - id: clinic-promise
    version: 1
    institution: clinic
    title: 诺
    text: 两日内答复
    published: 2025-12-01
    calendar: c
    effective_from: 2026-01-01
    terms:
      - id: clinic-response
        clock: commitment-response
        source: {kind: ours, text: x}
        starts_on: case_registered
        stops_on: complainant_told
        limit: {value: 2, unit: working_days}
      - id: clinic-other
        clock: commitment-other
        source: {kind: ours, text: x}
        when: {categories: [other]}
        starts_on: case_registered
        stops_on: case_replied
        limit: {value: 24, unit: hours}
""",
    "packs/shared@1.yaml": """id: shared
version: 1
title: y
layer: national
calendar: c
effective_from: 2000-01-01
effective_until: 2099-12-31
ladder:
  levels:
    - {after: {value: 0, unit: minutes}, tell: [handler, supervisor]}
    - {after: {value: 60, unit: minutes}, tell: [handler, supervisor]}
  most: 3
rules:
  - id: shared-resolution
    clock: resolution
    source: {kind: law, text: x}
    statutory: true
    starts_on: case_registered
    stops_on: case_replied
    limit: {value: 60, unit: calendar_days}
    warn_percents: [50, 75]
    pauses: [{ground: appraisal, cap: {value: 30, unit: working_days}}]
    extension: {count: 1, limit: {value: 30, unit: calendar_days}, approved_by: [supervisor], tell: [complainant]}
""",
}


def region():
    # A replay reads no folders.
    seeds = {}
    for number, (name, text) in enumerate(REGION.items()):
        seeds[name.removesuffix(".yaml").replace("/", "-")] = f"{chr(ord('0') + number)}{text}".encode()
    calendar = REGION["calendars/c@1.yaml"]
    promise, pack = REGION["commitments.yaml"], REGION["packs/shared@1.yaml"]
    return seeds | {
        "unexpected-key": b"0" + REGION["region.yaml"].encode() + b"colour: red\n",
        "no-such-zone": b"0" + REGION["region.yaml"].replace("Shanghai", "Nowhere").encode(),
        "daylight-saving": b"0" + REGION["region.yaml"].replace("Asia/Shanghai", "Europe/Berlin").encode(),
        "last-year": b"7" + calendar.replace("last_year: 2026", "last_year: 2147483647").encode(),
        "first-year": b"7" + calendar.replace("first_year: 2026", "first_year: -2147483648").encode(),
        "no-ranges": b"7" + calendar[: calendar.index("ranges")].encode(),
        "long-limit": b"3" + REGION["policies.yaml"].replace("value: 20", "value: 4294967295").encode(),
        "parents-in-a-ring": b"1" + REGION["institutions.yaml"].replace("type: bureau,", "type: bureau, parent: clinic,").encode(),
        "anchors": b"0a: &a [x, x]\nb: &b [*a, *a]\nid: *b\n",
        "not-utf-8": b"0id: \xff\n",
        "promise-of-nobody": b"9" + promise.replace("institution: clinic", "institution: x").encode(),
        "promise-of-another-clock": b"9" + promise.replace("commitment-", "").encode(),
        "promise-without-terms": b"9" + promise[: promise.index("    terms")].encode() + b"    terms: []\n",
        "promise-of-no-category": b"9" + promise.replace("[other]", "[x]").encode(),
        "promises": b"9" + promise.encode() + promise[promise.index("  - id") :].replace("version: 1", "version: 2").encode(),
        "pack-of-another-name": b":" + pack.replace("id: shared\n", "id: other\n").encode(),
        "pack-of-another-layer": b":" + pack.replace("national", "institution").encode(),
        "pack-that-ends-before-it-begins": b":" + pack.replace("2099", "1999").encode(),
        "pack-of-no-calendar": b":" + pack.replace("calendar: c", "calendar: d").encode(),
        "pack-after-itself": b":" + pack.replace("starts_on: case_registered", "after: resolution").encode(),
    }
