"""`bench task new` makes a task that runs as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench import yaml
from bench.errors import UsageError
from bench.new_task import LINES, new_task
from bench.task import TaskFile, document_tasks
from tests.cli.said import Cli
from tests.runs import run


def test_it_runs_at_once_and_echo_is_right(tmp_path: Path) -> None:
    place = new_task("mine", tmp_path / "mine")
    ended = run(backend="echo", task=str(place), out=tmp_path / "run")
    assert ended.code == 0
    assert [job.task.name for job in ended.report.jobs] == ["mine:ocr", "mine:fields"]
    values = {
        (job.task.name, one.metric): one.value
        for job in ended.report.jobs
        for one in job.results
        if one.level == "global"
    }
    assert values[("mine:ocr", "cer")] == 0
    assert values[("mine:fields", "exact_match")] == 1


def test_the_image_shows_what_the_reference_says(tmp_path: Path) -> None:
    place = new_task("mine", tmp_path / "mine")
    ocr, fields = document_tasks(str(place))
    (sample,) = ocr.samples
    assert sample.references[0].split("\n") == [" ".join(line.split()) for line in LINES]
    for asked in fields.samples:
        assert asked.references[0] in sample.references[0]
    with Image.open(sample.images[0]) as image:
        ink = image.convert("L").point(lambda value: 255 * (value < 128)).getbbox()
    assert ink is not None
    assert ink[2] - ink[0] > 300
    assert ink[3] - ink[1] > 200


def test_every_key_of_the_task_file_is_explained(tmp_path: Path) -> None:
    place = new_task("mine", tmp_path / "mine")
    text = (place / "task.yaml").read_text()
    described = yaml.validate(yaml.load(place / "task.yaml"), TaskFile)
    assert described.name == "mine"
    first_use: dict[str, str] = {}
    for line in text.splitlines():
        key = line.split("#")[0].strip().removeprefix("- ").partition(":")[0]
        first_use.setdefault(key, line)
    explained = ("name", "version", "licence", "samples", "prompt", "metrics", "metric")
    for key in (*explained, "whitespace", "unicode", "case", "levels", "parameters"):
        assert "#" in first_use[key], key


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "a/b", "receipts"])
def test_a_name_that_cannot_be_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        new_task(name)
    assert repr(name) in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        new_task("mine", tmp_path / "mine")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["notes.txt"]


def test_the_commands_it_names_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cli = Cli(monkeypatch, capsys)
    said = cli("task", "new", "mine")
    commands = [line.split() for line in said.out.splitlines() if line.startswith("  bench ")]
    assert len(commands) == 2
    for command in commands:
        again = cli(*command[1:])
        assert again.code == 0, again
