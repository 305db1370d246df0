"""The benchmark's judgement of figures, without measuring any."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import flame  # noqa: E402 pylint: disable=wrong-import-position
import scale  # noqa: E402 pylint: disable=wrong-import-position
import table  # noqa: E402 pylint: disable=wrong-import-position

PATH = "submit → CaseRegistered ÷ floor path"


@pytest.fixture(autouse=True)
def own_files(tmp_path, monkeypatch):
    """RESULTS.md and baseline.json of a test."""
    monkeypatch.setattr(table, "HERE", tmp_path)
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
