"""Twice what the system can carry: what happens to the excess, to the accepted, to memory, and afterwards.

Run by `make overload`, on a stack of its own. It measures what can be carried first: what is accepted in a closed
loop, over the time until every service has worked it off. Then it sends twice that at constant arrival for SECONDS,
once as submissions to intake and once as staff commands to the ledger. The generator stands for clients elsewhere: it
goes before the services on the processors that it shares with them, where it may. Exit code 1 when a limit is missed.
The figures go to RESULTS.md beside this file.
"""

import argparse
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import psycopg
from wire import SERVICES, figure, is_ready

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
from scheduling import shared_by_thread, shares_by_session  # noqa: E402 pylint: disable=wrong-import-position

BIN = ROOT / "build" / "bin"
ENV = os.environ

REFUSAL_P99_MS = 50
ACCEPTED_P99_MS = 2000
RECOVERY_SECONDS = 10
MEMORY_MB = 300  # of the six services
CALM = 0.2  # of what can be carried; what is normal is measured at it
CONNECTIONS = 1200  # more than are under way, or the generator waits for its own
PRIORITY = -15  # of the generator


def ask(question, *parameters):
    """One value from the ledger's database, as the administrator."""
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        return connection.execute(question, parameters).fetchone()[0]


def load(url, connections, **flags):
    """redress-load; what it measured."""
    words = [BIN / "redress-load", "--url", url, "--connections", str(connections)]
    for name, value in flags.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


class Submissions:
    """Submissions to intake; each accepted one must become a case."""

    name = "submissions"
    url = ENV["REDRESS_INTAKE_URL"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def load(self, connections, seconds, rate=0):
        """So many a second; 0: as many as it answers."""
        return load(self.url, connections, seconds=seconds, rate=rate)

    @staticmethod
    def kept():
        """What the ledger has of them."""
        return ask("SELECT count(*) FROM ledger.cases")


# Cases that take a comment of this user: not archived, not erased, and nothing that they are in conflict with.
TAKING = """SELECT case_id::text FROM ledger.cases c WHERE status <> 'archived'
    AND EXISTS (SELECT 1 FROM ledger.vault v WHERE v.case_id = c.case_id)
    AND NOT EXISTS (SELECT 1 FROM ledger.conflicts k WHERE k.case_id = c.case_id AND k.subject = 'lin-zhiyuan') LIMIT 500"""


class Commands:
    """Comments on one case a time, of many; each accepted one must become a fact."""

    name = "staff commands"
    url = ENV["REDRESS_LEDGER_URL"]

    def __enter__(self):
        done = subprocess.run([BIN / "redressctl", "token", "--subject", "lin-zhiyuan"], capture_output=True,
                              text=True, check=True)
        self.token = done.stdout.strip()
        with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
            self.cases = [row[0] for row in connection.execute(TAKING)]
        self.pipe = os.path.join(tempfile.mkdtemp(prefix="redress-overload-"), "requests")
        os.mkfifo(self.pipe)
        return self

    def __exit__(self, *_):
        os.unlink(self.pipe)
        os.rmdir(os.path.dirname(self.pipe))

    def write(self):
        """Requests without end, until the reader has enough."""
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": "*", "Content-Type": "application/json"}
        text = json.dumps({"method": "POST", "path": "/v1/cases/CASE/comment",
                           "headers": {**headers, "Idempotency-Key": "KEY"}, "body": '{"comment":"记录"}'}) + "\n"
        run = uuid.uuid4()
        try:
            with open(self.pipe, "w", encoding="utf-8") as pipe:
                for i in range(1 << 40):
                    pipe.write(text.replace("CASE", self.cases[i % len(self.cases)]).replace("KEY", f"{run}-{i}"))
        except BrokenPipeError:
            pass

    def load(self, connections, seconds, rate=0):
        """So many a second; 0: as many as it answers."""
        writer = threading.Thread(target=self.write)
        writer.start()
        try:
            return load(self.url, connections, seconds=seconds, rate=rate, requests=self.pipe)
        finally:
            writer.join()

    @staticmethod
    def kept():
        """What the ledger has of them."""
        return ask("SELECT count(*) FROM ledger.case_events WHERE type = 'redress.v1.CaseCommented'")


class Memory(threading.Thread):
    """Resident memory of each service, twice a second, until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.peaks = dict.fromkeys(SERVICES, 0.0)
        self.peak = 0.0

    def run(self):
        while not self.ended.wait(0.5):
            now = {service: figure(service, "process_resident_memory_bytes") / 1e6 for service in SERVICES}
            self.peaks = {service: max(self.peaks[service], value) for service, value in now.items()}
            self.peak = max(self.peak, sum(now.values()))

    def stop(self):
        """The peaks are final afterwards."""
        self.ended.set()
        self.join()


def lags():
    """Records that each service has not consumed yet."""
    return {service: figure(service, f"redress_{service.replace('-', '_')}_consumer_lag") for service in SERVICES}


def lag():
    """The longest of their queues."""
    return max(lags().values())


def wait_until_quiet(seconds=600):
    """Until all services have worked off what there was; how long it took. Clocks that fire may always wait for it."""
    begun = time.monotonic()
    while lag() > 50:
        if time.monotonic() - begun > seconds:
            sys.exit(f"overload: the services are not quiet after {seconds} s")
        time.sleep(0.2)
    return time.monotonic() - begun


def carried(kind, connections, seconds):
    """What is accepted a second, counted until all of it is worked off."""
    found = kind.load(connections, seconds)
    return found["accepted"] / (found["seconds"] + wait_until_quiet())


def wait_for_kept(kind, wanted, seconds=60):
    """What the ledger has, once it has as much as was acknowledged or has had time enough."""
    end = time.monotonic() + seconds
    while kind.kept() < wanted and time.monotonic() < end:
        time.sleep(0.2)
    return kind.kept()


def is_normal(found, usual):
    """Nothing refused, and latency as before the overload, give or take a factor of three."""
    bound = max(3 * usual["latency"]["p99_ms"], 50)
    return found["shed"] == found["failed"] == found["broken"] == 0 and found["latency"]["p99_ms"] <= bound


def recover(kind, rate, usual):
    """Seconds until a whole second at a calm rate is as usual, all services have caught up and are ready.

    Also how many were accepted on the way, for they are kept as well.
    """
    begun = time.monotonic()
    accepted = 0
    while time.monotonic() - begun < 120:
        since = time.monotonic() - begun
        found = kind.load(64, 1, rate)
        accepted += found["accepted"]
        if is_normal(found, usual) and lag() < 5 * rate and all(is_ready(service) for service in SERVICES):
            return since, accepted
    return float("inf"), accepted


def overload(kind, seconds, warm_seconds):
    """One whole run; its figures."""
    # The best of several, of many connections: batches carry more than few clients ask for.
    capacity = max(carried(kind, connections, warm_seconds) for connections in (64, 64, 256, 256))
    calm = max(int(CALM * capacity), 10)
    usual = kind.load(64, warm_seconds, calm)
    wait_until_quiet()
    before = kind.kept()
    memory = Memory()
    memory.start()
    found = kind.load(CONNECTIONS, seconds, int(2 * capacity))
    behind = lags()
    back, more = recover(kind, calm, usual)
    memory.stop()
    wait_until_quiet()
    kept = wait_for_kept(kind, before + found["accepted"] + more) - before - more
    return {"kind": kind.name, "capacity": capacity, "rate": int(2 * capacity), "seconds": seconds, "found": found,
            "usual": usual, "behind": behind, "back": back, "kept": kept, "memory": memory}


def judge(run):
    """Rows of what, limit, measured, met."""
    found, memory = run["found"], run["memory"]
    lost = max(found["accepted"] - run["kept"], 0)
    return [
        # Else what could be carried was measured too low, and nothing below says anything.
        ("refused at all", "> 0", f"{found['shed']}", found["shed"] > 0),
        ("excess refused with 503, p99", f"≤ {REFUSAL_P99_MS} ms", f"{found['refusal_latency']['p99_ms']:.0f} ms",
         found["refusal_latency"]["p99_ms"] <= REFUSAL_P99_MS),
        ("excess not told when to try again", "0", f"{found['shed_without_retry']}", found["shed_without_retry"] == 0),
        ("accepted, p99", f"≤ {ACCEPTED_P99_MS} ms", f"{found['latency']['p99_ms']:.0f} ms",
         found["latency"]["p99_ms"] <= ACCEPTED_P99_MS),
        ("answers that are neither", "0", f"{found['refused'] + found['failed'] - found['shed'] + found['broken']}",
         found["refused"] + found["failed"] - found["shed"] + found["broken"] == 0),
        ("acknowledged and lost", "0", f"{lost}", lost == 0),
        ("memory of the six services", f"≤ {MEMORY_MB} MB", f"{memory.peak:.0f} MB", memory.peak <= MEMORY_MB),
        ("back to normal", f"≤ {RECOVERY_SECONDS} s", f"{run['back']:.1f} s", run["back"] <= RECOVERY_SECONDS),
    ]


def describe(run):
    """A run as Markdown."""
    found = run["found"]
    peaks = ", ".join(f"{service} {value:.0f}" for service, value in run["memory"].peaks.items())
    behind = ", ".join(f"{service} {value:.0f}" for service, value in run["behind"].items())
    rows = "\n".join(f"| {what} | {limit} | {value} | {'yes' if met else 'no'} |"
                     for what, limit, value, met in judge(run))
    return f"""## {run['kind']}

Carried: {run['capacity']:.0f}/s. Sent: {run['rate']}/s for {run['seconds']} s, from {CONNECTIONS} connections.
Accepted {found['accepted']}, refused with 503 {found['shed']}, of {found['late']} the generator was late.
Other answers: {found['refused']} of 4xx, {found['failed'] - found['shed']} of 5xx; {found['broken']} connections ended without one.
Peaks in MB: {peaks}.
Records not consumed after the last request: {behind}.

| what | limit | measured | met |
| --- | --- | --- | --- |
{rows}
"""


def go_first():
    """This process and what it starts, the generator, before the services; whether that is allowed."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    except PermissionError:
        return False
    return True


def head(first):
    """Where and of what."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=True).stdout.strip()
    when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return (f"# Overload\n\nWritten by `make overload` on {when}, commit {commit}, {os.cpu_count()} processors with everything on "
            f"them, shared by {'session' if shares_by_session() else 'thread'}, the generator as well{', before the services' if first else ''}; "
            f"load average before: {os.getloadavg()[0]:.1f}.\n")


def main():
    """Runs both kinds; 0 when every limit is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--warm-seconds", type=int, default=10)
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the machine shares processors as before
    with shared_by_thread():
        text, met = head(go_first()), True
        for make in (Submissions, Commands):
            with make() as kind:
                run = overload(kind, options.seconds, options.warm_seconds)
            text += "\n" + describe(run)
            met = met and all(row[3] for row in judge(run))
    options.results.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
