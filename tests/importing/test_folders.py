"""What folders look like, what is wrong with them, and what is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import api
from bench.cli.import_ import HARNESSES, import_command
from bench.errors import SourceError, UsageError
from bench.importing import READERS, Wanted, read_results, write_results
from bench.pairs import metric_uses
from tests.importing.made import MADE, counts, imported

FLAT = MADE / "vlmevalkit_tsv" / "stub-gpt4v"


def test_a_timed_folder_with_links_is_the_same_as_a_flat_one(tmp_path: Path) -> None:
    """Upstream VLMEvalKit writes into T<time>/ and links from the model's folder."""
    model = tmp_path / "out" / "stub-gpt4v"
    timed = model / "T20260101-120000"
    shutil.copytree(FLAT, timed)
    for one in timed.glob("*_MyDocVQA_VAL*"):
        (model / one.name).symlink_to(one)
    flat, found = read_results(MADE / "vlmevalkit_tsv"), read_results(tmp_path / "out")
    assert [one.benchmark for one in found] == [one.benchmark for one in flat]
    assert [one.predictions for one in found] == [one.predictions for one in flat]
    assert [one.native for one in found] == [one.native for one in flat]
    assert {one.model for one in found} == {"stub-gpt4v"}


def test_without_status_the_names_of_files_say_it(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FLAT, tmp_path / "renamed"))
    (folder / "status.json").unlink()
    for one in folder.glob("*_MyDocVQA_VAL*"):
        one.rename(one.with_name(one.name.replace("MyDocVQA_VAL", "DocVQA_VAL")))
    for one in folder.glob("*_MyMCQ*"):
        one.unlink()
    (found,) = read_results(folder)
    assert (found.model, found.benchmark) == ("stub-gpt4v", "DocVQA_VAL")
    assert {(one.metric, one.value) for one in found.native} == {("anls", 70.0)}


def test_two_models_and_two_runs_are_jobs_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(MADE / "lm_eval_chat", tmp_path / "all" / name)
    shutil.copytree(MADE / "lmms_eval", tmp_path / "all" / "three")
    found = read_results(tmp_path / "all")
    (tmp_path / "run").mkdir()
    names = write_results(found, tmp_path / "run", Wanted())
    assert names == (
        "lmms-eval--stub-vlm--my_docvqa",
        "lm-eval--stub-vlm--my_gen",
        "lm-eval--stub-vlm--my_gen--2",
    )
    with pytest.raises(UsageError, match="2 benchmarks are there"):
        write_results(found, tmp_path / "run", Wanted(benchmark="docvqa-val"))


def test_an_unknown_folder_is_told_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text('{"results": 1}')
    with pytest.raises(UsageError, match="no harness's results") as caught:
        read_results(tmp_path)
    assert caught.value.hint is not None
    assert all(f"{name}: {one.looked_for}" in caught.value.hint for name, one in READERS.items())
    with pytest.raises(UsageError, match="no such file"):
        read_results(tmp_path / "absent")


def test_numbers_without_samples_are_kept_and_the_job_is_not_ok(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MADE / "lm_eval_chat", tmp_path / "made"))
    next(folder.glob("*/samples_*")).unlink()
    (job,) = imported(folder, tmp_path / "run").jobs
    assert (job.status, counts(job)) == ("failed", (0, 0, 0))
    assert [one.value for one in job.native] == pytest.approx([2 / 3])
    assert any("--log_samples" in one.message for one in job.errors)


def test_lost_samples_leave_the_counts_open(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MADE / "lm_eval_chat", tmp_path / "made"))
    samples = next(folder.glob("*/samples_*"))
    samples.write_text("".join(samples.read_text().splitlines(keepends=True)[:4]))
    (job,) = imported(folder, tmp_path / "run").jobs
    assert (job.status, counts(job)) == ("failed", (6, 4, 2))
    assert {one.kind for one in job.errors} >= {"counts_open", "no_prediction"}


@pytest.mark.parametrize(
    ("pattern", "keep", "said"),
    [
        ("*/samples_*", 900, r"samples_my_gen_.*jsonl:2"),
        ("*/results_*", 700, r"results_.*json: is no whole JSON"),
    ],
    ids=["samples", "results"],
)
def test_a_cut_file_is_named_with_its_line(
    pattern: str, keep: int, said: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(MADE / "lm_eval_chat", tmp_path / "made"))
    path = next(folder.glob(pattern))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError, match=said):
        read_results(folder)


def test_evalscope_schema_1(tmp_path: Path) -> None:
    """As EvalScope 1.0 to 1.9 wrote it: one name a metric, no execution_summary."""
    folder = Path(shutil.copytree(MADE / "evalscope", tmp_path / "made"))
    (folder / "reports" / "stub-vlm" / "general_qa.json").unlink()
    path = folder / "reports" / "stub-vlm" / "general_mcq.json"
    report = json.loads(path.read_text())
    (metric,) = report["metrics"]
    old = {key: metric[key] for key in ("num", "score", "macro_score", "categories")}
    for key in ("schema_version", "execution_summary", "primary_metric_identity"):
        del report[key]
    path.write_text(json.dumps(report | {"metrics": [{"name": "mean_accuracy", **old}]}))
    (found,) = read_results(folder)
    (native,) = found.native
    assert (native.metric, native.value, native.scale) == ("mean_accuracy", 0.5, None)
    assert [one.prediction for one in found.predictions] == ["B", "1.10"]
    assert [(one.metric, one.value) for one in found.scores] == [
        ("mean_accuracy", 1.0),
        ("mean_accuracy", 0.0),
    ]
    assert any("schema 1" in note for note in found.notes)
    path.write_text(json.dumps(report | {"schema_version": 3}))
    with pytest.raises(SourceError, match="schema 3"):
        read_results(folder)


def test_a_result_of_hret(tmp_path: Path) -> None:
    samples = [
        {"reference": "서울", "prediction": "서울", "evaluation": {"is_correct": True}},
        {"reference": "부산", "prediction": "", "error": "timeout"},
    ]
    info = {"dataset_name": "kmmlu", "model_backend_name": "openai"}
    result = {"metrics": {"accuracy": 0.5}, "samples": samples, "info": info}
    (tmp_path / "out.json").write_text(json.dumps(result))
    (found,) = read_results(tmp_path)
    assert (found.harness, found.benchmark, found.model) == ("hret", "kmmlu", "openai")
    assert [one.status for one in found.predictions] == ["answered", "failed"]
    assert [(one.value, one.n, one.failed_scored) for one in found.native] == [(0.5, 2, 1)]
    assert any("normalised text" in note for note in found.notes)


def test_answers_of_vlmhyperbench_are_scored_by_the_metric_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Receipts_HF_Qwen2-VL_VQA_answers_2025-01-01.csv"
    path.write_text("id;answer;model_answer\n0;12.50;12.50\n1;NA;N/A\n")
    wanted = Wanted(metrics=metric_uses(["exact_match"], None))
    (job,) = imported(path, tmp_path / "run", wanted).jobs
    assert (job.model.name, job.task.name, counts(job)) == ("Qwen2-VL", "Receipts", (2, 2, 0))
    (result,) = (one for one in job.results if one.level == "global")
    assert result.value == 0.5


def test_the_command_leaves_a_run_that_can_be_scored_again(tmp_path: Path) -> None:
    assert set(HARNESSES) == set(READERS)
    run = tmp_path / "run"
    done = CliRunner().invoke(
        import_command,
        [str(MADE / "lmms_eval"), "--out", str(run), "--benchmark", "docvqa-val", "--json"],
        standalone_mode=False,
    )
    assert done.exception is None, done.exception
    assert done.return_value == 1  # a request failed
    first = json.loads(done.output)
    assert (run / "report.html").is_file()
    again = api.rescore(run).model_dump(mode="json")
    assert again["jobs"] == first["jobs"]
    with pytest.raises(UsageError, match="is a run of bench already"):
        read_results(run)


@pytest.mark.parametrize(
    ("source", "given", "said"),
    [
        ("vlmevalkit_tsv", ["--benchmark", "docvqa-val"], "2 benchmarks are there"),
        ("lmms_eval", ["--benchmark", "no-such-set"], "unknown benchmark"),
        ("lmms_eval", ["--metric", "nosuch"], "unknown metric"),
        ("lmms_eval", ["--as", "lm-eval"], "no harness's results"),
    ],
    ids=["several", "unknown", "metric", "other"],
)
def test_what_cannot_be_done_leaves_no_run(
    source: str, given: list[str], said: str, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    arguments = [str(MADE / source), "--out", str(run), *given]
    with pytest.raises(UsageError, match=said):
        CliRunner().invoke(import_command, arguments, standalone_mode=False, catch_exceptions=False)
    assert not run.exists()
