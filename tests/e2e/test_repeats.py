"""Who comes again, and what is told of the same matter that is under way."""

import json
import secrets
import uuid
from datetime import datetime, timedelta, timezone

from conftest import mails, wait_for
from similar_cases import NURSING, calm, done, maker_of_cases, refused, sees, somebody, staff  # noqa: F401 (the fixture new_case)


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
