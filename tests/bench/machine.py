"""The stack that is measured: its processes, their processor time and memory."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin"
HOME = ROOT / "build" / "bench"
SERVICES = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics"]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def processes():
    """All processes: {pid: (parent, ticks of its own, resident bytes)}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = pathlib.Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended meanwhile
        fields = text[text.rindex(")") + 2:].split()
        found[int(entry)] = (int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[21]) * PAGE)
    return found


def tree(table, root):
    """A process and everything below it."""
    members, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        members.append(pid)
        waiting += [child for child, (parent, _, _) in table.items() if parent == pid]
    return [pid for pid in members if pid in table]


class Stack:
    """One local stack of its own, with a region that sends no web hooks, and a fast SMTP sink."""

    def __init__(self, instances=1):
        self.base = int(os.environ.get("REDRESS_BENCH_PORT_BASE", "21000"))
        self.env = {**os.environ, "REDRESS_STACK_DIR": str(HOME / "stack"), "REDRESS_PORT_BASE": str(self.base),
                    "REDRESS_REGION_DIRECTORY": str(HOME / "region"), "REDRESS_STACK_INSTANCES": str(instances)}
        self.sink = None
        self.floor = None

    def command(self, *words):
        """deploy/local/stack with these words; its output."""
        done = subprocess.run([ROOT / "deploy" / "local" / "stack", *words], env=self.env, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0 and words[0] != "control":
            raise RuntimeError(f"stack {' '.join(words)}: {done.stderr[-500:]}")
        return done.stdout

    def up(self):
        """Fresh servers and services; the floor's topics and tables beside them."""
        self.command("remove")
        prepare_region()
        self.command("up")
        for line in self.command("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.env[name] = value.strip("'")
        self.sink_mail()
        self.run("redressctl", "topics", "apply", "--file", str(ROOT / "tests/bench/topics.yaml"))
        self.sql((ROOT / "tests/bench/floor.sql").read_text(encoding="utf-8"))

    def sink_mail(self):
        """Postfix's smtp-sink instead of the Maildir: it takes mails faster than anybody sends them."""
        self.command("control", "stop", "smtp")
        self.sink = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{self.base + 25}", "1000"],
                                     stderr=subprocess.DEVNULL)

    def down(self):
        """Everything stops; data goes."""
        for process in (self.sink, self.floor):
            if process is not None:
                process.send_signal(signal.SIGTERM)
                process.wait()
        self.command("remove")

    def run(self, program, *words):
        """One of our programs to its end; its output."""
        done = subprocess.run([BIN / program, *words], env=self.env, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(words)}: {done.stderr[-500:]}")
        return done.stdout

    def load(self, *words):
        """redress-load; its JSON."""
        return json.loads(self.run("redress-load", "--brokers", self.env["REDRESS_KAFKA_BROKERS"], *words))

    def sql(self, text):
        """SQL as the administrator; unaligned rows."""
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.env["REDRESS_POSTGRES_ADMIN_URL"],
                               "-c", text], text=True, capture_output=True, check=True, cwd="/")
        return done.stdout.strip()

    def services(self, wanted):
        """These services run, the others do not."""
        for name in SERVICES:
            self.command("control", "start" if name in wanted else "stop", name)
        for name in wanted:
            self.wait_ready(name)

    def wait_ready(self, name):
        """Until a service says that it is ready."""
        port = self.base + 11 + 10 * SERVICES.index(name)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.01)
        raise RuntimeError(f"{name} is not ready within 60 s")

    def pids(self):
        """{program: pid} of what supervisor runs."""
        found = {}
        for line in self.command("control", "status").splitlines():
            fields = line.split()
            if len(fields) > 3 and fields[1] == "RUNNING":
                found[fields[0]] = int(fields[3].rstrip(","))
        return found

    def cpu_seconds(self):
        """Processor time so far of everything but the SMTP sink and the load."""
        table = processes()
        roots = list(self.pids().values()) + ([self.floor.pid] if self.floor else [])
        return sum(table[pid][1] for root in roots for pid in tree(table, root)) / TICKS

    def resident_bytes(self):
        """Memory of the services together."""
        table, pids = processes(), self.pids()
        return sum(table[pids[name]][2] for name in SERVICES if name in pids)

    def start_floor(self):
        """The floor's whole path, serving."""
        self.env["REDRESS_FLOOR_PORT"] = str(self.base + 80)
        self.floor = subprocess.Popen([BIN / "redress-floor", "serve"], env=self.env)
        time.sleep(2)  # its consumer joins

    def stop_floor(self):
        """Its end, so that it does not work while the product is measured."""
        self.floor.send_signal(signal.SIGTERM)
        self.floor.wait()
        self.floor = None


def prepare_region():
    """The example region without web hooks: the table counts mails."""
    source, target = ROOT / "deploy/region/example", HOME / "region"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    (target / "hooks.yaml").write_text("id: bench-hooks\nversion: 1\nhooks: []\n", encoding="utf-8")
    settings = target / "region.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("../../", f"{ROOT}/deploy/"), encoding="utf-8")
