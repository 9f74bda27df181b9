"""PromptCollections of VLMHyperBench as prompt files: the same texts are asked."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import api
from bench.errors import SourceError, UsageError
from bench.importers.prompt_collection import import_prompts
from bench.importers.vlmhyperbench.convert import convert
from bench.importers.writing import write_yaml
from bench.task import document_tasks
from bench.task.prompts import read_prompt
from tests.cli.said import Cli
from tests.endpoint import Endpoint, Reply, endpoint
from tests.runs import rows, use_fakes, write_model
from tests.vlmhyperbench_layout import Row, draw, write_rows

COLUMNS = ("prompt", "doc_class_question_type", "cer")
CONFIG = (
    *("dataset", "task", "framework", "model_name", "prompt_collection", "metrics"),
    *("only_evaluate_metrics", "metrics_aggregators"),
)
HARD = '---\nНапиши: "да; нет",\r\n\tне «так» {a: 1} #5 \u00a0— 007\u2028.'


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with endpoint(lambda text, _: Reply(f"{len(text)}")) as made:
        yield made


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    use_fakes(monkeypatch)
    return Cli(monkeypatch, capsys)


def collection(folder: Path, *prompts: tuple[str, str], bom: str = "") -> Path:
    return write_rows(folder / "best.csv", COLUMNS, [[*one, "0.0"] for one in prompts], bom)


def wrong(folder: Path, *prompts: tuple[str, str]) -> str:
    with pytest.raises(SourceError) as caught:
        import_prompts(collection(folder, *prompts), folder / "out")
    assert not (folder / "out").exists()
    return f"{caught.value.message} | {caught.value.hint}".replace(str(folder), "X")


@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "bom"])
def test_a_row_is_a_file_with_the_same_text(tmp_path: Path, bom: str) -> None:
    path = collection(
        tmp_path, (HARD, "passport Дата: рождения"), ("Кто?", "passport Имя"), bom=bom
    )
    made = import_prompts(path, tmp_path / "out", language="ru", version="3")
    assert [prompt.text for prompt in made] == [HARD, "Кто?"]
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["passport-Дата-рождения.md", "passport-Имя.md"]
    assert [read_prompt(file) for file in files] == made
    assert HARD.encode() in files[0].read_bytes()
    assert made[0].used.model_dump(exclude={"sha256"}) == {
        "name": "passport-Дата-рождения",
        "version": "3",
        "language": "ru",
        "doc_type": "passport",
        "field": "Дата: рождения",
    }


def test_names_are_safe_and_differ(tmp_path: Path) -> None:
    keys = ["p a/b", "p a:b", "p A.B", "p ../../x", "p " + "ы" * 200, "p !?", "p CON", "п no"]
    made = import_prompts(collection(tmp_path, *((key, key) for key in keys)), tmp_path / "out")
    files = {file.name for file in (tmp_path / "out").iterdir()}
    assert len({name.casefold() for name in files}) == len(keys)
    assert files == {f"{prompt.used.name}.md" for prompt in made}
    assert {prompt.used.field for prompt in made} == {key.partition(" ")[2] for key in keys}
    assert all(len(name.encode()) < 120 and name[0].isalnum() for name in files)


def test_a_class_may_have_a_space_in_its_name(tmp_path: Path) -> None:
    path = collection(tmp_path, ("a", "bank statement total"), ("b", "bank note total"))
    made = import_prompts(path, tmp_path / "out", doc_types=["bank", "bank statement"])
    assert [(one.used.doc_type, one.used.field) for one in made] == [
        ("bank statement", "total"),
        ("bank", "note total"),
    ]


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ([("x", "passport Имя"), ("", "passport Пол")], "X/best.csv:3: prompt: is empty | None"),
        ([("x", "passport")], "2: doc_class_question_type: 'passport' names no kind of question"),
        ([("x", "p a"), ("y", "p a")], "3: doc_class_question_type: 'p a' has two prompts | the"),
        ([("x", "p a\nb")], "2: doc_class_question_type: holds a line break"),
        ([("{question}?", "p a")], "2: prompt: a prompt file's {question} is filled in by the row"),
        ([], "X/best.csv: has no prompt below its header"),
    ],
    ids=["empty", "no-field", "twice", "line-break", "place", "nothing"],
)
def test_a_wrong_row_is_said_and_nothing_is_written(
    tmp_path: Path, prompts: list[tuple[str, str]], said: str
) -> None:
    assert said in wrong(tmp_path, *prompts)


def test_nothing_is_written_over(tmp_path: Path, cli: Cli) -> None:
    path = collection(tmp_path, ("Кто?", "passport Имя"))
    out = tmp_path / "out"
    shown = cli("prompt", "import", str(path), "--out", str(out), "--language", "ru", "--json")
    (row,) = json.loads(shown.out)
    assert (row["text"], row["language"], row["version"]) == ("Кто?", "ru", "1")
    before = {file: file.read_bytes() for file in out.iterdir()}
    again = cli("prompt", "import", str(path), "--out", str(out))
    assert again.code == 2
    assert "is there already and is not empty" in again.err
    assert {file: file.read_bytes() for file in out.iterdir()} == before
    assert cli("prompt", "check", str(out)).code == 0


def test_files_and_user_config_ask_the_same(tmp_path: Path, served: Endpoint) -> None:
    """By user_config.csv, by --prompt over its questions, and by a task that names the files."""
    data = tmp_path / "vlmhyperbench" / "data_dirs"
    papers = draw(data)
    best = _collected(data / "PromptCollections" / "VQA" / "papers", papers)
    import_prompts(best, tmp_path / "files")

    by_config = _converted(tmp_path, served, "best.csv")
    expected = _asked(served, by_config)
    assert sum(expected.values()) == len(papers)
    assert len(expected) == 8
    assert _asked(served, _converted(tmp_path, served), prompt=tmp_path / "files") == expected

    own = _task_of_files(tmp_path, by_config)
    model = write_model(tmp_path, base_url=served.url)
    config = {"backend": "echo", "model": model, "task": str(own)}
    assert _asked(served, config) == expected
    (task,) = document_tasks(str(own))
    assert len(task.prompts) == 8


def _collected(folder: Path, papers: list[Row]) -> Path:
    keys = sorted({(one.kind, one.question) for one in papers})
    return collection(
        folder,
        *(
            (f"Только {field}, как в «{kind}»;\nпример: 1", f"{kind} {field}")
            for kind, field in keys
        ),
    )


def _converted(folder: Path, served: Endpoint, prompts: str = "") -> Path:
    """The config of one row of user_config.csv."""
    place = folder / f"config-{len(list(folder.iterdir()))}"
    (folder / "models").mkdir(exist_ok=True)
    write_model(folder / "models", "served", base_url=served.url)
    named = f"papers/{prompts}" if prompts else ""
    row = ["papers", "VQA", "any", "served", named, "['CER']", "False", "['general']"]
    table = write_rows(place / "user_config.csv", CONFIG, [row])
    (one,) = convert(table, place / "out", data=folder)
    assert one.config is not None, one.error
    return one.config


def _asked(served: Endpoint, config: Path | dict[str, str], **more: Path) -> Counter[str]:
    before = len(served.asked)
    out = Path(f"{config}" if isinstance(config, Path) else config["task"]).with_suffix(".run")
    report = api.evaluate(config, out=out, **more)
    assert report.jobs[0].counts.failed == 0
    sent = [body["messages"][-1]["content"] for body in served.asked[before:]]
    return Counter(part["text"] for parts in sent for part in parts if part["type"] == "text")


def _task_of_files(folder: Path, config: Path) -> Path:
    """The rows of a converted table without their questions, and the imported files."""
    (converted,) = (config.parent / "tasks").iterdir()
    own = folder / "own"
    shutil.copytree(folder / "files", own / "prompts")
    kept = [
        {key: value for key, value in row.items() if key != "question"}
        | {"images": [str((converted / row["images"][0]).resolve())]}
        for row in rows(converted / "samples.jsonl")
    ]
    (own / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    files = sorted(f"prompts/{file.name}" for file in (own / "prompts").iterdir())
    member = {"prompt": files, "metrics": [{"metric": "cer"}]}
    head = {"name": "own", "version": "1", "summary": "own", "licence": "none"}
    write_yaml(own / "task.yaml", head | {"members": {"vqa": member}})
    return own


def test_an_out_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        import_prompts(collection(tmp_path, ("Кто?", "passport Имя")), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
