"""The Dockerfile against the repository and the binaries; no container engine is asked for."""

import re
import subprocess

from chart import BIN, ROOT, SERVICES, instructions, last_stage

PROGRAMS = [f"redress-{service}" for service in SERVICES] + ["redressctl"]


def packages(stage):
    """The Debian packages that a stage installs."""
    [line] = [rest for word, rest in stage if word == "RUN" and "apt-get install" in rest]
    return set(re.search(r"--no-install-recommends\s+(.*?)&&", line).group(1).split())


def test_what_it_copies_is_there():
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            assert (ROOT / rest.split()[0]).exists(), rest


def test_it_runs_as_the_charts_user_and_has_every_program():
    assert [rest for word, rest in last_stage() if word == "USER"] == ["10001:10001"]
    [build] = [rest for word, rest in instructions() if word == "RUN" and "ninja" in rest and "apt-get" not in rest]
    assert set(PROGRAMS) <= set(re.search(r"ninja -C \S+ (.*?)&&", build).group(1).split())


def test_it_has_the_migrations_of_every_service_that_has_some():
    folders = {path.parent.name for path in (ROOT / "services").glob("*/migrations")}
    copied = {rest.split("/")[1] for word, rest in last_stage() if word == "COPY" and "migrations" in rest}
    assert copied == folders


def test_it_has_every_library_that_a_program_names():
    headers = subprocess.run(["readelf", "-d", *(BIN / program for program in PROGRAMS)], capture_output=True, text=True,
                             check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", headers))
    needed = {name for name in needed if not re.match(r"lib(asan|ubsan|tsan)\.", name)} # of sanitizers' builds
    owners = subprocess.run(["dpkg", "-S", *(f"*/{name}" for name in needed)], capture_output=True, text=True, check=True).stdout
    found = packages(last_stage()) | {"libc6"}
    there = {line.rsplit("/", 1)[1] for line in owners.splitlines() if line.split(":")[0] in found}
    assert needed and needed - there == set()
