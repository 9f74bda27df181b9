"""The command: real runs of echo, and what lm-eval's results file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.published import load_published, named
from bench.reproduction import lm_eval, needs
from bench.reproduction.from_run import from_run
from bench.reproduction.verdict import judged
from tests.cli.said import Cli
from tests.reproduction.given import write_entry
from tests.runs import run

MakeTask = Callable[..., Path]
TASK: dict[str, Any] = {
    "task": "arc_challenge",
    "test_split": "test",
    "validation_split": "validation",
    "doc_to_text": "Question: {{question}}\nAnswer:",
    "description": "",
    "output_type": "multiple_choice",
}


def lm_eval_job(folder: Path, *, asked: str = "", **keys: Any) -> Path:
    """The files of lm-eval 0.4.13 that are read, as a run of ARC-Challenge left them."""
    said = {
        "results": {"arc_challenge": {"acc_norm,none": 0.27}},
        "configs": {"arc_challenge": TASK},
        "n-shot": {"arc_challenge": 0},
        "chat_template": None,
    } | keys
    (folder / "raw" / "lm_eval").mkdir(parents=True)
    (folder / "raw" / "lm_eval" / "results_1.json").write_text(json.dumps(said))
    (folder / "asked.jsonl").write_text(asked or '{"id": "1", "images": []}\n')
    return folder


def test_what_lm_eval_says_of_itself_is_what_is_published(tmp_path: Path) -> None:
    stated = named(load_published(), "arc-challenge-smollm2-135m-instruct").stated
    found = lm_eval.protocol(lm_eval_job(tmp_path))
    assert found == {key: getattr(stated, key) for key in found}
    assert set(found) >= {"split", "shots", "prompt", "chat_template", "decoding", "resolution"}


@pytest.mark.parametrize(
    ("keys", "key", "value"),
    [
        ({"n-shot": {"arc_challenge": 25}}, "shots", 25),
        ({"chat_template": "{{ messages }}"}, "chat_template", True),
        ({"configs": {"arc_challenge": TASK | {"test_split": None}}}, "split", "validation"),
        ({"configs": {"arc_challenge": TASK | {"doc_to_text": "Q:"}}}, "prompt", "Q:"),
        ({"configs": {"arc_challenge": TASK | {"output_type": "loglikelihood"}}}, "decoding", None),
        ({"asked": '{"id": "1", "images": ["a.png"]}\n'}, "resolution", None),
        ({"results": {}}, "prompt", None),
    ],
    ids=["shots", "template", "split", "prompt", "decoding", "images", "several"],
)
def test_another_protocol_is_seen(
    keys: dict[str, Any], key: str, value: object, tmp_path: Path
) -> None:
    assert lm_eval.protocol(lm_eval_job(tmp_path, **keys)).get(key) == value


def test_a_run_is_made_and_remembered(
    cli: Cli, make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bench reproduce ID` for real: echo answers with the references."""
    task = f"{make_task([{}, {}])}:m"
    place = write_entry(tmp_path / "p", run={"backend": "echo", "task": task}, benchmark="tiny:m")
    monkeypatch.setattr("bench.reproduction.needs.gpu_memory", lambda: 0)
    said = cli(
        *("reproduce", "tiny", "--published", str(place), "--out", str(tmp_path / "run")),
        "--json",
    )
    found = json.loads(said.out)
    # A task of one's own has no split, and echo is no model: both stay unknown or differ.
    assert said.code == 4, said.err
    assert found["state"] == "NOT-COMPARABLE"
    assert [one["key"] for one in found["differs"]] == ["split"]
    assert found["value"] == 0.0
    again = cli(
        *("reproduce", "tiny", "--published", str(place)),
        *("--from-answers", str(tmp_path / "run"), "--say", "split=all"),
    )
    assert again.code == 0
    assert "MATCH" in again.out
    assert "said by you" in again.out
    assert "MATCH" in cli("reproduce", "--published", str(place)).out


def test_a_run_with_a_limit_is_not_comparable(make_task: MakeTask, tmp_path: Path) -> None:
    ended = run(backend="echo", task=f"{make_task([{}, {}])}:m", limit=1, out=tmp_path / "run")
    (entry,) = load_published(write_entry(tmp_path / "p"))
    differs = {one.key for one in judged(entry, from_run(entry, ended.folder)).differs}
    assert "n" in differs


def test_what_a_machine_lacks(cli: Cli, tmp_path: Path) -> None:
    withheld = named(load_published(), "docvqa-test-qwen2-vl-7b-instruct")
    big = named(load_published(), "docvqa-val-qwen2-vl-7b-instruct")
    small = named(load_published(), "arc-challenge-smollm2-135m-instruct")
    assert "withheld" in str(needs.lack(withheld, 10**12))
    assert "about 25 GB" in str(needs.lack(big, 8 * 10**9))
    assert "bench data add docvqa-val" in str(needs.lack(big, 10**12))
    assert "bench data add arc-challenge" in str(needs.lack(small, 0))
    said = cli("reproduce", "docvqa-test-qwen2-vl-7b-instruct")
    assert (said.code, said.out.split()[0]) == (4, "NOT-RUN")


def test_all_are_listed(cli: Cli) -> None:
    rows = [json.loads(line) for line in cli("reproduce", "--json").out.splitlines()]
    assert [row["entry"]["id"] for row in rows] == [one.id for one in load_published()]
    assert all(row["missing"] for row in rows if row["entry"]["needs"]["gpu_gb"] > 1000)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "no published number is called 'nothing'"),
        (["--from-answers", "x"], "go with one ID"),
        (["--say", "n=1"], "--say goes with --from-answers"),
        (["--stored", "absent"], "is no folder"),
    ],
    ids=["id", "answers", "say", "stored"],
)
def test_wrong_commands(arguments: list[str], said: str, cli: Cli) -> None:
    ended = cli("reproduce", *arguments)
    assert ended.code == 2
    assert said in ended.err
