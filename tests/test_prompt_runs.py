"""Runs that ask with other prompts: two of them compared, and one that goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import api, store
from bench.differences import Comparison, compare
from bench.errors import UsageError
from bench.task.prompts import read_prompt
from tests.cli.said import Cli
from tests.endpoint import Endpoint, Reply, endpoint
from tests.runs import run, use_fakes, write_model
from tests.test_prompts import FIELDS, prompt

MakeTask = Callable[..., Path]


@pytest.fixture
def fields(make_task: MakeTask) -> Path:
    return make_task(FIELDS, prompt="{question} Briefly.")


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with endpoint(lambda text, _: Reply(f"{len(text)}")) as made:
        yield made


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    use_fakes(monkeypatch)
    return Cli(monkeypatch, capsys)


def difference(comparison: Comparison) -> list[tuple[str, tuple[str, ...]]]:
    (job,) = comparison.jobs
    return [(one.kind, one.details) for one in job.differences]


def test_two_prompts_compared_are_two_runs_that_differ_in_the_prompt_alone(
    fields: Path, tmp_path: Path, served: Endpoint, cli: Cli
) -> None:
    plain = prompt(tmp_path, "plain", "{question}", name="plain", version="1")
    brief = prompt(tmp_path, "brief", "{question} One word.", name="brief", version="2")
    model = write_model(tmp_path, base_url=served.url)
    common = ("eval", "--backend", "echo", "--model", model, "--task", str(fields))
    for given, out in ((plain, "a"), (brief, "b")):
        assert cli(*common, "--prompt", str(given), "--out", str(tmp_path / out)).code == 0
    sent = [body["messages"][-1]["content"][-1]["text"] for body in served.asked]
    questions = [str(row["question"]) for row in FIELDS]
    assert sorted(sent[:4]) == sorted(questions)
    assert sorted(sent[4:]) == sorted(f"{one} One word." for one in questions)

    a, b = (store.read_report(tmp_path / out).jobs[0] for out in "ab")
    assert [used.name for used in (*a.task.prompts, *b.task.prompts)] == ["plain", "brief"]
    marks = [one.fingerprint.model_dump() for one in (a, b) if one.fingerprint]
    marks[0]["task"].pop("content_sha256")
    marks[1]["task"].pop("content_sha256")
    assert {key for key in marks[0] if marks[0][key] != marks[1][key]} == {"short", "prompts"}

    hashes = [read_prompt(path).used.sha256[:12] for path in (plain, brief)]
    named = (f"plain 1 ({hashes[0]}) → brief 2 ({hashes[1]})",)
    assert difference(compare(tmp_path / "a", tmp_path / "b")) == [("prompt", named)]
    reports = [tmp_path / out / "report.json" for out in "ab"]
    assert difference(compare(*reports)) == [("prompt", named)]
    shown = cli("diff", str(tmp_path / "a"), str(tmp_path / "b"), "--fingerprint")
    assert shown.code == 1
    assert named[0] in shown.out


def test_prompts_are_named_by_what_they_are_for(fields: Path, tmp_path: Path) -> None:
    """Where nothing went over the wire the files are all that is known."""
    old = prompt(tmp_path, "old", "How much?", field="total")
    new = prompt(tmp_path, "new", "What sum?", field="total")
    day = prompt(tmp_path, "day", "When?", field="date", doc_type="invoice")
    for out, given in (("a", [old]), ("b", [new, day])):
        run(backend="echo", task=str(fields), prompt=given, out=tmp_path / out)
    hashes = {path.stem: read_prompt(path).used.sha256[:12] for path in (old, new, day)}
    named = (f"old ({hashes['old']}) → new ({hashes['new']})", f"day ({hashes['day']}) only in B")
    assert difference(compare(tmp_path / "a", tmp_path / "b")) == [("task files", named)]


def test_the_same_text_under_another_name_is_no_difference(
    fields: Path, tmp_path: Path, served: Endpoint
) -> None:
    model = write_model(tmp_path, base_url=served.url)
    for out in "ab":
        given = prompt(tmp_path, out, "{question}", name=out)
        run(backend="echo", model=model, task=str(fields), prompt=given, out=tmp_path / out)
    assert difference(compare(tmp_path / "a", tmp_path / "b")) == []


@pytest.mark.parametrize(
    "way",
    [
        (lambda path: path.write_text("---\nname: p\n---\n{question} Now."), "samples, prompt or"),
        (lambda path: path.write_text("---\nname: q\n---\n{question}"), "what its prompts are cal"),
        (Path.unlink, "there is no such prompt file"),
    ],
    ids=["text", "name", "gone"],
)
def test_a_run_does_not_go_on_with_another_prompt(
    fields: Path,
    tmp_path: Path,
    served: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    way: tuple[Callable[[Path], object], str],
) -> None:
    change, said = way
    monkeypatch.chdir(tmp_path)
    given = prompt(tmp_path, "p", "{question}", name="p")
    config: dict[str, Any] = {"backend": "echo", "task": str(fields), "prompt": "p.md"}
    ended = run(**config, model=write_model(tmp_path, base_url=served.url), out="run")
    before, count = given.read_bytes(), len(served.asked)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    change(given)
    with pytest.raises(UsageError) as caught:
        api.resume(ended.folder)
    assert said in caught.value.message
    given.write_bytes(before)
    api.resume(ended.folder)
    assert len(served.asked) == count
