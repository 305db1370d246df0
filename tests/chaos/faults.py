"""What can go wrong: a catalogue, a plan drawn from a seed, and how each fault is made and taken back."""

import random
import shutil
import signal
import time
from dataclasses import dataclass

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from stack import BROKERS, INSTANCES, SERVERS, SESSION_MS, USERS

ALONE = 0.7  # share of faults that come alone; the others come in pairs
FROZEN_S = (SESSION_MS / 1000 + 1, SESSION_MS / 1000 + 3)  # a member is out, a lease is not
SHORT_S = (1.5, 5.0)
DISK_S = (1.5, 3.0)
ALONE_S = (6.0, 9.0)  # the other brokers are missed after 3 s
TOPICS = ["redress.inbound", "redress.proposals", "redress.facts", "redress.contacts", "redress.notices",
          "redress.dead-letters"]
URGENT = "redress.proposals.urgent"
# Where a test build can be made to fail between two steps, and by which services it is passed.
POINTS = {"ledger-before-commit": ["ledger"], "ledger-after-commit": ["ledger"],
          "bus-before-report": ["intake", "triage", "ledger", "sla-timer", "notification"],
          "intake-claimed": ["intake"], "sla-timer-claimed": ["sla-timer"], "notification-sent": ["notification"]}
MEMORY = 0.3  # share of rounds in which a service finds no memory, once, besides
ALLOCATIONS = (1, 300)
PAUSES_MS = [700, 3000, 6500]  # the last one outlives PostgreSQL's patience with idle transactions


@dataclass
class Fault:
    """One thing that goes wrong for a while."""
    kind: str
    target: str
    seconds: float
    detail: str = ""


def spans(rng, limits):
    """How long."""
    return round(rng.uniform(*limits), 1)


def draw_process(rng):
    """A process dies, ends or freezes."""
    target = rng.choice(INSTANCES + SERVERS * 2)
    kind = rng.choice(["kill", "kill", "term", "freeze"])
    return Fault(kind, target, spans(rng, FROZEN_S) if kind == "freeze" else 0)


def draw_network(rng):
    """A connection is cut, in both directions or in one, slowed, reset or refused."""
    server = rng.choice(SERVERS)
    kind = rng.choice(["cut", "cut-up", "cut-down", "slow", "reset", "refuse"])
    instance = rng.choice([name for name in INSTANCES if name.removesuffix("-2") in USERS[server]] + ["all", "all"])
    long = kind.startswith("cut") and server == "kafka" and rng.random() < 0.3
    return Fault(kind, server, spans(rng, FROZEN_S if long else SHORT_S), instance)


def draw_redis(rng):
    """Redis forgets."""
    return Fault(rng.choice(["flush", "erase", "restart-empty"]), "redis", 0)


def draw_disk(rng):
    """A disk is full."""
    return Fault("disk-full", rng.choice(["kafka", "postgres", "redis"]), spans(rng, DISK_S))


def draw_topic(rng):
    """A topic has too few replicas in sync to take anything."""
    return Fault("topic-unavailable", rng.choice(TOPICS), spans(rng, SHORT_S))


def turn(fault, rng):
    """Half of what befalls the topic of proposals befalls that of the urgent ones instead."""
    if fault.target == "redress.proposals" and rng.random() < 0.5:
        fault.target = URGENT
    return fault


def draw_broker(rng):
    """One of three brokers dies, ends or freezes: nobody has to notice."""
    kind = rng.choice(["kill", "term", "freeze"])
    return Fault(kind, rng.choice(BROKERS), spans(rng, FROZEN_S) if kind == "freeze" else 0)


def draw_replicas(rng):
    """Two of three brokers are gone: the third may take nothing, for it would be the only one to know."""
    spared = rng.choice(BROKERS)
    return Fault("too-few-replicas", "+".join(name for name in BROKERS if name != spared), spans(rng, ALONE_S),
                 rng.choice(["freeze", "stop"]))


def draw_commit(rng):
    """The connection is lost while COMMIT runs."""
    return Fault("commit-cut", rng.choice(["ledger", "ledger-2"]), 4)


def draw_point(rng):
    """A process dies or stalls between two steps that belong together."""
    point = rng.choice(sorted(POINTS))
    instance = rng.choice(POINTS[point]) + rng.choice(["", "-2"])
    action = "crash" if rng.random() < 0.6 else f"pause:{rng.choice(PAUSES_MS)}"
    return Fault("failpoint", instance, 4, f"{point}={action}")


def draw_memory(rng):
    """One of a service's own next allocations finds no memory."""
    return Fault("failpoint", rng.choice(INSTANCES), 3, f"allocation=nth:{rng.randint(*ALLOCATIONS)}")


DRAWS = [(draw_process, 8), (draw_network, 6), (draw_redis, 2), (draw_disk, 2), (draw_topic, 1), (draw_commit, 2),
         (draw_point, 5)]


def catalogue(disks, brokers):
    """What can be drawn, with its weight, in this stack."""
    draws = [(draw, weight) for draw, weight in DRAWS if disks or draw is not draw_disk]
    if brokers > 1:
        draws = [pair for pair in draws if pair[0] is not draw_topic] + [(draw_broker, 5), (draw_replicas, 4)]
    return draws


def plan(seed, count, disks=True, brokers=1):
    """Rounds of one or two faults, and the pause before each: the same for the same seed. What memory does, and whether
    it is the urgent proposals' topic, is drawn by itself, so that seeds of before it still mean the same faults."""
    rng, memory, lanes = (random.Random(f"{what}/{seed}") for what in ("faults", "memory", "lanes"))
    draws = catalogue(disks, brokers)
    rounds, left = [], count
    while left:
        size = 1 if left == 1 or rng.random() < ALONE else 2
        chosen = rng.choices([draw for draw, _ in draws], [weight for _, weight in draws], k=size)
        faults = [draw(rng) for draw in chosen]
        if size == 2 and faults[0].target == faults[1].target:
            continue
        faults = [turn(fault, lanes) for fault in faults]
        want = draw_memory(memory)
        if memory.random() < MEMORY and want.target not in {fault.target for fault in faults}:
            faults.append(want)
        rounds.append((round(rng.uniform(0.3, 2.0), 1), faults))
        left -= size
    return rounds


class Injector:
    """Makes faults in a stack."""

    def __init__(self, stack, brokers):
        self.stack = stack
        self.brokers = brokers
        self.kinds = {"kill": self.kill, "term": self.term, "freeze": self.freeze, "cut": self.cut, "cut-up": self.cut,
                      "cut-down": self.cut, "slow": self.slow, "reset": self.reset, "refuse": self.refuse,
                      "flush": self.flush, "erase": self.erase, "restart-empty": self.restart_empty,
                      "disk-full": self.disk_full, "topic-unavailable": self.topic_unavailable, "too-few-replicas": self.too_few_replicas,
                      "commit-cut": self.commit_cut, "failpoint": self.failpoint}

    def inject(self, fault):
        """Makes the fault, waits while it lasts, takes it back. Returns what else is to be said about it."""
        return self.kinds[fault.kind](fault) or fault.detail

    def kill(self, fault):
        """SIGKILL; supervisor starts it again."""
        self.stack.signal(fault.target, signal.SIGKILL)

    def term(self, fault):
        """A stop in good order. PostgreSQL would wait for its clients on SIGTERM; SIGINT is its fast shutdown."""
        self.stack.signal(fault.target, signal.SIGINT if fault.target == "postgres" else signal.SIGTERM)

    def freeze(self, fault):
        """SIGSTOP, SIGCONT: afterwards a zombie believes that it still owns what it owned."""
        pids = self.stack.family(fault.target)
        for number, wait in ((signal.SIGSTOP, fault.seconds), (signal.SIGCONT, 0)):
            self.stack.signal_all(pids, number)
            time.sleep(wait)

    def proxies(self, fault):
        """The proxies that a network fault is about."""
        return self.stack.proxies(fault.target, None if fault.detail == "all" else fault.detail)

    def with_toxic(self, fault, kind, streams, attributes):
        """A toxic on every proxy concerned, for a while."""
        proxies = self.proxies(fault)
        try:
            for proxy in proxies:
                self.stack.poison(proxy, kind, streams, attributes)
            time.sleep(fault.seconds)
        finally:
            for proxy in proxies:
                self.stack.cure(proxy, kind, streams)

    def cut(self, fault):
        """What is sent vanishes; connections stay open until the end."""
        streams = {"cut": ["upstream", "downstream"], "cut-up": ["upstream"], "cut-down": ["downstream"]}[fault.kind]
        self.with_toxic(fault, "timeout", streams, {"timeout": 0})

    def slow(self, fault):
        """Everything takes up to a second longer."""
        self.with_toxic(fault, "latency", ["upstream", "downstream"], {"latency": 350, "jitter": 150})

    def reset(self, fault):
        """Connections end with RST as soon as they say anything."""
        self.with_toxic(fault, "reset_peer", ["downstream"], {"timeout": 50})

    def refuse(self, fault):
        """Connections are closed, new ones refused."""
        proxies = self.proxies(fault)
        for enabled, wait in ((False, fault.seconds), (True, 0)):
            for proxy in proxies:
                self.stack.enable(proxy, enabled)
            time.sleep(wait)

    def flush(self, _):
        """FLUSHALL."""
        self.stack.redis_command("FLUSHALL")

    def erase(self, fault):
        """Killed, its data deleted while it is down."""
        self.stack.signal(fault.target, signal.SIGKILL)
        self.forget()
        self.stack.signal(fault.target, signal.SIGKILL)  # in case it had read the old data already

    def restart_empty(self, fault):
        """Stopped in good order, its data deleted, started."""
        self.stack.stop_program(fault.target)
        self.forget()
        self.stack.start_program(fault.target)

    def forget(self):
        """Redis' files."""
        shutil.rmtree(self.stack.disk_paths()["redis"] / "appendonlydir", ignore_errors=True)

    def disk_full(self, fault):
        """No room left under a server."""
        try:
            self.stack.fill_disk(fault.target)
            time.sleep(fault.seconds)
        finally:
            self.stack.empty_disk(fault.target)

    def topic_unavailable(self, fault):
        """min.insync.replicas above what there is: the broker refuses every record with NOT_ENOUGH_REPLICAS."""
        admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})
        try:
            self.set_replicas(admin, fault.target, "2", 3)
            time.sleep(fault.seconds)
            return None
        except KafkaException:
            return "not armed, the broker is down"
        finally:  # also what the broker may have taken unheard
            self.set_replicas(admin, fault.target, "1", 30)

    def set_replicas(self, admin, topic, value, attempts):
        """Until the broker, which may be down, has taken it."""
        entry = ConfigEntry("min.insync.replicas", value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        for attempt in range(attempts):
            try:
                admin.incremental_alter_configs([resource], request_timeout=5)[resource].result(10)
                return
            except KafkaException:
                if attempt == attempts - 1:
                    raise
                time.sleep(1)

    def too_few_replicas(self, fault):
        """All brokers but one are frozen or stopped for a while."""
        others = fault.target.split("+")
        pids = [self.stack.pid(name) for name in others]
        try:
            for name in others if fault.detail == "stop" else []:
                self.stack.stop_program(name)
            self.stack.signal_all(pids if fault.detail == "freeze" else [], signal.SIGSTOP)
            time.sleep(fault.seconds)
            starved = self.starved()
        finally:
            self.stack.signal_all(pids if fault.detail == "freeze" else [], signal.SIGCONT)
            for name in others if fault.detail == "stop" else []:
                self.stack.start_program(name)
        return f"{fault.detail}: {starved} partitions took nothing" if starved else f"{fault.detail}: not armed"

    def starved(self):
        """How many partitions have fewer replicas in sync than each record needs."""
        admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})
        resources = [ConfigResource(ResourceType.TOPIC, topic) for topic in [*TOPICS, URGENT]]
        settings = {resource.name: int(future.result(10)["min.insync.replicas"].value)
                    for resource, future in admin.describe_configs(resources, request_timeout=5).items()}
        topics = admin.list_topics(timeout=5).topics
        return sum(len(partition.isrs) < settings[topic] for topic in [*TOPICS, URGENT]
                   for partition in topics[topic].partitions.values())

    def commit_cut(self, fault):
        """The answer to COMMIT never arrives."""
        return self.wait_for_point(fault, "ledger-in-commit", "cut")

    def failpoint(self, fault):
        """Crash or pause at a place."""
        point, action = fault.detail.split("=", 1)
        return self.wait_for_point(fault, point, action)

    def wait_for_point(self, fault, point, action):
        """Armed; then until somebody comes by, or for so many seconds: it stays armed."""
        if not self.stack.arm(fault.target, point, action):
            return f"{point}={action}: not armed, the process is down"
        end = time.monotonic() + fault.seconds
        while time.monotonic() < end:
            if not self.stack.still_armed(fault.target, point):
                return f"{point}={action}: passed"
            time.sleep(0.1)
        return f"{point}={action}: armed until somebody passes"
