"""Similar cases: which are shown, and to whom."""

from datetime import datetime, timedelta, timezone

from conftest import wait_for
from similar_cases import candidates, done, maker_of_cases, refused, sees, somebody, staff, story  # noqa: F401 (the fixture new_case)


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
