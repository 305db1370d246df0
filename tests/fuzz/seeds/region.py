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
}


def region():
    seeds = {name.removesuffix(".yaml"): f"{i}{text}".encode() for i, (name, text) in enumerate(REGION.items())}
    calendar = REGION["calendars/c@1.yaml"]
    return seeds | {
        "unexpected-key": b"0" + REGION["region.yaml"].encode() + b"colour: red\n",
        "no-such-zone": b"0" + REGION["region.yaml"].replace("Shanghai", "Nowhere").encode(),
        "daylight-saving": b"0" + REGION["region.yaml"].replace("Asia/Shanghai", "Europe/Berlin").encode(),
        "last-year": b"7" + calendar.replace("last_year: 2026", "last_year: 2147483647").encode(),
        "first-year": b"7" + calendar.replace("first_year: 2026", "first_year: -2147483648").encode(),
        "no-ranges": b"7" + calendar[: calendar.index("ranges")].encode(),
        "long-limit": b"3" + REGION["policies.yaml"].replace("20", "4294967295").encode(),
        "parents-in-a-ring": b"1" + REGION["institutions.yaml"].replace("type: bureau,", "type: bureau, parent: clinic,").encode(),
        "anchors": b"0a: &a [x, x]\nb: &b [*a, *a]\nid: *b\n",
        "not-utf-8": b"0id: \xff\n",
    }
