# SPDX-License-Identifier: Apache-2.0
"""Seeds for the ledger: staff requests and commands, exported cases, proposals."""

import base64
import hashlib

from seeds.wire import UUID, blocks, dump, fact, fact_of_type, facts, field, golden, in_meta, request


def ledger_http():
    claims = {"sub": "li.wei", "roles": ["supervisor", "operator", "handler"], "institutions": ["*"]}
    claims["units"] = ["first-hospital.nursing"]
    staff = {"Authorization": dump(claims).decode()}
    command = staff | {"Idempotency-Key": "k-1", "If-Match": "*"}
    token = {"Authorization": "Bearer t"}
    unit = "first-hospital.nursing"
    digest = "00112233445566778899aabbccddeeff" * 2
    bodies = {
        "accept": {"note": "已受理"},
        "refuse": {"ground": "other_authority", "right_route": "市场监管局"},
        "redirect": {"authority": "民政局"},
        "transfer-emergency": {"service": "120"},
        "resolve-on-spot": {"resolution": "当场退费"},
        "dispatch": {"unit": unit, "note": "请处理"},
        "request-return": {"reason": "非本科室", "proposed_unit": unit},
        "designate": {"unit": unit},
        "sign": {},
        "investigate": {},
        "suspend": {"ground": "appraisal"},
        "resume": {},
        "pause-clock": {"clock": "re_review", "ground": "hearing"},
        "resume-clock": {"clock": "re_review", "note": "听证已毕"},
        "decide": {"outcome": "upheld", "findings": "属实", "responsible_unit": unit, "missing_answers_reason": "已清"},
        "reply": {"reply": "我们道歉"},
        "follow-up": {"reached": True, "solved": False, "score": 2, "note": "电话"},
        "rework": {"reason": "重办"},
        "close": {"note": "结案"},
        "reopen": {"ground": "new_facts", "reason": "新证据"},
        "review": {"reason": "不服"},
        "decide-review": {"result": "confirmed", "findings": "正确"},
        "withdraw": {"reason": "不再投诉"},
        "archive": {},
        "acknowledge": {"alarm_id": UUID},
        "comment": {"comment": "等回电"},
        "assess": {"urgency": "P1", "crisis": "R3", "category": "suicide-risk", "subject": "plan"},
        "reveal": {"reason": "需要回电"},
        "supervise": {"level": "key", "trigger": "adverse_effect", "instruction": "限期", "due": "2099-01-01T00:00:00Z"},
        "answer-supervision": {"order": 1, "answer": "已整改"},
        "lift-supervision": {"order": 2, "note": "同意"},
        "concern-person": {"kind": "staff", "title": "护士", "staff_code": "demo-colleague"},
        "raise-allegation": {"person": 1, "category": "fees", "text": "多收"},
        "decide-allegation": {"allegation": 1, "outcome": "upheld", "responsibility": "main", "measure": "退费"},
        "record-authority": {"authority": "guardian", "since": "2026-02-13"},
        "form-team": {"purpose": "major_dispute", "medical": "cao-bin", "legal": "tang-wei", "service": "shen-yue",
                      "witness": "居委会", "rights_told": True, "reported_to": "省厅"},
        "register-evidence": {"sha256": digest, "media_type": "image/jpeg", "size": 9, "giver": "witness"},
        "add-co-handler": {"unit": "first-hospital.medical", "due": "2099-01-01T00:00:00Z"},
        "report-stage": {"report": "一半"},
        "merge": {"with": "2" + UUID[1:], "reason": "同一事项"},
        "unmerge": {"reason": "另一件事"},
        "answer-co-handling": {"answer": "无误", "late_reason": "人手"},
    }
    queries = {"status": "replied", "urgency": "P2", "alarm": "true", "breached": "true", "limit": "7"}
    seeds = {
        "list": request(0, headers=staff, queries=queries | {"after": f"1770000000000_{UUID}"}),
        "show": request(1, UUID, headers=staff),
        "timeline": request(2, UUID, headers=staff, queries={"after": "3", "limit": "200"}),
        "changes": request(4, headers=staff),
        "export": request(12, UUID, headers=staff),
        "similar": request(13, UUID, headers=staff),
        "internal-narratives": request(14, headers=token, queries={"after": f"1770000000000_{UUID}", "limit": "50"}),
        "no-token": request(0),
        "no-scope": request(0, headers={"Authorization": dump(claims | {"institutions": ["x"]}).decode()}),
        "internal-case": request(5, UUID, headers=token),
        "internal-code": request(6, "7F3K9QW2XM4TP", headers=token),
        "internal-clocks": request(7, headers=token, queries={"after": f"{UUID}/resolution", "limit": "9"}),
        "internal-overdue": request(8, headers=token, queries={"limit": "50"}),
        "internal-summary": request(9, headers={"Authorization": "Bearer x"}),
    }
    for name, body in bodies.items():
        for digit in "036ace":  # how far the case is
            seeds[f"{name}-{digit}"] = request(3, digit + UUID[1:], name, headers=command, body=dump(body))
    return seeds


def ledger_stream():
    def closed(**head: str) -> bytes:
        return fact("CaseClosed", in_meta(golden("CaseClosed"), **head))

    return facts() | {
        "withheld": closed(withheld_from="li.wei"),
        "other-tenant": closed(tenant="bureau"),
        "no-case-id": closed(case_id='x","sequence":0,"a":"'),
        "type-of-quotes": fact_of_type('a."}\\', golden("CaseClosed")),
        "type-of-lines": fact_of_type("a.x\n\nid: 1\n\x01", golden("CaseClosed")),
        "type-of-controls": fact_of_type("a." + "\x01" * 62, golden("CaseClosed")),
        "type-of-words": fact_of_type("a." + "字" * 20, golden("CaseClosed")),
        "type-without-a-package": fact_of_type("CaseClosed", golden("CaseClosed")),
        "type-without-a-name": fact_of_type("redress.v1.", golden("CaseClosed")),
    }


def bundle():
    """Exported cases: "s" and what is signed first, or a file as it is."""
    registered = field(1, field(1, UUID) + field(2, 1) + field(3, "clinic") + field(4, 1) + field(5, "intake") + field(6, UUID))
    registered += field(2, bytes(32)) + field(3, "7F3K9QW2XM4TP")
    kind = b"redress.v1.CaseRegistered"
    chained = b"redress-chain-v1\0" + UUID.encode() + b"\0" + (1).to_bytes(8, "big") + kind + b"\0" + bytes(32)
    last = hashlib.sha256(chained + hashlib.sha256(registered).digest()).hexdigest()
    data = {"tracking_code": "7F3K9QW2XM4TP", "channel": "CHANNEL_UNSPECIFIED", "category": "", "narrative": "", "request": "",
            "received_at_ms": 0, "promised_at_ms": 0, "anonymous": False, "on_behalf_relation": "", "contactable": False,
            "source": "", "language": ""}
    fact = {"sequence": 1, "type": kind.decode(), "actor": "intake", "decided_at_ms": 1, "data": data, "previous": "0" * 64,
            "hash": last, "payload": base64.b64encode(registered).decode()}
    whole = {"format": "redress-case-export-v1", "case_id": UUID, "tracking_code": "7F3K9QW2XM4TP", "institution": "clinic",
             "status": "received", "facts": [fact], "evidence": [], "head": {"sequence": 1, "hash": last}}
    nothing = whole | {"facts": [], "head": {"sequence": 0, "hash": "0" * 64}, "status": "none", "institution": "", "tracking_code": ""}
    return {
        "genuine": b"s" + dump(whole),
        "no-facts": b"s" + dump(nothing),
        "chain": b"s" + dump(whole | {"facts": [fact | {"previous": "1" * 64}]}),
        "evidence": b"s" + dump(whole | {"evidence": [{"evidence": 1}]}),
        "unsigned": b"-" + dump(whole),
        "wrong-signature": b"-" + dump(whole | {"signature": "0" * 128}),
        "no-json": b"-{",
    }


def proposal_meta(number: int) -> bytes:
    own = f"{number:08x}" + UUID[8:]
    return field(1, field(1, own) + field(2, UUID) + field(3, "first-hospital") + field(4, "test") + field(5, 5))


def proposal():
    sealed = field(1, b"k" * 104) + field(2, b"n" * 24) + field(3, b"c" * 40)
    submit = field(2, "web") + field(3, bytes(range(32))) + field(4, "7F3K9QW2XM4TP") + field(5, 2)
    submit += field(6, "other") + field(7, "候诊三小时") + field(9, 1769999000000) + field(10, 1770009000000)
    submit += field(13, b"h" * 32) + field(14, sealed) + field(15, b"b" * 90) + field(16, "zh-CN")
    reason = field(1, "waiting") + field(2, "三小时") + field(3, 6) + field(4, 9)
    assess = field(2, "waiting") + field(4, 1) + field(5, 4) + field(6, 900) + field(7, reason) + field(8, "l@1")
    terms = field(1, "resolution") + field(2, 1) + field(3, 1769999000000) + field(4, 1769999900000)
    terms += field(5, 1770009000000) + field(6, "p@1") + field(7, "c@1") + field(8, "五个工作日")
    delivery = field(2, UUID) + field(3, 1) + field(4, "email") + field(5, "complainant") + field(6, "case-registered")
    values = [
        submit,
        assess,
        field(2, terms),
        field(2, "resolution") + field(3, 1),
        field(2, "resolution") + field(3, 1),
        delivery + field(7, 1) + field(8, 1),
        field(2, 5) + field(3, 4) + field(4, 3) + field(5, 1) + field(6, "谢谢"),
        field(2, "no proposal"),
        field(2, "请回电") + field(3, sealed),
        field(2, "ab" * 32) + field(3, "image/jpeg") + field(4, 123456) + field(5, "缴费单"),
        field(2, "已解决"),
        field(2, 1) + field(3, "新事实"),
        field(2, 3),
    ]

    def record(kind: int, number: int) -> bytes:
        return blocks(chr(ord("0") + kind), proposal_meta(number) + values[kind])

    seeds = {f"alone-{kind}": record(kind, 1) for kind in range(len(values))}
    seeds["contact"] = b"".join(record(kind, kind) for kind in (0, 8, 9, 10, 11, 8))
    seeds["repeat"] = record(0, 0) + record(12, 1)
    seeds["history"] = b"".join(record(kind, kind) for kind in range(7))
    seeds["repeats"] = b"".join(record(kind, 1 + kind // 2) for kind in (0, 0, 1, 2, 2, 3, 3, 4, 5))
    seeds["several-clocks"] = record(0, 1) + b"".join(
        blocks("2", proposal_meta(9 + i) + field(2, field(1, f"escalation-{i}") + terms[12:])) for i in range(12)
    )
    return seeds
