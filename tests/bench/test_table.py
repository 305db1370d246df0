"""The benchmark's judgement of figures, without measuring any."""

import json
import pathlib
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
    run_bench(monkeypatch, ["--only", "inbound", "--add"], {"inbound": {"per_second": 9}})
    assert written(own_files) == {**before, "inbound.per_second": "9"}


def test_some_scenarios_of_a_new_clone_leave_the_table_as_it_is(own_files, monkeypatch):
    run_bench(monkeypatch, [], {})
    text = (own_files / "RESULTS.md").read_text(encoding="utf-8")
    bench.KEPT.unlink()
    run_bench(monkeypatch, ["--only", "inbound"], {"inbound": {"per_second": 8}})
    assert (own_files / "RESULTS.md").read_text(encoding="utf-8") == text
    run_bench(monkeypatch, [], {})
    assert written(own_files)["inbound.per_second"] == "1", "a whole run replaces all"


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


def test_stacks_are_folded_from_the_outermost_frame_and_drawn():
    lines = ["redress-ledger  12/13  100.5: ", "\tffff inner+0x4 (/bin/redress-ledger)", "\tffff outer (/bin/redress-ledger)",
             "\tffff [unknown] (/usr/lib/librdkafka.so.1)", "", "other 99 1.0:", "\tffff x (y)", ""]
    stacks = flame.fold(lines, {12: "ledger"}.get)
    assert stacks == {"ledger": {"redress-ledger;[librdkafka.so.1];outer;inner": 1}}
    picture = flame.svg(stacks["ledger"], "ledger")
    assert "inner: 1 samples, 100.00 %" in picture and picture.endswith("</svg>\n")
    assert flame.heaviest(stacks["ledger"]) == [("inner", 1.0)]
