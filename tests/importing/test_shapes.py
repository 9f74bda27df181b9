"""A file that is not as its harness writes it is one error that names it, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.importing import Wanted, read_results, write_results
from tests.importing.made import MADE

ODD: tuple[Any, ...] = (None, [], {}, "x", 7, [[1]], {"a": {"b": None}})
FILES = {
    "lm-eval": ("lm_eval_dummy", "*/results_*.json"),
    "lm-eval samples": ("lm_eval_dummy", "*/samples_my_mc*.jsonl"),
    "lmms-eval": ("lmms_eval", "*/*_results.json"),
    "lmms-eval samples": ("lmms_eval", "*/*.jsonl"),
    "evalscope": ("evalscope", "reports/*/general_mcq.json"),
    "evalscope reviews": ("evalscope", "reviews/*/general_mcq*.jsonl"),
    "evalscope predictions": ("evalscope", "predictions/*/general_mcq*.jsonl"),
    "vlmevalkit": ("vlmevalkit_tsv", "*/status.json"),
}


def refusal(place: Path, run: Path) -> str:
    """What is said of a folder that is not taken; "" where it is."""
    try:
        write_results(read_results(place), run, Wanted())
    except BenchError as error:
        return error.message
    return ""


@pytest.mark.thorough
@pytest.mark.parametrize("name", FILES)
def test_odd_values_are_told_or_taken(name: str, tmp_path: Path) -> None:
    folder, pattern = FILES[name]
    place = Path(shutil.copytree(MADE / folder, tmp_path / "made"))
    path = next(place.glob(pattern))
    whole = path.read_text()
    first, *rest = whole.splitlines(keepends=True) if path.suffix == ".jsonl" else [whole]
    refused = 0
    for number, odd in enumerate(variants(json.loads(first))):
        end = "\n" if path.suffix == ".jsonl" else ""
        path.write_text(json.dumps(odd) + end + "".join(rest))
        said = refusal(place, tmp_path / f"run-{number}")
        refused += bool(said)
        assert not said or str(place) in said
    assert refused or name == "evalscope predictions"


def variants(value: dict[str, Any]) -> list[Any]:
    """The object with one value at a time gone, or replaced by one of another kind."""
    found: list[Any] = [{k: v for k, v in value.items() if k != key} for key in value]
    return found + [value | {key: odd} for key in value for odd in ODD]
