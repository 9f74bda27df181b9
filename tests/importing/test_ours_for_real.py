"""One `bench eval` with every harness, then each job's raw folder imported: nothing has changed.

About 70 seconds of processor time: five harnesses start, three of them twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import store
from bench.assemble import report_run
from bench.importing import Wanted, read_results, write_results
from bench.report.asked import questions
from bench.schema import JobReport, Record
from tests.endpoint import Reply, endpoint
from tests.local_data.made import DOCVQA, docvqa_rows, drawn_page, write_made

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ("vlmevalkit", "lmms-eval", "lm-eval", "evalscope", "hret")
NATIVE = ("vlmevalkit", "lmms-eval", "evalscope")
# id, question, the right answer, what the model says; None: the request fails.
SAMPLES = (
    ("a/1", "how much?", "12.50", "12.50"),
    ("4", "which number?", "007", "7"),  # a harness's own number of another sample
    ("0", "who?", "N/A", "N/A"),
    ("d", "will it fail?", "x", None),
    ("e=1 ö", "which sum?", "=1+1", " =1+1\n"),
)


def write_task(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    metrics = [{"metric": "anls"}, {"metric": "exact_match"}]
    described: dict[str, Any] = {"name": "notes", "version": "1", "licence": "Apache-2.0"}
    described["summary"] = "five notes"
    described["members"] = {"m": {"prompt": "{question}", "metrics": metrics}}
    (folder / "task.yaml").write_text(json.dumps(described))
    rows = []
    for number, (name, question, right, _) in enumerate(SAMPLES):
        (folder / "images" / f"{number}.png").write_bytes(drawn_page(question))
        row = {"id": name, "images": [f"images/{number}.png"], "question": question}
        rows.append(row | {"references": [right]})
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def script(prompt: str, _number: int) -> Reply:
    for _, question, _, said in SAMPLES:
        if question in prompt:
            return Reply(status=400) if said is None else Reply(said)
    return Reply("12.50")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("ours")
    rows = docvqa_rows(4)
    write_made(home / "data/docvqa-val", "docvqa-val", DOCVQA, {("DocVQA", "validation"): rows})
    asked = {
        "document": (DOCUMENT, str(write_task(home / "task"))),
        "native": (NATIVE, "docvqa-val"),
    }
    environment = os.environ | {"BENCH_DATA": str(home / "data"), "PYTHONPATH": str(ROOT)}
    with endpoint(script) as served:
        (home / "m.json").write_text(json.dumps({"name": "scripted", "base_url": served.url}))
        for name, (backends, task) in asked.items():
            argv = [sys.executable, "-m", "bench", "eval", "--backend", ",".join(backends)]
            argv += ["--task", task, "--model", "m.json", "--out", name]
            done = subprocess.run(
                argv, cwd=home, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == (name == "document"), done.stdout + done.stderr
    return {name: home / name for name in asked}


def job_of(run: Path, harness: str) -> JobReport:
    (found,) = (job for job in store.read_report(run).jobs if job.harness.name == harness)
    return found


def again(run: Path, harness: str, out: Path) -> JobReport:
    """The raw folder of the harness's job, imported."""
    out.mkdir()
    raw = store.job_folder(run, job_of(run, harness).id) / "raw"
    write_results(read_results(raw, harness), out, Wanted())
    (job,) = report_run(out).jobs
    return job


def told(run: Path, job: str) -> dict[str, dict[str, Any]]:
    """All of each record but what the gateway alone can know, and why a request failed."""
    apart = {"job", "error", "error_kind", "finish_reason", "tokens", "latency_s"}
    apart |= {"doc_id", "doc_type", "field", "language", "tags", "mistake"}
    found: list[Record] = [one for one in store.read_records(run) if one.job == job]
    return {one.id: one.model_dump(mode="json", exclude=apart) for one in found}


def global_values(job: JobReport) -> dict[str, tuple[float | None, int, int]]:
    whole = [one for one in job.results if one.level == "global"]
    return {one.metric: (one.value, one.n, one.failed) for one in whole}


@pytest.mark.parametrize("harness", DOCUMENT)
def test_a_document_task(harness: str, runs: dict[str, Path], tmp_path: Path) -> None:
    first = job_of(runs["document"], harness)
    assert (first.counts.expected, first.counts.failed) == (5, 1)
    job = again(runs["document"], harness, tmp_path / "run")
    assert (job.status, job.model.name, job.task.name) == ("ok", "scripted", "notes:m")
    assert told(tmp_path / "run", job.id) == told(runs["document"], first.id)
    assert global_values(job) == global_values(first)
    shown = {key[1]: one for key, one in questions(tmp_path / "run", [job.id]).items()}
    for name, question, _, _ in SAMPLES:
        assert question in (shown[name].prompt or "")
        assert [path.is_file() for path in shown[name].images] == [True]


@pytest.mark.parametrize("harness", NATIVE)
def test_a_benchmark_of_the_harness(harness: str, runs: dict[str, Path], tmp_path: Path) -> None:
    first = job_of(runs["native"], harness)
    job = again(runs["native"], harness, tmp_path / "run")
    assert (job.status, job.model.name, job.task.name) == ("ok", "scripted", "docvqa-val")
    assert told(tmp_path / "run", job.id) == told(runs["native"], first.id)
    assert global_values(job) == global_values(first)
    keys = ("metric", "group", "scale", "n", "failed_scored", "rule", "agrees")
    ours, theirs = (
        [[getattr(one, key) for key in keys] for one in each.native] for each in (job, first)
    )
    assert ours == theirs
    exact = 5.1e-5 if harness == "evalscope" else 0.0  # its report has four digits
    for left, right in zip(job.native, first.native, strict=True):
        assert left.value == pytest.approx(right.value, abs=exact, rel=0)
    scores = [
        (store.job_folder(run, one.id) / "native_scores.jsonl").read_text()
        for run, one in ((tmp_path / "run", job), (runs["native"], first))
    ]
    rows = [sorted(text.splitlines()) for text in scores]
    assert [json.loads(row) for row in rows[0]] == [json.loads(row) for row in rows[1]]
