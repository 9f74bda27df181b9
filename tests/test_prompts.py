"""Prompt files: which one a sample is asked with, and runs that ask with others than the task's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import api
from bench.config import load_config
from bench.errors import SourceError, UsageError
from bench.schema import PromptUsed
from bench.task import document_tasks
from bench.task.prompt_check import checked
from bench.task.prompts import read_prompt
from tests.cli.said import Cli
from tests.runs import use_fakes, write_model

MakeTask = Callable[..., Path]
FIELDS = [
    {"doc_id": doc, "doc_type": kind, "field": field, "question": f"Which {field}?"}
    for doc, kind in (("a", "invoice"), ("b", "receipt"))
    for field in ("total", "date")
]


def prompt(folder: Path, stem: str, text: str, /, **marks: str) -> Path:
    """A prompt file; with marks it has front matter."""
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in marks.items())
    path = folder / f"{stem}.md"
    path.write_text(f"---\n{front}---\n{text}\n" if marks else text)
    return path


def asked(task: Path, *prompts: Path) -> list[str]:
    (one,) = document_tasks(str(task), prompts=prompts)
    return [sample.prompt for sample in one.samples]


def refused(task: Path, *prompts: Path, limit: int | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        api.planned({"backend": "echo", "task": str(task), "prompt": prompts, "limit": limit})
    assert "\n" not in caught.value.message
    return f"{caught.value.message} | {caught.value.hint}"


@pytest.fixture
def fields(make_task: MakeTask) -> Path:
    return make_task(FIELDS, prompt="{question} Briefly.")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    use_fakes(monkeypatch)
    return Cli(monkeypatch, capsys)


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_front_matter_is_read_and_the_hash_is_of_what_is_sent(
    tmp_path: Path, start: str, end: str
) -> None:
    lines = ["---", "name: sum", 'version: "2"', "doc_type: invoice", "---", "", "Сколько? ---", ""]
    path = tmp_path / "x.md"
    path.write_bytes((start + end.join(lines)).encode())
    found = read_prompt(path)
    assert found.text == "Сколько? ---"
    digest = hashlib.sha256("Сколько? ---".encode()).hexdigest()
    assert found.used == PromptUsed(name="sum", version="2", doc_type="invoice", sha256=digest)


def test_a_file_without_front_matter_is_named_by_its_file(tmp_path: Path) -> None:
    found = read_prompt(prompt(tmp_path, "short", "  One word.\n\n"))
    assert (found.text, found.used.name, found.used.version) == ("One word.", "short", None)


@pytest.mark.parametrize(
    ("content", "said", "hint"),
    [
        (b"---\nname: a\nfeld: total\n---\nx", ":3:1: unknown key 'feld'", "did you mean 'field'?"),
        (
            b"---\nversion: 2\n---\nx",
            ":2:1: 'version': input should be a valid string, not 2",
            None,
        ),
        (b'---\n\nfield: ""\n---\nx', ":3:1: 'field': string should have at least 1 char", None),
        (b"---\nname: a\nname: b\n---\nx", ":3:1: while constructing a mapping found dup", None),
        (b"---\nname: [a\n---\nx", ":3:1: while parsing a flow sequence", None),
        (b"---\n- a\n---\nx", " must be a mapping of keys to values", None),
        (b"---\nname: a\nx", ":1:1: its front matter has no closing ---", None),
        (b"---\nname: a\n---\n \n", " the prompt is empty", None),
        (b"", " the prompt is empty", None),
        (b"Read \xff it", ":1:6: is not UTF-8", None),
    ],
)
def test_a_wrong_file_is_one_line_at_its_place(
    tmp_path: Path, content: bytes, said: str, hint: str | None
) -> None:
    path = tmp_path / "p.md"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_prompt(path)
    assert caught.value.message.startswith(f"{path}{said if said[0] == ':' else ':' + said}")
    assert "\n" not in caught.value.message
    assert caught.value.hint == hint


def test_the_most_specific_prompt_is_asked_and_only_those_used_are_said(
    make_task: MakeTask,
) -> None:
    task = make_task(FIELDS, prompt=["any.md", "total.md", "both.md", "never.md"])
    prompt(task, "any", "{question}")
    prompt(task, "total", "Total of {question}", field="total")
    prompt(task, "both", "Receipt total of {question}", field="total", doc_type="receipt")
    prompt(task, "never", "No", language="ko")
    (one,) = document_tasks(str(task))
    assert [sample.prompt for sample in one.samples] == [
        "Total of Which total?",
        "Which date?",
        "Receipt total of Which total?",
        "Which date?",
    ]
    assert [used.name for used in one.prompts] == ["any", "total", "both"]


def test_two_prompts_for_one_sample_are_an_error_at_its_row(make_task: MakeTask) -> None:
    task = make_task(FIELDS, prompt=["a.md", "b.md"])
    prompt(task, "a", "{question}", field="date")
    prompt(task, "b", "{question}", doc_type="invoice")
    with pytest.raises(SourceError, match=r"samples\.jsonl:2:1: several prompts are for it: a, b"):
        document_tasks(str(task))


def test_given_prompts_stand_before_the_tasks_own(fields: Path, tmp_path: Path) -> None:
    every = prompt(tmp_path, "every", "Please: {question}")
    assert asked(fields, every) == [f"Please: {row['question']}" for row in FIELDS]
    total = prompt(tmp_path, "total", "How much?", field="total")
    own = "Which date? Briefly."
    assert asked(fields, total) == ["How much?", own, "How much?", own]
    assert asked(fields, every, total) == ["How much?", "Please: Which date?"] * 2
    (one,) = document_tasks(str(fields), prompts=[total])
    assert [used.name for used in one.prompts] == ["total", "m"]


def test_a_task_asked_with_its_own_prompt_given_is_the_same_content(
    fields: Path, tmp_path: Path
) -> None:
    (own,) = document_tasks(str(fields))
    (same,) = document_tasks(str(fields), prompts=[prompt(tmp_path, "s", "{question} Briefly.")])
    (other,) = document_tasks(str(fields), prompts=[prompt(tmp_path, "o", "{question} At length.")])
    assert own.content_sha256 == same.content_sha256 != other.content_sha256


def test_a_prompt_that_drops_the_questions_is_refused(fields: Path, tmp_path: Path) -> None:
    said = refused(fields, prompt(tmp_path, "bare", "How much?"))
    assert "samples.jsonl:2:1: the prompt 'bare' does not say {question}" in said
    assert "the same as in line 1" in said


def test_one_question_for_all_rows_may_be_left_out(make_task: MakeTask, tmp_path: Path) -> None:
    rows = [{"field": "total", "question": said} for said in ("How much?", "Wie viel?")]
    assert (
        asked(make_task(rows), prompt(tmp_path, "p", "The total, please."))
        == ["The total, please."] * 2
    )


@pytest.mark.parametrize(
    ("text", "marks", "said"),
    [
        ("{question}", {}, "1:1: the prompt 'p' asks for {question}, and this row has none"),
        ("{options}", {}, "1:1: the prompt 'p' says {options}, and this task has no classes"),
        ("x", {"field": "total"}, "p.md: no sample is asked with this prompt | it is for field "),
    ],
    ids=["question", "options", "no-field"],
)
def test_a_given_prompt_that_does_not_fit_the_task_is_refused(
    make_task: MakeTask, tmp_path: Path, text: str, marks: dict[str, str], said: str
) -> None:
    assert said in refused(make_task([{}]), prompt(tmp_path, "p", text, **marks))


def test_a_choice_needs_its_options(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(
        [{"references": ["letter"]}],
        kind="classification",
        classes=["letter", "form"],
        prompt="{options}",
        metrics=[{"metric": "exact_match"}],
    )
    assert "does not say {options}" in refused(task, prompt(tmp_path, "p", "Which is it?"))
    (text,) = asked(task, prompt(tmp_path, "q", "One of:\n{options}"))
    assert text.startswith("One of:\n- ")


def test_a_slip_in_the_front_matter_is_no_silent_nothing(fields: Path, tmp_path: Path) -> None:
    slip = prompt(tmp_path, "p", "How much?", field="totl")
    said = "p.md: no sample is asked with this prompt | it is for field 'totl'; did you mean 'to"
    assert said in refused(fields, slip)
    assert said in refused(fields, slip, limit=1)
    tongue = refused(fields, prompt(tmp_path, "l", "{question}", language="ru"))
    assert tongue.endswith("it is for language 'ru', and no sample says its language")


def test_a_limit_may_cut_off_what_a_prompt_is_for(fields: Path, tmp_path: Path) -> None:
    date = prompt(tmp_path, "date", "When?", field="date")
    plan = api.planned({"backend": "echo", "task": str(fields), "prompt": [date], "limit": 1})
    assert [used.name for used in plan.jobs[0].task.prompts] == ["m"]


def test_a_folder_of_prompts_is_given_whole(fields: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "README.md").write_text("What these are.")
    (folder / "notes.csv").write_text("x")
    assert "there is no prompt (.txt, .md) in this folder" in refused(fields, folder)
    prompt(folder, "total", "How much?", field="total")
    prompt(folder, "spare", "Who?", field="company")  # a folder may hold more than one task needs
    plan = api.planned({"backend": "echo", "task": str(fields), "prompt": folder})
    assert [used.name for used in plan.jobs[0].task.prompts] == ["total", "m"]


def test_a_missing_file_and_a_benchmark_are_said(fields: Path, tmp_path: Path) -> None:
    assert "none.md: there is no such prompt file" in refused(fields, tmp_path / "none.md")
    (tmp_path / "DocVQA_VAL.tsv").write_text("index\tquestion\n")
    every = prompt(tmp_path, "every", "{question}")
    config = {"backend": "vlmevalkit", "task": "DocVQA_VAL", "data": tmp_path, "prompt": every}
    with pytest.raises(UsageError, match=r"a benchmark asks its own prompts: .*every\.md"):
        api.planned(config | {"model": write_model(tmp_path, base_url="http://127.0.0.1:9/v1")})


def test_paths_in_a_config_are_relative_to_it(fields: Path, tmp_path: Path) -> None:
    prompt(tmp_path, "every", "Please: {question}")
    path = tmp_path / "run.yaml"
    path.write_text(f"backend: echo\ntask: {fields}\nprompt: every.md\n")
    assert load_config(path).prompt == (tmp_path / "every.md",)
    (job,) = api.planned(path).jobs
    assert job.task.samples[0].prompt == "Please: Which total?"


def test_check_names_clashes_and_misspelt_places(tmp_path: Path) -> None:
    one = prompt(tmp_path, "one", "{qustion} {total} {} {'a': 1}", name="n", version="1")
    two = prompt(tmp_path, "two", "{question}", name="n", version="1")
    again = prompt(tmp_path, "again", "{question}", name="n", version="2")
    found = checked([one, two, again, one])
    assert [row.error is None for row in found] == [True, False, True, True]
    assert found[0].notes == ("{qustion} is sent as it is; did you mean {question}?",)
    assert found[2].notes == ()
    assert found[1].error is not None
    assert "one.md has the same name and version, and another text" in found[1].error.message


def test_list_and_show_say_what_is_asked(fields: Path, tmp_path: Path, cli: Cli) -> None:
    listed = json.loads(cli("prompt", "list", str(fields), "--json").out)
    text = "{question} Briefly."
    digest = hashlib.sha256(text.encode()).hexdigest()
    least = {"task": "tiny:m", "name": "m", "samples": 4, "sha256": digest}
    nothing = dict.fromkeys(("version", "language", "doc_type", "field"))
    assert listed == [least | nothing]
    (shown,) = json.loads(cli("prompt", "show", f"{fields}:m", "--json").out)
    assert (shown["sample"], shown["text"]) == ("s0", "Which total? Briefly.")
    date = prompt(tmp_path, "date", "When? {question}", field="date")
    (alone,) = json.loads(cli("prompt", "show", str(date), "--json").out)
    assert (alone["sample"], alone["text"]) == (None, "When? {question}")
    (filled,) = json.loads(cli("prompt", "show", str(date), "--task", str(fields), "--json").out)
    assert (filled["sample"], filled["text"]) == ("s1", "When? Which date?")
    assert "When? Which date?" in cli("prompt", "show", str(date), "--task", str(fields)).out
    assert digest[:12] in cli("prompt", "list", str(fields)).out


def test_check_says_each_file_and_its_exit_code(tmp_path: Path, cli: Cli) -> None:
    good = prompt(tmp_path, "good", "Sum \x1b[31m{question}", name="a\x1b[31m", field="total")
    bad = prompt(tmp_path, "bad", "x", feld="total")
    done = cli("prompt", "check", str(good))
    assert done.code == 0
    assert "\x1b" not in done.out + cli("prompt", "show", str(good)).out
    assert "for field total" in done.out
    done = cli("prompt", "check", str(good), str(bad))
    assert done.code == 2
    assert done.err == f"error: {bad}:2:1: unknown key 'feld'\n  did you mean 'field'?\n"
    rows = json.loads(cli("prompt", "check", str(good), str(bad), "--json").out)
    assert [row["error"] and row["error"]["line"] for row in rows] == [None, 2]
