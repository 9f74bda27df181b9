"""In what the requests of one sample differ, request by request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import jsonl
from bench.assemble import report_run
from bench.gap.asked import Asked
from tests.gap.folders import JOB, Folder, Row, job, rows
from tests.made_requests import made

ONE = Folder(rows([Row("yes", "yes")]))


def text(said: str, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": said}]}


def kinds(tmp_path: Path, *sides: list[dict[str, Any]]) -> set[str] | None:
    """`sides`: the requests of the only sample, each by what is unusual in it."""
    jobs = []
    for name, requests in zip("ab", sides, strict=True):
        folder = ONE.write(tmp_path / name)
        usual = {"job": JOB, "sample": "s0", "messages": [text("Read.")]}
        sent = [made(id=f"r{n}", **(usual | one)).model_dump() for n, one in enumerate(requests)]
        jsonl.write(folder / "gateway" / "requests.jsonl", sent)
        report_run(folder)
        jobs.append(job(folder))
    found = Asked(*jobs).of("s0")
    return None if found is None else set(found)


TALK = [{"text": "blue"}, {"messages": [text("Read."), text("blue", "assistant"), text("Sure?")]}]
OTHER_WORDS = [
    {"text": "green"},
    {"messages": [text("Read."), text("green", "assistant"), text("Sure?")]},
]
QUOTED, OTHER_QUOTED = (
    [{"text": word}, {"messages": [text(f"You said: {word}. Are you sure?")]}]
    for word in ("blue", "green")
)
ASKED_ON = [TALK[0], {"messages": [text("Read."), text("blue", "assistant"), text("Really?")]}]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        pytest.param([{}], [{}], set(), id="the same"),
        pytest.param([{}], [{"messages": [text("Look.")]}], {"prompt"}, id="text"),
        pytest.param(
            [{}], [{"messages": [text("Go.", "system"), text("Read.")]}], {"prompt"}, id="system"
        ),
        pytest.param(
            [{}], [{"messages": [{"role": "user", "content": "Read."}]}], {"prompt"}, id="form"
        ),
        pytest.param([{}], [{}, {"messages": [text("Sure?")]}], {"prompt"}, id="one more"),
        pytest.param([{}], [{}, {}], set(), id="the same twice"),
        pytest.param([{}], [{"parameters": {"n": 2}}], {"parameters"}, id="parameter"),
        pytest.param(
            [{"parameters": {"n": 2}}], [{"parameters": {"n": 2.0}}], set(), id="2 and 2.0"
        ),
        pytest.param([{}], [{"served_model": "m2"}], {"model"}, id="served model"),
        pytest.param([{}], [{"response": '{"model": "m-2"}'}], {"model"}, id="answered by"),
        pytest.param(TALK, OTHER_WORDS, set(), id="its own words are no prompt"),
        pytest.param(QUOTED, OTHER_QUOTED, set(), id="its own words quoted"),
        pytest.param(QUOTED, ASKED_ON, {"prompt"}, id="quoted, and asked on otherwise"),
        pytest.param(
            [{"text": "yes", "messages": [text("Say yes.")]}],
            [{"text": "no", "messages": [text("Say no.")]}],
            {"prompt"},
            id="a prompt that has the answer",
        ),
        pytest.param(TALK, ASKED_ON, {"prompt"}, id="asked on otherwise"),
        pytest.param(TALK, list(reversed(TALK)), set(), id="another order of arrival"),
        pytest.param([{}], [{"sample": None}], None, id="not on record"),
    ],
)
def test_kinds(
    tmp_path: Path, a: list[dict[str, Any]], b: list[dict[str, Any]], found: set[str] | None
) -> None:
    assert kinds(tmp_path, a, b) == found
