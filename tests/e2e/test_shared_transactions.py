"""Commands that wait share a transaction: each has its own answer, as if it were alone."""

import concurrent.futures
import os
import time
import uuid

import psycopg
import pytest
import requests
from conftest import ENV, control, mint, submission, wait_for
from forged import forge

CASES = 12


def send(token, case_id, action, body=None, **headers):
    """One command on a connection of its own, again while no thread had the time to begin it; the response."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4()), "If-Match": "*", **headers}
    while True:
        answer = requests.post(f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case_id}/{action}", json=body or {}, timeout=20, headers=headers)
        if answer.status_code != 503 or not any(words in answer.json()["detail"] for words in ("requests wait", "no thread was free")):
            return answer
        time.sleep(0.1)


def at_once(calls):
    """All at the same time; the responses in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


class Held:
    """A case that another transaction holds meanwhile, as a consumer's batch does."""

    def __init__(self, *case_ids):
        self.case_ids = list(case_ids)
        self.connection = psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"])

    def __enter__(self):
        self.connection.execute("SELECT 1 FROM ledger.cases WHERE case_id = ANY(%s) FOR UPDATE", (self.case_ids,))
        return self

    def __exit__(self, *_):
        self.connection.close()


@pytest.fixture(name="cases", scope="module")
def some_cases(intake, supervisor):
    """Assessed cases of the hospital, whose limits are working days: nothing more happens to them by itself."""
    ids = [intake.post("/v1/submissions", submission(institution="first-hospital")).json()["case_id"] for _ in range(CASES)]
    for case_id in ids:
        wait_for("the assessment", lambda one=case_id: supervisor.has(one, "CaseAssessed"))
        wait_for("the clocks", lambda one=case_id: len((supervisor.case(one) or {}).get("clocks", [])) == 3)
    return ids


def come_to_rest(database, ids):
    """Until each notice of these cases is on record: nobody else writes them any more."""
    counts = ("SELECT (SELECT count(*) FROM notification.deliveries WHERE case_id = ANY(%s::uuid[])), "
              "(SELECT count(*) FROM ledger.case_events WHERE case_id = ANY(%s::uuid[]) AND type = 'redress.v1.DeliveryRecorded')")

    def told():
        planned, recorded = database.execute(counts, (ids, ids)).fetchone()
        return planned == recorded >= len(ids)
    wait_for("the notices of the cases", told)


def behind(held, others):
    """Sends the others while commands for a held case keep every thread that takes commands; their responses."""
    token = mint("lin-zhiyuan")
    with concurrent.futures.ThreadPoolExecutor(6 + len(others)) as pool:
        with Held(held):
            first = [pool.submit(send, token, held, "comment", {"comment": "占用"}) for _ in range(6)]
            time.sleep(0.3)
            later = [pool.submit(call) for call in others]
            time.sleep(0.3)
        assert [future.result().status_code for future in first] == [200] * 6
        return [future.result() for future in later]


def test_each_of_a_shared_transaction_is_answered_by_itself(supervisor, cases, database):
    come_to_rest(database, cases)
    bureau, nurse = mint("lin-zhiyuan"), mint("shen-yue")
    stranger = forge("elsewhere", ["supervisor"], ["demo-clinic"])
    auditor = forge("reads-only", ["auditor"], ["first-hospital"])
    etag = supervisor.get(f"/v1/cases/{cases[1]}").headers["ETag"]
    key = str(uuid.uuid4())
    same = {"Idempotency-Key": key}
    answers = behind(cases[0], [
        lambda: send(bureau, cases[1], "comment", {"comment": "一"}, **{"If-Match": etag}),
        lambda: send(bureau, cases[2], "comment", {"comment": "二"}, **{"If-Match": '"stale"'}),
        lambda: send(stranger, cases[3], "comment", {"comment": "三"}),
        lambda: send(bureau, cases[4], "accept"),
        lambda: send(auditor, cases[5], "accept"),
        lambda: send(bureau, cases[6], "close"),
        lambda: send(bureau, cases[7], "comment", {"comment": "七"}, **same),
        lambda: send(bureau, cases[7], "comment", {"comment": "七"}, **same),
        lambda: send(bureau, str(uuid.uuid4()), "comment", {"comment": "无"}),
        lambda: send(bureau, cases[8], "merge", {"with": cases[9], "reason": "同一事"}),
        lambda: send(bureau, cases[10], "comment", {"colour": "red"}),
        lambda: send(nurse, cases[11], "comment", {"comment": "十一"})])
    found = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert found[0] == (200, None), answers[0].text
    assert found[1] == (412, "stale")
    assert found[2] == (404, "case-not-found")
    assert found[3] == (200, None) and answers[3].json()["status"] == "accepted"
    assert found[4] == (403, "role-not-allowed")
    assert found[5][0] == 409 and answers[5].json()["actions"]
    assert found[6] == found[7] == (200, None)
    assert found[8] == (404, "case-not-found")
    assert found[9] == (200, None), answers[9].text
    assert found[10][0] == 400
    assert found[11] == (200, None), answers[11].text
    comments = [[fact["data"]["comment"] for fact in supervisor.has(case_id, "CaseCommented")] for case_id in cases]
    assert comments[1] == ["一"] and comments[7] == ["七"] and comments[11] == ["十一"]
    assert comments[2] == comments[3] == comments[10] == []
    assert comments[0] == ["占用"] * 6
    for answer, case_id in ((answers[0], cases[1]), (answers[11], cases[11])):
        now = supervisor.get(f"/v1/cases/{case_id}").headers["ETag"]
        assert answer.headers["ETag"] == now or supervisor.timeline(case_id)[-1]["type"].startswith("Clock"), case_id
        assert answer.json()["case_id"] == case_id


def test_a_command_of_a_case_that_is_held_holds_nobody_up(supervisor, cases, database):
    come_to_rest(database, cases)
    token = mint("lin-zhiyuan")
    with Held(cases[1]):
        answers = behind(cases[0], [lambda one=case_id: send(token, one, "comment", {"comment": "并行"})
                                    for case_id in cases[1:]])
    assert answers[0].status_code == 503, answers[0].text
    assert [answer.status_code for answer in answers[1:]] == [200] * (CASES - 2)
    assert [len([fact for fact in supervisor.has(case_id, "CaseCommented") if fact["data"]["comment"] == "并行"])
            for case_id in cases[1:]] == [0] + [1] * (CASES - 2)


def test_commands_of_one_case_are_done_one_after_the_other(supervisor, cases):
    token = mint("lin-zhiyuan")
    etag = supervisor.get(f"/v1/cases/{cases[3]}").headers["ETag"]
    answers = at_once([lambda: send(token, cases[3], "accept", **{"If-Match": etag}) for _ in range(12)])
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 11
    free = at_once([lambda n=number: send(token, cases[3], "comment", {"comment": f"第{n}条"}) for number in range(12)])
    assert [answer.status_code for answer in free] == [200] * 12
    assert len({answer.json()["sequence"] for answer in free}) == 12
    sequences = [fact["sequence"] for fact in supervisor.timeline(cases[3])]
    assert sequences == list(range(1, len(sequences) + 1))


def verify_with_category(database, case_id, category):
    """What verify says while the row has this category, and whether the row had it to the end: a fact writes it anew."""
    set_category = "UPDATE ledger.cases SET category = %s WHERE case_id = %s RETURNING sequence"
    before, = database.execute(set_category, (category, case_id)).fetchone()
    verified = control("verify", "--json")
    after, = database.execute("SELECT sequence FROM ledger.cases WHERE case_id = %s", (case_id,)).fetchone()
    return verified, after == before


def test_verify_finds_a_row_that_says_something_else_than_its_state(cases):
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as database:
        was, = database.execute("SELECT category FROM ledger.cases WHERE case_id = %s", (cases[0],)).fetchone()
        stood = False
        try:
            while not stood:
                verified, stood = verify_with_category(database, cases[0], "nothing-of-the-kind")
        finally:
            database.execute("UPDATE ledger.cases SET category = %s WHERE case_id = %s", (was, cases[0]))
    code, found, error = verified
    assert code == 1 and found["stale_states"] == 1, (found, error)
    assert control("verify", "--json")[0] == 0
