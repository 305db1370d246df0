"""make profile: where the time goes while submissions go the whole way; a flame graph of each program.

    python tests/bench/profile.py [--cases 20000] [--rate 0]

Leaves build/profile/NAME.svg, NAME.folded and summary.txt.
"""

import argparse
import pathlib
import signal
import subprocess
import sys

import flame
import scenarios
from machine import HOME, ROOT, SERVICES, Stack, processes, tree
from scheduling import shared_by_thread

TARGET = ROOT / "build" / "profile"


def record(stack, cases, rate):
    """perf over all programs while the load runs; {pid: program}."""
    scenarios.whole_way(stack, max(1000, cases // 4))  # warm: the broker's code is compiled by then
    table = processes()
    names = {pid: name for name, root in stack.pids().items() for pid in tree(table, root)}
    recorder = subprocess.Popen(["perf", "record", "-q", "-F", "497", "-g", "-o", TARGET / "perf.data", "-p",
                                 ",".join(str(pid) for pid in names)], stderr=subprocess.DEVNULL)
    words = [*scenarios.door(stack, 10), "--connections", "64", "--with-contact", *scenarios.SETTLE]
    words += ["--count", str(cases)] + (["--rate", str(rate)] if rate else [])
    figures = scenarios.measured_load(stack, *words)
    recorder.send_signal(signal.SIGINT)
    recorder.wait()
    return names, figures


def write(names, figures):
    """The pictures and the summary."""
    script = subprocess.Popen(["perf", "script", "-i", TARGET / "perf.data", "-F", "comm,pid,tid,time,ip,sym,dso"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
    stacks = flame.fold(script.stdout, names.get)
    script.wait()
    total = sum(sum(folded.values()) for folded in stacks.values()) or 1
    lines = [f"{figures['facts']['per_second']:.0f} cases a second; processor seconds per 1,000 cases:"]
    lines += [f"  {name.removeprefix('cpu_')}: {value:.3f}" for name, value in sorted(figures["cpu"].items())]
    for name, folded in sorted(stacks.items(), key=lambda item: -sum(item[1].values())):
        (TARGET / f"{name}.folded").write_text("".join(f"{stack} {n}\n" for stack, n in sorted(folded.items())),
                                               encoding="utf-8")
        (TARGET / f"{name}.svg").write_text(flame.svg(folded, name), encoding="utf-8")
        lines.append(f"{name}: {100 * sum(folded.values()) / total:.1f} % of all samples")
        lines += [f"  {100 * share:5.1f} %  {function}" for function, share in flame.heaviest(folded)]
    (TARGET / "summary.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    missing = [name for name in SERVICES if name not in stacks]
    if missing:
        sys.exit(f"no sample of {', '.join(missing)}: they did nothing, or perf may not see them")


def main():
    """Stack up, load, record, down, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--rate", type=int, default=0, help="cases a second; 0 as fast as they are taken")
    options = parser.parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    pathlib.Path(TARGET).mkdir(parents=True, exist_ok=True)
    stack = Stack()
    with shared_by_thread():
        stack.up()
        try:
            names, figures = record(stack, options.cases, options.rate)
        finally:
            stack.down()
    write(names, figures)


if __name__ == "__main__":
    main()
