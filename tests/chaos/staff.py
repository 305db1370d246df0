"""Clients that work on cases: staff who command and acknowledge."""

import hashlib
import subprocess
import time

import requests

from region import EXTENSION_S, GROUND
from stack import ROOT
from submitters import Client

SCOPES = {"lin-zhiyuan": None, "demo-handler": {"demo-clinic"}, "demo-supervisor": {"demo-clinic"},
          "shen-yue": {"first-hospital"}, "tang-wei": {"first-hospital"}, "yu-tong": {"hope-line"},
          "cao-bin": {"first-hospital"}, "ren-shan": None, "su-qing": None,
          "region-administrator": None}
SUPERVISORS = {"lin-zhiyuan", "demo-supervisor", "tang-wei"}
UNITS = {"demo-clinic": ["demo-clinic.desk"], "first-hospital": ["first-hospital.nursing"] * 3 + ["first-hospital.medical"],
         "hope-line": ["hope-line.duty"], "anning-centre": ["anning-centre.ward"], "songbai-home": ["songbai-home.care"]}
# Units that are asked beside the lead: theirs are handlers of this run.
BESIDE = ["bureau.complaints", "first-hospital.medical", "first-hospital.nursing"]
# What moves a case on is likelier than what only adds to it, and both than what ends it early.
WEIGHTS = {"accept": 6, "dispatch": 6, "request-return": 1, "designate": 1, "sign": 6, "investigate": 5, "decide": 6,
           "reply": 6, "follow-up": 4, "rework": 0.5, "close": 3, "reopen": 0.5, "comment": 1, "assess": 1, "reveal": 0.3,
           "refuse": 0.2, "redirect": 0.1, "transfer-emergency": 0.2, "resolve-on-spot": 0.5, "suspend": 6, "resume": 3,
           "pause-clock": 4, "resume-clock": 3,
           "review": 1, "re-review": 1, "decide-review": 6, "withdraw": 0.05, "request-termination": 0.1, "terminate": 0.5,
           "report-progress": 0.5, "message": 1, "request-extension": 1, "decide-extension": 6, "concern-person": 0.3,
           "raise-allegation": 0.5, "decide-allegation": 3, "register-evidence": 0.5, "add-co-handler": 0.7,
           "report-stage": 2, "answer-co-handling": 4, "supervise": 0.3, "answer-supervision": 6, "lift-supervision": 6,
           "erase": 1, "declare-conflict": 6, "merge": 0.4, "unmerge": 0.4, "open-improvement": 0.3, "complete-improvement": 2, "archive": 0.02}
ENDED = {"not-accepted", "redirected", "closed", "final", "withdrawn", "terminated", "archived"}
SELDOM = {"declare-conflict": 0.01}  # not even where there is nothing else to do: a reviewer mostly has nothing
ACTIVE = 0.6  # share of steps that go to a case that somebody works on: else few would come to their end
MOVING = {"dispatch", "designate", "request-return", "sign", "investigate", "suspend", "resume", "decide", "resolve-on-spot",
          "reply", "follow-up", "rework", "close", "reopen", "review", "re-review", "decide-review", "add-co-handler"}


def mint(subject):
    """A token that outlives the run."""
    return subprocess.run([ROOT / "build" / "failpoints" / "bin" / "redressctl", "token", "--subject", subject,
                           "--hours", "24"], capture_output=True, text=True, check=True).stdout.strip()


class Worker(Client):
    """One member of staff."""

    def __init__(self, name, run, seed, shared, subject):
        super().__init__(name, run, seed, shared)
        self.subject = subject
        self.headers = {"Authorization": f"Bearer {mint(subject)}"}
        self.last = None  # (action, case id, key, body, etag) of the last command
        self.old_etags = {}
        self.made = 0

    def get(self, path):
        """A question to either ledger."""
        return requests.get(self.random.choice(self.urls("ledger")) + path, headers=self.headers, timeout=10)

    def command(self, kind, action, case_id, key, body, etag, repeat=False):
        """A command, journalled."""
        def call():
            url = f"{self.random.choice(self.urls('ledger'))}/v1/cases/{case_id}/{action}"
            return requests.post(url, json=body, timeout=25,
                                 headers={**self.headers, "Idempotency-Key": key, "If-Match": etag})
        self.last = (kind, action, case_id, key, body, etag)
        request = {**body, "action": action, "if_match": etag, "user": self.subject}
        return self.ask(kind, key, request, call, case_id, repeat)

    def new_key(self):
        """A key of this client's own."""
        self.made += 1
        return f"{self.name}-{self.made}-{self.random.randrange(10**9)}"

    def step(self):
        if self.last and self.random.random() < 0.1:
            self.command(*self.last, repeat=True)
            return
        active = self.shared.active_case(self.random) if self.random.random() < ACTIVE else None
        case = active or self.shared.recent_case(self.random)
        scope = SCOPES[self.subject]
        if case is None or (scope is not None and case["institution"] not in scope):
            return
        answer = self.get(f"/v1/cases/{case['case_id']}")
        if answer.status_code == 200 and self.work_on(answer.json(), answer.headers["ETag"]):
            self.shared.touch(case)

    def work_on(self, case, etag):
        """One of the actions that the case offers; now and then on a version of before. True where it moved the case."""
        actions = [action for action in case["actions"] if action in WEIGHTS and self.random.random() < SELDOM.get(action, 1)]
        if not actions:
            return False
        action = self.random.choices(actions, [WEIGHTS[name] for name in actions])[0]
        case_id = case["case_id"]
        old = self.old_etags.get(case_id)
        self.old_etags[case_id] = etag
        if self.random.random() < 0.12:
            etag = old if old and old != etag else '"0000000000000000"'
        outcome, _ = self.command("command", action, case_id, self.new_key(), self.body_of(action, case), etag)
        return outcome == "acknowledged" and action in MOVING

    @staticmethod
    def numbers(things, name, **traits):
        """The numbers of a case's things that are like this, else of none."""
        return [thing[name] for thing in things if all(thing[trait] == value for trait, value in traits.items())] or [1]

    def due(self):
        """Now and then a time of one's own, as the API takes it."""
        if self.random.random() < 0.5:
            return {}
        moment = time.time() + self.random.choice([6, 10, 600])
        return {"due": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))}

    def other_case(self, case):
        """A case that may be of the same matter; now and then the same."""
        for _ in range(5):
            other = self.shared.recent_case(self.random, age=2, among=30) or case
            if other["institution"] == case["institution"]:
                break
        return other["case_id"] if self.random.random() < 0.95 else case["case_id"]

    def body_of(self, action, case):
        """What the command says."""
        return BODIES[action](self, case, f"（{self.name} {self.made}）")


def choose(worker, *options):
    """One of these."""
    return worker.random.choice(options)


def extension(worker, case, mark):
    """More time for a clock of the case; now and then one that it has not, or more than is allowed."""
    names = [clock["name"] for clock in case["clocks"] if clock["name"] == "resolution"] or ["resolution"]
    value = EXTENSION_S if worker.random.random() < 0.9 else EXTENSION_S * 2
    return {"clock": choose(worker, *names), "value": value, "unit": "seconds", "reason": "待会诊" + mark, "plan": "下周答复" + mark}


def procedure(worker, case, state):
    """The clock of a review; now and then another one, which rests with its case."""
    names = [clock["name"] for clock in case["clocks"] if clock["name"] == "review" and clock["state"] == state]
    return choose(worker, *names or ["review"]) if worker.random.random() < 0.9 else "resolution"


def partial(worker, case):
    """Who has a conflict: oneself, or, as a supervisor knows, whoever handles the case."""
    others = case["handler"] and worker.subject in SUPERVISORS and worker.random.random() < 0.7
    return case["handler"] if others else worker.subject


def next_unit(worker, case):
    """Whose the case may be: another's than it is, who must be found elsewhere where the institution has one unit only;
    now and then the same one's."""
    own = UNITS[case["institution"]]
    if case["unit"] == "" or worker.random.random() < 0.1:
        return choose(worker, *own)
    return choose(worker, *[unit for unit in own if unit != case["unit"]] or [BESIDE[0]])


# One function a command: worker, case, a mark that no other text has.
BODIES = {
    "accept": lambda worker, case, mark: {"note": "已核实" + mark},
    "refuse": lambda worker, case, mark: {"ground": choose(worker, "out_of_scope", "no_facts"), "right_route": "请另行反映" + mark},
    "redirect": lambda worker, case, mark: {"authority": "市场监管局" + mark},
    "transfer-emergency": lambda worker, case, mark: {"service": "120" + mark[:20]},
    "resolve-on-spot": lambda worker, case, mark: {"resolution": "当场解决" + mark},
    "dispatch": lambda worker, case, mark: {"unit": next_unit(worker, case)},
    "designate": lambda worker, case, mark: {"unit": choose(worker, *UNITS[case["institution"]])},
    "request-return": lambda worker, case, mark: {"reason": "非本科室" + mark, "proposed_unit": next_unit(worker, case)},
    "sign": lambda worker, case, mark: {},
    "investigate": lambda worker, case, mark: {},
    "suspend": lambda worker, case, mark: {"ground": GROUND, "note": "等鉴定" + mark},
    "resume": lambda worker, case, mark: {"note": "继续" + mark},
    "pause-clock": lambda worker, case, mark: {"clock": procedure(worker, case, "running"), "ground": GROUND, "note": "等鉴定" + mark},
    "resume-clock": lambda worker, case, mark: {"clock": procedure(worker, case, "paused"), "note": "继续" + mark},
    "decide": lambda worker, case, mark: {
        "outcome": choose(worker, "upheld", "upheld", "partly_upheld"), "findings": "属实" + mark,
        **({"missing_answers_reason": "不再等待" + mark} if worker.random.random() < 0.3 else {})},
    "reply": lambda worker, case, mark: {"reply": "已处理，抱歉。" + mark},
    "follow-up": lambda worker, case, mark: {"reached": worker.random.random() < 0.6, "solved": worker.random.random() < 0.8,
                                             "note": "电话回访" + mark},
    "rework": lambda worker, case, mark: {"reason": "重新办理" + mark},
    "close": lambda worker, case, mark: {"note": "回访满意" + mark},
    "reopen": lambda worker, case, mark: {"ground": choose(worker, "new_facts", "dissatisfied"), "reason": "新情况" + mark},
    "review": lambda worker, case, mark: {"reason": "申请复查" + mark},
    "re-review": lambda worker, case, mark: {"reason": "申请复核" + mark},
    "decide-review": lambda worker, case, mark: {
        **choose(worker, {"result": "confirmed"}, {"result": "returned"}, {"result": "changed", "outcome": choose(worker, "not_upheld", "upheld")}),
        "findings": "复查意见" + mark},
    "withdraw": lambda worker, case, mark: {"reason": "投诉人撤回" + mark},
    "request-termination": lambda worker, case, mark: {"reason": "无法联系" + mark},
    "terminate": lambda worker, case, mark: {"note": "终止" + mark},
    "comment": lambda worker, case, mark: {"comment": "跟进中" + mark},
    "assess": lambda worker, case, mark: {
        "urgency": choose(worker, "P2", "P3", "P3", "P4"),
        **({"situations": ["adverse-effect"]} if worker.random.random() < 0.1 else {}),
        **({"reason": "再次核实" + mark} if worker.random.random() < 0.7 else {})},
    "reveal": lambda worker, case, mark: {"reason": "核实身份" + mark},
    "report-progress": lambda worker, case, mark: {"text": "正在办理" + mark},
    "message": lambda worker, case, mark: {"text": "请补充时间" + mark},
    "request-extension": extension,
    "decide-extension": lambda worker, case, mark: {"granted": worker.random.random() < 0.7, "note": "已阅" + mark},
    "concern-person": lambda worker, case, mark: {"kind": "staff", "title": "值班护士"},
    "raise-allegation": lambda worker, case, mark: {"person": choose(worker, *worker.numbers(case["persons"], "person")),
                                                    "category": case["category"] or "other", "text": "态度冷淡" + mark},
    "decide-allegation": lambda worker, case, mark: {
        "allegation": choose(worker, *worker.numbers(case["allegations"], "allegation", outcome="")),
        **choose(worker, {"outcome": "upheld", "responsibility": "main"}, {"outcome": "not_upheld", "responsibility": "none"})},
    "register-evidence": lambda worker, case, mark: {
        "sha256": hashlib.sha256((mark if worker.random.random() < 0.8 else case["case_id"]).encode()).hexdigest(),
        "media_type": "image/jpeg", "size": 1024, "giver": "unit"},
    "add-co-handler": lambda worker, case, mark: {"unit": choose(worker, *BESIDE), "note": "请协办" + mark, **worker.due()},
    "report-stage": lambda worker, case, mark: {"report": "初步核实" + mark},
    "answer-co-handling": lambda worker, case, mark: {
        "answer": "协办意见" + mark, **({"late_reason": "等材料" + mark} if worker.random.random() < 0.7 else {})},
    "supervise": lambda worker, case, mark: {"level": choose(worker, "ordinary", "key"), "instruction": "限期答复" + mark,
                                             **worker.due()},
    "answer-supervision": lambda worker, case, mark: {
        "order": choose(worker, *worker.numbers(case["orders"], "order", lifted=False, answered=False)), "answer": "已整改" + mark},
    "lift-supervision": lambda worker, case, mark: {
        "order": choose(worker, *worker.numbers(case["orders"], "order", lifted=False, answered=True)), "note": "予以解除" + mark},
    "open-improvement": lambda worker, case, mark: {
        "cause": "流程不清" + mark, "measure": "重写告知单" + mark, "owner": choose(worker, *UNITS[case["institution"]]),
        "due": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + choose(worker, 0, 8, 600)))},
    "complete-improvement": lambda worker, case, mark: {
        "improvement": choose(worker, *worker.numbers(case["improvements"], "improvement", done=False)), "effect": "已换新" + mark},
    "archive": lambda worker, case, mark: {},
    "declare-conflict": lambda worker, case, mark: {"staff": partial(worker, case), "reason": "亲属" + mark},
    "erase": lambda worker, case, mark: {"reason": "保存期满" + mark},
    "merge": lambda worker, case, mark: {"with": worker.other_case(case), "reason": "同一事项" + mark},
    "unmerge": lambda worker, case, mark: {"reason": "并非同一事项" + mark},
}


class Eraser(Worker):
    """Erases cases that have ended, also while it may not yet: only refusals show that the time to appeal is kept."""

    pause = 2

    def work_on(self, case, etag):
        if case["status"] in ENDED:
            self.command("command", "erase", case["case_id"], self.new_key(), self.body_of("erase", case), etag)
        return False


class Acknowledger(Worker):
    """Takes open alarms, not all of them: some climb the ladder."""

    pause = 0.8

    def step(self):
        if self.last and self.random.random() < 0.1:
            self.command(*self.last, repeat=True)
            return
        answer = self.get("/v1/cases?alarm=true&limit=50")
        cases = answer.json()["items"] if answer.status_code == 200 else []
        if not cases:
            return
        answer = self.get(f"/v1/cases/{self.random.choice(cases)['case_id']}")
        if answer.status_code != 200:
            return
        case = answer.json()
        alarms = [alarm for alarm in case["alarms"] if not alarm.get("acknowledged")]
        if alarms:
            body = {"alarm_id": self.random.choice(alarms)["alarm_id"]}
            self.command("acknowledge", "acknowledge", case["case_id"], self.new_key(), body, answer.headers["ETag"])
