"""Files that are cut, doubled, bloated or of another kind: one error that names the file, and no
traceback.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError
from bench.importing import read_results, spreadsheet
from bench.importing.tables import read_table
from tests.importing.made import MADE, imported
from tests.importing.test_lmms_eval_versions import first_versions, numbers
from tests.importing.test_shapes import refusal
from tests.importing.test_spreadsheets import book, inline

HRET: dict[str, Any] = {
    "metrics": {"accuracy": 0.5},
    "samples": [
        {"reference": "a", "prediction": "a", "input": "q", "evaluation": {"is_correct": True}},
        {"reference": "b", "prediction": "", "error": "timeout"},
    ],
    "info": {"dataset_name": "kmmlu", "model_backend_name": "openai"},
}
ANSWERS = "id;image_path;question;answer;model_answer\n0;a.png;q;1;1\n1;a.png;q;NA;N/A\n"


def folder_of(name: str, place: Path) -> Path:
    """One small folder of each harness, and of lmms-eval's first versions."""
    if (MADE / name).is_dir():
        return Path(shutil.copytree(MADE / name, place))
    if name == "lmms_eval_0_2":
        first_versions(place, {"docvqa_val": numbers("docvqa_val")}, "docvqa_val")
        return place
    place.mkdir()
    if name == "hret":
        (place / "out.json").write_text(json.dumps(HRET))
    else:
        (place / "R_HF_Q_VQA_answers_2025-01-01.csv").write_text(ANSWERS)
    return place


FOLDERS = (
    *("vlmevalkit_tsv", "vlmevalkit_xlsx", "lmms_eval", "lmms_eval_0_2", "lm_eval_chat"),
    *("lm_eval_dummy", "evalscope", "hret", "vlmhyperbench"),
)
BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _content: b"",
    "half": lambda content: content[: len(content) // 2],
    "last-byte": lambda content: content[:-2],
    "nul": lambda content: content[:40] + b"\0" * 9 + content[40:],
    "utf-16": lambda content: b"\xff\xfe" + content.decode("latin-1").encode("utf-16-le"),
    "bytes": lambda _content: bytes(range(256)),
    "twice": lambda content: content + content,
    "brackets": lambda _content: b"[" * 100_000,
    "digits": lambda content: content.replace(b"0", b"9" * 5000),
}


@pytest.mark.thorough
@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_broken_file_is_named_or_taken_never_a_traceback(
    name: str, how: str, tmp_path: Path
) -> None:
    folder = folder_of(name, tmp_path / "made")
    said = []
    for number, path in enumerate(sorted(one for one in folder.rglob("*") if one.is_file())):
        whole = path.read_bytes()
        path.write_bytes(BREAKS[how](whole))
        said.append(refusal(folder, tmp_path / f"run-{number}"))
        path.write_bytes(whole)
    assert all(str(folder) in one for one in said if one)
    # Of the others some are whole all the same: a row fewer, a run of digits.
    assert any(said) or how not in ("bytes", "utf-16")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("vlmevalkit_tsv", "*/*_MyDocVQA_VAL.tsv"),
        ("lm_eval_chat", "*/samples_*"),
        ("lm_eval_chat", "*/results_*"),
        ("hret", "out.json"),
        ("vlmhyperbench", "*.csv"),
    ],
    ids=["tsv", "jsonl", "json", "hret", "csv"],
)
def test_a_byte_order_mark_changes_nothing(name: str, pattern: str, tmp_path: Path) -> None:
    folder = folder_of(name, tmp_path / "made")
    before = [(one.benchmark, one.predictions, one.native) for one in read_results(folder)]
    path = next(folder.glob(pattern))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert before == [(one.benchmark, one.predictions, one.native) for one in read_results(folder)]


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "pattern", "said"),
    [
        ("vlmevalkit_tsv", "*/*_MyDocVQA_VAL.tsv", r"row 8: the sample '0' .* first in row 1"),
        ("lm_eval_chat", "*/samples_*", r"jsonl:7: the sample '0/none' .* first in line 1"),
        ("vlmhyperbench", "*.csv", r"csv:4: the sample '0' .* first in line 2"),
    ],
    ids=["vlmevalkit", "lm-eval", "vlmhyperbench"],
)
def test_a_sample_that_is_there_twice_is_named(
    name: str, pattern: str, said: str, tmp_path: Path
) -> None:
    """Answers are paired by id: which of two is meant cannot be told."""
    folder = folder_of(name, tmp_path / "made")
    path = next(folder.glob(pattern))
    lines = lines_of(path)
    again = lines[0] if path.suffix == ".jsonl" else lines[1]
    path.write_text("".join([*lines, again]), "utf-8")
    with pytest.raises(SourceError, match=said):
        read_results(folder)


def test_a_sample_of_hret_that_is_there_twice_is_named(tmp_path: Path) -> None:
    samples = [dict(one, bench_id="a") for one in HRET["samples"]]
    (tmp_path / "out.json").write_text(json.dumps(HRET | {"samples": samples}))
    with pytest.raises(SourceError, match="row 2: the sample 'a' is there twice"):
        read_results(tmp_path)


def test_a_line_without_a_key_is_named_by_its_number(tmp_path: Path) -> None:
    folder = folder_of("lm_eval_chat", tmp_path / "made")
    path = next(folder.glob("*/samples_*"))
    lines = lines_of(path)
    row = json.loads(lines[2])
    del row["resps"]
    path.write_text("".join([*lines[:2], json.dumps(row) + "\n", *lines[3:]]), "utf-8")
    with pytest.raises(SourceError, match=r"jsonl:3: has no resps"):
        read_results(folder)


@pytest.mark.parametrize("count", [1e308, 10**15, -1, True, "7", None, 2.5], ids=repr)
@pytest.mark.parametrize("name", ["lm_eval_chat", "evalscope"])
def test_a_count_beyond_belief_is_refused(name: str, count: Any, tmp_path: Path) -> None:
    """What was counted and is in no file is expected all the same: a line for each of them."""
    folder = folder_of(name, tmp_path / "made")
    path = next(folder.glob("*/results_*" if name == "lm_eval_chat" else "*/*/general_mcq.json"))
    whole = json.loads(path.read_text("utf-8"))
    if name == "lm_eval_chat":
        whole["n-samples"]["my_gen"]["effective"] = count
    else:
        whole["execution_summary"]["subsets"]["kmc"]["requested"] = count
    path.write_text(json.dumps(whole), "utf-8")
    with pytest.raises(SourceError, match=r"does not say how many samples of (my_gen|kmc)"):
        read_results(folder)


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ({"my_gen": ["my_gen"]}, "each task is below another"),
        ({"my_gen": ["inner"], "inner": ["inner"]}, "a group is below itself"),
        ({"my_gen": 7}, "TypeError"),
    ],
    ids=["one", "inner", "number"],
)
def test_groups_in_a_circle_are_refused(below: Any, said: str, tmp_path: Path) -> None:
    folder = folder_of("lm_eval_chat", tmp_path / "made")
    path = next(folder.glob("*/results_*"))
    results = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(results | {"group_subtasks": below}), "utf-8")
    with pytest.raises(SourceError, match=said) as caught:
        read_results(folder)
    assert str(path) in str(caught.value)


def test_a_name_that_is_too_long_for_a_file_is_refused(tmp_path: Path) -> None:
    folder = folder_of("evalscope", tmp_path / "made")
    path = folder / "reports" / "stub-vlm" / "general_qa.json"
    path.write_text(path.read_text("utf-8").replace('"kdoc"', '"' + "k" * 5000 + '"'), "utf-8")
    with pytest.raises(SourceError, match=r"general_qa\.json: what it names cannot be read"):
        read_results(folder)


def test_half_a_character_in_a_note_is_marked(tmp_path: Path) -> None:
    folder = folder_of("lm_eval_chat", tmp_path / "made")
    path = next(folder.glob("*/results_*"))
    text = path.read_text("utf-8").replace(
        '"exact_match,none":', '"f1,none": "\\ud800", "exact_match,none":'
    )
    path.write_text(text, "utf-8")
    (job,) = imported(folder, tmp_path / "run").jobs
    assert any("\\ud800" in note for note in job.notes)


def test_half_a_character_in_a_name_is_marked(tmp_path: Path) -> None:
    folder = folder_of("lm_eval_chat", tmp_path / "made")
    results, samples = next(folder.glob("*/results_*")), next(folder.glob("*/samples_*"))
    text = (
        results.read_text("utf-8")
        .replace("exact_match", "exact\\ud800")
        .replace("stub-vlm", "\\udc80")
    )
    results.write_text(text, "utf-8")
    rows = [json.loads(line) for line in lines_of(samples)]
    for row in rows:
        row["doc_id"] = f"{row['doc_id']}\ud800"
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (job,) = imported(folder, tmp_path / "run").jobs
    assert (job.model.name, job.counts.answered) == ("\\udc80", 6)
    assert [one.metric for one in job.native] == ["exact\\ud800"]


def test_a_cell_of_a_million_characters_is_an_answer(tmp_path: Path) -> None:
    folder = folder_of("vlmevalkit_tsv", tmp_path / "made")
    path = next(folder.glob("*/*_MyDocVQA_VAL.tsv"))
    lines = lines_of(path)
    lines[1] = lines[1].replace('"007"\n', '"' + "7" * 1_000_000 + '"\n')
    path.write_text("".join(lines), "utf-8")
    found = next(one for one in read_results(folder) if one.benchmark == "MyDocVQA_VAL")
    assert len(found.predictions[0].prediction or "") == 1_000_000


def bomb(path: Path, sheet: bytes) -> Path:
    """A workbook whose sheet is `sheet`, packed; a few kB for many MB."""
    whole = book(path.with_name("whole.xlsx"), {"0": inline("x")})
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in source.namelist():
            file.writestr(name, sheet if name.endswith("other.xml") else source.read(name))
    whole.unlink()
    return path


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        pytest.param("_LARGEST", 100_000, "unpacks to 20,000,123 bytes; 100,000", id="bytes"),
        pytest.param("_MOST", 1000, "more than 1,000 elements", id="elements"),
    ],
)
def test_a_workbook_that_unpacks_to_more_than_is_read(
    limit: str, value: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are lowered: the test need not fill the memory to show that they hold."""
    assert (spreadsheet._LARGEST, spreadsheet._MOST) == (2**28, 2_000_000)
    monkeypatch.setattr(spreadsheet, limit, value)
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    begun, ended = b"<worksheet " + main + b"><sheetData><row>", b"</row></sheetData></worksheet>"
    inside = b"<c/>" * 5_000_000 if limit == "_LARGEST" else b"<c/>" * 5000
    path = bomb(tmp_path / "m_d.xlsx", begun + inside + ended)
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceError, match="no spreadsheet that can be read") as caught:
        read_table(path)
    assert said in str(caught.value)
