"""bench score --pairs: rows from anywhere, scored as a run's answers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import store
from tests.cli.said import Cli
from tests.conftest import SHARED

RUN = ("--metric", "anls", "--json")


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def said(cli: Cli, *words: object) -> tuple[int, str, str]:
    done = cli("score", *map(str, words))
    return done.code, done.out, done.err


def scored(cli: Cli, *words: object) -> dict[str, Any]:
    code, out, err = said(cli, *words, "--json")
    assert code == 0, err
    (job,) = json.loads(out)["jobs"]
    return dict(job)


def value(job: dict[str, Any], level: str = "global", group: str = "all") -> float:
    (result,) = [r for r in job["results"] if (r["level"], r["group"]) == (level, group)]
    return float(result["value"])


def pair(name: str, prediction: Any, *references: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "prediction": prediction, "references": references, **more}


def test_levels_are_those_that_the_rows_name(tmp_path: Path, cli: Cli) -> None:
    rows = [
        pair("1", "abc", "abc", doc_id="d", doc_type="bill", field="a"),
        pair("2", "xyz", "abc", doc_id="d", doc_type="bill", field="b"),
        pair("3", "abc", "abc", doc_id="e", doc_type="form", field="a"),
    ]
    job = scored(cli, "--pairs", written(tmp_path, *rows), "--metric", "exact_match")
    assert value(job) == pytest.approx(2 / 3)
    assert value(job, "doc_type", "bill") == 0.5
    assert value(job, "field", "a") == 1.0
    assert value(job, "doc_type_field", "bill / b") == 0.0
    assert {one["level"] for one in job["results"]} == {
        *("global", "doc_type", "field", "doc_type_field"),
    }


def test_a_missing_prediction_is_a_failure_and_no_wrong_answer(tmp_path: Path, cli: Cli) -> None:
    rows = [pair("1", "a", "a"), pair("2", None, "b")]
    code, out, _ = said(cli, "--pairs", written(tmp_path, *rows), *RUN)
    (job,) = json.loads(out)["jobs"]
    assert code == 1
    assert job["counts"] == {"expected": 2, "answered": 1, "failed": 1, "unscored": 0}
    (result,) = job["results"]
    assert (result["value"], result["value_answered"]) == (0.5, 1.0)


def test_types_and_a_locale_decide_what_is_equal(tmp_path: Path, cli: Cli) -> None:
    rows = [
        pair("1", "13.09.1985", "13 сентября 1985 г.", field="birth"),
        pair("2", "1 234,56 ₽", "1234.56 RUB", field="total"),
        pair("3", "1,5", "1.5"),
    ]
    path = written(tmp_path, *rows)
    kinds = ("--type", "birth=date", "--type", "amount", "--locale", "ru")
    job = scored(cli, "--pairs", path, "--metric", "field_match", *kinds)
    assert value(job) == 1.0
    bare = scored(cli, "--pairs", path, "--metric", "field_match")
    assert value(bare) == 0.0


def test_what_is_read_out_and_normalised_stands_beside_what_was_said(
    tmp_path: Path, cli: Cli
) -> None:
    path = written(tmp_path, pair("1", "ANSWER: Семёнов", "СЕМЁНОВ"), pair("2", "b", "b"))
    words = ("--extract", "value/1", "--normalize", "text/1")
    (result,) = scored(cli, "--pairs", path, "--metric", "exact_match", *words)["results"]
    assert (result["value"], result["value_strict"], result["value_raw"]) == (1.0, 0.5, 0.5)


def test_an_unanswerable_question_is_right_without_an_answer(tmp_path: Path, cli: Cli) -> None:
    rows = [
        {"id": str(n), "prediction": text, "answerable": False}
        for n, text in enumerate(("", "not specified", "There is no date on this page.", "12.50"))
    ]
    job = scored(cli, "--pairs", written(tmp_path, *rows), "--metric", "anls")
    assert value(job) == 0.75


def test_the_run_s_folder_is_kept_and_scores_again(tmp_path: Path, cli: Cli) -> None:
    path = written(tmp_path, *(pair(str(n), "abc", "abd", doc_id=str(n)) for n in range(6)))
    first = scored(cli, "--pairs", path, "--metric", "anls", "--out", tmp_path / "run")
    again = scored(cli, tmp_path / "run")
    assert again == first
    assert first["results"][0]["interval"]["clusters"] == 6
    assert (tmp_path / "run" / "report.html").is_file()
    assert len(store.read_records(tmp_path / "run")) == 6


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "1", "prediction": "a", "references": None}, "references: must be a list of tex"),
        ({"id": "1", "prediction": "a", "references": 5}, "references: must be a list of texts"),
        ({"id": "1", "prediction": "a", "references": [5]}, "'references.0': input should be an "),
        ({"id": "1", "prediction": 5, "references": []}, "'prediction': input should be an inst"),
        ({"id": "1", "references": []}, "'prediction' is missing"),
        ({"id": "1", "prediction": "a"}, "'references' is missing; [] says that no right answer"),
        ({"id": "", "prediction": "a", "references": []}, "'id': string should have at least 1"),
        ({"id": 7, "prediction": "a", "references": []}, "'id': input should be a valid string"),
        ([], "must be a JSON object"),
        (pair("0", "a"), "duplicate id '0'"),
        (pair("1", "a", "b", answerable=False), "`answerable: false` goes with no references"),
    ],
    ids=lambda one: json.dumps(one)[:40] if not isinstance(one, str) else "",
)
def test_a_wrong_row_is_one_line_at_its_place(
    tmp_path: Path, cli: Cli, row: Any, message: str
) -> None:
    path = written(tmp_path, pair("0", "a", "a"), row)
    code, out, err = said(cli, "--pairs", path, *RUN)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}:2:1: {message}")


def test_json_nested_too_deeply_is_one_line(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text(
        '{"id": "1", "references": ["a"], "prediction": ' + "[" * 9999 + "]" * 9999 + "}"
    )
    code, _, err = said(cli, "--pairs", path, *RUN)
    assert code == 2
    assert err.startswith(f"error: {path}:1:1: cannot be read: ")


def test_objects_lone_surrogates_and_odd_numbers_are_answers(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"id": "1", "prediction": {"a": "x"}, "references": {"a": "x"}}\n'
        '{"id": "2", "prediction": "\\ud800", "references": ["\\ud800"]}\n'
        '{"id": "3", "prediction": "NaN", "references": ["NaN"]}\n'
        '{"id": "4", "prediction": "\\u202eabc", "references": [{"b": NaN}, "\\u202eabc"]}\n'
    )
    job = scored(cli, "--pairs", path, "--metric", "anls", "--out", tmp_path / "run")
    assert value(job) == 1.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a --metric"),
        (("--metric", "anlss"), "unknown metric 'anlss'"),
        (("--metric", "anls", "--normalize", "text/1"), "none of anls takes --normalize"),
        (("--metric", "cer", "--normalize", "txt"), "--normalize: unknown 'txt'"),
        (("--metric", "cer", "--extract", "value"), "--extract: unknown 'value'"),
        (("--metric", "cer", "--level", "page"), "--level: unknown 'page'"),
        (("--metric", "cer", "--locale", "ru"), "--locale says how values of a --type are wri"),
        (("--metric", "cer", "--type", "dates"), "--type dates: type: "),
        (("--metric", "cer", "--type", "x=date"), "no row of "),
        (("--metric", "cer", "--type", "date", "--locale", "xx"), "--type date: locale: "),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_wrong_option_is_named(
    tmp_path: Path, cli: Cli, words: tuple[str, ...], message: str
) -> None:
    path = written(tmp_path, pair("1", "a", "a", field="total"))
    code, _, err = said(cli, "--pairs", path, *words)
    assert code == 2
    assert message in err


def test_a_run_takes_none_of_the_options_of_pairs(tmp_path: Path, cli: Cli) -> None:
    code, _, err = said(cli, tmp_path, "--type", "date")
    assert code == 2
    assert "--type goes with --pairs" in err
    code, _, err = said(cli)
    assert "name the run's folder, or a file of pairs by --pairs" in err


def test_keys_of_others_are_ignored_and_named(tmp_path: Path, cli: Cli) -> None:
    path = written(tmp_path, pair("1", "a", "a", model="x"), pair("2", "a", "a", score=1))
    code, _, err = said(cli, "--pairs", path, *RUN)
    assert (code, err) == (0, "ignored keys: model, score\n")


@pytest.mark.parametrize(
    ("name", "anls"),
    [("2b-instruct", 0.6743), ("7b-instruct", 0.8942), ("7b", 0.2596)],
)
def test_answers_of_others_to_docvqa_have_the_anls_of_their_readme(
    tmp_path: Path, cli: Cli, name: str, anls: float
) -> None:
    file = SHARED / "predictions" / f"docvqa_val_1000__qwen2-vl-{name}.json"
    if not file.is_file():
        pytest.skip("the shared predictions are not here")
    given = json.loads(file.read_bytes())
    rows = [
        pair(str(number), row["predicted_answer"], *row["ground_truth"])
        for number, row in enumerate(given)
    ]
    # A similarity of exactly .5 counts there, as in EvalScope's rule; the published rule drops it.
    job = scored(cli, "--pairs", written(tmp_path, *rows), "--metric", "anls_evalscope")
    assert value(job) == pytest.approx(anls, abs=1e-3)
