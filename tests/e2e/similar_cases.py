"""Cases that are alike, what staff are shown of them, and the index that knows it."""

import os
import random
import uuid

import pytest
import redis
from conftest import Staff, mint, submission, wait_for

NURSING = "first-hospital.nursing"
# Nothing of fees: the hospital's promise of fees is a clock more, which begins when triage has read the text.
THINGS = ("病历 处方 拐杖 眼镜 床位 饭菜 电梯 空调 厕所 候诊 叫号 药房 针剂 输液 抽血 化验 片子 彩超 心电 胃镜 麻醉 手术 伤口 敷料 拆线 "
          "石膏 轮椅 担架 救护 急诊 产房 婴儿 疫苗 体检 报告 预约 退号 书报 自费 清单 护工 陪护 探视 通知 签字 出院 转院 复诊 随访 咨询 "
          "停车 保安 噪音 灯光 暖气 热水 被褥 门窗 扶手 地面").split()
CALM = ("status", "unit", "handler", "category", "urgency", "crisis", "clocks", "alarms", "orders", "repeat", "cluster_id", "actions")


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


def story():
    """A narrative that no other test tells."""
    return "、".join(random.sample(THINGS, 9)) + "都有问题"


def somebody():
    """A complainant whom nobody knows yet."""
    return {"name": "周晓岚", "email": f"{uuid.uuid4().hex[:12]}@example.org"}


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


def done(answer):
    """The body of a command that must succeed."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def is_settled(case):
    """Nothing more happens to it by itself for a while: it has the hospital's three clocks, or another's two."""
    return len(case.get("clocks", [])) >= (3 if case.get("institution") == "first-hospital" else 2) and case["status"] != "received"


@pytest.fixture(name="new_case")
def maker_of_cases(intake, supervisor):
    """Makes a case that has its clocks and was assessed; its receipt."""
    def make(narrative=None, complainant=None, **changes):
        body = submission(narrative=narrative or story(), complainant=complainant or somebody(), **changes)
        receipt = intake.post("/v1/submissions", body, key=str(uuid.uuid4())).json()
        wait_for("the clocks and the assessment", lambda: is_settled(supervisor.case(receipt["case_id"]) or {}))
        return receipt
    return make


def candidates(person, case_id):
    """Evidence by the id of each candidate, once the index knows the case."""
    def look():
        answer = person.get(f"/v1/cases/{case_id}/similar")
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200 and answer.json()["known"] and answer
    return {item["case_id"]: item for item in wait_for("the index", look).json()["items"]}


def sees(person, case_id, *others):
    """The candidates once these are among them."""
    return wait_for("the candidates", lambda: (lambda found: found if set(others) <= set(found) else None)(candidates(person, case_id)))


def assessed(person, case_id, *others):
    """The evidence of these once the index knows what category each is found to be of.

    Cases of other tests that meet this one by place alone are left out: a place keeps the first of a
    day, in the order in which they came or, read from the ledger, were received.
    """
    def look():
        found, own = sees(person, case_id, *others), person.case(case_id)["category"]
        return all(found[other]["same_category"] == (found[other]["category"] == own) for other in others) and {
            other: found[other] for other in others}
    return wait_for("their categories", look)


def calm(case):
    """What a merge of others must not move."""
    return {name: case.get(name) for name in CALM}


def etag(person, case_id):
    """The version that a command must name."""
    return person.get(f"/v1/cases/{case_id}").headers["ETag"]


def the_index():
    """The Redis that holds the index."""
    return redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]))
