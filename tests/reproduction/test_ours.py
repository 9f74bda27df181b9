"""What a run of bench's own says of its protocol, and that each key of it is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import store
from bench.fingerprint_rows import Fingerprint
from bench.performance_rows import ImagesSent
from bench.published import load_published
from bench.reproduction import ours
from bench.reproduction.from_run import from_run
from bench.reproduction.verdict import judged
from bench.schema import JobReport, ModelUsed, NativeResult, PromptUsed, TaskUsed
from tests.report import reports
from tests.reproduction.given import write_entry
from tests.runs import run

MakeTask = Callable[..., Path]
SERVED = ModelUsed(name="m", engine=None, served_id="m")


def job(parameters: dict[str, Any] | None = None, **keys: Any) -> JobReport:
    asked = Fingerprint.model_construct(parameters=parameters)
    return reports.job(**{"model": SERVED, "fingerprint": asked} | keys)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"temperature": 0, "max_tokens": 99}, "greedy"),
        ({"temperature": 0.0, "seed": 1}, "greedy"),
        ({"temperature": 0.7, "top_p": 0.9}, "temperature 0.7, top_p 0.9"),
        ({"temperature": {"varies": "ab"}}, "temperature varies"),
        ({"max_tokens": 99}, None),
        ({}, None),
        (None, None),
    ],
    ids=["zero", "zero-float", "sampled", "varies", "server-s-default", "nothing", "no-record"],
)
def test_decoding_is_what_the_requests_asked_for(
    parameters: dict[str, Any] | None, said: str | None
) -> None:
    assert ours.protocol(job(parameters), metric="cer").get("decoding") == said


def test_a_pipeline_decodes_nothing() -> None:
    assert ours.protocol(reports.job(), metric="cer")["decoding"] == "none"


def test_a_task_of_two_prompts_says_none() -> None:
    one, two = (PromptUsed(name=name, sha256=name * 64) for name in "ab")
    task = TaskUsed(name="tiny:m", kind="document", version="1", prompts=(one,))
    assert ours.protocol(job(task=task), metric="cer")["prompt"] == f"sha256:{'a' * 64}"
    both = task.model_copy(update={"prompts": (one, two)})
    assert "prompt" not in ours.protocol(job(task=both), metric="cer")


@pytest.mark.parametrize(("sent", "said"), [(0, "none"), (3, None)], ids=["none", "some"])
def test_resolution_is_said_where_no_image_was_sent(sent: int, said: str | None) -> None:
    images = ImagesSent(sent=sent, distinct=sent, megapixels=0.0)
    known = ours.protocol(job(performance=reports.performance(images=images)), metric="cer")
    assert known.get("resolution") == said


def test_who_judged_is_known_of_our_own_numbers_alone() -> None:
    assert ours.protocol(job(), metric="cer")["judge"] == "none"
    native = NativeResult(metric="cer", value=1.0, scale=1.0, higher_is_better=False, source="x")
    assert "judge" not in ours.protocol(job(native=(native,)), metric="cer")
    assert "judge" not in ours.protocol(job(), metric="another")


def test_a_run_of_ours_is_held_against_each_key_that_it_records(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = f"{make_task([{}, {}])}:m"
    ended = run(backend="echo", task=task, out=tmp_path / "run")
    (prompt,) = store.read_report(ended.folder).jobs[0].task.prompts
    recorded = {"n": 2, "prompt": f"sha256:{prompt.sha256}", "judge": "none"}
    here = {"benchmark": "tiny:m", "model": "none", "harness": {"name": "echo"}}
    here["run"] = {"backend": "echo", "task": task}

    def differs(**changed: Any) -> set[str]:
        place = write_entry(tmp_path / "p", **here, protocol=recorded | changed)
        (entry,) = load_published(place)
        return {one.key for one in judged(entry, from_run(entry, ended.folder)).differs}

    assert differs() == {"split"}
    assert differs(n=3) == {"split", "n"}
    assert differs(prompt="sha256:" + "0" * 64) == {"split", "prompt"}
    assert differs(judge="gpt-4") == {"split", "judge"}
    assert differs(decoding="greedy") == {"split", "decoding"}, "echo asks nobody: not known"
