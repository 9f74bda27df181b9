"""bench task list and bench task show of benchmarks, and how long a list of all takes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bench.benchmarks import benchmarks, compiled, native_lists
from bench.cli import task_rows
from tests.cli.said import Cli
from tests.conftest import REPOSITORY

MOST_CPU_S = 0.5


def _cpu_of(*arguments: str) -> float:
    """User and system seconds of the quickest of three: the machine may be busy."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "bench", *arguments],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(spent)


@pytest.mark.parametrize("arguments", [(), ("--backend", "all")], ids=["ours", "all"])
def test_a_list_takes_less_than_half_a_second_of_cpu(arguments: tuple[str, ...]) -> None:
    assert _cpu_of("task", "list", *arguments) < MOST_CPU_S


def test_lists_import_neither_pydantic_nor_rich_nor_yaml() -> None:
    """What makes them quick: each of these takes a large part of the half second."""
    code = (
        "import sys; sys.argv = ['bench', 'task', 'list', '--backend', 'all']\n"
        "from bench.cli import main\n"
        "try:\n main()\n"
        "except SystemExit:\n"
        " found = sorted({'pydantic', 'rich', 'ruamel.yaml', 'numpy'} & set(sys.modules))\n"
        " print(found, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    assert done.stderr.strip() == "[]"


def test_our_tasks_and_benchmarks_are_listed_with_who_has_them(cli: Cli) -> None:
    out = cli("task", "list").out
    line = next(line for line in out.splitlines() if line.startswith("docvqa-val "))
    assert "vlmevalkit, lmms-eval, evalscope" in line
    assert any(line.startswith("receipts:fields ") for line in out.splitlines())
    listed = {row["name"] for row in json.loads(cli("task", "list", "--json").out)}
    assert set(benchmarks()) < listed


def test_every_name_of_every_harness_is_listed(cli: Cli) -> None:
    rows = json.loads(cli("task", "list", "--backend", "all", "--json").out)
    assert len(rows) == sum(len(one) for one in native_lists().values())
    assert {row["backend"] for row in rows} == set(native_lists())
    lines = cli("task", "list", "--backend", "all").out.splitlines()
    assert len(lines) == len(rows) + 1


def test_one_harness_s_names_say_which_are_ours(cli: Cli) -> None:
    rows = json.loads(cli("task", "list", "--backend", "lmms-eval", "--json").out)
    named = {row["name"]: row["benchmark"] for row in rows}
    assert named["docvqa_val"] == "docvqa-val"
    assert named["docvqa_test"] is None


@pytest.mark.parametrize(
    ("arguments", "found", "left_out"),
    [
        pytest.param(("--search", "KMMLU"), "kmmlu", "docvqa-val", id="search"),
        pytest.param(("--search", "websrc_val"), "websrc", "gqa", id="search-a-native-name"),
        pytest.param(("--modality", "audio"), "librispeech", "piqa", id="modality"),
        pytest.param(("--modality", "video"), "seedbench", "mme", id="one-of-two-modalities"),
    ],
)
def test_a_list_is_narrowed(
    cli: Cli, arguments: tuple[str, ...], found: str, left_out: str
) -> None:
    names = {row["name"] for row in json.loads(cli("task", "list", *arguments, "--json").out)}
    assert found in names
    assert left_out not in names


def test_a_backend_without_a_list_is_an_error_that_names_those_with_one(cli: Cli) -> None:
    said = cli("task", "list", "--backend", "lmmseval")
    assert said.code == 2
    assert "did you mean 'lmms-eval'?" in said.err


def test_the_kept_lines_of_document_tasks_are_those_of_the_tasks() -> None:
    kept = compiled.kept(task_rows.DOCUMENTS, task_rows.documents_digest())
    assert kept == {"rows": task_rows.described()}, "run: python -m tools.catalogue"


def test_a_task_of_ones_own_is_listed(
    cli: Cli, make_task: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(make_task)
    folder = make_task([{"id": "one"}])
    monkeypatch.setenv("BENCH_TASKS", str(folder.parent))
    names = {row["name"] for row in json.loads(cli("task", "list", "--json").out)}
    assert {"tiny:m", "receipts:ocr"} <= names


def test_show_says_who_has_a_benchmark_and_by_which_rule(cli: Cli) -> None:
    out = " ".join(cli("task", "show", "docvqa-val").out.split())
    assert "vlmevalkit DocVQA_VAL: anls of 100, higher is better; rule anls_vlmevalkit" in out
    assert "they score by different rules" in out
    assert "bench data add docvqa-val --from PATH" in out


@pytest.mark.parametrize("name", ["DocVQA_VAL", "docvqa_val", "DocVQA-val"])
def test_show_takes_any_name_of_it(cli: Cli, name: str) -> None:
    assert cli("task", "show", name).out == cli("task", "show", "docvqa-val").out


def test_show_of_a_name_that_only_harnesses_have(cli: Cli) -> None:
    out = cli("task", "show", "arc_agi_2").out
    assert "a benchmark of evalscope that has no name of ours" in out
    assert "a benchmark of lmms-eval that has no name of ours" in out


def test_show_of_a_part(cli: Cli) -> None:
    assert (
        "accounting (회계); lm-eval: kmmlu_accounting"
        in cli("task", "show", "kmmlu:accounting").out
    )
    wrong = cli("task", "show", "kmmlu:acounting")
    assert (wrong.code, "did you mean 'accounting'?" in wrong.err) == (2, True)


def test_show_of_what_no_harness_has(cli: Cli) -> None:
    said = cli("task", "show", "StereoSet")
    assert said.code == 2
    assert "StereoSet: no pinned harness has it; nearest: crows-pairs, bbq" in said.err


def test_lower_is_better_is_said(cli: Cli) -> None:
    assert "wer of 100, lower is better" in " ".join(cli("task", "show", "librispeech").out.split())


def test_show_as_json_has_every_key(cli: Cli) -> None:
    shown = json.loads(cli("task", "show", "docvqa-val", "--json").out)
    assert shown["homes"]["evalscope"]["metric"] == "anls"
    assert shown["data"]["required"] == ["question", "answers", "image"]
    assert shown["copy"] is None


def test_a_sheet_of_a_benchmark_is_refused(cli: Cli, tmp_path: Path) -> None:
    said = cli("task", "show", "docvqa-val", "--sheet", str(tmp_path / "x.html"))
    assert said.code == 2
    assert "--sheet shows documents" in said.err
