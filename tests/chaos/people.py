"""Clients that complained: they look at their case, rate it, write, offer evidence, take it back, want it taken up again."""

import hashlib

import requests

from submitters import Client

# What is sent, how often.
WAYS = {"messages": 6, "evidence": 3, "withdrawal": 0.15, "reopening": 1}


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


class Writer(Client):
    """Complainants who have more to say, whatever state their case is in."""

    pause = 0.7

    def __init__(self, name, run, seed, shared):
        super().__init__(name, run, seed, shared)
        self.made = 0
        self.last = None
        self.offered = None

    def step(self):
        if self.last and self.random.random() < 0.15:
            self.send(*self.last, repeat=True)
            return
        if self.offered and self.random.random() < 0.04:  # the same piece anew, which the case has
            self.made += 1
            self.send(self.offered[0], "evidence", f"{self.name}-{self.made}", self.offered[1])
            return
        case = self.shared.recent_case(self.random, age=3, among=40)
        if case is None:
            return
        self.made += 1
        way = self.random.choices(list(WAYS), list(WAYS.values()))[0]
        self.send(case, way, f"{self.name}-{self.made}", self.body_of(way))

    def body_of(self, way):
        """What is said; no number that redaction would take for a telephone's."""
        mark = f"（{self.name}，第{self.made}次）"
        return {"messages": {"text": "还想补充一句" + mark},
                "evidence": {"sha256": hashlib.sha256(mark.encode()).hexdigest(), "media_type": "image/jpeg", "size": 2048,
                             "note": "现场照片" + mark},
                "withdrawal": {"reason": "已经解决" + mark},
                "reopening": {"ground": self.random.choice(["new_facts", "dissatisfied"]), "reason": "又发生了" + mark}}[way]

    def send(self, case, way, key, body, repeat=False):
        """One thing, journalled."""
        def call():
            url = f"{self.random.choice(self.urls('intake'))}/v1/submissions/{case['tracking_code']}/{way}"
            return requests.post(url, json=body, timeout=25,
                                 headers={"Redress-Pin": case["pin"], "Idempotency-Key": key})
        self.last = (case, way, key, body)
        self.offered = (case, body) if way == "evidence" else self.offered
        self.ask("contact", key, {**body, "action": way, "code": case["tracking_code"]}, call, case["case_id"], repeat)
