"""One run: the stack goes up, clients load it, faults from a seed hit it, it must become quiet and right again.

    python tests/chaos/run.py --seed 7 --faults 50 [--brokers 3] [--out build/chaos/seed-7] [--record]
    python tests/chaos/run.py --again build/chaos/seed-7 [--record]
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import psycopg

import quiet
import readiness
import region
import results
from faults import Injector, plan
from people import Rater, Writer
from stack import INSTANCES, ROOT, Stack
from staff import Acknowledger, Eraser, Worker
from submitters import HttpSubmitter, KafkaSubmitter, Shared

READY_S = 30  # the promise: ready again within this time of the last fault, once the servers themselves are back
PATIENCE_S = 120  # how long we look on, to say how late it was
QUIET_S = 240
CROWDED = 4  # processes a core that want to run: times say little about the system then
MEASURE_EVERY = 8  # rounds after which everything may come to rest, so that its recovery is measured


def say(text):
    """Progress, on standard error."""
    print(f"== {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Recorder:
    """faults.jsonl and recovery.jsonl."""

    def __init__(self, run, watch):
        self.run = run
        self.watch = watch
        self.count = 0
        self.effective = 0
        self.last_end = time.time()
        self.lock = threading.Lock()

    def write(self, name, line):
        """One line of a file."""
        with open(self.run / name, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def inject(self, injector, fault, mistakes):
        """One fault from its begin to its end."""
        begin = time.time()
        try:
            detail = injector.inject(fault)
        except Exception as error:  # pylint: disable=broad-except
            detail = f"{fault.detail} could not be made: {error}"
            mistakes.append(f"fault {fault}: {error!r}")
        with self.lock:
            self.last_end = time.time()
            self.write("faults.jsonl", {"at": begin, "until": self.last_end, "target": fault.target,
                                        "kind": fault.kind, "detail": detail})
            self.count += 1
            self.effective += not any(word in detail for word in ("not armed", "could not be made", "until somebody passes"))

    def recovered(self, seconds):
        """How long the latest fault took to be forgotten, and how long its servers took to answer again."""
        self.write("recovery.jsonl", {"fault": self.count - 1, "ready_after_seconds": seconds,
                                      "servers_after_seconds": self.watch.servers_after(self.last_end)})


class Chaos:
    """A run in progress."""

    def __init__(self, options):
        self.options = options
        self.out = pathlib.Path(options.out or ROOT / "build" / "chaos" / f"seed-{options.seed}").resolve()
        subprocess.run(["rm", "-rf", self.out], check=True)
        self.out.mkdir(parents=True)
        base = int(os.environ.get("REDRESS_CHAOS_PORT_BASE") or int(os.environ.get("REDRESS_PORT_BASE", "18000")) + 2000)
        places = ROOT / "build" / "chaos" / f"region-{base}"  # snapshot.py copies it to the evidence
        region.make(places, options.brief)
        self.stack = Stack(ROOT / "build" / "chaos" / f"stack-{base}", places, base, options.brokers)
        self.shared = Shared()
        self.about = {"seed": options.seed, "faults": options.faults, "brokers": options.brokers, "brief": options.brief,
                      "mistakes": []}

    def clients(self):
        """Everybody who uses the system."""
        made = [HttpSubmitter(f"http-{number}", self.out, self.options.seed, self.shared) for number in (1, 2)]
        made.append(KafkaSubmitter("kafka-1", self.out, self.options.seed, self.shared))
        for subject in ["lin-zhiyuan", "lin-zhiyuan", "demo-handler", "demo-supervisor", "shen-yue", "tang-wei",
                        "yu-tong", "cao-bin", "ren-shan", "su-qing"]:
            made.append(Worker(f"staff-{len(made)}-{subject}", self.out, self.options.seed, self.shared, subject))
        made.append(Eraser("eraser-1", self.out, self.options.seed, self.shared, "region-administrator"))
        made.append(Acknowledger("alarms-1", self.out, self.options.seed, self.shared, "lin-zhiyuan"))
        made.append(Rater("rater-1", self.out, self.options.seed, self.shared))
        made.append(Writer("writer-1", self.out, self.options.seed, self.shared))
        return made

    def run(self):
        """Everything; the exit code: 0 clean, 1 something is wrong."""
        try:
            say(f"seed {self.options.seed}: starting the stack")
            self.stack.up()
            if not self.stack.mounts:
                say("mounts are not permitted here: no full disks in this run")
            self.attack()
            gathered = self.gather()
        finally:
            if not self.options.keep:
                self.stack.remove()
        return self.judge(gathered)

    def attack(self):
        """Load and faults, then peace until nothing moves."""
        watch = readiness.Readiness(self.stack, INSTANCES)
        if watch.wait(time.time(), PATIENCE_S) is None:
            raise RuntimeError(f"never ready at the start: {watch.missing(0)}")
        recorder = Recorder(self.out, watch)
        self.about["started_at"] = time.time()
        clients = self.clients()
        for client in clients:
            client.start()
        time.sleep(2)
        self.inject_all(recorder, watch)
        self.about["last_fault_at"] = recorder.last_end
        self.about["load"] = os.getloadavg()[1]  # of the five minutes up to here
        self.settle(watch, recorder, clients)
        self.about["effective"] = recorder.effective
        watch.stop()

    def inject_all(self, recorder, watch):
        """The plan, round by round."""
        injector = Injector(self.stack, os.environ["REDRESS_KAFKA_BROKERS"])
        rounds = plan(self.options.seed, self.options.faults, bool(self.stack.mounts), self.options.brokers)
        for number, (pause, faults) in enumerate(rounds):
            moment = recorder.last_end
            time.sleep(pause)
            if number and watch.all_ready_since(moment):
                recorder.recovered(round(time.time() - moment, 2))
            elif number and number % MEASURE_EVERY == 0:
                recorder.recovered(watch.wait(moment, READY_S))
            say(f"fault {recorder.count + 1}: " + " and ".join(
                f"{fault.kind} {fault.target} {fault.detail}".strip() for fault in faults))
            threads = [threading.Thread(target=recorder.inject, args=(injector, fault, self.shared.mistakes))
                       for fault in faults]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def settle(self, watch, recorder, clients):
        """Ready within the promised time, while the load still runs; then no load, then quiet."""
        seconds = watch.wait(recorder.last_end, PATIENCE_S)
        recorder.recovered(seconds)
        self.about["ready_at"] = time.time()
        servers = watch.servers_after(recorder.last_end)
        if seconds is None or seconds - servers > READY_S:
            self.shared.mistake(f"ready {seconds} s after the last fault; not ready: {watch.missing(recorder.last_end)}")
        say(f"ready {seconds} s after the last fault, servers {servers} s after it")
        time.sleep(2)
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join(60)
            if client.is_alive():
                self.shared.mistake(f"{client.name} does not end")
        self.about["ended_at"] = time.time()
        say("load has ended; waiting until nothing moves")
        busy = quiet.wait(QUIET_S)
        if busy:
            self.shared.mistake(f"not quiet {QUIET_S} s after the load: {busy}")
        say(f"quiet after {time.time() - self.about['ended_at']:.0f} s" if not busy else f"not quiet: {busy}")

    @classmethod
    def gathered(cls, options):
        """A run whose evidence was taken before: the judge has learned since."""
        chaos = cls.__new__(cls)
        chaos.options, chaos.out, chaos.shared = options, pathlib.Path(options.again).resolve(), Shared()
        chaos.about = json.loads((chaos.out / "run.json").read_text())
        chaos.shared.mistakes = chaos.about["mistakes"]
        chaos.shared.requests = chaos.about["requests"]
        return chaos

    def count(self):
        """How much happened."""
        with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as database:
            self.about["cases"] = database.execute("SELECT count(*) FROM ledger.cases").fetchone()[0]
            self.about["facts"] = database.execute("SELECT count(*) FROM ledger.case_events").fetchone()[0]
        self.about["requests"] = self.shared.requests

    def gather(self):
        """The evidence is taken, by a program of its own; its exit code."""
        # Nothing may fire while it is taken.
        for name in ("sla-timer", "sla-timer-2"):
            self.stack.stop_program(name)
        self.count()
        self.about["planted"] = self.shared.planted
        self.about["mistakes"] = self.shared.mistakes
        (self.out / "run.json").write_text(json.dumps(self.about, ensure_ascii=False))
        snapshot = pathlib.Path(__file__).with_name("snapshot.py")
        return subprocess.run([sys.executable, snapshot, self.out], env=self.stack.environment | os.environ,
                              check=False).returncode

    def judge(self, code):
        """The evidence is judged by another one, once the stack is gone."""
        if code == 0:
            say("the evidence is taken; judging")
            judge = pathlib.Path(__file__).with_name("judge.py")
            code = subprocess.run([sys.executable, judge, self.out], check=False).returncode
        judged = (self.out / "verdict.json").exists()
        for mistake in self.shared.mistakes:
            say(f"MISTAKE: {mistake}")
        outcome = "could not be judged" if not judged else "broken promises" if code else "clean"
        if self.shared.mistakes:
            outcome += f", {len(self.shared.mistakes)} mistakes"
        clean = outcome == "clean"
        if self.about["load"] > CROWDED * os.cpu_count():
            outcome += f" (load {self.about['load']:.0f} on {os.cpu_count()} cores)"
        if self.options.again:
            outcome += ", evidence judged again"
        say(f"seed {self.about['seed']}: {self.about['effective']} faults, {self.about['requests']} requests, "
            f"{self.about['cases']} cases, {self.about['facts']} facts: {outcome}")
        if self.options.record:
            results.add(self.out, outcome)
            if judged and code:
                results.remember(self.out)
        return 0 if clean else 1


def end(_number, _frame):
    """A stop from outside takes the stack away too."""
    sys.exit("stopped")


def main():
    """Reads the command line."""
    signal.signal(signal.SIGTERM, end)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    parser.add_argument("--brief", action="store_true", help="clocks of seconds alone, so that it ends sooner")
    parser.add_argument("--out")
    parser.add_argument("--record", action="store_true", help="add a row to tests/chaos/RESULTS.md")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument("--again", metavar="RUN", help="judge the evidence of a run again, without a new one")
    options = parser.parse_args()
    if options.again:
        return Chaos.gathered(options).judge(0)
    if options.seed is None:
        parser.error("--seed or --again")
    return Chaos(options).run()


if __name__ == "__main__":
    sys.exit(main())
