"""Nobody sees what is not theirs: every route, every kind of wrong credential, each wall alone."""

import contextlib
import os
import pathlib
import threading
import time
import uuid

import pytest
import requests
from contract import SERVICES, base_url, operations, routes_in_code
from forgery import forgeries
from stack_tests import Api, Staff, mint, submission, wait_for
from walls import STAFF_SERVICES, UNFILTERED, replaced, without_row_level_security

OPERATIONS = operations()
STAFF = [operation for operation in OPERATIONS if operation.needs("staff")]
INTERNAL = [operation for operation in OPERATIONS if operation.needs("service")]
# Breaking the glass opens what is out of scope, on record and with an alarm: tests/e2e/test_identity.py.
OF_A_CASE = [operation for operation in STAFF if "{case_id}" in operation.path and "break-glass" not in str(operation)]
OF_A_UNIT = [operation for operation in STAFF if "{unit}" in operation.path]
LISTS = [operation for operation in STAFF if not operation.parameters("path") and not operation.streams]
# Whoever comes may call these; a new one is put here on purpose.
PUBLIC = {"intake POST /v1/submissions", "triage POST /v1/assess", "sla-timer POST /v1/due-dates",
          "intake GET /v1/satisfaction/{token}", "intake POST /v1/satisfaction/{token}", "intake GET /v1/commitments",
          "notification GET /v1/templates/{code}/{language}"}
OWNER, STRANGERS = "lin-zhiyuan", ("demo-handler", "demo-supervisor")
STALE = '"0000000000000000"'


class Case:
    """A case of first-hospital, and what only its own people may learn of it."""

    def __init__(self):
        narrative = f"护士站无人应答{uuid.uuid4()}"
        receipt = Api(base_url("intake")).post("/v1/submissions", submission(narrative=narrative)).json()
        self.case_id, self.code, self.pin = receipt["case_id"], receipt["tracking_code"], receipt["pin"]
        self.owner = Staff(base_url("ledger"), mint(OWNER))
        wait_for("the clocks of the case", lambda: len(self.owner.has(self.case_id, "ClockArmed")) == 3)
        self.etag = self.owner.get(f"/v1/cases/{self.case_id}").headers["ETag"]
        self.secrets = [text.encode() for text in (self.case_id, self.code, narrative, "first-hospital")]

    def facts(self):
        """How many there are."""
        return len(self.owner.timeline(self.case_id))

    def assert_untold(self, answer):
        """Nothing of the case stands in the answer."""
        for secret in self.secrets:
            assert secret not in answer.body and secret.decode() not in str(answer.headers)


@pytest.fixture(scope="module", name="case")
def a_case():
    """One for all tests."""
    return Case()


@pytest.fixture(scope="module", name="walls", params=["both walls", "row-level security alone", "the application's filter alone"])
def the_walls(request, case):
    """The stack with both walls, and with each alone."""
    with contextlib.ExitStack() as stack:
        if request.param == "row-level security alone":
            stack.enter_context(replaced(STAFF_SERVICES, UNFILTERED))
        elif request.param == "the application's filter alone":
            stack.enter_context(without_row_level_security())
        assert case.facts() > 0
        yield request.param


@pytest.fixture(scope="module", name="forged")
def the_forgeries():
    """All forged credentials."""
    return forgeries(OWNER)


def bearer(subject, **more):
    """Headers of a staff user."""
    return {"Authorization": f"Bearer {mint(subject)}", **more}


@pytest.mark.parametrize("service", SERVICES)
def test_the_contract_has_every_route_of_the_code_and_no_other(service):
    described = {(operation.method, operation.path) for operation in OPERATIONS if operation.service == service}
    assert routes_in_code(service) == described and described


def test_every_route_says_who_may_call_it():
    assert [str(operation) for operation in OPERATIONS if operation.security is None] == []
    assert {str(operation) for operation in OPERATIONS if operation.security == []} == PUBLIC
    for operation in OPERATIONS:
        assert set(operation.security) <= {"staff", "service", "pin"}
        assert operation.path.startswith("/internal/") == operation.needs("service")
    assert len(OF_A_CASE) >= 12 and len(INTERNAL) >= 6


@pytest.mark.parametrize("operation", STAFF, ids=str)
def test_a_forged_token_opens_nothing_and_every_forgery_looks_alike(operation, case, forged):
    answers = {}
    for name, authorization in forged.items():
        headers = {"If-Match": case.etag, **({"Authorization": authorization} if authorization is not None else {})}
        for case_id in (case.case_id, str(uuid.uuid4())):
            answers[name, case_id == case.case_id] = operation.send({"case_id": case_id}, headers)
    first = answers["absent", True]
    assert first.status == 401 and first.headers["WWW-Authenticate"] == "Bearer"
    assert {key: answer for key, answer in answers.items() if answer != first} == {}
    case.assert_untold(first)


@pytest.mark.parametrize("operation", INTERNAL, ids=str)
def test_the_platforms_own_routes_open_to_its_token_alone(operation, case, forged):
    own = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "service-token.secret").read_text().strip()
    wrong = [bearer(OWNER), bearer(STRANGERS[0]), {"Authorization": f"bearer {own}x"}, {"Authorization": f"Bearer {own[:-1]}"},
             {"Authorization": own}] + [{"Authorization": value} for name, value in forged.items()
                                        if value is not None and name != "the platform's own token"] + [{}]
    answers = [operation.send(values, headers) for headers in wrong
               for values in ({"case_id": case.case_id, "code": case.code}, {"case_id": str(uuid.uuid4()), "code": "0000000000000"})]
    assert answers[0].status == 401
    assert [answer for answer in answers if answer != answers[0]] == []
    case.assert_untold(answers[0])
    # Another test may have taken Redis away a moment ago: a connection is lost, an index is rebuilt.
    wait_for("an answer to the platform's own token", lambda: operation.send(
        {"case_id": case.case_id, "code": case.code}, {"Authorization": f"Bearer {own}"}).status == 200)


@pytest.mark.parametrize("subject", STRANGERS)
@pytest.mark.parametrize("operation", OF_A_CASE, ids=str)
def test_a_case_of_another_tenant_is_as_absent_as_one_that_never_was(operation, subject, case, walls):
    before = case.facts()
    reached = operation.send({"case_id": case.case_id}, bearer(OWNER, **{"If-Match": STALE}))
    other = reached.status == 422 and b'"field":"with"' in reached.body  # a merge looks for the other case once it saw this one
    assert reached.status in (200, 412) or other, f"the request does not reach the wall ({walls}): {reached}"
    methods = [operation.method] + (["HEAD"] if operation.method == "GET" else [])
    for method in methods:
        for match in (case.etag, STALE, "*", None):
            headers = bearer(subject, **({"If-Match": match} if match else {}))
            theirs = operation.send({"case_id": case.case_id}, headers, method)
            absent = operation.send({"case_id": str(uuid.uuid4())}, headers, method)
            # 403 where the role may do it to no case at all.
            assert theirs == absent and theirs.status in (403, 404)
            case.assert_untold(theirs)
    assert case.facts() == before


@pytest.mark.parametrize("subject", (OWNER, *STRANGERS))
@pytest.mark.parametrize("operation", OF_A_UNIT, ids=str)
def test_who_may_act_for_a_unit_is_told_to_administrators_alone(operation, subject):
    theirs = [operation.send({"unit": unit}, bearer(subject)) for unit in ("first-hospital.outpatient", "clinic.desk", "no-such-unit")]
    assert theirs[0].status == 403 and theirs[1:] == theirs[:1] * 2
    assert operation.send({"unit": "no-such-unit"}, bearer("region-administrator")).status == 404


@pytest.mark.parametrize("subject", STRANGERS)
@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_list_shows_nothing_of_another_tenant_by_any_filter(operation, subject, case, walls):
    mine = operation.send({}, bearer(subject))
    assert mine.status == 200, walls
    case.assert_untold(mine)
    own = bearer(OWNER)
    for parameter in operation.parameters("query"):
        name = parameter["name"]
        wide = operation.send({}, own, query={name: "first-hospital"} if name == "institution" else None)
        assert wide.status == 200
        if name == "institution":
            theirs = operation.send({}, bearer(subject), query={name: "first-hospital"})
            absent = operation.send({}, bearer(subject), query={name: "no-such-hospital"})
            assert theirs == absent
            case.assert_untold(theirs)
        if name == "after":
            cursor = f"{int(time.time() * 1000) + 1000}_{case.case_id}"
            case.assert_untold(operation.send({}, bearer(subject), query={name: cursor, "limit": 200}))


# Of the strangers' own cases: clocks that may still move a figure, and facts that are not counted yet.
MOVING = """SELECT (SELECT count(*) FROM ledger.clocks WHERE tenant = 'demo-clinic' AND name IN ('first_response', 'resolution')
               AND due_at < now() + interval '1 hour')
    + (SELECT count(*) FROM ledger.cases c LEFT JOIN analytics.measures m USING (case_id)
       WHERE c.tenant = 'demo-clinic' AND c.sequence IS DISTINCT FROM m.sequence)"""


def test_indicators_do_not_move_by_another_tenants_case(walls, database):
    wait_for("the strangers' own limits to be over", lambda: database.execute(MOVING)[0][0] == 0)
    asked = next(operation for operation in LISTS if operation.service == "analytics")
    counted = Api(base_url("analytics"), mint(OWNER))
    today = {"from": "2026-01-01", "to": "2099-12-31"}

    def received(api):
        return api.get("/v1/indicators", params=today).json()["received"]
    stranger = Api(base_url("analytics"), mint(STRANGERS[0]))
    before, all_before = stranger.get("/v1/indicators", params=today).content, received(counted)
    Case()
    wait_for("the case to be counted", lambda: received(counted) > all_before)
    assert stranger.get("/v1/indicators", params=today).content == before, walls
    assert str(asked) == "analytics GET /v1/indicators"


class Listener(threading.Thread):
    """Reads a stream of changes until it is closed."""

    def __init__(self, subject):
        super().__init__(daemon=True)
        self.text = b""
        self.answer = requests.get(base_url("ledger") + "/v1/changes", headers=bearer(subject), stream=True, timeout=60)
        assert self.answer.status_code == 200
        self.start()

    def run(self):
        with contextlib.suppress(requests.RequestException, AttributeError, ValueError, OSError):
            for chunk in self.answer.iter_content(None):
                self.text += chunk

    def has(self, case_id):
        """Whether the case was told of."""
        return case_id.encode() in self.text


def test_the_stream_tells_nobody_of_another_tenants_case(case, walls):
    own, stranger = Listener(OWNER), Listener(STRANGERS[0])
    assert case.owner.do(case.case_id, "comment", {"comment": "内部意见"}).status_code == 200
    wait_for("the change", lambda: own.has(case.case_id))
    body = submission(institution="demo-clinic")
    theirs = Api(base_url("intake")).post("/v1/submissions", body).json()["case_id"]
    wait_for("the stranger's own change", lambda: stranger.has(theirs))
    assert not stranger.has(case.case_id), walls
    for listener in (own, stranger):
        listener.answer.close()


def test_a_connection_that_just_served_the_platform_keeps_the_wall(case, walls):
    intake, stranger = Api(base_url("intake")), Staff(base_url("ledger"), mint(STRANGERS[0]))
    for _ in range(24):  # more than the ledger has connections
        seen = intake.get(f"/v1/submissions/{case.code}", headers={"Redress-Pin": case.pin})
        assert seen.status_code == 200, walls
        assert stranger.get(f"/v1/cases/{case.case_id}").status_code == 404
        assert case.owner.get(f"/v1/cases/{case.case_id}").status_code == 200


def test_without_both_walls_everything_is_open_so_the_tests_above_can_fail(case):
    with replaced(STAFF_SERVICES, UNFILTERED), without_row_level_security():
        shown = OF_A_CASE[0].send({"case_id": case.case_id}, bearer(STRANGERS[0]))
        listed = LISTS[0].send({}, bearer(STRANGERS[0]), query={"limit": 200})
        assert shown.status == 200 and case.case_id.encode() in shown.body
        assert case.case_id.encode() in listed.body


def test_a_token_without_a_role_or_a_scope_opens_no_case(case):
    from forgery import decode, sign, staff_key  # pylint: disable=import-outside-toplevel

    head, payload, _ = mint(OWNER).split(".")
    for change in ({"roles": []}, {"institutions": []}, {"institutions": "*"}, {"institutions": ["no-such"]},
                   {"institutions": [["*"]]}, {"roles": ["root"]}, {"institutions": ["first-hospital,"]}):
        token = sign(decode(head), {**decode(payload), **change}, staff_key())
        answer = OF_A_CASE[0].send({"case_id": case.case_id}, {"Authorization": f"Bearer {token}"})
        assert answer.status == 401, change
        case.assert_untold(answer)
