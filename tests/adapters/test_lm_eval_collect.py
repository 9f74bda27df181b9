"""Reading lm-eval's raw output, on output recorded from a real run of lm_eval 0.4.13."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.adapters.collecting import collected_by
from tests.adapters.lm_eval_process import ADAPTER, HERE, part

TEXT = ["s0", "s3", "s6"]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Three samples without images and four with; s3 failed, s1 holds a lone surrogate."""
    return Path(shutil.copytree(HERE / "lm_eval_recorded" / "mixed", tmp_path / "job"))


collected = partial(collected_by, ADAPTER)


def reason(folder: Path) -> str:
    result = collected(folder)
    assert result["status"] == "failed"
    assert result["error"]["type"] == "Broken"
    return str(result["error"]["message"])


def samples(folder: Path, modality: str) -> Path:
    (path,) = (folder / "raw" / modality).glob("samples_*.jsonl")
    return path


def results(folder: Path, modality: str) -> Path:
    (path,) = (folder / "raw" / modality).glob("results_*.json")
    return path


def edit(path: Path, old: str, new: str) -> None:
    before = path.read_bytes()
    assert before.count(old.encode()) >= 1
    path.write_bytes(before.replace(old.encode(), new.encode(), 1))


def test_a_recorded_run_is_believed_and_no_metric_of_lm_eval_is_passed_on(recorded: Path) -> None:
    before = (recorded / "predictions.jsonl").read_bytes()
    result = collected(recorded)
    assert result["status"] == "ok", result["error"]
    assert result["versions"]["harness"] == "0.4.13"
    # The results file says "bypass": 999; a metric that fails would say 0.0 there.
    assert '"bypass,none": 999' in results(recorded, "text").read_text()
    assert result["native"] == []
    assert (recorded / "predictions.jsonl").read_bytes() == before


@pytest.mark.parametrize("modality", ["text", "image"])
def test_files_that_lm_eval_could_not_write_fail_the_job(recorded: Path, modality: str) -> None:
    # It says "Could not save results aggregated" in its log, and ends with exit code 0.
    samples(recorded, modality).unlink()
    assert "left 0 files samples_documents_" in reason(recorded)


def test_no_results_file_fails_the_job(recorded: Path) -> None:
    results(recorded, "image").unlink()
    assert "left 0 files results_*.json, not one: see the log" in reason(recorded)


@pytest.mark.parametrize("kept", [0, 100])
def test_a_results_file_that_broke_off_fails(recorded: Path, kept: int) -> None:
    path = results(recorded, "image")
    path.write_bytes(path.read_bytes()[:kept])
    assert reason(recorded).startswith("lm-eval's results file is cut (")


def test_a_second_file_of_another_run_is_not_picked_up(recorded: Path) -> None:
    path = samples(recorded, "image")
    shutil.copy(path, path.with_name(path.name.replace("2026", "2027")))
    assert "left 2 files samples_documents_image_*.jsonl" in reason(recorded)


def test_a_samples_file_that_broke_off_fails(recorded: Path) -> None:
    path = samples(recorded, "image")
    path.write_bytes(path.read_bytes()[:-40])
    assert "ends in the middle of a line" in reason(recorded)


def test_a_sample_that_lm_eval_lost_is_named(recorded: Path) -> None:
    path = samples(recorded, "text")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    assert reason(recorded) == "lm-eval's samples file lacks 2 samples: s3, s6"


def test_rows_that_were_appended_twice_are_named(recorded: Path) -> None:
    path = samples(recorded, "text")
    path.write_bytes(path.read_bytes() * 2)
    assert reason(recorded) == "lm-eval's samples file has 3 samples twice: s0, s3, s6"


def test_n_that_shrank_fails(recorded: Path) -> None:
    edit(results(recorded, "image"), '"effective": 4', '"effective": 3')
    assert "'effective': 3} samples, 4 were asked" in reason(recorded)


def test_results_of_another_task_fail(recorded: Path) -> None:
    edit(results(recorded, "image"), '"n-samples": {\n    "documents_image"', '"n-samples": {"x"')
    assert "lm-eval counts no samples, 4 were asked" in reason(recorded)


@pytest.mark.parametrize(
    ("sample", "old", "new"),
    [
        ("s6", '"resps": [["007"]]', '"resps": [["7"]]'),
        ("s6", '"filtered_resps": ["007"]', '"filtered_resps": ["7"]'),
        ("s3", '"resps": [["[no answer]"]]', '"resps": [[""]]'),
        ("s0", '"resps": [["NA"]]', '"resps": [["NA"], ["nan"]]'),
        ("s0", '"filter": "none"', '"filter": "strict"'),
    ],
)
def test_an_answer_that_lm_eval_changed_is_named(
    recorded: Path, sample: str, old: str, new: str
) -> None:
    edit(samples(recorded, "text"), old, new)
    assert reason(recorded) == f"lm-eval changed 1 answers: {sample}"


def test_only_the_first_changed_answers_are_named(recorded: Path) -> None:
    for modality in ("text", "image"):
        path = samples(recorded, modality)
        path.write_bytes(path.read_bytes().replace(b'"filter": "none"', b'"filter": "x"'))
    assert reason(recorded).endswith("changed 7 answers: s0, s3, s6 and others")


def test_answers_are_paired_by_row_and_never_by_order(recorded: Path) -> None:
    path = samples(recorded, "image")
    lines = path.read_bytes().split(b"\n")[:-1]
    path.write_bytes(b"".join(line + b"\n" for line in reversed(lines)))
    assert collected(recorded)["status"] == "ok"
    edit(path, '"doc": {"row": 5}', '"doc": {"row": 4}')
    assert reason(recorded) == "lm-eval's samples file lacks 1 samples: s5"


@pytest.mark.parametrize("number", ["99", "-1", '"5"'])
def test_a_row_of_no_sample_fails(recorded: Path, number: str) -> None:
    edit(samples(recorded, "image"), '"doc": {"row": 5}', f'"doc": {{"row": {number}}}')
    assert "a row of no sample" in reason(recorded)


def test_a_prediction_too_few_and_one_too_many_are_named(recorded: Path) -> None:
    path = recorded / "predictions.jsonl"
    lines = {json.loads(line)["id"]: line for line in path.read_text().splitlines(keepends=True)}
    path.write_text("".join(line for name, line in lines.items() if name not in TEXT))
    assert reason(recorded) == "predictions.jsonl lacks 3 samples: s0, s3, s6"
    path.write_text("".join(lines.values()) + lines["s1"])
    assert reason(recorded) == "predictions.jsonl has 1 samples twice: s1"
    path.write_text("".join(lines.values()) + lines["s1"].replace("s1", "s9"))
    assert reason(recorded) == "predictions.jsonl has samples that were not asked"
    path.unlink()
    assert reason(recorded) == "predictions.jsonl lacks 7 samples: s0, s1, s2 and others"


def test_without_images_there_is_one_call() -> None:
    modalities = part("collect").modalities
    with_image: dict[str, list[str]] = {"images": ["a"]}
    without: dict[str, list[str]] = {"images": []}
    assert modalities([without, with_image, without]) == {"text": [0, 2], "image": [1]}
    assert modalities([with_image]) == {"image": [0]}
    assert modalities([without]) == {"text": [0]}
