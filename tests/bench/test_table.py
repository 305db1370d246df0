"""The benchmark's judgement of figures, without measuring any."""

import json
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench  # noqa: E402 pylint: disable=wrong-import-position
import flame  # noqa: E402 pylint: disable=wrong-import-position
import machine  # noqa: E402 pylint: disable=wrong-import-position
import scale  # noqa: E402 pylint: disable=wrong-import-position
import table  # noqa: E402 pylint: disable=wrong-import-position

PATH = "submit → CaseRegistered ÷ floor path"


@pytest.fixture(autouse=True)
def own_files(tmp_path, monkeypatch):
    """RESULTS.md and baseline.json of a test."""
    monkeypatch.setattr(table, "HERE", tmp_path)
    monkeypatch.setattr(bench, "HOME", tmp_path / "bench")
    monkeypatch.setattr(bench, "KEPT", tmp_path / "bench" / "values.json")
    return tmp_path


def medians(product):
    """Figures of the path where the floor takes 1,000 cases a second."""
    return {"product_path.per_second": product, "floor_path.per_second": 1000}


def runs(foreign=0.01):
    """Where both parts ran while others took this share."""
    return {part: {"foreign": [0.0, foreign], "sizes": "", "at": "", "commits": []}
            for part in ("product_path", "floor_path")}


def test_a_ratio_that_falls_by_more_than_fifteen_percent_is_named():
    assert table.accept(medians(700), runs()) == []
    assert not list(table.falls(medians(700 * 0.86)))
    assert list(table.falls(medians(700 * 0.84))) == [f"{PATH}: 0.588, was 0.700"]


def test_a_ratio_that_was_not_measured_keeps_its_baseline(own_files):
    table.accept(medians(700), runs())
    table.accept({}, {})
    assert json.loads((own_files / "baseline.json").read_text(encoding="utf-8")) == {PATH: 0.7}
    assert not list(table.falls({}))


def test_a_disturbed_ratio_does_not_become_the_baseline():
    assert table.accept(medians(700), runs(foreign=0.3)) == [PATH]
    assert table.read_baseline() == {}


def test_a_missed_limit_is_shown_as_missed_and_a_disturbed_one_as_disturbed(own_files):
    verdict = {row[0]: row[3] for row in table.rows(medians(599), runs())}
    assert verdict[PATH] == "**missed**"
    assert verdict["case_decide"] == "not measured"
    assert {row[0]: row[3] for row in table.rows(medians(601), runs(0.2))}[PATH] == "reached, disturbed"
    table.write_results({name: [value] for name, value in medians(599).items()}, medians(599), runs())
    assert f"| {PATH} | 0.599 | ≥ 0.6 | **missed** |" in (own_files / "RESULTS.md").read_text(encoding="utf-8")


class QuietStack:
    """Nothing runs."""

    def down(self):
        """Nor does it stop."""


def run_bench(monkeypatch, words, figures, cut_off=False):
    """make bench with these words, where each part gives the figures of its name; cut off, it gets to the second ledger."""
    def part_of(name):
        def measured(_):
            if cut_off and name == "two_ledgers":
                raise KeyboardInterrupt
            return figures.get(name, {"per_second": 1})
        return measured
    parts = bench.plan(bench.argparse.Namespace(**dict.fromkeys(
        ("cases", "backlog", "seconds", "commands", "facts", "long_seconds", "clocks", "grown"), 1)))
    plan = {scenario: [(part, "one", part_of(part)) for part, _, _ in found] for scenario, found in parts.items()}
    monkeypatch.setattr(bench, "plan", lambda options: plan)
    monkeypatch.setattr(bench, "Stack", QuietStack)
    monkeypatch.setattr(bench, "bring_up", lambda *_: None)
    monkeypatch.setattr(bench, "await_quiet", lambda *_: None)
    monkeypatch.setattr(bench, "Watch", lambda stack: bench.argparse.Namespace(end=lambda: (0.0, 0.0)))
    monkeypatch.setattr(sys, "argv", ["bench.py", "--rounds", "1", *words])
    return bench.main()


def written(own_files):
    """{figure: as RESULTS.md has it}."""
    lines = (own_files / "RESULTS.md").read_text(encoding="utf-8").partition("## Figures")[2].splitlines()
    return {line.split("|")[1].strip(): line.split("|")[2].split()[0] for line in lines if ".per_second" in line}


def test_some_scenarios_leave_the_figures_of_the_others(own_files, monkeypatch):
    run_bench(monkeypatch, [], {"inbound": {"per_second": 7}})
    before = written(own_files)
    assert before["inbound.per_second"] == "7" and before["floor_path.per_second"] == "1" and len(before) >= 16
    run_bench(monkeypatch, ["--only", "inbound"], {"inbound": {"per_second": 8}})
    assert written(own_files) == {**before, "inbound.per_second": "8"}


def test_some_scenarios_of_a_new_clone_leave_the_table_as_it_is(own_files, monkeypatch):
    run_bench(monkeypatch, [], {})
    text = (own_files / "RESULTS.md").read_text(encoding="utf-8")
    bench.KEPT.unlink()
    run_bench(monkeypatch, ["--only", "inbound"], {"inbound": {"per_second": 8}})
    assert (own_files / "RESULTS.md").read_text(encoding="utf-8") == text
    run_bench(monkeypatch, [], {})
    assert written(own_files)["inbound.per_second"] == "1", "a whole run replaces all"


def test_figures_of_another_clone_that_are_newer_stay(own_files, monkeypatch):
    run_bench(monkeypatch, [], {})
    path = own_files / "RESULTS.md"
    others = re.sub(r"(?m)^(\| two_ledgers \| 1 \| one \| )[0-9: -]+", r"\g<1>2999-01-01 00:00 ", path.read_text(encoding="utf-8"))
    path.write_text(others, encoding="utf-8")
    run_bench(monkeypatch, ["--only", "inbound"], {"inbound": {"per_second": 8}})
    assert "2999" in others and path.read_text(encoding="utf-8") == others


def test_a_whole_run_that_is_cut_off_leaves_the_table_as_it_is(own_files, monkeypatch):
    run_bench(monkeypatch, [], {})
    text = (own_files / "RESULTS.md").read_text(encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        run_bench(monkeypatch, [], {"inbound": {"per_second": 8}}, cut_off=True)
    assert (own_files / "RESULTS.md").read_text(encoding="utf-8") == text


def test_the_first_table_of_all_may_be_of_some_scenarios(own_files, monkeypatch):
    run_bench(monkeypatch, ["--only", "inbound"], {})
    assert written(own_files) == {"inbound.per_second": "1"}


def test_a_worker_that_ends_takes_no_processor_time_away(monkeypatch):
    stack = machine.Stack()
    monkeypatch.setattr(stack, "pids", lambda: {"postgres": 1})
    monkeypatch.setattr(stack, "sql", lambda _: "1|\n2|redress-ledger api\n3|autovacuum worker")
    found = []
    for worker, ended in (({3: (1, 50, 0, 0)}, 0), ({3: (1, 70, 0, 0)}, 0), ({}, 80)):
        monkeypatch.setattr(machine, "processes", lambda worker=worker, ended=ended: {
            1: (0, 10, ended, 0), 2: (1, 100, 0, 0), **worker, 4: (0, 999, 999, 0)})
        found.append((stack.cpu_by_program()["postgres"] * machine.TICKS, stack.postgres_by_client()["ended"] * machine.TICKS))
    assert found == [(160, 0), (180, 0), (190, 80)]


def test_a_number_is_read_from_a_message_with_texts_before_it():
    message = bytes([0x0A, 3, 1, 2, 3, 0x12, 2, 0x61, 0x62, 0x18, 7, 0x20, 0xAC, 0x02])
    assert scale.varint_field(message, 4) == 300
    assert scale.varint_field(message, 3) == 7
    assert scale.varint_field(message, 9) == 0


def breached(case, due_ms, decided_ms, nested=False):
    """A row of case_events as the benchmark reads it: a ClockBreached, or a ClockArmed that nests the terms."""
    def field(number, value):
        if isinstance(value, bytes):
            return bytes([number << 3 | 2, len(value)]) + value
        found = bytes([number << 3])
        while value >= 128:
            found, value = found + bytes([value & 127 | 128]), value >> 7
        return found + bytes([value])
    meta = field(1, field(1, case))
    message = meta + field(2, field(1, b"escalation-1") + field(5, due_ms)) if nested else \
        meta + field(2, b"bench") + field(3, 1) + field(4, due_ms)
    return f"{message.hex()}|{decided_ms}"


def test_lateness_is_of_the_clocks_that_were_due_then():
    rows = "\n".join(breached(b"x", due, decided) for due, decided in ((1000, 1300), (2000, 2010), (999, 5000), (2001, 5000)))
    assert scale.lateness(rows, scale.due_of, 1000, 2000) == [10, 300]
    assert scale.lateness(rows, scale.due_of, 1000, 2000, 500) == [510, 800], "of a warning half a second before"
    assert scale.lateness(breached(b"x", 1000, 1300, nested=True), scale.due_of_terms, 1000, 2000) == [300]
    assert scale.lateness("", scale.due_of, 1000, 2000) == []


@pytest.mark.parametrize("share, value", [(0.5, 3), (0.99, 4), (1, 4), (0, 1)])
def test_a_share_of_sorted_values_is_found(share, value):
    assert scale.share_at([1, 2, 3, 4], share) == value


class Decided:
    """A burst of 200 clocks, two of them crises: as late as this."""

    def __init__(self, crisis_ms, others_ms, warnings=198):
        self.found = {"ClockBreached": [others_ms] * 198, "ClockWarned": [0] * warnings, "CaseEscalated": [crisis_ms] * 2}

    def sql(self, text):
        """The rows of that kind of fact."""
        kind = next(kind for kind in self.found if f"'redress.v1.{kind}'" in text)
        before = scale.WARN_S * 1000 if kind == "ClockWarned" else 0
        return "\n".join(breached(b"x", 100000, 100000 - before + late, kind == "CaseEscalated") for late in self.found[kind])


PHASE = scale.Phase


def phase(stack):
    """One that is over, without waiting for it."""
    done = PHASE.__new__(PHASE)
    done.stack, done.count, done.first_ms, done.last_ms, done.fired_in_s, done.armed_in_s = stack, 200, 100000, 101000, 1, 1
    return done


@pytest.mark.parametrize("crisis_ms, others_ms, verdict", [(10, 900, "reached"), (90, 900, "reached"), (91, 900, "**missed**")])
def test_a_crisis_that_waits_among_the_others_misses_the_limit(monkeypatch, crisis_ms, others_ms, verdict):
    monkeypatch.setattr(scale, "Phase", lambda stack, *_: phase(stack))
    found = {f"clocks.{name}": value for name, value in scale.burst_phase(Decided(crisis_ms, others_ms), 200, 1).items()}
    rows = {row[0]: row[3] for row in table.rows(found, {})}
    assert rows["clocks: 100,000 due in one second, crisis p99 ÷ others' p50"] == verdict
    assert found["clocks.burst_applied_s"] == max(crisis_ms, others_ms) / 1000 and found["clocks.burst_warned_s"] == 0


class Fired:
    """A message of redress.proposals."""

    def __init__(self, case, at_ms, kind="BreachClock"):
        self.case, self.at_ms, self.kind = case, at_ms, kind

    def key(self):
        """The case."""
        return self.case.encode()

    def timestamp(self):
        """(kind, when)."""
        return 1, self.at_ms

    def headers(self):
        """Those of CloudEvents."""
        return [("ce_type", f"redress.v1.{self.kind}".encode())]


def test_a_clock_is_fired_when_it_is_proposed_first():
    messages = [Fired("a", 5), Fired("b", 7), Fired("a", 90), Fired("c", 80), Fired("b", 3, "WarnClock")]
    assert scale.last_fired_ms(messages, {"a", "b"}) == 7
    with pytest.raises(RuntimeError, match="of 3 clocks 2 were fired"):
        scale.last_fired_ms(messages[:3], {"a", "b", "c"})


def test_a_clock_that_was_never_decided_is_no_measurement():
    with pytest.raises(RuntimeError, match="197"):
        phase(Decided(1, 1, warnings=197)).lateness()


def test_stacks_are_folded_from_the_outermost_frame_and_drawn():
    lines = ["redress-ledger  12/13  100.5: ", "\tffff inner+0x4 (/bin/redress-ledger)", "\tffff outer (/bin/redress-ledger)",
             "\tffff [unknown] (/usr/lib/librdkafka.so.1)", "", "other 99 1.0:", "\tffff x (y)", ""]
    stacks = flame.fold(lines, {12: "ledger"}.get)
    assert stacks == {"ledger": {"redress-ledger;[librdkafka.so.1];outer;inner": 1}}
    picture = flame.svg(stacks["ledger"], "ledger")
    assert "inner: 1 samples, 100.00 %" in picture and picture.endswith("</svg>\n")
    assert flame.heaviest(stacks["ledger"]) == [("inner", 1.0)]
