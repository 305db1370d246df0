"""Planted names and numbers are found nowhere in the clear: no topic, no log, no table."""

import os
import pathlib
import random

from conftest import read_topic, submission, wait_for

NAMES = ["欧阳慕容雪", "司徒晴岚", "上官若望", "诸葛听风", "慕容怀瑾", "公孙映月", "东方既白", "南宫问天", "百里寻欢", "独孤求稳"]
TOPICS = ["redress.inbound", "redress.proposals", "redress.facts", "redress.dead-letters", "redress.contacts"]


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
        for key, value, headers in read_topic(topic):
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
