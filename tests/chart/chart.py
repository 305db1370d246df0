"""The chart as operators use it: rendered by helm, its pods laid out as a kubelet would and run with the real binaries."""

import functools
import os
import pathlib
import re
import resource
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("REDRESS_BIN_DIR") or os.environ.get("REDRESS_STACK_BIN") or ROOT / "build" / "bin")
HELM = ROOT / "build" / "tools" / "helm"
CHART = ROOT / "charts" / "redress"
DOCKERFILE = ROOT / "deploy" / "image" / "Dockerfile"
SMALL, FULL, TRIAL = VALUES = [ROOT / "tests" / "chart" / "values" / f"{name}.yaml" for name in ("small", "full", "trial")]
SERVICES = ("intake", "triage", "ledger", "sla-timer", "notification", "analytics")
SHARE, ETC = "/usr/local/share/redress", "/etc/redress"


def helm(*words):
    """helm with these words; the finished process."""
    return subprocess.run([HELM, *map(str, words)], capture_output=True, text=True, check=False)


def template(values, *words):
    """helm template with a file of values; the finished process."""
    return helm("template", "redress", CHART, "--namespace", "redress", "--kube-version", "1.31.0", "--values", values, *words)


class Release:
    """What a file of values renders to."""

    def __init__(self, objects):
        self.objects = objects

    def all(self, *kinds):
        """Objects of these kinds."""
        return [one for one in self.objects if one["kind"] in kinds]

    def one(self, kind, name):
        """The object of that name."""
        return next(one for one in self.objects if (one["kind"], one["metadata"]["name"]) == (kind, f"redress-{name}"))

    def has(self, kind, name):
        """Whether there is such an object."""
        return any((one["kind"], one["metadata"]["name"]) == (kind, f"redress-{name}") for one in self.objects)

    def options(self, service):
        """The service's options file, as texts by name."""
        return yaml.safe_load(self.one("ConfigMap", service)["data"]["options.yaml"])

    def container(self, service):
        """The only container of a service's pods."""
        [container] = self.one("Deployment", service)["spec"]["template"]["spec"]["containers"]
        return container


@functools.cache
def release(values):
    """What this file of values renders to, rendered once."""
    done = template(values)
    assert done.returncode == 0, done.stderr
    return Release([one for one in yaml.safe_load_all(done.stdout) if one])


def help_of(service):
    """The service's options by name, with what --help says of them."""
    done = subprocess.run([BIN / f"redress-{service}", "--help"], capture_output=True, text=True, check=True)
    return dict(re.findall(r"^  ([a-z_]+\.[a-z_]+) +(.*)$", done.stdout, re.MULTILINE))


def variable(option):
    """The environment's name of an option."""
    return "REDRESS_" + option.upper().replace(".", "_")


def instructions():
    """The Dockerfile's instructions: (word, rest), continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def last_stage():
    """The instructions of the image itself."""
    every = instructions()
    return every[max(i for i, (word, _) in enumerate(every) if word == "FROM"):]


def lay_out_image(root):
    """The files that the image has from the repository, below root."""
    folder = None
    for word, rest in last_stage():
        if word == "WORKDIR":
            folder = root / rest.lstrip("/")
        elif word == "COPY" and not rest.startswith("--from"):
            source, target = rest.split()
            target = folder / target
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, target)


def region_maps():
    """ConfigMaps as charts/redress/README.md has them made, by any name that a file of values gives them."""
    def key(path):
        return path.name.replace("@", ".")
    folder = ROOT / "deploy"
    region = {path.name: path.read_bytes() for path in (folder / "region" / "example").iterdir()}
    packs = {key(path): path.read_bytes() for path in (folder / "policies").glob("*.yaml")}
    calendars = {key(path): path.read_bytes() for path in (folder / "calendars").glob("*.yaml")}
    jwks = {"jwks.json": b'{"keys": []}'}
    topics = {"topics.yaml": (folder / "topics.yaml").read_bytes()}
    return {"redress-region": region, "qinghe-region": region, "qinghe-policies": packs, "qinghe-calendars": calendars,
            "staff-keys": jwks, "redress-staff": jwks, "redress-topics": topics}


def made_secrets(folder):
    """The existing Secrets: keys by redressctl, the rest invented."""
    subprocess.run([BIN / "redressctl", "keys", "init", "--directory", folder / "keys"], check=True)
    url = b"host=postgres.example.org dbname=redress user=redress_%s password=f81a-invented sslmode=verify-full"
    return {"redress-keys": {path.name: path.read_bytes() for path in (folder / "keys").iterdir()},
            "redress-postgres": {"admin": url % b"admin", "ca.crt": b"a certificate",
                                 **{name: url % name.encode() for name in ("ledger", "notification", "analytics")}},
            "redress-smtp": {"url": b"smtps://redress:f81a-invented@mail.example.org:465"},
            "redress-kafka": {"password": b"f81a-invented\n", "ca.crt": b"a certificate"}}


class Pod:
    """One pod's containers on this machine: volumes as a kubelet lays them out, paths below a folder of its own."""

    def __init__(self, root, spec, maps, secrets):
        self.root = root
        self.maps = maps
        self.secrets = secrets
        [self.container] = spec["containers"]
        lay_out_image(root)
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        for mount in self.container.get("volumeMounts", []):
            self.mount(mount["mountPath"], self.files(volumes[mount["name"]]))

    def here(self, text):
        """A text with the pod's paths, as this machine has them."""
        for path in (SHARE, ETC):
            text = re.sub(rf"(?<![\w/]){path}\b", str(self.root) + path, text)
        return text

    def source(self, of, name, source):
        """The files of one ConfigMap or Secret: path to content. What is missing keeps a pod from starting."""
        data = of.get(name)
        assert data is not None or source.get("optional"), f"there is no {name}"
        assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", key) for key in data or {}), f"keys of {name}"
        if "items" not in source:
            return dict(data or {})
        chosen = {item["path"]: (data or {}).get(item["key"]) for item in source["items"]}
        missing = [path for path, content in chosen.items() if content is None]
        assert not missing or source.get("optional"), f"{name} has nothing for {missing}"
        return {path: content for path, content in chosen.items() if content is not None}

    def files(self, volume):
        """What a volume holds."""
        if "configMap" in volume:
            return self.source(self.maps, volume["configMap"]["name"], volume["configMap"])
        if "secret" in volume:
            return self.source(self.secrets, volume["secret"]["secretName"], volume["secret"])
        found = {}
        for source in volume["projected"]["sources"]:
            found |= self.source(self.secrets, source["secret"]["name"], source["secret"])
        return found

    def mount(self, path, files):
        """A folder of links into a folder whose name changes with each edition, as ConfigMaps and Secrets are."""
        folder = self.root / path.lstrip("/")
        shutil.rmtree(folder, ignore_errors=True)
        edition = folder / "..2026_11_30_16_00_00.1"
        edition.mkdir(parents=True)
        (folder / "..data").symlink_to(edition.name)
        for name, content in files.items():
            (edition / name).write_bytes(self.here(content.decode()).encode() if name == "options.yaml" else content)
            (folder / name).symlink_to(f"..data/{name}")

    def environment(self):
        """The container's environment."""
        found = {}
        for entry in self.container.get("env", []):
            if "value" in entry:
                found[entry["name"]] = self.here(entry["value"])
            else:
                reference = entry["valueFrom"]["secretKeyRef"]
                found[entry["name"]] = self.secrets[reference["name"]][reference["key"]].decode()
        return found

    def command(self, *more):
        """The container's command, with further words."""
        program, *words = map(self.here, self.container["command"])
        return [str(BIN / program), *words, *more]

    def popen(self, *more, **environment):
        """Starts the container's command with no memory that it may lock, as on a node that allows none."""
        return subprocess.Popen(self.command(*more), env={**self.environment(), **environment}, cwd=self.root, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0)))

    def run(self, *more, **environment):
        """The same, until it ends: (code, output, errors)."""
        process = self.popen(*more, **environment)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors


def pod_of(root, values, kind, name, secrets):
    """The pod of a Deployment or Job."""
    rendered = release(values)
    maps = region_maps() | {one["metadata"]["name"]: {key: text.encode() for key, text in one["data"].items()}
                            for one in rendered.all("ConfigMap")}
    return Pod(root, rendered.one(kind, name)["spec"]["template"]["spec"], maps, secrets)
