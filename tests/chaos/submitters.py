"""Clients that submit: over HTTP and over Kafka, with repeats, with other bodies under a used key, with nonsense."""

import os
import random
import sys
import threading
import time

import requests
from confluent_kafka import KafkaException, Producer

from journal import Journal, outcome_of

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import contracts  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import
from redress.v1 import inbound_pb2, types_pb2  # noqa: E402 pylint: disable=wrong-import-position,import-error

TRIES = 60
BETWEEN_TRIES = 0.4
# Most go where the clocks are short and a handler works.
INSTITUTIONS = ["demo-clinic"] * 5 + ["first-hospital"] * 4 + ["hope-line"] * 2 + ["anning-centre", "songbai-home"]
NARRATIVES = ["门诊排队等了三个小时，没有人解释原因。", "护士态度冷淡，问什么都不回答。", "账单多收了一百二十元，退费一直没有下文。",
              "电话打了很多次都没有人接。", "预约好的号临时取消，也没有通知。", "我不想活了，今晚就准备好了药。",
              "病房的热水坏了一个星期还没有人修。", "老人在护理时跌倒，没有人告诉家属。"]
SURNAMES = "欧阳司马上官诸葛东方皇甫尉迟公孙"
GIVEN = "芷岚峻熙昀澈珩霖钰婧翊瑾玥珺彦霏琛潼桉栩筠岱沅洛宁恪"


class Shared:
    """What the clients know together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.cases = []  # receipts, with institution and when they were acknowledged
        self.active = []  # those that staff moved on last, the newest last
        self.planted = []
        self.mistakes = []
        self.requests = 0

    def add_case(self, receipt):
        """A case that was acknowledged."""
        with self.lock:
            self.cases.append(receipt)

    def recent_case(self, rng, age=0.0, among=60):
        """One of the latest cases that are older than so many seconds; None where there is none."""
        with self.lock:
            ripe = [case for case in self.cases[-3 * among:] if case["at"] < time.time() - age][-among:]
        return rng.choice(ripe) if ripe else None

    def touch(self, case):
        """Staff moved this case on: others shall see to it too."""
        with self.lock:
            self.active = [other for other in self.active if other is not case][-19:] + [case]

    def active_case(self, rng):
        """A case that somebody works on; None where there is none."""
        with self.lock:
            return rng.choice(self.active) if self.active else None

    def plant(self, *words):
        """Personal data that must not be seen in clear anywhere."""
        with self.lock:
            self.planted.extend(word for word in words if word)

    def mistake(self, text):
        """What a client itself saw go wrong."""
        with self.lock:
            self.mistakes.append(text)

    def count(self):
        """One more request."""
        with self.lock:
            self.requests += 1


class Client(threading.Thread):
    """Does one thing after another until it is told to stop."""

    pause = 0.2

    def __init__(self, name, run, seed, shared):
        super().__init__(name=name, daemon=True)
        self.journal = Journal(run, name)
        self.random = random.Random(f"{seed}/{name}")
        self.shared = shared
        self.stopped = threading.Event()
        self.places = os.environ

    def run(self):
        while not self.stopped.wait(self.random.uniform(0.5, 1.5) * self.pause):
            try:
                self.step()
            except (requests.RequestException, KafkaException):
                continue  # a question that was only asked to know what to do next
            except Exception as error:  # pylint: disable=broad-except
                self.shared.mistake(f"{self.name} broke off: {error!r}")
                raise
        self.journal.close()

    def step(self):
        """One thing."""
        raise NotImplementedError

    def urls(self, service):
        """The URLs of all instances of a service."""
        return self.places[f"REDRESS_{service.upper()}_URLS"].split()

    def ask(self, kind, key, request, call, case_id=None, repeat=False, expect=None):
        """One request, journalled; call makes it. Again with the same key while its fate is unknown. Returns the
        outcome and the response of the last attempt."""
        outcome, answer = "unknown", None
        for attempt in range(TRIES):
            number = self.journal.before(kind, key, request, case_id, repeat or attempt > 0, expect)
            self.shared.count()
            outcome, answer = self.attempt(number, call)
            if outcome != "unknown" or (self.stopped.is_set() and attempt >= 5):
                break
            time.sleep(BETWEEN_TRIES)
        return outcome, answer

    def attempt(self, number, call):
        """One attempt, whose end goes into the journal."""
        try:
            answer = call()
        except requests.RequestException:
            self.journal.after(number, "unknown")
            return "unknown", None
        outcome = outcome_of(answer.status_code)
        body = json_of(answer)
        if body.get("code") == "in-flight":
            outcome = "unknown"
        self.journal.after(number, outcome, answer.status_code, body, case_id=body.get("case_id"),
                           etag=answer.headers.get("ETag"))
        return outcome, answer


def json_of(answer):
    """The body as an object; empty where it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


class Submitter(Client):
    """Makes submissions; how they travel is for the kinds below."""

    def __init__(self, name, run, seed, shared):
        super().__init__(name, run, seed, shared)
        self.seed = seed
        self.made = 0
        self.done = []  # (key, body, receipt) of what was acknowledged

    def person(self):
        """Somebody whom nobody else is, so that a trace of them is a leak."""
        place = self.random.randrange(0, len(SURNAMES), 2)
        name = SURNAMES[place:place + 2] + "".join(self.random.sample(GIVEN, 3))
        word = f"s{self.seed}{self.name}{self.made}".replace("-", "")
        person = {"name": name, "email": f"{word}@example.org", "phone": f"139{self.random.randrange(10**8):08d}"}
        if self.random.random() < 0.3:
            person["identity_number"] = f"11010119{self.random.randrange(10**10):010d}"
        if self.random.random() < 0.3:
            person["address"] = f"梧桐街{self.random.randrange(1000, 9999)}号{self.random.randrange(100, 999)}室"
        self.shared.plant(*(text for field, text in person.items()))
        return person

    def new_body(self):
        """A good submission."""
        self.made += 1
        body = {"institution": self.random.choice(INSTITUTIONS), "channel": "web",
                "narrative": f"{self.random.choice(NARRATIVES)}（第{self.made}次）"}
        if self.random.random() < 0.15:
            body["anonymous"] = True
            return body
        body["complainant"] = self.person()
        if self.random.random() < 0.2:
            body["narrative"] += f"联系我{body['complainant']['phone']}。"
        return body

    def step(self):
        draw = self.random.random()
        if draw < 0.72 or not self.done:
            self.submit(f"{self.seed}-{self.name}-{self.made + 1}", self.new_body(), None)
        elif draw < 0.86:
            key, body, receipt = self.random.choice(self.done[-20:])
            self.submit(key, body, receipt)
        elif draw < 0.95:
            key, body, receipt = self.random.choice(self.done[-3:])
            self.submit_other(key, {**body, "narrative": body["narrative"] + "我再补充一句。"}, receipt)
        else:
            self.submit_nonsense(f"{self.seed}-{self.name}-bad-{self.random.randrange(10**9)}",
                                 {**self.new_body(), "institution": "nowhere"})


class HttpSubmitter(Submitter):
    """Over intake's public API; another instance for every attempt."""

    pause = 0.25

    def post(self, key, body):
        """A call that Client.ask makes."""
        return lambda: requests.post(self.random.choice(self.urls("intake")) + "/v1/submissions", json=body, timeout=25,
                                     headers={"Idempotency-Key": key})

    def submit(self, key, body, receipt):
        """A new one, or one again."""
        outcome, answer = self.ask("submit-http", key, body, self.post(key, body), repeat=receipt is not None)
        if outcome == "refused":
            self.shared.mistake(f"a good submission was refused: {key}: {answer.text[:200]}")
        if outcome != "acknowledged":
            return
        case = {**answer.json(), "institution": body["institution"], "at": time.time()}
        if receipt is None:
            self.done.append((key, body, case))
            self.shared.add_case(case)
        elif any(receipt[name] != case[name] for name in ("case_id", "tracking_code", "pin", "received_at")):
            self.shared.mistake(f"a repeat got another receipt: {key}")

    def submit_other(self, key, body, receipt):
        """Another body under a key that was acknowledged."""
        outcome, answer = self.ask("submit-http", key, body, self.post(key, body), repeat=True, expect="refused")
        if outcome == "acknowledged":
            self.shared.mistake(f"another body was taken under a used key: {key}, case {receipt['case_id']}")
        elif outcome == "refused" and answer.status_code != 422:
            self.shared.mistake(f"another body under a used key got {answer.status_code}: {key}")

    def submit_nonsense(self, key, body):
        """What can't be a case."""
        outcome, _ = self.ask("submit-http", key, body, self.post(key, body), expect="refused")
        if outcome == "acknowledged":
            self.shared.mistake(f"nonsense was taken: {key}")


class KafkaSubmitter(Submitter):
    """As an integrator, on redress.inbound. The broker's report is the acknowledgement."""

    pause = 0.5

    def __init__(self, name, run, seed, shared):
        super().__init__(name, run, seed, shared)
        self.producer = None

    def deliver(self, key, body):
        """One record; True when the broker confirmed it."""
        if self.producer is None:
            self.producer = Producer({"bootstrap.servers": self.places["REDRESS_KAFKA_BROKERS"], "acks": "all",
                                      "enable.idempotence": True, "delivery.timeout.ms": 8000,
                                      "request.timeout.ms": 4000, "log_level": 0})
        reports = []

        def note(error, _message):
            reports.append(error is None)  # a KafkaError may not be compared
        headers = [("ce_specversion", b"1.0"), ("ce_id", key.encode()), ("ce_source", b"chaos"),
                   ("ce_type", b"redress.v1.ExternalComplaint")]
        self.producer.produce("redress.inbound", key=key, value=complaint(key, body), headers=headers,
                              on_delivery=note)
        self.producer.flush(12)
        if reports == [True]:
            return True
        self.producer = None  # an idempotent producer may not go on after a gap
        return False

    def send(self, key, body, repeat=False, expect="case"):
        """Until the broker has it."""
        for attempt in range(TRIES):
            number = self.journal.before("submit-kafka", key, body, None, repeat or attempt > 0, expect)
            self.shared.count()
            delivered = self.deliver(key, body)
            self.journal.after(number, "acknowledged" if delivered else "unknown")
            if delivered or (self.stopped.is_set() and attempt >= 3):
                return delivered
            time.sleep(BETWEEN_TRIES)
        return False

    def submit(self, key, body, receipt):
        if self.send(key, body, repeat=receipt is not None) and receipt is None:
            self.done.append((key, body, True))

    def submit_other(self, key, body, receipt):
        """Becomes a dead letter."""
        self.send(key, body, repeat=True, expect="refused")

    def submit_nonsense(self, key, body):
        """Becomes a dead letter too."""
        self.send(key, body, expect="refused")


def complaint(key, body):
    """The JSON submission as the integrators' message."""
    message = inbound_pb2.ExternalComplaint(
        record_id=key, institution=body["institution"], narrative=body["narrative"],
        channel=types_pb2.Channel.Value("CHANNEL_" + body["channel"].upper()), anonymous=body.get("anonymous", False))
    if "complainant" in body:
        message.complainant.SetInParent()
        for name, text in body["complainant"].items():
            setattr(message.complainant, name, text)
    return message.SerializeToString()
