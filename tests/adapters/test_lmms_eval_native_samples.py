"""Pictures and samples of lmms-eval's own tasks: which file is sent, and which row is meant."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from tests.adapters.lmms_eval_process import ROOT, Rows, job, local_tables, part
from tests.local_data.made import drawn_page

PREFIX = "adapters/_sdk"


@pytest.fixture(autouse=True)
def _sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / PREFIX))


def image_file(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def opened(path: str) -> Image.Image:
    return Image.open(io.BytesIO(Path(path).read_bytes()))


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_with_the_tasks_own_pixels_is_sent_as_it_is(tmp_path: Path, kind: str) -> None:
    pictures = part("pictures")
    other = image_file(tmp_path, "other", drawn_page("other", kind=kind))
    path = image_file(tmp_path, "page", drawn_page("total 7", kind=kind))
    image = opened(path).convert("RGB")
    assert pictures.file_of(image, [other, path], str(tmp_path / "made")) == path
    assert not (tmp_path / "made").exists()
    assert pictures.file_of(path, [], str(tmp_path / "made")) == path


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.open(io.BytesIO(drawn_page("turned"))), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("content", "change"),
    [
        pytest.param(drawn_page("cut"), lambda page: page.crop((0, 0, 50, 50)), id="cut"),
        pytest.param(drawn_page("grey"), lambda page: page.point(lambda one: one // 2), id="dark"),
        pytest.param(turned(), lambda page: page, id="turned by its tag"),
        pytest.param(
            encoded(Image.new("RGBA", (40, 30), (9, 9, 9, 0)), "PNG"),
            lambda page: page,
            id="transparent",
        ),
        pytest.param(
            encoded(Image.new("RGB", (40, 30), "red"), "BMP"),
            lambda page: page,
            id="no PNG or JPEG",
        ),
    ],
)
def test_other_pixels_are_sent_as_a_png_that_loses_nothing(
    tmp_path: Path, content: bytes, change: Any
) -> None:
    path = image_file(tmp_path, "page", content)
    image = change(opened(path).convert("RGB"))
    sent = part("pictures").file_of(image, [path], str(tmp_path / "made"))
    assert sent != path
    with Image.open(sent) as found:
        assert found.format == "PNG"
        assert found.convert("RGB").tobytes() == image.tobytes()


def test_the_messages_of_a_task_are_one_turn() -> None:
    pictures = part("pictures")
    user = {"role": "user", "content": [{"type": "text", "text": "q"}]}
    system = {"role": "system", "content": "Be brief."}
    assert pictures.turn([system, user]) == (["Be brief."], user["content"])
    for several in ([user, {"role": "assistant", "content": "a"}, user], [system]):
        with pytest.raises(ValueError, match="no single turn"):
            pictures.turn(several)


class Told:
    def __init__(self, folder: Path, **keys: Any) -> None:
        self.folder, self.spec = folder, job("http://127.0.0.1:1/v1", **keys)
        self.rows: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self.lock = threading.Lock()

    def path(self, *names: str) -> str:
        return str(self.folder.joinpath(*names))

    def asked(self, sample: str, **row: Any) -> None:
        self.rows.append(row | {"id": sample})

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def native_samples(told: Told, tables: dict[str, Any]) -> Any:
    made = part("native_samples")
    return made.Samples(told, tables, "bench_sample", part("pictures"), part("samples"))


def asking(task: str, numbers: list[int], kwargs: dict[str, Any] | None = None) -> list[Any]:
    def messages(document: dict[str, Any]) -> list[dict[str, Any]]:
        image = {"type": "image", "url": document["image"].convert("RGB")}
        text = {"type": "text", "text": document["question"] + "!"}
        return [{"role": "user", "content": [image, text]}]

    return [
        SimpleNamespace(args=("prompt", messages, dict(kwargs or {}), number, task, "test"))
        for number in numbers
    ]


def test_a_question_has_the_tasks_words_and_the_configs_parameters(tmp_path: Path) -> None:
    table = local_tables(tmp_path)[0]
    told = Told(tmp_path, model={"system_prompt": "S", "parameters": {"max_tokens": 9}})
    samples = native_samples(told, {"docvqa": table})
    rows = [row | {"image": opened(row["image"])} for row in table.rows()]
    loaded = {"docvqa": {"test": Rows(rows).add_column("bench_sample", table.ids())}}
    task = {"max_new_tokens": 32, "top_p": 0.5, "do_sample": False, "until": ["\n\n"]}
    requests = asking("docvqa", [1], task)
    samples.expect(requests, loaded)
    assert samples.id_of(requests[0], loaded) == "49154"
    model, content = samples.question(requests[0], loaded, told.spec["model"])
    assert model["parameters"] == {"max_tokens": 9, "top_p": 0.5, "temperature": 0}
    assert model["system_prompt"] == "S"
    assert [one["type"] for one in content] == ["image_url", "text"]
    assert content[1]["text"] == "what is the number of the note?!"
    (row,) = told.rows
    assert row["references"] == ["007", "7"]
    assert row["doc_id"] == "14465"
    assert Path(row["images"][0]).is_relative_to(tmp_path / "copy")
    assert row["question"] == "what is the number of the note?"
    assert row["group"] is None


def test_a_row_that_is_asked_twice_gets_the_tasks_name(tmp_path: Path) -> None:
    table = local_tables(tmp_path)[0]
    told = Told(tmp_path)
    samples = native_samples(told, {"one": table, "two": table})
    loaded = {
        "one": {"test": Rows([{"bench_sample": "a"}, {"bench_sample": "a"}])},
        "two": {"test": Rows([{"bench_sample": "a"}])},
    }
    samples.expect(asking("one", [0, 1]) + asking("two", [0]), loaded)
    assert list(samples.ids.values()) == ["a", "one/a", "two/a"]
    assert told.warnings == []


def test_rows_that_a_task_makes_anew_cannot_be_paired(tmp_path: Path) -> None:
    told = Told(tmp_path)
    samples = native_samples(told, {"one": local_tables(tmp_path)[0]})
    samples.expect(asking("one", [0, 1]), {"one": {"test": Rows([{"q": 1}, {"q": 2}])}})
    assert list(samples.ids.values()) == ["one#0", "one#1"]
    assert told.warnings == ["one makes rows of its own: its answers cannot be paired by id"]


def test_max_completion_tokens_takes_the_place_of_the_tasks_limit(tmp_path: Path) -> None:
    table = local_tables(tmp_path)[0]
    told = Told(tmp_path)
    samples = native_samples(told, {"docvqa": table})
    rows = [row | {"image": opened(row["image"])} for row in table.rows()]
    loaded = {"docvqa": {"test": Rows(rows).add_column("bench_sample", table.ids())}}
    (request,) = asking("docvqa", [0], {"max_new_tokens": 32})
    samples.expect([request], loaded)
    given = dict(told.spec["model"], parameters={"max_completion_tokens": 5})
    model, _content = samples.question(request, loaded, given)
    assert model["parameters"] == {"max_completion_tokens": 5}
