#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks one rule of the product at a time and demands that the simulation notices.

A mutation is a text of a source file and what stands there instead, and what the simulation is called with beside; the file
is compiled with its own flags and linked in place of the original. A text that is no longer there once is an error: tell the rule anew.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEDGER = "services/ledger/"
TIMER = "services/sla-timer/"
NOTIFICATION = "services/notification/"
MUTATIONS = [
    ("a fence that compares no epoch and no offset", LEDGER + "store.c",
     '"AND o.epoch = b.epoch AND o.next_offset = b.previous"', '""'),
    ("a fence that moves by one too many", LEDGER + "partitions.c",
     "        .next = record->offset + 1,\n    };", "        .next = record->offset + 2,\n    };"),
    ("causes that are not looked up", LEDGER + "work.c",
     "    if (work_has_cause(work, target, input->cause_id)) {\n        return RC_OK;\n    }", ""),
    ("a clock that is breached by an old version's due time", LEDGER + "decide_clocks.c",
     "!case_clock_runs(clock) || clock->version != breach->version ||\n        context->now_ms < clock->due_at_ms",
     "!case_clock_runs(clock)"),
    ("a clock that is breached early", LEDGER + "decide_clocks.c",
     "        context->now_ms < clock->due_at_ms", "        context->now_ms < clock->warn_at_ms[0]"),
    ("a second warning that is told as the first", LEDGER + "decide_clocks.c",
     "clock_warned.ordinal = clock->warned + 1;", "clock_warned.ordinal = 1;"),
    ("a clock that is warned early", LEDGER + "decide_clocks.c", "        context->now_ms < next || (warn->warn_at_ms",
     "        (warn->warn_at_ms"),
    ("an outbox read backwards", LEDGER + "relay_batch.c", '"ORDER BY o.entry_id, f.place"',
     '"ORDER BY o.entry_id DESC, f.place DESC"'),
    ("an outbox emptied whatever was delivered", LEDGER + "relay.c",
     "relay_batch_done(&batch, delivered, &relay->done);",
     "relay_batch_done(&batch, batch.count, &relay->done);"),
    ("a sweep that never looks", TIMER + "firing.c",
     "static enum rc sweep(struct firing *firing, struct error *error) {",
     "static enum rc sweep(struct firing *firing, struct error *error) {\n    if (firing != NULL) { return RC_OK; }"),
    ("a mail that counts as sent when the server did not take it", NOTIFICATION + "sender.c",
     "    if (outcome == RC_OK) {", "    if (outcome != RC_INTERNAL) {"),
    ("a delivery whose end nobody tells the ledger", NOTIFICATION + "sender.c",
     "bool confirmed = rc == RC_OK && end == RC_OK;", "bool confirmed = rc != RC_INTERNAL;"),
    ("a batch that is done although its handler failed", "services/common/bus_consumer.c",
     "    if (rc == RC_OK) {\n        bus_offsets_add(", "    if (rc != RC_INTERNAL) {\n        rc = RC_OK;\n        bus_offsets_add("),
    ("a receipt by the word of a Redis that forgot", "services/intake/pipeline.c",
     "    submit_confirm(pipeline->options.submit, runs, wanted);\n", ""),
    ("an intake that publishes nothing again after a lost claim", "services/intake/store.c",
     '"  elseif c[4] == \'1\' then verdict = 1 "', '"  elseif c[4] ~= \'1\' then verdict = 1 "'),
    ("a claim that counts as proof while Redis does not remember everything", "services/intake/store.c",
     "    \"  local proves = complete or ARGV[4] == 'l' \"\n", "    \"  local proves = true \"\n",
     "--seed", "100000", "--large-one-in", "1"),
    ("another content that goes ahead of the one that is handed over", "services/intake/store.c",
     "        return take_over(redis, claim, error);\n", "        return RC_OK;\n"),
]


def commands(build: pathlib.Path) -> list[str]:
    out = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "simulate"], check=True, capture_output=True,
                         text=True)
    return out.stdout.splitlines()


def compile_mutant(build: pathlib.Path, source: str, text: str, where: pathlib.Path) -> pathlib.Path:
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(e for e in entries if pathlib.Path(e["file"]) == ROOT / source)
    mutant = where / pathlib.Path(source).name
    mutant.write_text(text)
    words = shlex.split(entry["command"])
    words[words.index("-c") + 1] = str(mutant)
    words[words.index("-o") + 1] = str(mutant.with_suffix(".o"))
    include = "-I" + str((ROOT / source).parent)
    subprocess.run([*words, include, "-Wno-error"], cwd=entry["directory"], check=True, stderr=subprocess.DEVNULL)
    return mutant.with_suffix(".o")


def link_mutant(build: pathlib.Path, source: str, mutant: pathlib.Path, where: pathlib.Path) -> pathlib.Path:
    lines = commands(build)
    program = where / "simulate"
    service = pathlib.Path(source).parent.name
    final = lines[-1]
    if service == "common":
        final = final.replace(" -o ", f" {mutant} -o ", 1)
    else:
        name = service.replace("-", "_") + ".o"
        line = next(l for l in lines if " -r -nostdlib " in l and f"/{name}.all" in l)
        old = str(build / "tests/simulation" / name)
        line = line.replace("-nostdlib", f"-nostdlib {mutant}").replace(old, str(where / name))
        subprocess.run(line, shell=True, cwd=build, check=True)
        final = final.replace(f"tests/simulation/{name}", str(where / name))
    final = final.replace("-o tests/simulation/simulate", f"-o {program}")
    subprocess.run(final, shell=True, cwd=build, check=True)
    return program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/cmake")
    parser.add_argument("--schedules", type=int, default=20000)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    where = build / "tests/simulation/mutants"
    where.mkdir(exist_ok=True)
    missed = 0
    for name, source, before, after, *words in MUTATIONS:
        if arguments.only not in name:
            continue
        text = (ROOT / source).read_text()
        if text.count(before) != 1:
            print(f"{name}: its text stands {text.count(before)} times in {source}", flush=True)
            missed += 1
            continue
        mutant = compile_mutant(build, source, text.replace(before, after), where)
        program = link_mutant(build, source, mutant, where)
        run = subprocess.run([str(program), "--schedules", str(arguments.schedules), *words], cwd=ROOT, text=True,
                             capture_output=True)
        found = [line for line in run.stderr.splitlines() if line.startswith("simulate: seed")]
        if run.returncode == 1 and found:
            print(f"{name}: found, {found[0][len('simulate: '):]}", flush=True)
        else:
            print(f"{name}: NOT FOUND in {arguments.schedules} schedules", flush=True)
            missed += 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
