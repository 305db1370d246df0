"""Statement by statement: whatever SQL staff reach is run again as somebody of another tenant, and gives nothing.

A walk through a case's whole life reaches the statements; the services run without the application's filter meanwhile, so
that row-level security stands alone. What the programs hold and the walk does not reach has its reason in ELSEWHERE: a new
statement is walked, or is put there on purpose. What a command runs where no wall stands asks for nothing but what its user
saw behind the wall a moment before."""

import datetime
import uuid

import psycopg
import pytest
from contract import base_url, operations
from stack_tests import Api, Staff, mint, submission, wait_for
from statements import ADMIN, EVERY_VIEW, Executed, as_it_ran, held_by, is_of_data, recorded, rows_for
from walls import STAFF_SERVICES, UNFILTERED, replaced, without_row_level_security

COMMANDS = "redress-ledger commands"  # no request but of staff comes there
SESSIONS = ("redress-ledger api", COMMANDS, "redress-analytics api")  # which serve staff
NOBODYS = "a-tenant-without-a-case"
OWNER, STRANGERS = "lin-zhiyuan", ("demo-handler", "demo-supervisor")

STAFF = [operation for operation in operations() if operation.needs("staff")]
READS = [operation for operation in STAFF if operation.method == "GET" and not operation.streams]
OF_A_CASE = [operation for operation in STAFF if "{case_id}" in operation.path and "break-glass" not in str(operation)]
LISTS = [operation for operation in READS if not operation.parameters("path")]
PERIOD = {"from": "2026-01-01", "to": "2099-12-31"}
FILTERS = ["institution=first-hospital", "status=signed&urgency=P3", "breached=true&alarm=true&extended=true",
           "category=waiting&unit=first-hospital.outpatient", "after=4102444800000_{case_id}&limit=200"]

# The regions' administrators alone may ask for these, which row-level security does not bound: test_tenant_wall.py.
OF_ADMINISTRATORS = ("INSERT INTO ledger.grants (grant_id", "SELECT grant_id, subject, roles, unit, until, reason, granted_by, granted_at FROM ledger.grants WHERE grant_id",
                     "SELECT grant_id, subject, roles, unit, until, reason, granted_by, granted_at FROM ledger.grants WHERE unit")
# What a statement begins with that no request of staff leads to, by what it is of.
ELSEWHERE = {
    "start": ["SELECT coalesce(max(number)"],
    "the ledger's consumer of proposals": [
        "INSERT INTO kafka_offset", "SELECT count(*)::bigint FROM kafka_offset",
        "SELECT case_id, state FROM cases WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE SKIP LOCKED", "INSERT INTO cases (case_id, status",
        "INSERT INTO vault (case_id", "INSERT INTO vault_messages"],
    "the ledger's relay": ["DELETE FROM outbox", "SELECT f.place, e.type", "SELECT o.entry_id", "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_advisory_unlock",
                           "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_try_advisory_lock"],
    "the ledger's routes for the platform's own services": [
        "SELECT (SELECT count(*) FROM ledger.cases)", "SELECT c.case_id, c.tenant, c.category", "SELECT case_id, name, tenant, version, warn_at",
        "SELECT k.state, k.case_id", "SELECT state, case_id FROM ledger.cases", "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND type = 'redress.v1.CaseRevealed'",
        "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND type = 'redress.v1.CaseReplied'", "SELECT type, payload FROM ledger.case_events WHERE case_id = $1 AND cause_id",
        "SELECT seq, type, payload, decided_at FROM ledger.case_events", "SELECT type, payload FROM ledger.case_events WHERE case_id = $1 AND type = ANY"],
    "analytics' consumer of facts": [
        "DELETE FROM contact_hashes", "INSERT INTO contact_hashes", "INSERT INTO daily", "INSERT INTO due_days", "INSERT INTO handlings", "INSERT INTO measures",
        "INSERT INTO response_classes", "INSERT INTO response_months", "INSERT INTO response_seconds", "SELECT case_id, sequence, tenant", "SELECT pg_advisory_xact_lock",
        "UPDATE measures", "WITH suspects AS"],
}
# What sessions that serve staff ask without a case's key and without the wall, and why they may.
UNKEYED = {
    "who may act for the units of a case that was seen": ["SELECT subject, coalesce(unit, ''), until FROM ledger.grants WHERE (unit"],
}


class Walk:
    """One case of first-hospital, and all that staff do with it and beside it."""

    def __init__(self):
        self.desk, self.nurse, self.administrator = (self.staff(name) for name in (OWNER, "shen-yue", "region-administrator"))
        self.receipts = [self.submit() for _ in range(5)]
        self.case_id, self.untouched = self.receipts[0]["case_id"], self.receipts[-1]
        self.other = self.submit("demo-clinic")
        self.executed, self.trespasses = [], {}

    @staticmethod
    def staff(name):
        """The staff API as this user."""
        return Staff(base_url("ledger"), mint(name))

    @staticmethod
    def submit(institution="first-hospital"):
        """A submission's receipt."""
        body = submission(institution=institution, narrative=f"护士站无人应答{uuid.uuid4()}")
        return Api(base_url("intake")).post("/v1/submissions", body).json()

    def await_ready(self):
        """Assessed, and its clocks run."""
        for receipt in self.receipts:
            wait_for("the clocks of the case", lambda case_id=receipt["case_id"]: len(self.desk.has(case_id, "ClockArmed")) == 3)
        wait_for("the other tenant's case", lambda: self.desk.has(self.other["case_id"], "CaseAssessed"))

    def walks(self):
        """What was run meanwhile: while staff handled it, while each stranger tried."""
        return [self.executed, *self.trespasses.values()]

    @staticmethod
    def good(answer):
        """The walk reaches what it is for."""
        assert answer.status_code in (200, 201), f"{answer.request.path_url}: {answer.text}"
        return answer

    def do(self, who, action, body=None, key=None, case_id=None):
        """A command that is obeyed."""
        return self.good(who.do(case_id or self.case_id, action, body, key=key))

    def send(self, way, body):
        """What the complainant sends, once staff see it."""
        code, before = self.receipts[0]["tracking_code"], len(self.desk.timeline(self.case_id))
        answer = Api(base_url("intake")).post(f"/v1/submissions/{code}/{way}", body, headers={"Redress-Pin": self.receipts[0]["pin"]})
        assert answer.status_code in (200, 202), answer.text
        wait_for(f"what the complainant sent: {way}", lambda: len(self.desk.timeline(self.case_id)) > before)

    def look(self):
        """Every read, and the list by every filter."""
        values = {"case_id": self.case_id, "unit": "first-hospital.outpatient"}
        for operation in READS:
            who = "region-administrator" if "{unit}" in operation.path else OWNER
            headers = {"Authorization": f"Bearer {mint(who)}"}
            query = PERIOD if operation.service == "analytics" else None
            assert operation.send(values, headers, query=query).status == 200, operation
        for query in FILTERS:
            self.good(self.desk.get(f"/v1/cases?{query.format(case_id=self.case_id)}"))
        self.good(self.nurse.get(f"/v1/cases/{self.case_id}/timeline?after=1&limit=200"))

    def handle(self):
        """From acceptance to a decision, with what is done beside."""
        digest, key = "ab" * 32, str(uuid.uuid4())
        for who, action, body in [
                (self.desk, "accept", {}), (self.desk, "dispatch", {"unit": "first-hospital.outpatient"}), (self.nurse, "sign", {}),
                (self.nurse, "add-co-handler", {"unit": "first-hospital.medical", "note": "请协办"}),
                (self.nurse, "message", {"text": "请补充就诊时间"})]:
            self.do(who, action, body)
        self.send("messages", {"text": "周三上午就诊"})
        self.send("evidence", {"sha256": digest, "media_type": "image/jpeg", "size": 1, "note": "挂号单"})
        self.do(self.nurse, "register-evidence", {"sha256": digest, "media_type": "image/jpeg", "size": 1, "giver": "complainant"})
        for _ in range(2):  # the second is a repeat
            self.good(self.desk.post(f"/v1/cases/{self.case_id}/comment", {"comment": "备注"}, key=key, headers={"If-Match": "*"}))
        self.do(self.desk, "accept", case_id=self.other["case_id"])
        self.do(self.desk, "merge", {"with": self.receipts[1]["tracking_code"], "reason": "同一事项"})
        self.do(self.desk, "reveal", {"reason": "需回访"})
        self.do(self.nurse, "investigate")
        self.do(self.nurse, "suspend", {"ground": "appraisal", "note": "等鉴定"})

    def end(self):
        """Refusals, erasures and permissions."""
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)).isoformat(timespec="seconds")
        self.do(self.desk, "refuse", {"ground": "same_matter", "right_route": "请等候原件的答复", "earlier_case": self.case_id}, case_id=self.receipts[2]["case_id"])
        self.do(self.desk, "withdraw", {"reason": "已自行解决"}, case_id=self.receipts[3]["case_id"])
        self.do(self.administrator, "erase", {"reason": "保存期满"}, case_id=self.receipts[3]["case_id"])
        self.do(self.desk, "declare-conflict", {"staff": "tang-wei", "reason": "亲属"})
        grant = {"staff": "shen-yue", "role": "handler", "until": soon, "reason": "代班"}
        self.good(self.administrator.post("/v1/units/first-hospital.medical/grants", grant))
        self.do(self.administrator, "grant", grant)  # a broken glass writes the same, where the filter stands
        for part in ("", "/similar"):
            self.good(self.nurse.get(f"/v1/cases/{self.case_id}{part}"))


    def trespass(self, stranger):
        """Each command and read of the case that nobody touched, as somebody of another tenant: with all that it needs but that."""
        case_id = self.untouched["case_id"]
        headers = {"Authorization": f"Bearer {mint(stranger)}", "If-Match": self.desk.get(f"/v1/cases/{case_id}").headers["ETag"]}
        for operation in OF_A_CASE:
            answer = operation.send({"case_id": case_id}, headers)
            assert answer.status in (403, 404), f"{operation}: {answer}"
        for operation in LISTS:
            for query in ({}, {"institution": "first-hospital"}):
                assert operation.send({}, headers, query=query).status == 200, operation


@pytest.fixture(scope="module", name="walked")
def the_walk():
    """A walk of staff whose case it is, then one of staff of another tenant; what was run meanwhile."""
    walk = Walk()
    walk.await_ready()
    with replaced(STAFF_SERVICES, UNFILTERED):
        with recorded() as log:
            walk.handle()
            walk.look()
            walk.end()
            walk.executed = of_staff(log.read())
        for stranger in STRANGERS:
            with recorded() as log:
                walk.trespass(stranger)
                walk.trespasses[stranger] = of_staff(log.read())
    return walk


def of_staff(executed):
    """What is on data, of sessions that serve staff: the platform's own routes share them."""
    return [statement for statement in executed if statement.session in SESSIONS and is_of_data(statement.sql)]


@pytest.fixture(scope="module", name="held")
def the_statements():
    """The text of every statement that the programs hold."""
    return {text for service in STAFF_SERVICES for text in held_by(UNFILTERED / f"redress-{service}")}


def is_reached(statement):
    """Whether a request of staff led to it."""
    return statement.reader or statement.session == COMMANDS or statement.sql.startswith(OF_ADMINISTRATORS)


def test_every_statement_of_the_programs_is_walked_or_is_elsewhere(walked, held):
    reached = {text for text in held if any(one.sql.startswith(text) for one in walked.executed if is_reached(one))}
    elsewhere = beginnings(ELSEWHERE)
    assert len(reached) > 30
    assert sorted(text for text in held - reached if not text.startswith(tuple(elsewhere))) == [], "neither walked nor elsewhere"
    assert [beginning for beginning in elsewhere if len([text for text in held if text.startswith(beginning)]) != 1] == [], "not one statement"
    assert [one.sql for one in walked.executed if one.reader and one.sql.startswith(tuple(elsewhere))] == [], "not elsewhere at all"


def test_the_programs_run_no_statement_that_they_do_not_hold_as_one_text(walked, held):
    run = {one.sql for executed in walked.walks() for one in executed}
    assert [sql for sql in run if not sql.startswith(tuple(held))] == []


def institutions():
    """All that have a case."""
    with psycopg.connect(ADMIN) as connection:
        return {row[0] for row in connection.execute("SELECT DISTINCT tenant FROM ledger.cases")}


def texts_of(value):
    """All that a value says."""
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in texts_of(part)]
    return [value.decode("latin-1") if isinstance(value, bytes) else str(value)]


def says_nothing(rows):
    """No row, or one that counts nothing."""
    return all(value in (None, 0, -1, "") for row in rows for value in row)


def distinct(executed):
    """Each text with each of its parameters once."""
    return {(one.sql, str(one.parameters)): one for one in executed}.values()


def test_no_statement_that_staff_reach_gives_another_tenant_a_row(walked):
    secrets = [text for receipt in walked.receipts for text in (receipt["case_id"], receipt["tracking_code"])] + ["first-hospital"]
    others = ",".join(sorted(institutions() - {"first-hospital"}))
    assert others
    for statement in distinct(one for one in walked.executed if one.reader):
        for stranger in STRANGERS:
            rows = rows_for(statement, NOBODYS, stranger)
            assert says_nothing(rows), f"{statement.sql}\n{rows}"
            shown = "\n".join(texts_of(rows_for(statement, others, stranger)))
            assert [secret for secret in secrets if secret in shown] == [], f"{statement.sql}\n{shown}"


# What would move an indicator of whoever sees the rows.
OTHERS = "WHERE tenant = 'first-hospital'"
MOVES = {
    "measures": "UPDATE analytics.measures SET first_due_at = received_at, first_response_at = NULL, resolution_due_at = received_at, "
                f"run_replied_at = NULL {OTHERS}",
    "due_days": f"UPDATE analytics.due_days SET due_day = due_day - 3650 {OTHERS}",
    "repeat_days": "INSERT INTO analytics.repeat_days (tenant, day, cases) VALUES ('first-hospital', '2026-02-03', 1000)",  # no walk's day
    "response_months": f"UPDATE analytics.response_months SET cases = cases + 1000 {OTHERS}",
}
COUNTED = "SELECT count(*) FROM analytics.measures WHERE case_id = ANY (%s) AND first_response_at IS NOT NULL"


@pytest.mark.parametrize("table", MOVES)
def test_no_row_of_another_tenant_moves_a_figure(walked, table, database):
    answered = [walked.case_id, walked.other["case_id"]]
    wait_for("the first responses to be counted", lambda: database.execute(COUNTED, (answered,))[0][0] == len(answered))
    away = f"DELETE FROM analytics.{table} {OTHERS}"
    counting = list(distinct(one for one in walked.executed if one.reader and one.service == "analytics"))

    def moved(tenant, otherwise):
        """What the rows move each time: a fact that comes in between moves it once."""
        return [one.sql for one in counting if all(
            rows_for(one, tenant, OWNER, before=otherwise) != rows_for(one, tenant, OWNER, before=MOVES[table]) for _ in range(3))]
    assert moved("first-hospital", "SELECT"), "the figures depend on these rows"
    assert moved("demo-clinic", away) == []


def beginnings(*tables):
    """Of all statements that the tables give reasons for."""
    return tuple(beginning for table in tables for of_one_reason in table.values() for beginning in of_one_reason)


def gives_unasked(statement):
    """Whether it gives or changes something in the role that it had where its keys name nothing."""
    rows, count = as_it_ran(statement.without_keys())
    return not says_nothing(rows) or (not rows and count > 0)


def beyond_the_wall(executed):
    """What ran where no wall stands, but for what says why it may."""
    for one in executed:
        reasons = beginnings(UNKEYED) if one.session == COMMANDS else beginnings(UNKEYED, ELSEWHERE) + OF_ADMINISTRATORS
        if not one.reader and not one.sql.startswith(reasons):
            yield one


def named_in(statement, cases):
    """The cases that it asks for by name, and those that what it reads names in the role that it had."""
    read = texts_of(as_it_ran(statement)[0]) if statement.sql.startswith("SELECT") else []
    return cases & (statement.keys() | set(read))


def seen_by(statement, cases):
    """The cases that it shows its reader."""
    rows = rows_for(statement, *statement.scope)
    asked = statement.keys() if rows and len(statement.keys()) == 1 else set()
    return cases & (asked | set(texts_of(rows)))


def unseen(executed, cases):
    """(statement, cases of it) where no wall stands, that its user did not see in the session's last transaction behind it."""
    seen = {}
    for one in executed:
        process, number = one.transaction
        last, ids = seen.get(process, (0, set()))
        if one.reader:
            seen[process] = number, seen_by(one, cases) | (ids if number == last else set())
        elif missing := named_in(one, cases) - ids:
            yield one, missing


def identities():
    """Each case's id and tracking code."""
    with psycopg.connect(ADMIN) as connection:
        return {str(value) for row in connection.execute("SELECT case_id, tracking_code FROM ledger.cases") for value in row}


def test_where_no_wall_stands_a_statement_gives_nothing_but_by_its_keys(walked):
    asked = list(distinct(one for executed in walked.walks() for one in beyond_the_wall(executed)))
    assert len({one.sql for one in asked if one.session == COMMANDS}) > 8
    assert [one.sql for one in asked if gives_unasked(one)] == []


def test_a_command_asks_for_no_case_that_its_user_did_not_see_before(walked):
    cases = identities()
    for executed in walked.walks():
        of_commands = [one for one in executed if one.session == COMMANDS]
        assert [(one.sql, missing) for one, missing in unseen(of_commands, cases)] == []
    assert any(cases & one.keys() for one in beyond_the_wall(walked.executed) if one.session == COMMANDS)


def test_a_read_of_everything_where_no_wall_stands_is_found(walked):
    everything = Executed(COMMANDS, "SELECT case_id, tenant, status FROM ledger.cases WHERE status <> 'archived' LIMIT 50")
    others = Executed(COMMANDS, "SELECT case_id FROM ledger.cases WHERE case_id = $1", parameters=[walked.other["case_id"]], transaction=("1", 2))
    beside = Executed(COMMANDS, "SELECT case_id FROM ledger.cases WHERE case_id = $1 OR tenant = 'demo-clinic'", parameters=[walked.case_id])
    behind = Executed(COMMANDS, others.sql, "redress_ledger_api", ("first-hospital", OWNER, EVERY_VIEW), others.parameters, ("1", 1))
    assert list(beyond_the_wall([everything, others, beside, behind])) == [everything, others, beside]
    assert gives_unasked(everything) and gives_unasked(beside) and not gives_unasked(others)
    assert list(unseen([behind, others], identities())) == [(others, {walked.other["case_id"]})]


def test_the_same_statements_give_the_own_tenant_what_they_are_for(walked, held):
    for text in held:
        run = [one for one in walked.executed if one.reader and one.sql.startswith(text)]
        assert not run or any(not says_nothing(rows_for(one, *one.scope)) for one in run), text


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_leads_to_no_statement_beyond_the_wall(walked, stranger):
    of_case = (walked.untouched["case_id"], walked.untouched["tracking_code"])
    executed = [one for one in walked.trespasses[stranger] if any(secret in str(one.parameters) for secret in of_case)]
    assert len({one.sql for one in executed if one.reader}) >= 2, "the stranger's requests ask for the case"
    assert [one.sql for one in executed if not one.reader] == [], "the case was looked for where no wall stands"
    for one in distinct(executed):
        if one.scope[1] == stranger:
            assert says_nothing(rows_for(one, *one.scope)), one.sql


def test_without_row_level_security_they_give_it_so_the_tests_above_can_fail(walked, held):
    with without_row_level_security():
        silent = [text for text in held if (run := [one for one in walked.executed if one.reader and one.sql.startswith(text)])
                  and all(says_nothing(rows_for(one, NOBODYS, STRANGERS[0])) for one in run)]
    assert [text.split(" WHERE ")[0] for text in silent] == ["SELECT roles, case_id, coalesce(unit, ''), glass FROM ledger.grants"], \
        "each sees the own ones alone, by a policy that stands"
