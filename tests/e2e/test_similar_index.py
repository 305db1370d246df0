"""The index of similar cases: what it costs, and what becomes of it when Redis forgets or a case is erased."""

import threading
import uuid

from conftest import settle, submission, wait_for
from similar_cases import NURSING, assessed, candidates, done, maker_of_cases, sees, somebody, staff, story, the_index  # noqa: F401 (the fixture new_case)


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
