"""Folders of VLMEvalKit's run.py: OUT/MODEL/T<day>_G<commit>/ with links beside it, and what is
left of them where they were moved or copied.

Read in run.py of open-compass at 002f7b7 (2025), which NVIDIA's distribution follows:
`eval_id = f"T{date}_G{commit_id}"`, then a link to each result file in OUT/MODEL/, absolute there
and relative in forks. There is no status.json.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.importing import Found, read_results
from tests.importing.made import MADE

TSV = MADE / "vlmevalkit_tsv" / "stub-gpt4v"
XLSX = MADE / "vlmevalkit_xlsx" / "stub-gpt4v"
TIMED = "T20250110_G0c9f21ab"


def left(out: Path, made: Path, timed: str = TIMED, *, links: str = "absolute") -> Path:
    """OUT of one call: its files in OUT/stub-gpt4v/T.../, and what stands beside."""
    model = out / "stub-gpt4v"
    place = model / timed
    place.mkdir(parents=True)
    for one in made.iterdir():
        name = one.name.replace("MyDocVQA_VAL", "DocVQA_VAL")
        if "MyMCQ" in name or name == "status.json":
            continue
        shutil.copy(one, place / name)
        beside = model / name
        beside.unlink(missing_ok=True)
        if links == "absolute":
            beside.symlink_to((place / name).resolve())
        elif links == "relative":
            beside.symlink_to(Path(timed, name))
        elif links == "copies":
            shutil.copy(one, beside)
    return out


def said(found: Found) -> tuple[str, str, int, list[tuple[str, str | None, float]]]:
    native = [(one.metric, one.group, one.value) for one in found.native]
    return found.model, found.benchmark, len(found.predictions), native


@pytest.mark.parametrize("links", ["absolute", "relative", "copies", "none"])
@pytest.mark.parametrize("made", [TSV, XLSX], ids=["tsv", "xlsx"])
def test_a_day_and_a_commit(made: Path, links: str, tmp_path: Path) -> None:
    out = left(tmp_path / "out", made, links=links)
    (found,) = read_results(out)
    whole = 70.00 if made is TSV else 55.71
    assert said(found)[:3] == ("stub-gpt4v", "DocVQA_VAL", 7)
    assert {(name, round(value, 2)) for name, _, value in said(found)[3]} == {("anls", whole)}
    assert [one.relative_to(out).parts[1] for one in found.sources] == [TIMED] * len(found.sources)
    # Of the model's folder alone, and of the one with the time: the same.
    for place in (out / "stub-gpt4v", out / "stub-gpt4v" / TIMED):
        (again,) = read_results(place)
        assert said(again) == said(found)


def test_links_into_a_folder_that_was_moved(tmp_path: Path) -> None:
    left(tmp_path / "out", TSV)
    moved = (tmp_path / "out").rename(tmp_path / "elsewhere")
    assert not (moved / "stub-gpt4v" / "stub-gpt4v_DocVQA_VAL.tsv").exists()
    (found,) = read_results(moved)
    assert said(found)[:3] == ("stub-gpt4v", "DocVQA_VAL", 7)


def test_two_days_are_two_jobs_and_the_links_are_none(tmp_path: Path) -> None:
    left(tmp_path / "out", TSV)
    left(tmp_path / "out", XLSX, "T20250111_G77aa01bc")
    found = read_results(tmp_path / "out")
    assert sorted(round(one.native[0].value, 2) for one in found) == [55.71, 70.00]
    assert len({one.sources[0].parent for one in found}) == 2


def test_a_copy_that_has_changed_is_a_job_of_its_own(tmp_path: Path) -> None:
    out = left(tmp_path / "out", TSV, links="copies")
    table = out / "stub-gpt4v" / "stub-gpt4v_DocVQA_VAL.tsv"
    table.write_text(table.read_text("utf-8").replace("007", "700"), "utf-8")
    assert len(read_results(out)) == 2
