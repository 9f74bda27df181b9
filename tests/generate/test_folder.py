"""bench task generate: a folder that is a task, of any size, or one clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.generate import FAMILIES, family, generate, labelled, task_name
from bench.generate.document import Family
from bench.task import document_tasks
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.thorough

EACH = pytest.mark.parametrize("drawn", FAMILIES.values(), ids=list(FAMILIES))


def bench(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", "task", "generate", *argv],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )


@EACH
def test_the_folder_is_a_task(drawn: Family, tmp_path: Path) -> None:
    told: list[int] = []
    generate(drawn, tmp_path / "made", count=4, seed=9, told=told.append)
    assert told == [1, 2, 3, 4]
    tasks = document_tasks(str(tmp_path / "made"))
    assert [task.name for task in tasks] == [f"{drawn.name}-4-s9:{one}" for one in drawn.members]
    for task in tasks:
        assert len({sample.doc_id for sample in task.samples}) == 4
        assert all(image.stat().st_size > 5_000 for one in task.samples for image in one.images)


def test_its_name_says_how_it_was_made() -> None:
    cards = family("passports-ru")
    assert task_name(cards, count=5, seed=1, clean=False) == "passports-ru-5"
    assert task_name(cards, count=5, seed=2, clean=True) == "passports-ru-5-s2-clean"


def test_clean_changes_the_looks_and_not_what_is_right() -> None:
    cards = family("passports-ru")
    worn, clean = labelled(cards, 12, 1), labelled(cards, 12, 1, clean=True)
    for one, other in zip(worn, clean, strict=True):
        assert other.look.wear == "clean"
        assert one.document == other.document


def test_from_the_command_line(tmp_path: Path) -> None:
    done = bench("snils-ru", "--n", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "made snils-ru-3: 3 documents" in done.stdout
    assert "snils-ru-3: 3 of 3" in done.stderr
    rows = (tmp_path / "snils-ru-3" / "samples.jsonl").read_text("utf-8").splitlines()
    committed = REPOSITORY / "docs_tasks" / "snils-ru" / "samples.jsonl"
    assert rows == committed.read_text("utf-8").splitlines()[:3]
    again = bench("snils-ru", "--n", "3", cwd=tmp_path)
    assert again.returncode == 2
    assert "snils-ru-3 is there already and is not empty" in again.stderr


def test_the_list(tmp_path: Path) -> None:
    done = bench("--list", "--json", cwd=tmp_path)
    listed = json.loads(done.stdout)
    assert [row["name"] for row in listed] == list(FAMILIES)
    plain = bench("--list", cwd=tmp_path)
    assert all(name in plain.stdout for name in FAMILIES)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["pasports-ru"], "did you mean 'passports-ru'?"),
        ([], "bench task generate --list names them"),
        (["snils-ru", "--n", "0"], "0 is not in the range"),
        (["snils-ru", "--seed", "-1"], "-1 is not in the range"),
        (["snils-ru", "--n", "1", "--out", "file/below"], "cannot be made"),
    ],
    ids=["unknown", "none", "no-documents", "seed", "place"],
)
def test_mistakes_are_one_clear_error(argv: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    done = bench(*argv, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    class FullError(OSError):
        strerror = "No space left on device"

    def full(_done: int) -> None:
        raise FullError

    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        generate(family("snils-ru"), tmp_path / "made", count=2, told=full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_documents(tmp_path: Path) -> None:
    """The cards of SNILS are drawn fastest."""
    program = (
        "import resource, sys; from pathlib import Path; from bench.generate import *\n"
        "generate(family('snils-ru'), Path(sys.argv[1]), count=int(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(count: int) -> int:
        argv = [sys.executable, "-c", program, str(tmp_path / str(count)), str(count)]
        env = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert peak(200) < peak(20) + 10_000  # kB
