"""The stack that is measured: its processes, their processor time and memory."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psycopg
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))  # for modules that others share
BIN = ROOT / "build" / "bin"
HOME = pathlib.Path(os.environ.get("REDRESS_BENCH_DIR", ROOT / "build" / "bench"))
SERVICES = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics"]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def processes():
    """All processes: {pid: (parent, ticks of its own, ticks of its ended children, resident bytes)}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = pathlib.Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended meanwhile
        fields = text[text.rindex(")") + 2:].split()
        found[int(entry)] = (int(fields[1]), int(fields[11]) + int(fields[12]),
                             int(fields[13]) + int(fields[14]), int(fields[21]) * PAGE)
    return found


def tree(table, root):
    """A process and everything below it."""
    members, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        members.append(pid)
        waiting += [child for child, (parent, *_) in table.items() if parent == pid]
    return [pid for pid in members if pid in table]


def machine_ticks():
    """Of all processors so far: (busy, taken by other virtual machines)."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return user + nice + system + irq + softirq, steal


def seconds_since_start(pid):
    """How long a process has been there."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    started = int(text[text.rindex(")") + 2:].split()[19]) / TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


class Stack:
    """One local stack of its own, with a region that sends no web hooks, and a fast SMTP sink."""

    def __init__(self, instances=1):
        self.base = int(os.environ.get("REDRESS_BENCH_PORT_BASE", "21000"))
        self.env = {**os.environ, "REDRESS_STACK_DIR": str(HOME / "stack"), "REDRESS_PORT_BASE": str(self.base),
                    "REDRESS_REGION_DIRECTORY": str(HOME / "region"), "REDRESS_STACK_INSTANCES": str(instances),
                    "REDRESS_STACK_JAVA": "-XX:+TieredCompilation"}  # both compilers, as in production
        self.sink = None
        self.floor = None

    def command(self, *words):
        """deploy/local/stack with these words; its output."""
        done = subprocess.run([ROOT / "deploy" / "local" / "stack", *words], env=self.env, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0 and words[0] != "control":
            raise RuntimeError(f"stack {' '.join(words)}: {done.stderr[-500:]}")
        return done.stdout

    def up(self, warm=300000):
        """Fresh servers and services; the floor's topics and tables beside them."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stack goes down too
        self.command("remove")
        prepare_region()
        self.command("up")
        for line in self.command("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.env[name] = value.strip("'")
        self.sink_mail()
        self.run("redressctl", "topics", "apply", "--file", str(ROOT / "tests/bench/topics.yaml"))
        self.sql((ROOT / "tests/bench/floor.sql").read_text(encoding="utf-8"))
        # The broker's code is compiled while it runs: not in what is measured.
        self.run("redress-floor", "fill", "floor.proposals", str(warm))
        self.run("redress-floor", "drain", str(warm))
        # intake's first claim finds an empty ledger, so that Redis counts as knowing every key there ever was;
        # else each submission would be asked of the ledger for two days, as after a loss of Redis.
        self.load("--url", f"http://127.0.0.1:{self.base + 10}", "--connections", "1", "--count", "1")

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
                               "-f", "-"], input=text, text=True, capture_output=True, check=False, cwd="/")
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr[-500:]}")
        return done.stdout.strip()

    def session(self):
        """A connection of the administrator that stays open, for what is asked often."""
        return psycopg.connect(self.env["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True)

    def redis(self, *words):
        """redis-cli; its output."""
        return subprocess.run(["redis-cli", "-p", str(self.base + 379), *words], text=True, capture_output=True,
                              check=True).stdout.strip()

    def services(self, wanted):
        """These services run, the others do not."""
        unwanted = [name for name in SERVICES if name not in wanted]
        if unwanted:
            self.command("control", "stop", *unwanted)
        if wanted:
            self.command("control", "start", *wanted)
        for name in wanted:
            self.wait_ready(name)
        if "sla-timer" in wanted:
            self.await_start_up_work()

    def await_start_up_work(self, most_s=120):
        """Until sla-timer has built its index and computed open deadlines anew, or for as long as patience lasts: of a
        million it takes minutes, and the scenarios that have a million measure beside it."""
        done = ("redress_sla_timer_rebuilds_total", "redress_sla_timer_reviews_total")
        until = time.monotonic() + most_s
        while time.monotonic() < until and not all(self.metric("sla-timer", name) for name in done):
            time.sleep(0.1)

    def admin(self, name, path, offset=0):
        """A service's answer on its admin port; None where there is none."""
        port = self.base + 11 + 10 * SERVICES.index(name) + offset
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
                return answer.read().decode("utf-8")
        except (urllib.error.URLError, OSError):
            return None

    def wait_ready(self, name, most_s=60, offset=0):
        """Until a service says that it is ready."""
        until = time.monotonic() + most_s
        while time.monotonic() < until:
            if self.admin(name, "/readyz", offset) is not None:
                return
            time.sleep(0.005)
        raise RuntimeError(f"{name} is not ready within {most_s} s")

    def metric(self, service, name):
        """The sum of a metric's series."""
        page = self.admin(service, "/metrics") or ""
        found = [line for line in page.splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)

    def pids(self):
        """{program: pid} of what supervisor runs."""
        found = {}
        for line in self.command("control", "status").splitlines():
            fields = line.split()
            if len(fields) > 3 and fields[1] == "RUNNING":
                found[fields[0]] = int(fields[3].rstrip(","))
        return found

    def cpu_by_program(self):
        """Processor seconds so far of each program but the SMTP sink and the load, with what its ended children took:
        PostgreSQL's workers come and go."""
        table = processes()
        roots = self.pids()
        if self.floor:
            roots["floor"] = self.floor.pid
        return {name: sum(table[pid][1] + table[pid][2] for pid in tree(table, root)) / TICKS for name, root in roots.items()}

    def postgres_by_client(self):
        """Processor seconds so far of PostgreSQL's processes by whom they serve; of those that ended, together."""
        table, postmaster = processes(), self.pids()["postgres"]
        found = {"ended": table[postmaster][2] / TICKS}
        for line in self.sql("SELECT pid, coalesce(nullif(application_name, ''), backend_type) FROM pg_stat_activity").splitlines():
            pid, name = line.split("|")
            if int(pid) in table:
                name = name.removeprefix("redress-").replace(" ", "_")
                found[name] = found.get(name, 0) + table[int(pid)][1] / TICKS
        return found

    def compiler_seconds(self):
        """Processor seconds so far of the compilers in the broker's Java machine."""
        ticks = 0
        for pid in tree(processes(), self.pids()["kafka"]):
            for path in pathlib.Path("/proc", str(pid), "task").glob("*/stat"):
                text = path.read_text(encoding="utf-8", errors="replace")
                if re.search(r"\(C\d CompilerThre", text):
                    fields = text[text.rindex(")") + 2:].split()
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def own_ticks(self):
        """Of everything that this benchmark runs and ran, its measuring included."""
        table = processes()
        supervisor = self.command("control", "pid").strip()
        roots = [os.getpid()] + ([int(supervisor)] if supervisor.isdigit() else [])
        return sum(table[pid][1] + table[pid][2] for root in roots for pid in tree(table, root))

    def resident_bytes(self):
        """Memory of the services together."""
        table, pids = processes(), self.pids()
        return sum(table[pids[name]][3] for name in SERVICES if name in pids)

    def start_floor(self):
        """The floor's whole path, serving."""
        self.env["REDRESS_FLOOR_PORT"] = str(self.base + 80)
        self.floor = subprocess.Popen([BIN / "redress-floor", "serve"], env=self.env)
        time.sleep(2)  # its consumer joins
        if self.floor.poll() is not None:
            raise RuntimeError("the floor does not start")

    def stop_floor(self):
        """Its end, so that it does not work while the product is measured."""
        self.floor.send_signal(signal.SIGTERM)
        self.floor.wait()
        self.floor = None

    def forget_group(self, group):
        """A consumer group begins anew; nobody may be in it."""
        admin = AdminClient({"bootstrap.servers": self.env["REDRESS_KAFKA_BROKERS"]})
        for done in admin.delete_consumer_groups([group]).values():
            done.result()

    def reader(self):
        """A consumer that leaves no trace in any group."""
        return Consumer({"bootstrap.servers": self.env["REDRESS_KAFKA_BROKERS"], "group.id": "bench",
                         "enable.auto.commit": False, "enable.partition.eof": True})

    def topic_marks(self, topic):
        """{partition: (offset of the first message, offset after the last)}."""
        reader = self.reader()
        partitions = reader.list_topics(topic, timeout=10).topics[topic].partitions
        marks = {number: reader.get_watermark_offsets(TopicPartition(topic, number), timeout=10) for number in partitions}
        reader.close()
        return marks

    def topic_size(self, topic):
        """Messages of a topic that loses none."""
        return sum(high - low for low, high in self.topic_marks(topic).values())

    def messages_since(self, topic, marks):
        """What came to a topic since these were its marks, up to now."""
        reader, open_partitions = self.reader(), set(marks)
        reader.assign([TopicPartition(topic, number, high) for number, (_, high) in marks.items()])
        while open_partitions:
            for message in reader.consume(10000, 1):
                if message.error() is None:
                    yield message
                elif message.error().code() == KafkaError._PARTITION_EOF:  # pylint: disable=protected-access
                    open_partitions.discard(message.partition())
                else:
                    raise RuntimeError(f"{topic}: {message.error()}")
        reader.close()

    def second_ledger(self):
        """Another ledger beside supervisor's, on ports of its own; it is the caller's to end."""
        text = (HOME / "stack" / "supervisord.conf").read_text(encoding="utf-8")
        section = text[text.index("[program:ledger]"):]
        line = next(line for line in section.splitlines() if line.startswith("environment="))
        settings = dict(re.findall(r'(\w+)="([^"]*)"', line))
        settings.update(REDRESS_HTTP_PORT=str(self.base + 32), REDRESS_ADMIN_PORT=str(self.base + 33))
        with (HOME / "stack" / "log" / "ledger-2.log").open("ab") as log:
            second = subprocess.Popen([BIN / "redress-ledger"], env={**os.environ, **settings}, stdout=log, stderr=log)
        self.wait_ready("ledger", offset=2)
        return second


class Watch:
    """How much of the machine others took while something was measured."""

    def __init__(self, stack):
        self.stack = stack
        self.began = time.monotonic()
        self.busy, self.steal = machine_ticks()
        self.own = stack.own_ticks()

    def end(self):
        """(share that other processes took, share that other virtual machines took)."""
        all_ticks = (time.monotonic() - self.began) * TICKS * os.cpu_count()
        busy, steal = machine_ticks()
        foreign = busy - self.busy - (self.stack.own_ticks() - self.own)
        return max(0, foreign) / all_ticks, (steal - self.steal) / all_ticks


def prepare_region():
    """The example region without web hooks: the table counts mails."""
    source, target = ROOT / "deploy/region/example", HOME / "region"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    (target / "hooks.yaml").write_text("id: bench-hooks\nversion: 1\nhooks: []\n", encoding="utf-8")
    settings = target / "region.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("../../", f"{ROOT}/deploy/"), encoding="utf-8")
