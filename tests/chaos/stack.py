"""The stack under attack: its processes, its proxies, its disks."""

import configparser
import http.client
import os
import pathlib
import shutil
import socket
import subprocess
import time
import xmlrpc.client

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics"]
INSTANCES = [name + suffix for name in SERVICES for suffix in ("", "-2")]
SERVERS = ["kafka", "postgres", "redis", "smtp"]
USERS = {"kafka": SERVICES, "postgres": ["ledger", "notification", "analytics"], "redis": ["intake", "triage", "sla-timer"],
         "smtp": ["notification"]}  # which services use a server
BROKERS = ["kafka", "kafka-2", "kafka-3"]  # several have a controller apart, which nothing befalls
TMPFS_MEGABYTES = {"kafka": 600, "postgres": 1200, "redis": 200}
PAGE = 4096
CALL_S = 60  # supervisor answers a stop when the process has ended
SESSION_MS = 6000  # the least that Kafka allows: a frozen member is out after it


class UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over supervisor's socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        connection = http.client.HTTPConnection("localhost", timeout=CALL_S)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(CALL_S)
        connection.sock.connect(self.path)
        return connection


class Stack:
    """deploy/local/stack with two of each service, failpoints, proxies, one broker or three and, where mounts are
    allowed, small disks."""

    def __init__(self, directory, region, base, brokers=1):
        self.directory = pathlib.Path(directory)
        self.base = base
        self.brokers = BROKERS[:brokers]
        self.mounts = {}
        self.environment = {**os.environ, "REDRESS_STACK_DIR": str(directory), "REDRESS_REGION_DIRECTORY": str(region),
                            "REDRESS_STACK_INSTANCES": "2", "REDRESS_STACK_PROXY": "1",
                            "REDRESS_PORT_BASE": str(base), "REDRESS_STACK_BROKERS": str(brokers),
                            "REDRESS_STACK_TLS": "0",
                            "REDRESS_STACK_BIN": str(ROOT / "build" / "failpoints" / "bin"),
                            "REDRESS_KAFKA_SESSION_TIMEOUT_MS": str(SESSION_MS)}

    def script(self, *words, check=True):
        """deploy/local/stack with these words."""
        done = subprocess.run([ROOT / "deploy" / "local" / "stack", *words], env=self.environment, text=True,
                              capture_output=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"stack {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def up(self):
        """Starts it from nothing and makes its env this process' own."""
        self.remove()
        self.mount_disks()
        self.script("up")
        text = subprocess.run(["bash", "-c", f"set -a; source '{self.directory}/env'; env -0"], text=True,
                              capture_output=True, check=True).stdout
        os.environ.update(line.split("=", 1) for line in text.split("\0") if line.startswith("REDRESS_"))

    def remove(self):
        """Stops it and deletes everything, disks too."""
        self.script("stop", check=False)
        self.unmount_disks()
        self.script("remove")

    # Disks

    def disk_paths(self):
        """Where each server keeps its data; the same places as in deploy/local/stack."""
        return {"kafka": self.directory / "kafka", "redis": self.directory / "redis",
                "postgres": self.short_directory() / "postgres" if os.geteuid() == 0 else self.directory / "postgres"}

    def short_directory(self):
        """The stack's directory of sockets, which its script names by a hash."""
        done = subprocess.run(["sha256sum"], input=str(self.directory), capture_output=True, text=True, check=True)
        return pathlib.Path(f"/tmp/redress-{os.getuid()}-{done.stdout[:10]}")

    def mount_disks(self):
        """A tmpfs under each server; nothing where this user may not mount."""
        for name, path in self.disk_paths().items():
            path.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MEGABYTES[name]}m,mode=755", "redress",
                                   path], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return
            self.mounts[name] = path

    def unmount_disks(self):
        """Also those that an earlier run left behind."""
        for path in self.disk_paths().values():
            while os.path.ismount(path):
                if subprocess.run(["umount", path], capture_output=True, check=False).returncode != 0:
                    time.sleep(0.2)
        self.mounts = {}

    def fill_disk(self, name):
        """Leaves hardly a page free, as a full disk does; empty_disk gives the room back. What is written in between
        may need a few pages more."""
        for spare in range(1, 200, 20):
            usage = shutil.disk_usage(self.mounts[name])
            try:
                self.remount(name, f"size={(usage.used // PAGE + spare) * PAGE}")
                return
            except subprocess.CalledProcessError:
                continue
        raise RuntimeError(f"the disk of {name} fills faster than it can be made small")

    def empty_disk(self, name):
        """The disk has room again."""
        self.remount(name, f"size={TMPFS_MEGABYTES[name]}m")

    def remount(self, name, option):
        """A tmpfs of another size."""
        subprocess.run(["mount", "-o", f"remount,{option}", self.mounts[name]], check=True, capture_output=True)

    # Processes

    def supervisor(self):
        """supervisor's own interface; a connection a call."""
        config = configparser.ConfigParser(interpolation=None, strict=False)
        config.read(self.directory / "supervisord.conf")
        transport = UnixTransport(config["unix_http_server"]["file"])
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor

    def pid(self, name):
        """The process id of a program; 0 while it does not run."""
        return self.supervisor().getProcessInfo(name)["pid"]

    def family(self, name):
        """A program's process and its children: PostgreSQL works in those."""
        parent = self.pid(name)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True,
                                  check=False).stdout.split() if parent else []
        return [pid for pid in [parent, *map(int, children)] if pid]

    def signal(self, name, number):
        """Sends a signal; nothing where the program does not run just now."""
        self.signal_all([self.pid(name)], number)

    @staticmethod
    def signal_all(pids, number):
        """Sends a signal to those that still live."""
        for pid in pids:
            if pid:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def stop_program(self, name):
        """Stops a program until start_program."""
        self.supervisor().stopProcess(name)

    def start_program(self, name):
        """Starts a program that was stopped."""
        self.supervisor().startProcess(name, False)

    def redis_command(self, *words):
        """A command to Redis itself, past the proxies; nothing where it is down."""
        subprocess.run(["redis-cli", "-p", str(self.base + 379), *words], capture_output=True, check=False, timeout=10)

    def admin_port(self, instance):
        """The port of /readyz, /metrics and /failpoints."""
        place = SERVICES.index(instance.removesuffix("-2"))
        return self.base + 11 + 10 * place + (2 if instance.endswith("-2") else 0)

    # Network

    def proxies(self, server, instance=None):
        """Names of the proxies to a server: of one instance, else of all that use it."""
        names = [name for name in INSTANCES if name.removesuffix("-2") in USERS[server]]
        places = self.brokers if server == "kafka" else [server]
        return [f"{name}.{place}" for name in names if instance in (None, name) for place in places]

    def proxy_api(self, method, path, body=None):
        """One request to toxiproxy."""
        answer = requests.request(method, f"http://127.0.0.1:{self.base + 499}{path}", json=body, timeout=10)
        if answer.status_code >= 400 and answer.status_code != 404:
            raise RuntimeError(f"toxiproxy: {answer.text}")

    def poison(self, proxy, kind, streams, attributes):
        """Adds a toxic to each stream of a proxy."""
        for stream in streams:
            self.proxy_api("POST", f"/proxies/{proxy}/toxics", {"name": f"{kind}-{stream}", "type": kind,
                                                                "stream": stream, "toxicity": 1.0,
                                                                "attributes": attributes})

    def cure(self, proxy, kind, streams):
        """Removes it."""
        for stream in streams:
            self.proxy_api("DELETE", f"/proxies/{proxy}/toxics/{kind}-{stream}")

    def enable(self, proxy, enabled):
        """A disabled proxy closes its connections and refuses new ones."""
        self.proxy_api("POST", f"/proxies/{proxy}", {"enabled": enabled})

    # Failpoints

    def arm(self, instance, point, action):
        """Arms a failpoint; False where the instance does not answer."""
        try:
            answer = requests.post(f"http://127.0.0.1:{self.admin_port(instance)}/failpoints/{point}",
                                   params={"action": action}, timeout=2)
            return answer.status_code == 200
        except requests.RequestException:
            return False

    def still_armed(self, instance, point):
        """Whether nobody has come by; False too where the instance is gone."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.admin_port(instance)}/failpoints/{point}", timeout=2)
            return answer.json().get("armed", False)
        except (requests.RequestException, ValueError):
            return False
