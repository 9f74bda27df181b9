"""A benchmark's name -> what each harness is asked, and where its data lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.config import make_config
from bench.errors import UsageError
from bench.execution import job_spec
from bench.plan import Job, make_plan
from tests.local_data.made import docvqa_copy, kmmlu_copy

DOCUMENTS = ("vlmevalkit", "lmms-eval", "evalscope")


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("BENCH_DATA", str(folder))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "m.yaml"
    path.write_text(json.dumps({"name": "m", "base_url": "http://127.0.0.1:9/v1"}))
    return str(path)


def jobs(**values: Any) -> tuple[Job, ...]:
    return make_plan(make_config(values), {}).jobs


def wrong(**values: Any) -> str:
    with pytest.raises(UsageError) as raised:
        jobs(**values)
    return f"{raised.value.message} | {raised.value.hint}"


def test_one_name_goes_to_each_harness_under_its_own(copies: Path, model: str) -> None:
    docvqa_copy(copies / "docvqa-val")
    found = jobs(backend=DOCUMENTS, task="docvqa-val", model=model)
    assert {job.harness.name: job.home.name for job in found if job.home} == {
        "vlmevalkit": "DocVQA_VAL",
        "lmms-eval": "docvqa_val",
        "evalscope": "docvqa",
    }
    assert {job.task.name for job in found} == {"docvqa-val"}
    assert len({job.task.content_sha256 for job in found}) == 1
    for job in found:
        spec = job_spec(job, "http://127.0.0.1:1/v1", 1).task
        assert (spec.metric, spec.data) == ("anls", str(copies / "docvqa-val"))
        assert job.home
        assert job.home.rule
        # The rule of each harness is applied to the answers of all.
        labels = [use.label for use in job.task.metrics]
        assert labels == ["anls", "anls_vlmevalkit", "anls_evalscope_answer"]


@pytest.mark.parametrize("written", ["DocVQA-val", "docvqa_VAL", "docvqa"])
def test_other_spellings_are_the_same_benchmark(written: str, copies: Path, model: str) -> None:
    docvqa_copy(copies / "docvqa-val")
    (job,) = jobs(backend="vlmevalkit", task=written, model=model)
    assert (job.task.name, job.home.name if job.home else None) == ("docvqa-val", "DocVQA_VAL")


def test_a_harnesss_own_name_is_that_harnesss(copies: Path, model: str) -> None:
    docvqa_copy(copies / "docvqa-val")
    kit, lmms = jobs(backend=("vlmevalkit", "lmms-eval"), task="DocVQA_VAL", model=model)
    assert (kit.refused, kit.task.data) == (None, copies / "docvqa-val")
    assert lmms.refused == "lmms-eval does not know the benchmark DocVQA_VAL"


def test_without_data_it_is_said_how_to_get_it(copies: Path, model: str) -> None:
    assert copies.is_dir()
    said = wrong(backend="lmms-eval", task="docvqa-val", model=model)
    assert said.startswith("docvqa-val has no local copy | bench data add docvqa-val --from PATH")
    assert "lmms-lab/DocVQA" in said


def test_the_parts_are_those_that_the_copy_holds(copies: Path, model: str) -> None:
    kmmlu_copy(copies / "kmmlu", ("Accounting", "Biology"))
    (job,) = jobs(backend="lm-eval", task="kmmlu", model=model)
    assert job.home
    assert dict(job.home.parts) == {"accounting": "kmmlu_accounting", "biology": "kmmlu_biology"}
    assert job_spec(job, "", 1).task.parts == dict(job.home.parts)


@pytest.mark.parametrize("part", ["biology", "Biology", "생물학"])
def test_one_part_by_its_name_or_title(part: str, copies: Path, model: str) -> None:
    kmmlu_copy(copies / "kmmlu", ("Accounting", "Biology"))
    (job,) = jobs(backend="lm-eval", task=f"kmmlu:{part}", model=model)
    assert job.home
    assert dict(job.home.parts) == {"biology": "kmmlu_biology"}
    assert job.task.name == f"kmmlu:{part}"


def test_a_part_that_there_is_not(copies: Path, model: str) -> None:
    kmmlu_copy(copies / "kmmlu", ("Accounting", "Biology"))
    said = wrong(backend="lm-eval", task="kmmlu:acounting", model=model)
    assert said == "kmmlu: no such subject: 'acounting' | nearest: 'accounting'"
    said = wrong(backend="lm-eval", task="kmmlu:law", model=model)
    assert said.startswith("the local copy of kmmlu has no rows of law | bench data add")


def test_what_no_pinned_harness_has(model: str) -> None:
    said = wrong(backend="lm-eval", task="StereoSet", model=model)
    assert said.startswith("StereoSet: no pinned harness has it; nearest: ")


def test_a_harness_without_a_home_is_refused_by_name(copies: Path, model: str) -> None:
    docvqa_copy(copies / "docvqa-val")
    kit, lm_eval = jobs(backend=("vlmevalkit", "lm-eval"), task="docvqa-val", model=model)
    assert kit.refused is None
    assert lm_eval.refused == "lm-eval does not know the benchmark docvqa-val"


def in_process(tmp_path: Path, **more: Any) -> str:
    path = tmp_path / "w.yaml"
    (tmp_path / "weights").mkdir(exist_ok=True)
    (tmp_path / "weights" / "config.json").write_text("{}")
    values: dict[str, Any] = {
        "name": "w",
        "weights": "./weights",
        "in_process": {"lmms-eval": {"model": "qwen2_5_vl", "arguments": {"max_pixels": 3136}}},
        "unsupported": {"vlmevalkit": "it has no class for it"},
    }
    path.write_text(json.dumps(values | more))
    return str(path)


def test_weights_in_the_harnesss_own_process(tmp_path: Path, copies: Path) -> None:
    docvqa_copy(copies / "docvqa-val")
    ours, other, third = jobs(
        backend=("lmms-eval", "vlmevalkit", "evalscope"),
        task="docvqa-val",
        model=in_process(tmp_path),
    )
    assert not ours.asks_endpoint
    spec = job_spec(ours, "http://127.0.0.1:1/v1", 1).model
    assert spec
    assert spec.in_process
    assert (spec.base_url, spec.in_process.model) == ("", "qwen2_5_vl")
    assert spec.in_process.weights == str(tmp_path / "weights")
    assert spec.in_process.arguments == {"max_pixels": 3136}
    assert other.refused == "vlmevalkit cannot load w itself: it has no class for it"
    assert third.refused == (
        "evalscope cannot load w itself: its model file names no `in_process` entry for it"
    )


def test_a_model_with_both_ways_takes_the_one_that_is_asked_for(
    tmp_path: Path, copies: Path
) -> None:
    docvqa_copy(copies / "docvqa-val")
    model = in_process(tmp_path, base_url="http://127.0.0.1:9/v1")
    common: dict[str, Any] = {"backend": "lmms-eval", "task": "docvqa-val", "model": model}
    (job,) = jobs(**common)
    assert job.asks_endpoint
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.json").write_text("{}")
    (job,) = jobs(**common, in_process=True, weights=f"w={elsewhere}")
    assert not job.asks_endpoint
    assert job.weights == elsewhere
    (job,) = jobs(**common, in_process=True, weights=(str(elsewhere),))
    assert job.weights == elsewhere
    said = wrong(**common, in_process=True, weights=str(tmp_path / "nowhere"))
    assert said.startswith(f"--weights: there is no folder {tmp_path / 'nowhere'}")
