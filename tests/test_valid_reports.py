"""The watch over every report.json of the suite: it must be able to fail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import store
from tests.report import reports
from tests.valid_reports import Reports, Shapes


def written() -> Any:
    return json.loads(reports.report(reports.job(), reports.benchmark()).model_dump_json())


def _no_n(report: Any) -> None:
    del report["jobs"][0]["results"][0]["n"]


def _text(report: Any) -> None:
    report["jobs"][0]["results"][1]["n"] = "8"


def _level(report: Any) -> None:
    report["jobs"][0]["results"][0]["level"] = "world"


def _negative(report: Any) -> None:
    report["jobs"][0]["artifacts"] = -1


SPOILED: dict[str, Callable[[Any], None]] = {
    "absent": _no_n,
    "type": _text,
    "enum": _level,
    "no-list": _negative,
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_wrong_report_is_seen_after_a_valid_one(how: str) -> None:
    watch, report = Reports(), written()
    assert list(watch.faults(json.dumps(report).encode())) == []
    SPOILED[how](report)
    for _ in range(2):
        assert list(watch.faults(json.dumps(report).encode()))


def test_what_this_process_moves_into_place_is_seen(tmp_path: Path, valid_reports: Reports) -> None:
    report = reports.report(reports.job())
    store.write_report(tmp_path, report, ())
    assert valid_reports.taken() == []
    wrong = reports.job().model_copy(update={"status": "splendid"})
    store.write_report(tmp_path, report.model_copy(update={"jobs": (wrong,)}), ())
    (said,) = valid_reports.taken()
    assert said.startswith(f"{tmp_path}/report.json: jobs.0.status: 'splendid' is not one of")


def test_what_a_process_wrote_is_searched_for(tmp_path: Path, valid_reports: Reports) -> None:
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('{\"schema_version\": 3}')"
    subprocess.run([sys.executable, "-c", program, folder / "report.json"], check=True)
    assert valid_reports.processes
    valid_reports.search(tmp_path)
    assert f"{folder}/report.json: the whole: 'run' is a required property" in valid_reports.taken()
    assert valid_reports.taken() == []


SCHEMA = {
    "properties": {
        "kind": {"enum": ["a", "b"]},
        "hash": {"pattern": "^[0-9a-f]{4}$"},
        "n": {"type": "integer", "minimum": 0},
        "pair": {"prefixItems": [{"type": "string"}, {"type": "number"}], "maxItems": 2},
    },
    "required": ["kind"],
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kind": "a"}, {"kind": "b"}),
        ({"kind": "a"}, {"kind": "c"}),
        ({"hash": "0123"}, {"hash": "012"}),
        ({"n": 0}, {"n": -1}),
        ({"n": 1}, {"n": 1.5}),
        ({"n": 1}, {"n": True}),
        ({"pair": ["x", 1]}, {"pair": ["x", 1, 2]}),
        ({"pair": ["x", 1]}, {"pair": [1, "x"]}),
        ({"kind": "a"}, {"sort": "a"}),
        ({"pair": []}, {"pair": {}}),
    ],
    ids=[
        *("enum", "not-in-enum", "pattern", "minimum", "no-integer", "bool", "length", "order"),
        *("key", "kind-of-value"),
    ],
)
def test_what_a_schema_can_tell_apart_has_two_shapes(one: Any, other: Any) -> None:
    shapes = Shapes(SCHEMA)
    assert shapes.of(one) != shapes.of(other)


def test_texts_and_numbers_of_one_sort_have_one_shape() -> None:
    shapes = Shapes(SCHEMA)
    assert shapes.of({"n": 7, "note": "x"}) == shapes.of({"n": 9, "note": "y"})
    assert shapes.of({"pair": [1, 2, 3, 4]}) == shapes.of({"pair": [1, 2, 3, 4, 4, 4]})


def test_a_keyword_that_nobody_taught_is_an_error() -> None:
    with pytest.raises(ValueError, match="multipleOf"):
        Shapes({"properties": {"n": {"multipleOf": 3}}})
