"""Each folder in folders/ was written by the harness's own command line, without bench, against a
scripted server: a request about `What 6?` gets HTTP 500. The numbers are those that it printed.

VLMEvalKit: `python -m vlmeval.run --config`, PRED_FORMAT xlsx and tsv (ms-vlmeval 0.0.20)
lmms-eval: `python -m lmms_eval --model openai --log_samples` (0.7.3)
lm-eval: `python -m lm_eval run`, local-chat-completions and dummy (0.4.13)
EvalScope: `evalscope eval --ignore-errors` (1.14.1)
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import store
from bench.importing import Wanted
from tests.importing.made import MADE, counts, imported, job_of

Printed = tuple[str, tuple[int, int, int], dict[tuple[str, str | None], tuple[float, int]]]

# Expected, answered and failed samples; what was printed of a metric, and to how many digits.
PRINTED: dict[str, list[Printed]] = {
    "vlmevalkit_tsv": [
        ("MyDocVQA_VAL", (7, 6, 1), {("anls", None): (70.00, 2), ("anls", "val"): (70.00, 2)}),
        ("MyMCQ", (3, 2, 1), {("accuracy", None): (0.3333, 4), ("accuracy", "kind1"): (0.5, 4)}),
    ],
    "vlmevalkit_xlsx": [
        ("MyDocVQA_VAL", (7, 6, 1), {("anls", None): (55.71, 2)}),
        ("MyMCQ", (3, 2, 1), {("accuracy", None): (0.3333, 4), ("accuracy", "kind0"): (0.0, 4)}),
    ],
    "lmms_eval": [("my_docvqa", (7, 6, 1), {("anls", None): (0.8429, 4)})],
    "lm_eval_chat": [("my_gen", (6, 6, 0), {("exact_match", None): (0.6667, 4)})],
    "lm_eval_dummy": [
        ("my_gen", (6, 6, 0), {("exact_match", None): (0.0, 4)}),
        ("my_mc", (3, 3, 0), {("acc", None): (1.0, 4), ("acc_norm", None): (1.0, 4)}),
    ],
    "evalscope": [
        ("general_mcq", (3, 2, 1), {("accuracy", None): (0.5, 3)}),
        (
            "general_qa",
            (7, 6, 1),
            {
                ("rouge,ngram=1,statistic=f1", None): (0.917, 3),
                ("rouge,ngram=2,statistic=f1", None): (0.167, 3),
                ("rouge,statistic=f1,variant=l", None): (0.917, 3),
            },
        ),
    ],
}


@pytest.mark.parametrize("folder", PRINTED)
def test_counts_and_numbers_are_what_the_harness_printed(folder: str, tmp_path: Path) -> None:
    report = imported(MADE / folder, tmp_path / "run")
    assert len(report.jobs) == len(PRINTED[folder])
    for benchmark, wanted, printed in PRINTED[folder]:
        job = job_of(report, benchmark)
        assert (job.status, counts(job)) == ("ok", wanted)
        native = {(one.metric, one.group): one.value for one in job.native}
        for key, (value, digits) in printed.items():
            assert round(native[key], digits) == pytest.approx(value, abs=1e-9)


def test_answers_come_back_as_the_model_gave_them(tmp_path: Path) -> None:
    """In xlsx VLMEvalKit itself has lost two of them: its own number is 14 points lower."""
    said = {
        "0": "007",
        "1": "N/A",
        "2": "beta gamm",
        "3": "1.10",
        "4": "=1+1",
        "5": "line one\nline two",
        "6": None,
    }
    for name in ("vlmevalkit_tsv", "vlmevalkit_xlsx", "lmms_eval"):
        imported(MADE / name, tmp_path / name)
        records = [
            one for one in store.read_records(tmp_path / name) if "docvqa" in one.job.lower()
        ]
        assert {one.id: one.prediction for one in records} == said


def test_records_are_scored_again_by_the_rule_of_the_benchmark(tmp_path: Path) -> None:
    """The names in these folders are their makers' own, so the benchmark is said."""
    wanted = Wanted(benchmark="docvqa-val")
    tables = {
        "tsv": MADE / "vlmevalkit_tsv" / "stub-gpt4v" / "stub-gpt4v_MyDocVQA_VAL.tsv",
        "xlsx": MADE / "vlmevalkit_xlsx" / "stub-gpt4v" / "stub-gpt4v_MyDocVQA_VAL.xlsx",
        "lmms": MADE / "lmms_eval",
    }
    for name, source in tables.items():
        (job,) = imported(source, tmp_path / name, wanted).jobs
        anls = next(one for one in job.results if one.metric == "anls" and one.level == "global")
        assert (anls.n, anls.failed) == (7, 1)
        assert anls.value is not None
        assert anls.value == pytest.approx((1 + 1 + 0.9 + 1 + 1 + 1 + 0) / 7)
        native = next(one for one in job.native if one.group is None)
        assert native.by_rule == pytest.approx(anls.value * (native.scale or 0))
        # lmms-eval gave the same; VLMEvalKit lost `N/A` in either format, and `=1+1` in xlsx.
        assert native.agrees is (name == "lmms")
        assert native.failed_scored == 1


def test_a_column_of_distances_is_no_score(tmp_path: Path) -> None:
    report = imported(MADE / "vlmevalkit_tsv", tmp_path / "run")
    job = job_of(report, "MyDocVQA_VAL")
    assert any("eval_score" in note and "distances" in note for note in job.notes)
    scores = (store.job_folder(tmp_path / "run", job.id) / "native_scores.jsonl").read_text()
    assert '{"id": "3", "metric": "anls", "value": 1.0}' in scores  # its eval_score is 0.0
    assert '{"id": "0", "metric": "anls", "value": 1.0}' in scores  # its eval_score is 0.33
    whole = next(one for one in job.native if one.group is None)
    assert whole.interval is not None  # their mean is VLMEvalKit's number


def test_the_version_is_what_a_file_says_or_not_known(tmp_path: Path) -> None:
    versions = {}
    for name in ("lm_eval_chat", "evalscope", "vlmevalkit_tsv", "lmms_eval"):
        job = imported(MADE / name, tmp_path / name).jobs[0]
        versions[name] = job.harness.version
        unknown = any("the version" in note and "not known" in note for note in job.notes)
        assert unknown is (job.harness.version is None)
    assert versions == {
        "lm_eval_chat": "0.4.13",
        "evalscope": "1.14.1",
        "vlmevalkit_tsv": None,
        "lmms_eval": None,  # a wheel says unknown@unknown
    }


def test_failures_without_a_right_answer_keep_the_rest_from_being_scored(tmp_path: Path) -> None:
    """EvalScope leaves nothing of them: over the others alone the score would be higher."""
    source = MADE / "evalscope" / "reports" / "stub-vlm" / "general_qa.json"
    (job,) = imported(source, tmp_path / "run", Wanted(benchmark="docvqa-val")).jobs
    assert counts(job) == (7, 6, 1)
    assert job.results == ()
    assert any("not scored again" in note for note in job.notes)
    assert any("own numbers leave them out" in note for note in job.notes)


def test_the_report_names_its_sources_by_their_sha256(tmp_path: Path) -> None:
    import hashlib

    (job,) = imported(MADE / "lmms_eval", tmp_path / "run").jobs
    sources = job.task.data["sources"]
    assert len(sources) == 2
    for name, digest in sources.items():
        assert hashlib.sha256((MADE / "lmms_eval" / name).read_bytes()).hexdigest() == digest
