"""Clients that work on cases: staff who command and acknowledge, complainants who rate."""

import subprocess

import requests

from stack import ROOT
from submitters import Client

SCOPES = {"lin-zhiyuan": None, "demo-handler": {"demo-clinic"}, "demo-supervisor": {"demo-clinic"},
          "shen-yue": {"first-hospital"}, "tang-wei": {"first-hospital"}, "yu-tong": {"hope-line"}}
UNITS = {"demo-clinic": "demo-clinic.desk", "first-hospital": "first-hospital.nursing", "hope-line": "hope-line.duty",
         "anning-centre": "anning-centre.ward", "songbai-home": "songbai-home.care"}
# What moves a case on is likelier than what only adds to it.
WEIGHTS = {"accept": 6, "dispatch": 6, "request-return": 1, "designate": 1, "sign": 6, "investigate": 3, "decide": 6,
           "reply": 6, "follow-up": 4, "rework": 0.5, "close": 3, "reopen": 0.5, "comment": 1, "assess": 1, "reveal": 0.3, "answer-supervision": 6,
           "lift-supervision": 6}


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
        case = self.shared.recent_case(self.random)
        scope = SCOPES[self.subject]
        if case is None or (scope is not None and case["institution"] not in scope):
            return
        answer = self.get(f"/v1/cases/{case['case_id']}")
        if answer.status_code == 200:
            self.work_on(answer.json(), answer.headers["ETag"])

    def work_on(self, case, etag):
        """One of the actions that the case offers; now and then on a version of before."""
        actions = [action for action in case["actions"] if action in WEIGHTS]
        if not actions:
            return
        action = self.random.choices(actions, [WEIGHTS[name] for name in actions])[0]
        case_id = case["case_id"]
        old = self.old_etags.get(case_id)
        self.old_etags[case_id] = etag
        if self.random.random() < 0.12:
            etag = old if old and old != etag else '"0000000000000000"'
        self.command("command", action, case_id, self.new_key(), self.body_of(action, case), etag)

    def order_of(self, case, answered):
        """A supervision order that waits for this; now and then another."""
        orders = [order["order"] for order in case["orders"] if not order["lifted"] and order["answered"] is answered]
        return self.random.choice(orders) if orders and self.random.random() < 0.95 else 1

    def body_of(self, action, case):
        """What the command says."""
        number = f"（{self.name} {self.made}）"
        urgency = self.random.choice(["P2", "P3", "P3", "P4"])
        unit = UNITS[case["institution"]]
        return {"accept": {"note": "已核实" + number}, "dispatch": {"unit": unit}, "designate": {"unit": unit},
                "request-return": {"reason": "非本科室" + number, "proposed_unit": unit}, "sign": {}, "investigate": {},
                "follow-up": {"reached": self.random.random() < 0.6, "solved": self.random.random() < 0.8,
                              "note": "电话回访" + number},
                "rework": {"reason": "重新办理" + number}, "reopen": {"ground": "new_facts", "reason": "新情况" + number},
                "decide": {"outcome": "upheld", "findings": "属实" + number}, "reply": {"reply": "已处理，抱歉。" + number},
                "close": {"note": "回访满意" + number}, "comment": {"comment": "跟进中" + number},
                "answer-supervision": {"order": self.order_of(case, False), "answer": "已整改" + number},
                "lift-supervision": {"order": self.order_of(case, True), "note": "予以解除" + number},
                "assess": {"urgency": urgency}, "reveal": {"reason": "核实身份" + number}}[action]


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


class Rater(Client):
    """Complainants who look at their case and rate it once it is replied to."""

    pause = 0.6

    def __init__(self, name, run, seed, shared):
        super().__init__(name, run, seed, shared)
        self.made = 0
        self.last = None

    def step(self):
        if self.last and self.random.random() < 0.2:
            self.rate(*self.last, repeat=True)
            return
        case = self.shared.recent_case(self.random, age=5)
        if case is None:
            return
        answer = requests.get(f"{self.random.choice(self.urls('intake'))}/v1/submissions/{case['tracking_code']}",
                              headers={"Redress-Pin": case["pin"]}, timeout=10)
        if answer.status_code == 200 and (answer.json()["rateable"] or self.random.random() < 0.03):
            self.made += 1
            body = {"overall": self.random.randint(1, 5), "solved": self.random.random() < 0.7}
            self.rate(case, f"{self.name}-{self.made}", body)

    def rate(self, case, key, body, repeat=False):
        """One rating, journalled."""
        def call():
            url = f"{self.random.choice(self.urls('intake'))}/v1/submissions/{case['tracking_code']}/feedback"
            return requests.post(url, json=body, timeout=25,
                                 headers={"Redress-Pin": case["pin"], "Idempotency-Key": key})
        self.last = (case, key, body)
        self.ask("feedback", key, body, call, case["case_id"], repeat)
