"""Similar cases and merging: what staff are shown, what a merge changes and what not, who comes again."""

import base64
import json
import os
import random
import secrets
import threading
import uuid
from datetime import datetime, timedelta, timezone

import pytest
import redis
from conftest import Staff, control, mails, mint, settle, submission, wait_for

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


def test_6_candidates_come_across_institutions_and_channels(new_case, supervisor):
    text, contact = story(), somebody()
    one = new_case(text, contact)["case_id"]
    retold = new_case(f"您好，请问{text}，谢谢", institution="donghu-hospital", channel="phone")["case_id"]
    again = new_case("家属询问何时可以领取骨灰盒，无人答复", contact, channel="window")["case_id"]  # two stories may be alike
    other = new_case("想问疫苗接种预约要带哪些证件，几点开门")["case_id"]
    found = sees(supervisor, one, retold, again)
    assert one not in found and other not in found
    assert found[retold]["narrative_permille"] >= 710 and not found[retold]["same_contact"]
    assert found[retold]["institution"] == "donghu-hospital" and not found[retold]["same_unit"]
    assert found[again]["same_contact"] and found[again]["days_apart"] == 0
    assert found[again]["narrative_permille"] < 710
    assert list(found)[0] in (retold, again)
    assert one in sees(supervisor, retold, one)  # either way round


def test_6_nobody_is_shown_what_they_may_not_see(new_case, supervisor):
    text, contact = story(), somebody()
    one = new_case(text, contact)["case_id"]
    away = new_case(text, institution="donghu-hospital")["case_id"]
    near = new_case(text, contact, channel="letter")["case_id"]
    nurse, boss = staff("shen-yue"), staff("tang-wei")
    assert away in sees(supervisor, one, away, near)
    assert near in sees(nurse, one, near) and away not in candidates(nurse, one)
    refused(nurse.get(f"/v1/cases/{away}/similar"), 404, "case-not-found")
    refused(staff("peng-lan").get(f"/v1/cases/{one}/similar"), 404, "case-not-found")
    refused(staff("region-administrator").get(f"/v1/cases/{one}/similar"), 403, "role-not-allowed")
    assert near in candidates(staff("ren-shan"), one)
    done(supervisor.do(near, "declare-conflict", {"staff": "tang-wei", "reason": "当事人是亲属"}))
    assert near not in candidates(boss, one) and near in candidates(nurse, one)
    refused(boss.do(one, "merge", {"with": near, "reason": "同一事项"}), 422, "unknown-code")
    refused(boss.do(one, "merge", {"with": away, "reason": "同一事项"}), 422, "unknown-code")
    refused(nurse.do(one, "merge", {"with": near, "reason": "同一事项"}), 403, "role-not-allowed")
    done(supervisor.do(one, "merge", {"with": away, "reason": "同一事项"}))
    assert nurse.case(one)["cluster"] == [] and nurse.has(one, "CaseMerged")[0]["data"]["with"] == []
    assert [item["case_id"] for item in supervisor.case(one)["cluster"]] == [away]
    assert "unmerge" in supervisor.case(one)["actions"] and not {"merge", "unmerge"} & set(boss.case(one)["actions"])
    refused(boss.do(one, "unmerge", {"reason": "不是"}), 403, "not-your-cluster")
    # Who sees all of them may still have no role on one that moves it.
    until = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat(timespec="seconds")
    done(staff("region-administrator").do(one, "grant", {"staff": "auditor", "role": "supervisor", "until": until,
                                                         "reason": "代为处理"}))
    auditor = staff("auditor")
    assert "comment" in auditor.case(one)["actions"]
    assert [item["case_id"] for item in auditor.case(one)["cluster"]] == [away]
    assert not {"merge", "unmerge"} & set(auditor.case(one)["actions"])
    done(supervisor.do(one, "merge", {"with": near, "reason": "同一事项"}))
    assert [item["case_id"] for item in nurse.case(one)["cluster"]] == [near]
    assert boss.case(one)["cluster"] == []
    done(supervisor.do(one, "unmerge", {"reason": "不是"}))


def test_6_a_grant_shows_a_candidate_until_it_ends_and_a_conflict_hides_it(new_case, supervisor):
    text = story()
    one, away = new_case(text)["case_id"], new_case(text, institution="donghu-hospital")["case_id"]
    far = new_case(text, institution="donghu-hospital")["case_id"]
    boss, administrator = staff("tang-wei"), staff("region-administrator")
    sees(supervisor, one, away, far)
    assert not {away, far} & set(candidates(boss, one))

    def grant(case_id, seconds):
        until = (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        done(administrator.do(case_id, "grant", {"staff": "tang-wei", "role": "supervisor", "until": until, "reason": "协助处理"}))
    grant(away, 600)
    found = candidates(boss, one)
    assert away in found and far not in found and found[away]["institution"] == "donghu-hospital"
    assert one in sees(boss, away, one)  # and the granted case has its own
    done(supervisor.do(away, "declare-conflict", {"staff": "tang-wei", "reason": "当事人是亲属"}))
    assert away not in candidates(boss, one) and away in candidates(supervisor, one)
    refused(boss.get(f"/v1/cases/{away}/similar"), 404, "case-not-found")
    third = new_case(text, institution="donghu-hospital")["case_id"]
    sees(supervisor, one, third)
    grant(third, 5)
    wait_for("the grant's end", lambda: third not in candidates(boss, one))
    assert third in candidates(supervisor, one)


def test_6_a_grant_of_a_unit_shows_its_cases_as_candidates(new_case, supervisor, database):
    text, unit = story(), "donghu-hospital.relations"
    one, away = new_case(text)["case_id"], new_case(text, institution="donghu-hospital")["case_id"]
    other = new_case(text, institution="donghu-hospital")["case_id"]
    done(supervisor.do(away, "accept"))
    done(supervisor.do(away, "dispatch", {"unit": unit}))
    wait_for("the unit", lambda: sees(supervisor, one, away, other)[away]["unit"] == unit)
    nurse = staff("shen-yue")
    assert away not in candidates(nurse, one)
    database.execute("INSERT INTO ledger.grants (grant_id, subject, roles, unit, until, reason, granted_by, granted_at) VALUES "
                     "(gen_random_uuid(), 'shen-yue', 'handler', %s, now() + interval '20 seconds', '代班', 'test', now()) RETURNING 1", (unit,))
    found = wait_for("the index", lambda: (lambda found: found if away in found else None)(candidates(nurse, one)))
    assert other not in found
    wait_for("the grant's end", lambda: away not in candidates(nurse, one))


def test_rules7_6_a_grant_of_a_co_handling_unit_shows_its_cases_as_candidates(new_case, supervisor, database):
    text, unit = story(), "donghu-hospital.relations"
    one, away = new_case(text)["case_id"], new_case(text, institution="donghu-hospital")["case_id"]
    other = new_case(text, institution="donghu-hospital")["case_id"]
    for action, body in (("accept", {}), ("dispatch", {"unit": "anning-centre.ward"}), ("add-co-handler", {"unit": unit})):
        done(supervisor.do(away, action, body))
    sees(supervisor, one, away, other)
    nurse = staff("shen-yue")
    assert away not in candidates(nurse, one) and nurse.case(away) is None
    database.execute("INSERT INTO ledger.grants (grant_id, subject, roles, unit, until, reason, granted_by, granted_at) VALUES "
                     "(gen_random_uuid(), 'shen-yue', 'handler', %s, now() + interval '20 seconds', '代班', 'test', now()) RETURNING 1", (unit,))
    found = wait_for("the co-handled one", lambda: (lambda found: found if away in found else None)(candidates(nurse, one)))
    assert other not in found and nurse.case(away)["case_id"] == away
    done(supervisor.do(away, "declare-conflict", {"staff": "shen-yue", "reason": "亲属"}))
    assert away not in candidates(nurse, one), "who is in conflict sees neither the case nor that it is alike"
    wait_for("the grant's end", lambda: away not in candidates(nurse, one))


def test_6_a_signed_export_names_only_cases_that_its_reader_sees(new_case, supervisor, tmp_path):
    key = os.path.join(os.environ["REDRESS_STACK_DIR"], "keys", "export.public")
    one, near = new_case()["case_id"], new_case()["case_id"]
    away = new_case(institution="donghu-hospital")["case_id"]
    done(supervisor.do(one, "merge", {"with": away, "reason": "同一事项"}))
    done(supervisor.do(one, "merge", {"with": near, "reason": "同一事项"}))
    done(supervisor.do(near, "refuse", {"ground": "same_matter", "right_route": "等候", "earlier_case": one}))
    done(supervisor.do(near, "unmerge", {"reason": "另一件事"}))
    bundles = {}
    for subject in ("lin-zhiyuan", "tang-wei"):
        for case_id in (one, near):
            path = tmp_path / f"{subject}-{case_id}.json"
            path.write_bytes(staff(subject).get(f"/v1/cases/{case_id}/export").content)
            code, checked, said = control("case", "check-export", str(path), "--public-key", key, "--json")
            assert code == 0, said
            bundles[subject, case_id] = path.read_text(encoding="utf-8"), checked
    whole, part = bundles["lin-zhiyuan", one], bundles["tang-wei", one]
    assert whole[1]["withheld"] == 0 and away in whole[0] and near in whole[0]
    assert part[1]["withheld"] == 1 and away not in part[0] and near in part[0]
    assert part[1]["head"] == whole[1]["head"]  # the same chain
    fact = [fact for fact in json.loads(part[0])["facts"] if "withheld" in fact][0]
    assert (fact["type"], fact["withheld"], fact["data"]["with"]) == ("redress.v1.CaseMerged", 1, []) and "payload" not in fact
    assert base64.b64encode(away.encode()).decode()[2:40] not in part[0]
    assert bundles["tang-wei", near][1]["withheld"] == 2  # joined both, left both; what it names that is seen stays
    changed = part[0].replace('"withheld":1', '"withheld":2')
    (tmp_path / "changed.json").write_text(changed, encoding="utf-8")
    assert control("case", "check-export", str(tmp_path / "changed.json"), "--public-key", key)[0] == 1


def test_rules7_9_a_commands_own_answer_offers_the_same_moves_as_a_read(new_case, supervisor):
    one, near, away = new_case()["case_id"], new_case()["case_id"], new_case(institution="donghu-hospital")["case_id"]
    chief = staff("tang-wei")  # of the first hospital alone
    moves = {"merge", "unmerge"}

    def offered():
        said = done(chief.do(one, "comment", {"comment": "核查中"}))["actions"]
        assert set(said) == set(chief.case(one)["actions"])
        refusal = chief.do(one, "close", {})
        assert refusal.status_code == 409 and set(refusal.json()["actions"]) == set(said)
        return moves & set(said)
    assert offered() == {"merge"}
    done(supervisor.do(one, "merge", {"with": near, "reason": "同一事项"}))
    assert offered() == moves
    done(supervisor.do(one, "merge", {"with": away, "reason": "同一事项"}))
    assert offered() == set(), "one member is not theirs to see"
    refused(chief.do(one, "unmerge", {"reason": "另一件事"}), 403, "not-your-cluster")


def test_6_a_person_confirms_and_each_member_goes_its_own_way(new_case, supervisor):
    text = story()
    mine, yours = somebody(), somebody()
    one, other = new_case(text, mine)["case_id"], new_case(text, yours, institution="donghu-hospital")["case_id"]
    sees(supervisor, one, other)
    assert not supervisor.has(one, "CaseMerged")  # nothing is merged by itself
    before, other_before = supervisor.case(one), supervisor.case(other)
    old = etag(supervisor, other)
    refused(supervisor.do(one, "merge", {"with": other}), 400, "missing")
    refused(supervisor.do(one, "merge", {"with": one, "reason": "x"}), 409, "same-case")
    refused(supervisor.do(one, "unmerge", {"reason": "x"}), 409, "not-merged")
    body, key = {"with": other, "reason": "同一次排队"}, str(uuid.uuid4())
    version = etag(supervisor, one)
    merged = done(supervisor.do(one, "merge", body, key=key, etag=version))
    done(supervisor.do(one, "merge", body, key=key, etag=version))  # the same again
    refused(supervisor.do(other, "comment", {"comment": "x"}, etag=old), 412, "stale")
    facts = [supervisor.has(one, "CaseMerged"), supervisor.has(other, "CaseMerged")]
    assert [len(found) for found in facts] == [1, 1]
    assert [found[0]["data"]["with"] for found in facts] == [[other], [one]]
    assert [found[0]["data"]["leads"] for found in facts] == [True, False]
    assert all(found[0]["actor"] == "lin-zhiyuan" and found[0]["data"]["reason"] == "同一次排队" for found in facts)
    assert merged["cluster_id"] == supervisor.case(other)["cluster_id"] != ""
    for name in ("status", "clocks", "unit", "alarms", "orders"):
        assert supervisor.case(one)[name] == before[name] and supervisor.case(other)[name] == other_before[name]
    boss = staff("lin-zhiyuan")
    handler = staff("shen-yue")
    done(boss.do(one, "accept"))
    done(boss.do(one, "dispatch", {"unit": NURSING}))
    done(handler.do(one, "sign"))
    done(handler.do(one, "decide", {"outcome": "upheld", "findings": "属实"}))
    assert done(handler.do(one, "reply", {"reply": "已增加窗口。"}))["status"] == "replied"
    wait_for("the reply", lambda: [text for to, _, text, _ in mails() if to == mine["email"] and "已增加窗口" in text])
    assert not [text for to, _, text, _ in mails() if to == yours["email"] and "已增加窗口" in text]
    left = supervisor.case(other)
    assert left["status"] == other_before["status"]
    assert {clock["name"]: clock["state"] for clock in left["clocks"]} == {clock["name"]: clock["state"] for clock in other_before["clocks"]}
    assert left["cluster"][0]["status"] == "replied"
    done(boss.do(other, "accept"))  # and each complainant has notices of their own case
    wait_for("the other's notice", lambda: [to for to, _, text, _ in mails() if to == yours["email"] and "受理" in text])


def test_6_unmerging_restores_exactly_what_was(new_case, supervisor):
    text = story()
    ids = [new_case(text, institution=place)["case_id"] for place in ("first-hospital", "donghu-hospital", "first-hospital")]

    def now():
        return [(calm(supervisor.case(case_id)), etag(supervisor, case_id)) for case_id in ids]
    for case_id in ids:
        sees(supervisor, case_id, *(set(ids) - {case_id}))
    apart = now()
    done(supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "同一事项"}))
    two = now()
    assert two[2] == apart[2] and two[0] != apart[0]
    done(supervisor.do(ids[2], "merge", {"with": ids[1], "reason": "同一事项"}))
    assert {item["case_id"] for item in supervisor.case(ids[0])["cluster"]} == {ids[1], ids[2]}
    refused(supervisor.do(ids[0], "merge", {"with": ids[2], "reason": "x"}), 409, "already-merged")
    done(supervisor.do(ids[2], "unmerge", {"reason": "另一件事"}))
    assert now() == two
    done(supervisor.do(ids[0], "unmerge", {"reason": "另一件事"}))
    assert now() == apart
    assert [fact["data"]["without"] for fact in supervisor.has(ids[1], "CaseUnmerged")] == [[ids[2]], [ids[0]]]
    code, found, error = control("verify", "--json")
    assert code == 0, (found, error)


def test_6_an_archived_member_holds_up_no_cluster(new_case, supervisor):
    ids = [new_case()["case_id"] for _ in range(3)]
    done(supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "同一事项"}))
    assert supervisor.has(ids[0], "CaseMerged")[0]["data"]["leads"]
    done(supervisor.do(ids[0], "redirect", {"authority": "市医疗保障局"}))
    archived = done(supervisor.do(ids[0], "archive"))
    assert "unmerge" in archived["actions"]
    done(supervisor.do(ids[2], "merge", {"with": ids[1], "reason": "同一事项"}))
    assert {item["case_id"] for item in supervisor.case(ids[0])["cluster"]} == set(ids[1:])
    done(supervisor.do(ids[2], "unmerge", {"reason": "另一件事"}))
    assert [item["case_id"] for item in supervisor.case(ids[0])["cluster"]] == [ids[1]]
    alone = done(supervisor.do(ids[0], "unmerge", {"reason": "另一件事"}))
    assert alone["cluster_id"] == "" and not {"merge", "unmerge"} & set(alone["actions"])
    for name in ("status", "clocks", "alarms", "orders"):
        assert alone[name] == archived[name]
    refused(supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "x"}), 409, "not-merged")
    answer = supervisor.do(ids[1], "merge", {"with": ids[0], "reason": "x"})
    refused(answer, 409, "other-archived")
    assert answer.json()["field"] == "with" and "actions" in answer.json()


def test_6_the_lead_passes_when_the_leading_case_is_given_up(intake, new_case, supervisor, database):
    receipts = [new_case(institution=place) for place in ("first-hospital", "donghu-hospital", "first-hospital")]
    ids = [receipt["case_id"] for receipt in receipts]
    done(supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "同一事项"}))
    done(supervisor.do(ids[0], "merge", {"with": ids[2], "reason": "同一事项"}))

    def leaders():
        return [supervisor.has(case_id, "CaseMerged")[-1]["data"]["leads"] for case_id in ids]

    def counted():  # not stood for by another
        rows = dict(database.execute("SELECT case_id::text, merged FROM analytics.measures WHERE case_id = ANY(%s::uuid[])", (ids,)))
        return [not rows.get(case_id, True) for case_id in ids]
    assert leaders() == [True, False, False]
    calm_before, chief = calm(supervisor.case(ids[1])), staff("tang-wei")
    assert chief.case(ids[1]) is None  # passing the lead takes no right on who gets it
    body, key, version = {"reason": "电话中表示不再投诉"}, str(uuid.uuid4()), etag(chief, ids[0])
    assert done(chief.do(ids[0], "withdraw", body, key=key, etag=version))["status"] == "withdrawn"
    again = done(chief.do(ids[0], "withdraw", body, key=key, etag=version))
    assert leaders() == [False, True, False] and again["version"] in etag(chief, ids[0])
    assert calm(supervisor.case(ids[1])) == calm_before
    passed = [supervisor.has(case_id, "CaseMerged")[-1] for case_id in ids[:2]]
    assert [(fact["data"]["with"], fact["data"]["reason"], fact["actor"]) for fact in passed] == [([], "", "tang-wei")] * 2
    assert len(supervisor.has(ids[0], "CaseMerged")) == 3 and len(supervisor.has(ids[2], "CaseMerged")) == 1
    wait_for("the numbers", lambda: counted() == [False, True, False])
    path, pin = f"/v1/submissions/{receipts[1]['tracking_code']}/withdrawal", {"Redress-Pin": receipts[1]["pin"]}
    for _ in range(2):
        assert intake.post(path, {"reason": "已经解决"}, key="enough", headers=pin).status_code == 202
    wait_for("the withdrawal", lambda: supervisor.case(ids[1])["status"] == "withdrawn")
    assert leaders() == [False, False, True] and len(supervisor.has(ids[2], "CaseMerged")) == 2
    wait_for("the numbers", lambda: counted() == [False, False, True])
    done(supervisor.do(ids[2], "refuse", {"ground": "no_facts", "right_route": "请补充具体情况"}))
    assert leaders() == [False, False, True]  # nobody is left to take it
    code, found, error = control("verify", "--json")
    assert code == 0, (found, error)


def test_4_what_was_erased_is_merged_with_nothing(new_case, supervisor):
    gone, other = (new_case()["case_id"] for _ in range(2))
    done(supervisor.do(gone, "redirect", {"authority": "市医疗保障局"}))
    done(staff("region-administrator").do(gone, "erase", {"reason": "保存期满"}))
    for one, two in ((gone, other), (other, gone)):
        refused(supervisor.do(one, "merge", {"with": two, "reason": "同一事项"}), 409, "erased")
    assert "merge" not in supervisor.case(gone)["actions"] and not supervisor.has(other, "CaseMerged")


def test_6_two_clusters_are_never_made_one(new_case, supervisor):
    ids = [new_case()["case_id"] for _ in range(4)]
    done(supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "同一事项"}))
    done(supervisor.do(ids[2], "merge", {"with": ids[3], "reason": "同一事项"}))
    before = [etag(supervisor, case_id) for case_id in ids]
    refused(supervisor.do(ids[0], "merge", {"with": ids[2], "reason": "x"}), 409, "other-cluster")
    assert [etag(supervisor, case_id) for case_id in ids] == before
    refused(supervisor.do(ids[0], "merge", {"with": str(uuid.uuid4()), "reason": "x"}), 422, "unknown-code")


def test_6_a_repeat_complainant_is_recognised(new_case, supervisor):
    contact = somebody()
    first = new_case(complainant=contact)["case_id"]
    second = new_case(complainant=contact, channel="phone")["case_id"]
    third = new_case(complainant=contact)["case_id"]
    elsewhere = new_case(complainant=contact, institution="donghu-hospital")["case_id"]
    stranger = new_case()["case_id"]
    wait_for("the repeats", lambda: [supervisor.case(case_id)["repeat"] for case_id in (second, third)] == [1, 2])
    sees(supervisor, elsewhere, first, second, third)  # known by the index, so that the repeats are told
    assert [supervisor.case(case_id)["repeat"] for case_id in (first, elsewhere, stranger)] == [0, 0, 0]
    assert [fact["data"]["earlier"] for fact in supervisor.has(third, "RepeatRecognised")][-1] == 2
    assert {fact["actor"] for fact in supervisor.has(third, "RepeatRecognised")} == {"triage"}


def test_6_a_repeat_complainant_is_recognised_however_the_number_is_written(new_case, supervisor):
    number = f"139{secrets.randbelow(10 ** 8):08}"
    wide = number.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    for earlier, spelling in enumerate((number, f"+86 {number}", f"0086{number}", wide)):
        case_id = new_case(complainant={"phone": spelling})["case_id"]
        wait_for("the repeat", lambda of=case_id, n=earlier: supervisor.case(of)["repeat"] == n)


def test_6_the_same_matter_without_new_facts_tells_progress(intake, new_case, supervisor):
    contact = somebody()
    earlier, again = new_case(complainant=contact), new_case(complainant=contact)
    handler = staff("shen-yue")
    done(supervisor.do(earlier["case_id"], "accept"))
    done(supervisor.do(earlier["case_id"], "dispatch", {"unit": NURSING}))
    done(handler.do(earlier["case_id"], "sign"))
    done(handler.do(earlier["case_id"], "investigate"))
    before = calm(supervisor.case(earlier["case_id"]))
    case_id, ground = again["case_id"], {"ground": "same_matter", "right_route": "等候正在办理的投诉"}
    refused(supervisor.do(case_id, "refuse", ground), 400, "missing")
    refused(supervisor.do(case_id, "refuse", {**ground, "earlier_case": case_id}), 422, "unknown-code")
    refused(supervisor.do(case_id, "refuse", {**ground, "earlier_case": "0000000000000"}), 422, "unknown-code")
    refused(supervisor.do(case_id, "refuse", {**ground, "ground": "no_facts", "earlier_case": earlier["case_id"]}), 400, "unexpected")
    case = done(supervisor.do(case_id, "refuse", {**ground, "earlier_case": earlier["tracking_code"]}))
    assert case["status"] == "not-accepted"
    assert {clock["state"] for clock in case["clocks"] if not clock["name"].startswith("supervision")} == {"stopped"}
    wait_for("the progress", lambda: [text for to, _, text, _ in mails()
                                      if to == contact["email"] and again["tracking_code"] in text and "同一事项正在调查" in text])

    def progress():
        path, pin = f"/v1/submissions/{again['tracking_code']}", {"Redress-Pin": again["pin"]}
        return intake.get(path, headers=pin).json()["earlier"]["status"]
    assert progress() == "investigating"
    assert calm(supervisor.case(earlier["case_id"])) == before  # nothing happened to it
    done(handler.do(earlier["case_id"], "decide", {"outcome": "upheld", "findings": "属实"}))
    assert progress() == "decided"


def test_5_another_complainants_case_is_not_the_same_matter(intake, new_case, supervisor):
    earlier, receipt = new_case()["case_id"], new_case()
    again = receipt["case_id"]
    ground = {"ground": "same_matter", "right_route": "等候", "earlier_case": earlier}
    answer = supervisor.do(again, "refuse", ground)
    refused(answer, 409, "other-complainant")
    assert answer.json()["field"] == "earlier_case"
    assert supervisor.case(again)["status"] == "triaged"
    done(supervisor.do(again, "merge", {"with": earlier, "reason": "核实为同一事项"}))
    assert done(supervisor.do(again, "refuse", ground))["status"] == "not-accepted"

    def told():
        return intake.get(f"/v1/submissions/{receipt['tracking_code']}", headers={"Redress-Pin": receipt["pin"]}).json().get("earlier")
    assert told()["status"] == "triaged"
    done(supervisor.do(again, "unmerge", {"reason": "并非同一事项"}))
    assert told() is None  # a stranger's case


def test_6_a_notice_that_waits_tells_no_progress_of_a_case_that_was_unmerged(new_case, supervisor, database):
    soon = datetime.now(timezone(timedelta(hours=8))) + timedelta(hours=2)
    hours = f"{soon:%H:%M}-{soon + timedelta(hours=1):%H:%M}"
    earlier, people = new_case()["case_id"], [{**somebody(), "hours": hours} for _ in range(2)]
    parted, other = (new_case(complainant=person)["case_id"] for person in people)
    for case_id in (parted, other):
        done(supervisor.do(case_id, "merge", {"with": earlier, "reason": "核实为同一事项"}))
        done(supervisor.do(case_id, "refuse", {"ground": "same_matter", "right_route": "等候", "earlier_case": earlier}))

    def notices(case_id):
        return database.execute("SELECT parameters FROM notification.deliveries WHERE case_id = %s AND recipient = 'complainant' "
                                "AND template = 'case-not-accepted' AND state = 'pending' AND attempts = 0 "
                                "AND next_attempt_at > now() + interval '10 minutes'", (case_id,))  # no sender has it in hand
    for case_id in (parted, other):
        wait_for("the notice to wait", lambda of=case_id: notices(of))
        assert json.loads(notices(case_id)[0][0])["earlier_progress"] == "triaged"
    done(supervisor.do(parted, "unmerge", {"reason": "并非同一事项"}))
    wait_for("the notice to be changed", lambda: json.loads(notices(parted)[0][0])["earlier_progress"] == "")
    database.execute("UPDATE notification.deliveries SET urgent = true, next_attempt_at = now() "  # as in a crisis
                     "WHERE case_id = ANY(%s::uuid[]) AND template = 'case-not-accepted' RETURNING 1", ([parted, other],))
    texts = [wait_for("the mail", lambda to=person["email"]: [text for told, title, text, _ in mails() if told == to and "不予受理" in text])[0]
             for person in people]
    assert ["同一事项已登记" in text for text in texts] == [False, True] and all("不予受理" in text and "等候" in text for text in texts)


def test_6_who_was_referred_to_a_case_that_is_refused_reads_why_and_may_reopen(intake, new_case, supervisor):
    contact = somebody()
    earlier, own, strange = new_case(complainant=contact), new_case(complainant=contact), new_case()
    ground = {"ground": "same_matter", "right_route": "等候正在办理的投诉", "earlier_case": earlier["case_id"]}
    done(supervisor.do(own["case_id"], "refuse", ground))
    done(supervisor.do(strange["case_id"], "merge", {"with": earlier["case_id"], "reason": "核实为同一事项"}))
    done(supervisor.do(strange["case_id"], "refuse", ground))

    def read(receipt):
        return intake.get(f"/v1/submissions/{receipt['tracking_code']}", headers={"Redress-Pin": receipt["pin"]}).json()
    assert "ground" not in read(own)["earlier"] and "正在核查" in read(own)["earlier"]["progress"]
    done(supervisor.do(earlier["case_id"], "refuse", {"ground": "other_authority", "right_route": "请向市监局反映"}))
    for receipt, status, ground, route in ((own, "not-accepted", "属于其他机关职责", "请向市监局反映"), (strange, "terminated", None, None)):
        told = read(receipt)
        assert told["reopenable"] and told["earlier"]["status"] == status and "重新受理" in told["earlier"]["progress"]
        assert (told["earlier"].get("ground_title"), told["earlier"].get("right_route")) == (ground, route)
    body = {"ground": "new_facts", "reason": "原投诉未受理，请继续处理"}
    path, pin = f"/v1/submissions/{own['tracking_code']}", {"Redress-Pin": own["pin"]}
    assert intake.post(f"{path}/reopening", body, key=str(uuid.uuid4()), headers=pin).status_code == 202
    wait_for("the reopening", lambda: supervisor.case(own["case_id"])["status"] == "triaged")
    assert "earlier" not in read(own) and not read(own)["reopenable"]


def the_index():
    """The Redis that holds the index."""
    return redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]))


class Listener(threading.Thread):
    """Counts the commands on the index, also those that scripts give."""
    def __init__(self):
        super().__init__(daemon=True)
        self.count, self.ends, self.begun = 0, uuid.uuid4().hex, threading.Event()

    def run(self):
        with the_index().monitor() as monitor:
            self.begun.set()
            for seen in monitor.listen():
                if self.ends in seen["command"]:
                    return
                self.count += "{similar}" in seen["command"] and not seen["command"].startswith("EXISTS")

    def end(self):
        """How many there were."""
        the_index().echo(self.ends)
        self.join()
        return self.count


def test_6_a_batch_of_cases_costs_few_commands_of_redis(intake, supervisor):
    listener, receipts = Listener(), []
    listener.start()
    listener.begun.wait()

    def submit():
        for _ in range(10):
            receipts.append(intake.post("/v1/submissions", submission(narrative=story(), complainant=somebody()), key=str(uuid.uuid4())).json())
    senders = [threading.Thread(target=submit) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    keys = [f"redress:{{similar}}:case:{receipt['case_id']}" for receipt in receipts]
    wait_for("the index", lambda: the_index().exists(*keys) == 80)
    wait_for("the assessments", lambda: all(supervisor.case(receipt["case_id"])["category"] for receipt in receipts))
    assert listener.end() / 80 < 24  # alone in its batch a case costs some twenty; a command a bucket cost sixty


def test_6_a_connection_that_was_closed_while_it_rested_costs_no_answer(new_case, supervisor):
    text = story()
    one, other = new_case(text)["case_id"], new_case(text)["case_id"]
    assert other in sees(supervisor, one, other)
    for _ in range(8):  # more than triage's API keeps
        assert supervisor.get(f"/v1/cases/{one}/similar").status_code == 200
    the_index().client_kill_filter(_type="normal")
    answers = [supervisor.get(f"/v1/cases/{one}/similar") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert all(other in {item["case_id"] for item in answer.json()["items"]} for answer in answers)


def test_6_the_index_is_rebuilt_after_redis_lost_it(new_case, supervisor):
    text, contact = story(), somebody()
    one = new_case(text, contact)["case_id"]
    retold = new_case(text, institution="donghu-hospital", channel="phone")["case_id"]
    again = new_case(complainant=contact)["case_id"]
    done(supervisor.do(again, "accept"))
    done(supervisor.do(again, "dispatch", {"unit": NURSING}))
    before = assessed(supervisor, one, retold, again)
    the_index().flushall()
    assert assessed(supervisor, one, retold, again) == before
    late = new_case(text, contact)["case_id"]  # and it goes on
    assert {one, retold, again} <= set(sees(supervisor, late, one, retold, again))
    wait_for("the repeat", lambda: supervisor.case(late)["repeat"] == 2)


def traces(case_id):
    """Where the index of similar cases still holds a case: its own key, and the buckets with its id."""
    server, mine = the_index(), uuid.UUID(case_id).bytes
    found = [key for key in server.scan_iter("redress:{similar}:case:*") if case_id in key.decode()]
    for pattern in ("redress:{similar}:day:*", "redress:{similar}:contacts:*"):
        for key in server.scan_iter(pattern):
            found += [(key, field) for field, entries in server.hscan_iter(key, count=1000)
                      if mine in (entries[at:at + 16] for at in range(0, len(entries), 32))]
    return found


def test_6_an_erased_case_leaves_the_index_at_once_and_for_good(new_case, supervisor):
    text, contact = story(), somebody()
    gone, stays = new_case(text, contact)["case_id"], new_case(text, contact)["case_id"]
    assert gone in sees(supervisor, stays, gone)
    assert len(traces(gone)) > 10  # its own, its contact's, its bands', its place's
    done(supervisor.do(gone, "refuse", {"ground": "no_facts", "right_route": "请补充具体情况"}))
    assert gone in candidates(supervisor, stays)
    settle(gone, supervisor, supervisor)  # a refusal may raise an order, and nothing is erased under one
    administrator = staff("region-administrator")
    done(administrator.do(gone, "erase", {"reason": "申请人要求"}))
    wait_for("the erasure", lambda: not traces(gone))
    assert gone not in candidates(supervisor, stays)
    answer = supervisor.get(f"/v1/cases/{gone}/similar").json()
    assert answer == {"known": False, "items": []}
    the_index().flushall()
    wait_for("the index", lambda: traces(stays))
    assert gone not in candidates(supervisor, stays) and not traces(gone)
    late = new_case(text, contact)["case_id"]
    assert stays in sees(supervisor, late, stays) and gone not in candidates(supervisor, late)
    wait_for("the repeat", lambda: supervisor.case(late)["repeat"] == 1)  # the erased one is told from nobody
