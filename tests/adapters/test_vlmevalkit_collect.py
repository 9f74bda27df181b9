"""Reading VLMEvalKit's raw output, on output recorded from real runs of ms-vlmeval 0.0.20."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.collecting import collected_by

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADAPTER = ROOT / "adapters" / "harnesses" / "vlmevalkit"
LABEL = "tiny-model-tsv-1"

spec = importlib.util.spec_from_file_location("vlmevalkit_collect", ADAPTER / "collect.py")
assert spec is not None
assert spec.loader is not None
collect: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(collect)


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        return Path(shutil.copytree(HERE / "vlmevalkit_recorded" / name, tmp_path / name))

    return copy


collected = partial(collected_by, ADAPTER)


def entry(result: dict[str, Any], group: str | None) -> dict[str, Any]:
    (only,) = (one for one in result["native"] if one["group"] == group)
    assert isinstance(only, dict)
    return only


def reason(folder: Path) -> str:
    result = collected(folder)
    assert result["status"] == "failed"
    assert result["error"]["type"] == "Broken"
    return str(result["error"]["message"])


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "raw" / LABEL / name
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new), "utf-8")


def test_docvqa_is_anls_of_one_hundred(recorded: Callable[[str], Path]) -> None:
    result = collected(recorded("docvqa"))
    assert entry(result, None) == {
        "metric": "anls",
        "group": None,
        "value": 73.75,
        "scale": 100,
        "higher_is_better": True,
        "n": 8,
        "failed_scored": 1,
        "source": f"raw/{LABEL}/{LABEL}_DocVQA_VAL_acc.csv",
    }
    assert entry(result, "val")["value"] == 73.75
    assert result["data"]["matches"] is False
    assert result["versions"]["harness"] == "0.0.20"


def scores(folder: Path) -> dict[tuple[str, str], float]:
    rows = [json.loads(one) for one in (folder / "native_scores.jsonl").read_text().splitlines()]
    assert len({(row["id"], row["metric"]) for row in rows}) == len(rows)
    return {(row["id"], row["metric"]): row["value"] for row in rows}


def test_the_scores_of_samples_have_their_ids_and_close(recorded: Callable[[str], Path]) -> None:
    folder = recorded("copy")
    native = entry(collected(folder), None)
    assert scores(folder) == {
        ("70", "anls"): pytest.approx(2 / 3),  # not eval_score, which is a mean of distances
        ("71", "anls"): 1.0,
        ("72", "anls"): 0.0,
    }
    assert native["value"] == pytest.approx(sum(scores(folder).values()) / 3 * native["scale"])
    collected(folder)
    assert len(scores(folder)) == 3  # not appended a second time


def test_yes_and_no_are_found_again_by_the_ids_of_the_copy(
    recorded: Callable[[str], Path],
) -> None:
    folder = recorded("yes_no")
    result = collected(folder)
    of_all = {one["metric"]: one["value"] for one in result["native"] if one["group"] is None}
    assert of_all == {"aAcc": pytest.approx(200 / 3), "fAcc": 50.0, "qAcc": 50.0}
    assert scores(folder) == {("0", "aAcc"): 1.0, ("1", "aAcc"): 0.0, ("2", "aAcc"): 1.0}


def test_scores_that_do_not_close_are_not_kept_and_said(recorded: Callable[[str], Path]) -> None:
    folder = recorded("copy")
    edit(folder, f"{LABEL}_InfoVQA_VAL_results.tsv", "[0.3333333333333333]", "[0.25]")
    assert collected(folder)["status"] == "ok"
    assert not (folder / "native_scores.jsonl").exists()
    assert "is not its anls: not kept by sample" in (folder / "events.jsonl").read_text()


def test_points_are_of_the_kinds_that_were_asked() -> None:
    rows = [{"index": "0", "category": "OCR"}, {"index": "1", "category": "color"}]
    line = {"perception": "350.0", "reasoning": "0", "OCR": "200.0", "color": "150.0"}
    found = [one[:4] for one in collect.points(line, rows)]
    assert found == [
        ("perception", None, "350.0", 400),
        ("points", "OCR", "200.0", 200),
        ("points", "color", "150.0", 200),
    ]


def test_collect_leaves_the_predictions_alone(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    before = (folder / "predictions.jsonl").read_bytes()
    collected(folder)
    assert (folder / "predictions.jsonl").read_bytes() == before


def test_ocrbench_has_the_scale_of_what_was_asked(recorded: Callable[[str], Path]) -> None:
    result = collected(recorded("ocrbench"))
    seen = {one["group"]: (one["value"], one["scale"], one["n"]) for one in result["native"]}
    assert seen == {None: (2, 3, 3), "Text Recognition": (1, 1, 1), "Doc-oriented VQA": (1, 2, 2)}


def test_multiple_choice_is_of_one(recorded: Callable[[str], Path]) -> None:
    result = collected(recorded("multiple_choice"))
    seen = {
        one["group"]: (one["value"], one["n"], one["failed_scored"]) for one in result["native"]
    }
    assert seen == {None: (2 / 3, 3, 1), "x": (1, 2, 0), "y": (0, 1, 1)}
    assert {one["scale"] for one in result["native"]} == {1}


def test_a_question_asked_in_turns_counts_once() -> None:
    rows = [{"index": one, "category": "c"} for one in ("7", "1000007", "2000007", "8")]
    lines = [{"split": "none", "Overall": "0.5", "c": "0.5"}]
    counted = [(group, of, n) for _, group, _, _, of, n in collect.choices(lines, rows)]
    assert counted == [(None, rows, 2), ("c", rows, 2)]


def test_only_several_splits_are_groups() -> None:
    rows = [
        {"index": str(n), "category": "c", "split": one} for n, one in enumerate(("a", "a", "b"))
    ]
    lines = [{"split": one, "Overall": "1", "c": "1"} for one in ("a", "b")]
    counted = {group: n for _, group, _, _, _, n in collect.choices(lines, rows)}
    assert counted == {"a": 2, "a/c": 2, "b": 1, "b/c": 1}
    counted = {group: n for _, group, _, _, _, n in collect.choices(lines[:1], rows[:2])}
    assert counted == {None: 2, "c": 2}


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("DocVQA_VAL", "anls"),
        ("InfoVQA_VAL", "anls"),
        ("ChartQA_TEST", "relaxed_accuracy"),
        ("OCRVQA_TESTCORE", "accuracy"),
        ("TextVQA_VAL", "vqa_accuracy"),
        ("GQA_TestDev_Balanced", "accuracy"),
    ],
)
def test_the_metric_is_the_one_that_the_name_gives(name: str, metric: str) -> None:
    (found,) = collect.questions(name, {"Overall": "1"}, [])
    assert found[0] == metric


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"status": "done"', '"status": "infer"', "stopped on DocVQA_VAL at 'infer'"),
        ('"status": "done"', '"error_message": ""', "it gives no message"),
        ('"status": "done"', '"error_message": "boom"', "failed on DocVQA_VAL: boom"),
        ('"status": "done"', '"skip_reason": "mode_infer"', "skipped the scoring"),
        ('"DocVQA_VAL"', '"Other"', "does not name DocVQA_VAL"),
    ],
)
def test_a_status_that_is_not_done_fails(
    recorded: Callable[[str], Path], old: str, new: str, said: str
) -> None:
    folder = recorded("docvqa")
    edit(folder, "status.json", old, new)
    assert said in reason(folder)


def test_a_failure_before_the_first_answer_says_why(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    edit(folder, "status.json", '"status": "done"', '"error_message": "No column answer"')
    for name in ("asked.jsonl", "predictions.jsonl", f"raw/{LABEL}/{LABEL}_DocVQA_VAL.tsv"):
        (folder / name).unlink()
    assert reason(folder) == "VLMEvalKit failed on DocVQA_VAL: No column answer"


def test_a_row_too_few_fails(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    edit(folder, f"{LABEL}_DocVQA_VAL.tsv", '"7"\t"What 7?"\t"=1+1"\t"val"\t"=1+1"\n', "")
    assert reason(folder) == "8 samples were asked, the table has 7 rows"


def test_an_answer_too_few_fails(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    lines = (folder / "predictions.jsonl").read_text().splitlines(keepends=True)
    (folder / "predictions.jsonl").write_text("".join(lines[1:]))
    assert reason(folder) == "8 samples were asked, 7 came back"


def test_an_answer_that_the_table_changed_fails(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    edit(folder, f"{LABEL}_DocVQA_VAL.tsv", '"1.10"\t"val"\t"1.10"', '"1.10"\t"val"\t"1.1"')
    assert "changed 1 answers, of 3 first" in reason(folder)


def test_a_score_that_is_no_number_fails(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    edit(folder, f"{LABEL}_DocVQA_VAL_acc.csv", '"73.75","73.75"', '"73.75","nan"')
    assert "anls of all is nan" in reason(folder)


def test_no_table_and_two_tables_fail(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    table = folder / "raw" / LABEL / f"{LABEL}_DocVQA_VAL.tsv"
    (folder / "raw" / "T2").mkdir()
    shutil.copy(table, folder / "raw" / "T2")
    assert "2 tables" in reason(folder)
    shutil.rmtree(folder / "raw" / "T2")
    table.unlink()
    assert "0 tables" in reason(folder)


def test_the_dated_layout_with_its_links_is_read(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    flat = folder / "raw" / LABEL
    dated = flat / "T20260101-000000"
    dated.mkdir()
    for path in [one for one in flat.iterdir() if one.is_file()]:
        path.rename(dated / path.name)
        path.symlink_to(dated / path.name)
    found = entry(collected(folder), None)
    assert found["value"] == 73.75
    assert found["source"].startswith(f"raw/{LABEL}/T20260101-000000/")


def test_without_a_status_the_score_file_must_do(recorded: Callable[[str], Path]) -> None:
    folder = recorded("docvqa")
    (folder / "raw" / LABEL / "status.json").unlink()
    assert entry(collected(folder), None)["value"] == 73.75
    (folder / "raw" / LABEL / f"{LABEL}_DocVQA_VAL_acc.csv").unlink()
    assert reason(folder) == "VLMEvalKit left no score of DocVQA_VAL"


def test_an_unknown_family_keeps_its_keys_and_claims_no_scale(
    recorded: Callable[[str], Path],
) -> None:
    folder = recorded("docvqa")
    (folder / "raw" / LABEL / f"{LABEL}_DocVQA_VAL_acc.csv").unlink()
    result = collected(folder)
    assert {one["metric"]: one["value"] for one in result["native"]} == {
        "val": 73.75,
        "Overall": 73.75,
    }
    assert {(one["scale"], one["higher_is_better"]) for one in result["native"]} == {(None, None)}


def test_tables_are_read_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes('"index"\t"prediction"\n"0"\t"a\r\nb\rc\x00""q""\td\u2028 NA"\n'.encode())
    assert collect.table_rows(str(path))[0]["prediction"] == 'a\r\nb\rc\x00"q"\td\u2028 NA'


def test_a_label_is_safe_in_a_path() -> None:
    assert collect.label("Org/Model-7B_v1.tsv:q4") == "Org-Model-7B_v1-tsv-q4"
    assert collect.label("модель") == "-"
