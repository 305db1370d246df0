"""Roles, conflicts, erasure and identity requests: one permission table, seen from outside."""

import json
import os
import subprocess
import time
import uuid

import pytest
from conftest import BIN, Api, Staff, control, mint, submission, wait_for
from forged import forge

REASON = {"reason": "需要"}


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


def holder(role, institutions=("demo-clinic",), units=(), subject=None):
    """Somebody with this one role, as the identity provider could say."""
    return Staff(os.environ["REDRESS_LEDGER_URL"],
                 forge(subject or f"{role}-{uuid.uuid4().hex[:8]}", [role], institutions, units))


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


@pytest.fixture(name="receipt")
def one_receipt(intake, supervisor):
    """A case of the demo clinic, assessed."""
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    wait_for("the clocks", lambda: len((supervisor.case(receipt["case_id"]) or {}).get("clocks", [])) >= 2)
    return receipt


@pytest.fixture(name="case_id")
def one_case(receipt):
    """Its id."""
    return receipt["case_id"]


def close(case_id, supervisor, handler):
    """From acceptance to the closure."""
    steps = [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
             (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"}),
             (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {})]
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)


# Bad input


def test_13_a_command_in_the_wrong_state_tells_what_is_allowed_instead(supervisor, case_id):
    problem = refused(supervisor.do(case_id, "close"), 409, "wrong-state")
    assert problem["actions"] == supervisor.case(case_id)["actions"]
    assert "accept" in problem["actions"] and "close" not in problem["actions"]
    problem = refused(supervisor.do(case_id, "terminate"), 409, "termination-not-requested")
    assert "request-termination" in problem["actions"]
    assert "actions" not in refused(supervisor.do(case_id, "accept", etag='"0000000000000000"'), 412, "stale")


def test_13_a_missing_reason_is_named(supervisor, case_id):
    for action in ("reveal", "withdraw", "request-termination", "request-reveal"):
        assert refused(supervisor.do(case_id, action), 400, "missing")["field"] == "reason"
    assert refused(supervisor.do(case_id, "declare-conflict", {"reason": "亲属"}), 400, "missing")["field"] == "staff"
    problem = refused(supervisor.do(case_id, "declare-conflict", {"staff": "nobody", "reason": "亲属"}), 422, "unknown-code")
    assert problem["field"] == "staff"


def test_13_a_lower_assessment_says_why(supervisor, case_id):
    def assess(**body):
        return supervisor.do(case_id, "assess", body)
    assert assess(urgency="P1", crisis="R1").status_code == 200, "higher: no reason is asked for"
    for lower in ({"urgency": "P4"}, {"urgency": "P1", "crisis": "R0"}, {"urgency": "P2", "reason": ""}):
        assert refused(assess(**lower), 400, "reason-missing")["field"] == "reason"
    assert supervisor.case(case_id)["urgency"] == "P1"
    assert assess(urgency="P4", reason="来电人电话 13700001234 误报").status_code == 200
    fact = supervisor.has(case_id, "CaseAssessed")[-1]["data"]
    assert "误报" in fact["reason"] and "13700001234" not in fact["reason"]


def test_13_a_commands_key_belongs_to_one_body(supervisor, case_id):
    key = str(uuid.uuid4())
    first = supervisor.do(case_id, "comment", {"comment": "一"}, key=key)
    assert first.status_code == 200
    assert supervisor.do(case_id, "comment", {"comment": "一"}, key=key).status_code == 200
    problem = refused(supervisor.do(case_id, "comment", {"comment": "二"}, key=key), 422, "idempotency-key-reused")
    assert problem["field"] == "Idempotency-Key"
    assert [fact["data"]["comment"] for fact in supervisor.has(case_id, "CaseCommented")] == ["一"]
    assert supervisor.do(case_id, "accept", {}, key=key).status_code == 200, "another command's key is another key"
    refused(supervisor.do(case_id, "accept", {"note": "后加"}, key=key), 422, "idempotency-key-reused")
    assert supervisor.do(case_id, "accept", {}, key=key).status_code == 200


# 13: roles


def expected(table, role, relation, state, command):
    """The codes that the printed table allows for, read without the program's own code."""
    entry = next(row for row in table["commands"] if row["command"] == command)
    view = next(row for row in table["views"] if row["view"] == "show")
    scope = entry["who"].get(role)
    if relation == "conflict":
        return {"case-not-found"}
    if relation == "outside" and scope != "outside":
        return {"case-not-found"}
    if relation != "outside":
        hidden = role in view["closed"] and state not in ("closed", "final", "archived")
        if role not in view["roles"] or hidden:
            return {"case-not-found"}
        if scope is None:
            return {"role-not-allowed"}
        if scope == "outside":
            return {"in-scope"}
        if scope == "unit" and relation != "unit" and not (relation == "owner" and entry["owner"]):
            return {"not-your-unit"}
        if scope == "region" and relation != "region":
            return {"not-your-region"}
    row = next((row for row in entry["rows"] if state in row["states"]), None)
    return {"wrong-state"} if row is None else {"", *row["guards"]}


def test_13_the_rules_answer_as_the_printed_table_says_for_every_role_command_state_and_tenant():
    table, walked = control("permissions", "show", "--json")[1], control("permissions", "walk")[1]["items"]
    assert {row["role"] for row in walked} == set(table["roles"]) and len(table["roles"]) == 11
    checked = set()
    for row in walked:
        for command, code in row["answers"].items():
            wanted = expected(table, row["role"], row["relation"], row["state"], command)
            assert code in wanted, (row["role"], row["relation"], row["state"], command, code, wanted)
            checked.add((row["role"], row["relation"], row["state"], command))
    assert len(checked) == 11 * 6 * 24 * len(table["commands"])
    for entry in table["commands"]:
        reached = {"", *(guard for row in entry["rows"] for guard in row["guards"])}
        may = {row["role"] for row in walked if row["answers"][entry["command"]] in reached}
        assert may == set(entry["who"]), entry["command"]


ROLES = ["operator", "counsellor", "handler", "supervisor", "reviewer", "panel-member", "auditor", "administrator",
         "integrator", "monitor"]


@pytest.mark.parametrize("role", ROLES)
def test_13_the_stack_keeps_the_table(role, supervisor, handler, case_id):
    table = control("permissions", "show", "--json")[1]
    fields = {row["field"]: set(row["roles"]) for row in table["fields"]}
    commands = {row["command"]: row for row in table["commands"]}
    views = {row["view"]: row for row in table["views"]}
    own, stranger = holder(role, units=["demo-clinic.desk"]), holder(role, ["first-hospital"])
    for closed in (False, True):
        if closed:
            close(case_id, supervisor, handler)
        state = supervisor.case(case_id)["status"]
        sees = role in views["show"]["roles"] and (closed or role not in views["show"]["closed"])
        answer = own.get(f"/v1/cases/{case_id}")
        wanted = 200 if sees else 404 if role in views["show"]["roles"] else 403
        assert answer.status_code == wanted, answer.text
        timeline = own.get(f"/v1/cases/{case_id}/timeline")
        assert timeline.status_code == wanted
        listed = own.get("/v1/cases?limit=200")
        assert listed.status_code == (200 if role in views["list"]["roles"] else 403)
        assert (case_id in listed.text) == sees
        assert case_id not in stranger.get("/v1/cases?limit=200").text
        assert stranger.get(f"/v1/cases/{case_id}").status_code == (404 if role in views["show"]["roles"] else 403)
        if sees:
            case = answer.json()
            for name, value in case.items():
                if name != "masked":
                    readable = role in fields.get(name, set())
                    assert (value is None and name in case["masked"]) if not readable else name not in case.get("masked", [])
            for fact in timeline.json()["items"]:
                for name, value in fact["data"].items():
                    allowed = fields.get(f"{fact['type']}.{name}", fields.get(name, set()))
                    assert name == "masked" or role in allowed or value is None, (fact["type"], name)
            for action in case["actions"]:
                assert commands[action]["who"].get(role) in ("unit", "institution", "region"), action
                assert any(state in row["states"] for row in commands[action]["rows"])
    for command, entry in sorted(commands.items(), key=lambda item: item[0] == "break-glass"):  # last: it opens the case
        answer = stranger.do(case_id, command, REASON, etag="*")
        assert answer.status_code in ({200} if entry["who"].get(role) == "outside" else {400, 404, 422}), (command, answer.text)


def test_13_indicators_and_changes_ask_the_same_table():
    table = {row["view"]: row["roles"] for row in control("permissions", "show", "--json")[1]["views"]}
    for role in ROLES:
        token = forge(role, [role], ["demo-clinic"], [])
        numbers = Api(os.environ["REDRESS_ANALYTICS_URL"], token).get("/v1/indicators?from=2026-01-01&to=2026-12-31")
        assert numbers.status_code == (200 if role in table["indicators"] else 403), role
        with Api(os.environ["REDRESS_LEDGER_URL"], token).get("/v1/changes", stream=True) as changes:
            assert changes.status_code == (200 if role in table["changes"] else 403), role


def test_13_changes_are_told_until_the_token_ends(supervisor, case_id):
    ends = int(time.time()) + 8
    api = Api(os.environ["REDRESS_LEDGER_URL"], forge("demo-handler", ["handler"], ["demo-clinic"], [], exp=ends))
    with api.get("/v1/changes", stream=True) as stream:
        lines = stream.iter_lines(decode_unicode=True, chunk_size=1)
        assert stream.status_code == 200 and next(lines).startswith(":")
        assert supervisor.do(case_id, "comment", {"comment": "之前"}).status_code == 200
        assert next(line for line in lines if "CaseCommented" in line and case_id in line)
        time.sleep(max(0, ends + 1 - time.time()))
        assert supervisor.do(case_id, "comment", {"comment": "之后"}).status_code == 200
        assert not any("CaseCommented" in line and case_id in line for line in lines)  # it is closed


def test_13_a_complainants_role_is_no_token():
    for roles in (["complainant"], ["root"], []):
        answer = Staff(os.environ["REDRESS_LEDGER_URL"], forge("x", roles, ["demo-clinic"], [])).get("/v1/cases")
        assert answer.status_code == 401


def test_13_the_workflow_and_the_permissions_print_for_people():
    shown = subprocess.run([BIN / "redressctl", "permissions", "show"], capture_output=True, text=True, check=True).stdout
    assert "| by a broken glass, by a grant on a co-handler's unit, by a grant on an open improvement's unit |" in shown
    assert "(unit) | by the unit that owns an open improvement, by a grant on an open improvement's unit |" in shown
    assert "| erase | administrator (region) |" in shown and "| narrative | " in shown
    way = subprocess.run([BIN / "redressctl", "workflow", "show"], capture_output=True, text=True, check=True).stdout
    assert "| signed, investigating | else handled | dispatched |" in way, "the code is what is refused, not what must hold"
    assert "| where sent back; else own-decision; else level-below; else too-many-hands | rework |" in way
    assert json.loads(subprocess.run([BIN / "redressctl", "permissions", "show", "--json"], capture_output=True, text=True,
                                     check=True).stdout)["row_level_security"]["vault"] == ["reveal"]


# 13: conflict of interest


def test_13_for_who_is_in_conflict_a_case_does_not_exist(supervisor, handler, case_id):
    assert supervisor.do(case_id, "accept").status_code == 200
    with handler.get("/v1/changes", stream=True) as stream, staff("demo-colleague").get("/v1/changes", stream=True) as other:
        theirs, others = (lines.iter_lines(decode_unicode=True, chunk_size=1) for lines in (stream, other))
        assert next(theirs).startswith(":") and next(others).startswith(":")
        refused(handler.do(case_id, "declare-conflict", {"staff": "demo-colleague", "reason": "亲属"}), 403, "role-not-allowed")
        assert handler.case(case_id)
        answer = handler.do(case_id, "declare-conflict", {"staff": "demo-handler", "reason": "当事人是亲属"})
        assert answer.status_code == 200 and answer.json()["narrative"] is None if "narrative" in answer.json() else True
        assert answer.json()["status"] is None and answer.json()["actions"] is None
        absent = handler.get(f"/v1/cases/{uuid.uuid4()}").json()
        for path in (f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/timeline"):
            gone = handler.get(path)
            assert gone.status_code == 404 and gone.json() == absent
        assert handler.do(case_id, "comment", {"comment": "看一眼"}, etag="*").json() == absent
        assert handler.do(case_id, "break-glass", REASON).json() == absent
        assert case_id not in handler.get("/v1/cases?limit=200").text
        assert case_id in staff("demo-colleague").get("/v1/cases?limit=200").text
        assert supervisor.do(case_id, "comment", {"comment": "继续办理"}).status_code == 200
        for line in others:
            if line.startswith("data:") and case_id in line and "CaseCommented" in line:
                break
        marker = submission(institution="demo-clinic")
        later = Api(os.environ["REDRESS_INTAKE_URL"]).post("/v1/submissions", marker).json()["case_id"]
        for line in theirs:
            assert case_id not in line or not any(kind in line for kind in ("ConflictDeclared", "CaseCommented")), line
            if later in line:
                break
    fact = supervisor.has(case_id, "ConflictDeclared")[0]
    assert fact["data"]["staff"] == "demo-handler" and fact["actor"] == "demo-handler"
    refused(supervisor.do(case_id, "declare-conflict", {"staff": "demo-handler", "reason": "再报"}), 409, "already-declared")
    assert control("verify", "--json")[0] == 0


def test_13_a_handler_in_conflict_hands_over(supervisor, handler, case_id):
    for person, action, body in [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}),
                                 (handler, "sign", {})]:
        assert person.do(case_id, action, body).status_code == 200
    declared = supervisor.do(case_id, "declare-conflict", {"staff": "demo-handler", "reason": "被投诉人"})
    assert declared.json()["handler"] == ""
    assert handler.do(case_id, "decide", {"outcome": "upheld", "findings": "自查"}, etag="*").status_code == 404
    decided = staff("demo-colleague").do(case_id, "decide", {"outcome": "upheld", "findings": "属实"})
    assert decided.status_code == 200 and decided.json()["status"] == "decided"
