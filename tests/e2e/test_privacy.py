"""Planted names and numbers are found nowhere in the clear: no topic, no log, no table."""

import os
import pathlib
import random
import re

import yaml
from conftest import Staff, mint, read_topic, submission, wait_for
from topics import TOPICS

NAMES = ["欧阳慕容雪", "司徒晴岚", "上官若望", "诸葛听风", "慕容怀瑾", "公孙映月", "东方既白", "南宫问天", "百里寻欢", "独孤求稳"]

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_planted_personal_data_is_sealed(intake, supervisor, database):
    chance = random.Random(20261124)
    planted = []
    for name in NAMES:
        phone = "1" + chance.choice("3578") + "".join(chance.choice("0123456789") for _ in range(9))
        planted += [name, phone]
        spaced = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        body = submission(narrative=f"我是{name}，电话{phone}，也可打{spaced}，护士叫我{name}三次都没理。",
                          complainant={"name": name, "phone": phone, "email": f"p{phone}@example.org"})
        receipt = intake.post("/v1/submissions", body, key=f"planted-{phone}").json()
        wait_for("the notice", lambda: supervisor.has(receipt["case_id"], "DeliveryRecorded"))
    needles = [text.encode() for text in planted] + [f"{p[:3]} {p[3:7]} {p[7:]}".encode() for p in planted[1::2]]

    def look(where, data):
        for needle in needles:
            assert needle not in data, f"{needle.decode()} stands in clear in {where}"

    for topic in TOPICS:
        for key, value, headers in read_topic(f"redress.{topic}"):
            look(topic, (key or b"") + (value or b"") + str(headers).encode())
    for path in pathlib.Path(os.environ["REDRESS_STACK_DIR"], "log").iterdir():
        look(path.name, path.read_bytes())
    tables = database.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN "
                              "('ledger', 'notification', 'analytics') AND tablename <> 'vault'").fetchall()
    assert len(tables) >= 10
    for schema, table in tables:
        for (row,) in database.execute(f'SELECT t::text FROM "{schema}"."{table}" t'):
            look(f"{schema}.{table}", row.encode())
            for needle in needles:
                assert needle.hex() not in row, f"{needle.decode()} stands in {schema}.{table}"


def test_what_staff_write_of_a_person_is_masked_for_everybody(intake, supervisor, handler, database):
    phone, card, mail = "13" + str(random.randrange(10**8, 10**9)), "110101199003077715", "zhao.planted@example.org"
    personal = f"病人{phone}，证{card}，信箱{mail}"
    case_id = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    steps = [(supervisor, "comment", {"comment": personal}), (supervisor, "accept", {"note": personal}),
             (supervisor, "dispatch", {"unit": "demo-clinic.desk", "note": personal}), (handler, "sign", {}),
             (handler, "decide", {"outcome": "upheld", "findings": personal, "measure": personal}),
             (handler, "message", {"text": personal}),
             (handler, "reply", {"reply": personal + "，请致电010-62345678"}),
             (supervisor, "follow-up", {"reached": True, "solved": True, "note": personal}),
             (supervisor, "rework", {"reason": personal})]
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)
        assert not [word for word in (phone, card, mail) if word in answer.text]
    assert supervisor.has(case_id, "CaseCommented")[0]["data"]["comment"] == "病人〔电话〕，证〔身份证〕，信箱〔邮箱〕"
    assert "请致电010-62345678" in supervisor.has(case_id, "CaseReplied")[0]["data"]["reply"]
    auditor = Staff(supervisor.url, mint("auditor"))
    shown = [supervisor.get(f"/v1/cases/{case_id}/export").text, auditor.get(f"/v1/cases/{case_id}/timeline?limit=200").text]
    shown += [str(value) for topic in TOPICS for _, value, _ in read_topic(f"redress.{topic}")]
    shown += [row for (row,) in database.execute("SELECT t::text FROM ledger.case_events t WHERE case_id = %s", (case_id,))]
    for text in shown:
        assert not [word for word in (phone, card, mail) if word in text or word.encode().hex() in text]


CODES = {"category", "clock", "earlier_case", "ground", "legal", "media_type", "medical", "owner", "proposed_unit",
         "responsible_unit", "staff", "unit"}  # they must name what exists


def test_every_free_text_of_a_command_is_redacted():
    api = yaml.safe_load((ROOT / "services/ledger/openapi.yaml").read_text())
    texts = set()
    for path, operations in api["paths"].items():
        if path.startswith("/v1/cases/{case_id}/") and "requestBody" in operations.get("post", {}):
            schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            texts |= {name for name, what in schema.get("properties", {}).items()
                      if what.get("type") == "string" and not {"enum", "pattern", "format"} & set(what)}
    table = re.search(r"fields\[\] = {(.*?)};", (ROOT / "services/ledger/staff_texts.c").read_text(), re.S)[1]
    assert texts - CODES == set(re.findall(r'"(\w+)"', table))
