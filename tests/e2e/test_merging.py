"""Merging: what it changes and what not, who leads, and who reads of it."""

import base64
import json
import os
import uuid

from conftest import control, mails, wait_for
from similar_cases import (NURSING, calm, done, etag, maker_of_cases, refused, sees, somebody, staff, story)  # noqa: F401 (the fixture new_case)


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
