"""lmms-eval's own tasks: the pieces of the adapter that need no lmms-eval."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from tests.adapters.lmms_eval_process import ROOT, job, part
from tests.local_data.made import docvqa_copy, drawn_page

PREFIX = "adapters/_sdk"


@pytest.fixture(autouse=True)
def _sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / PREFIX))


def written(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text)
    return str(folder)


def test_only_folders_that_hold_the_names_are_indexed(tmp_path: Path) -> None:
    native = part("native")
    root = written(
        tmp_path,
        a__one='task: "one_val"  # ours\n',
        a__both="group: both\ntask:\n- one_val\n- 'two'\n",
        b__two="tag:\n  - shared\ntask: two\r\n",
        c__near="task: one_val_lite\n",
        d__says="task: other\ndescription: one_val\n",
    )
    known = native.texts(root)
    assert [Path(one).name for one in native.folders(["one_val"], known)] == ["a"]
    assert [Path(one).name for one in native.folders(["two"], known)] == ["a", "b"]
    assert [Path(one).name for one in native.folders(["shared"], known)] == ["b"]
    assert native.folders(["one"], known) == []


def tables(*names: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(config=one.split("/")[0], split=one.split("/")[1]) for one in names]


@pytest.mark.parametrize(
    ("wanted", "there", "found"),
    [
        pytest.param(("en", "dev"), ("en/dev", "en/test"), "en/dev", id="exact"),
        pytest.param(("default", "test"), ("x/test", "x/val"), "x/test", id="task names no config"),
        pytest.param(("en", "dev"), ("default/dev",), "default/dev", id="copy names no config"),
    ],
)
def test_the_table_that_a_task_reads(
    wanted: tuple[str, str], there: tuple[str, ...], found: str
) -> None:
    table = part("native").table_of("t", wanted, tables(*there))
    assert f"{table.config}/{table.split}" == found


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        pytest.param(("en", "dev"), ("en/test",), id="another split"),
        pytest.param(("en", "dev"), ("cn/dev",), id="another config"),
        pytest.param(("default", "dev"), ("en/dev", "cn/dev"), id="two that fit"),
    ],
)
def test_a_copy_without_the_table_is_refused(
    wanted: tuple[str, str], there: tuple[str, ...]
) -> None:
    native = part("native")
    said = f"t reads {'/'.join(wanted)}; the local copy has {', '.join(there)}"
    with pytest.raises(native.Unsupported, match=said):
        native.table_of("t", wanted, tables(*there))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"output_type": "multiple_choice"}, "t does not ask once for a text"),
        ({"class": object}, "a class of its own"),
        ({"dataset_kwargs": {"video": True}}, "media files beside its table"),
        ({"metric_list": [{"metric": "anls"}, {"metric": "gpt_eval_score"}]}, "asks a judge"),
    ],
    ids=["multiple choice", "class", "video", "judge"],
)
def test_tasks_that_are_refused(config: dict[str, Any], said: str) -> None:
    native = part("native")
    with pytest.raises(native.Unsupported, match=said):
        native.check("t", config)
    native.check("t", {"dataset_kwargs": {"token": True}, "metric_list": [{"metric": "anls"}]})


def test_examples_come_out_of_the_copy() -> None:
    native = part("native")
    table, examples, other = tables("main/test", "main/train", "x/train")
    config = {"num_fewshot": 5, "fewshot_split": "train"}
    native.check_examples("t", config, table, [table, examples])
    native.check_examples("t", {"num_fewshot": 0, "fewshot_split": "train"}, table, [table])
    with pytest.raises(native.Unsupported, match="t shows 5 examples of the split train"):
        native.check_examples("t", config, table, [table, other])


class Index:
    """Stands in for lmms-eval's TaskManager: configurations by name."""

    def __init__(self, **configs: dict[str, Any]) -> None:
        self.configs = configs

    def _get_config(self, name: str) -> dict[str, Any]:
        return dict(self.configs[name])

    def load_task_or_group(self, task: Any) -> dict[str, Any]:
        return {"group": {"t": task}}


def test_a_task_reads_the_copy_and_nothing_else_of_it_changes(tmp_path: Path) -> None:
    native = part("native")
    own: dict[str, Any] = {
        "dataset_path": "hub/x",
        "dataset_kwargs": {"token": True},
        "test_split": "validation",
    }
    own |= {"doc_to_text": "q", "metric_list": [{"metric": "anls"}], "dataset_name": "DocVQA"}
    index: Any = Index(docvqa=own, group={"group": "g", "task": ["docvqa"]})
    told = []
    copy = SimpleNamespace(tables=_tables(tmp_path))

    def write(configs: dict[str, str], splits: dict[str, str]) -> str:
        told.append((configs, splits))
        return "folder"

    found = native.redirect(index, ["docvqa"], copy, write, lambda own: {**own, "x": 1})
    assert found == {"docvqa": copy.tables[0]}
    assert told == [({"DocVQA": "DocVQA"}, {"validation": "validation"})]
    changed = index._get_config("docvqa")
    assert changed.pop("dataset_path") == "folder"
    assert changed.pop("dataset_kwargs") is None
    assert changed.pop("generation_kwargs") == {"x": 1}
    assert callable(changed.pop("process_docs"))
    assert changed == {key: own[key] for key in own if not key.startswith("dataset_")} | {
        "dataset_name": "DocVQA"
    }
    assert index._get_config("group") == {"group": "g", "task": ["docvqa"]}


def _tables(folder: Path) -> list[Any]:
    from bench_data import LocalCopy

    found: list[Any] = LocalCopy(str(docvqa_copy(folder / "copy").folder)).tables
    return found


class Rows(list[dict[str, Any]]):
    """Stands in for a split of the package datasets."""

    split = "test"

    @property
    def column_names(self) -> list[str]:
        return sorted({key for row in self for key in row})

    def add_column(self, name: str, values: list[str]) -> Rows:
        return Rows([row | {name: one} for row, one in zip(self, values, strict=True)])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return [row.get(key) for row in self]
        return super().__getitem__(key)


def test_ids_go_through_the_tasks_own_choice_of_rows() -> None:
    native = part("native")
    chosen = native.with_ids(lambda rows: Rows(rows[1:]), "test", ["a", "b", "c"])
    rows = Rows([{"q": 0}, {"q": 1}, {"q": 2}])
    assert chosen(rows)["bench_sample"] == ["b", "c"]
    few_shot = Rows([{"q": 9}])
    few_shot.split = "train"
    assert native.with_ids(None, "test", ["a", "b", "c"])(few_shot) == [{"q": 9}]


def scoring(error: Exception | None) -> SimpleNamespace:
    def process_results(_document: Any, answers: list[str]) -> dict[str, float]:
        assert answers == [""]
        if error:
            raise error
        return {"anls": 0.0}

    config = SimpleNamespace(task="t")
    return SimpleNamespace(
        config=config, process_results=process_results, eval_docs_no_media=[{"q": 1}]
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("answer"), "a column 'answer' that the local copy does not have; it has id, q"),
        (ModuleNotFoundError("No module named 'jieba'"), "leaves out: No module named 'jieba'"),
        (NameError("name 'Rouge' is not defined"), "leaves out: name 'Rouge'"),
        (ConnectionError("Couldn't reach 'lab/GQA'"), "from a hub: Couldn't reach 'lab/GQA'"),
    ],
    ids=["column", "module", "optional import", "second table"],
)
def test_what_the_scoring_lacks_is_said_before_anything_is_asked(
    error: Exception, said: str
) -> None:
    native, index = part("native"), Index()
    native.rehearse(index, {"t": SimpleNamespace(columns={"q": "text", "id": "text"})})
    with pytest.raises(native.Unsupported, match=said):
        index.load_task_or_group(scoring(error))
    fine = scoring(None)
    assert index.load_task_or_group(fine) == {"group": {"t": fine}}
    index.load_task_or_group(scoring(IndexError("an empty answer")))  # it is only a rehearsal


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
    table = _tables(tmp_path)[0]
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
    table = _tables(tmp_path)[0]
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
    samples = native_samples(told, {"one": _tables(tmp_path)[0]})
    samples.expect(asking("one", [0, 1]), {"one": {"test": Rows([{"q": 1}, {"q": 2}])}})
    assert list(samples.ids.values()) == ["one#0", "one#1"]
    assert told.warnings == ["one makes rows of its own: its answers cannot be paired by id"]


def test_max_completion_tokens_takes_the_place_of_the_tasks_limit(tmp_path: Path) -> None:
    table = _tables(tmp_path)[0]
    told = Told(tmp_path)
    samples = native_samples(told, {"docvqa": table})
    rows = [row | {"image": opened(row["image"])} for row in table.rows()]
    loaded = {"docvqa": {"test": Rows(rows).add_column("bench_sample", table.ids())}}
    (request,) = asking("docvqa", [0], {"max_new_tokens": 32})
    samples.expect([request], loaded)
    given = dict(told.spec["model"], parameters={"max_completion_tokens": 5})
    model, _content = samples.question(request, loaded, given)
    assert model["parameters"] == {"max_completion_tokens": 5}


RESULTS: dict[str, Any] = {
    "results": {
        "t": {
            "alias": "t",
            "anls,none": 0.5,
            "anls_stderr,none": "N/A",
            "anls_stderr_clt,none": 0.25,
            "submission,none": None,
        }
    },
    "higher_is_better": {"t": {"anls": True}},
    "group_subtasks": {"t": []},
}


def test_each_number_of_lmms_eval_is_one_native_row() -> None:
    scores = part("scores")
    logs = {"t": [{"sample": "a", "anls": 1.0}, {"sample": "b", "anls": 0}]}
    (row,) = scores.native(RESULTS, logs, {"b", "z"}, {}, "raw/x")
    assert row == {
        "metric": "anls",
        "group": None,
        "value": 0.5,
        "scale": 1,
        "higher_is_better": True,
        "n": 2,
        "failed_scored": 1,
        "source": "raw/x",
    }
    assert list(scores.of_samples(RESULTS, logs)) == [("a", "anls", 1.0), ("b", "anls", 0.0)]


def test_parts_are_named_as_we_name_them() -> None:
    scores = part("scores")
    results = {
        "results": {
            "g": {"alias": "g", "exact_match,none": 0.5},
            "g_one": {"exact_match,none": 1.0},
            "g_two": {"exact_match,none": 0.0},
        },
        "higher_is_better": {name: {"exact_match": True} for name in ("g", "g_one", "g_two")},
        "group_subtasks": {"g": ["g_one", "g_two"]},
    }
    logs = {
        "g_one": [{"sample": "a", "exact_match": 1.0}],
        "g_two": [{"sample": "b", "exact_match": 0.0}],
    }
    found = scores.native(results, logs, set(), {"g_one": "eins"}, "s")
    assert [(one["group"], one["value"], one["n"]) for one in found] == [
        (None, 0.5, 2),
        ("eins", 1.0, 1),
        ("g_two", 0.0, 1),
    ]


@pytest.mark.parametrize(
    ("metric", "rows", "known"),
    [
        ("ocrbench_accuracy", [{"score": 1}] * 4, (0.004, True)),
        ("mme_perception_score", [{"category": one, "score": 1.0} for one in "aabb"], (400, True)),
        ("pope_yes_ratio", [{"score": 1.0}], (None, None)),
        ("of somebody else", [{"score": 1.0}], (None, None)),
    ],
)
def test_the_value_of_a_perfect_run(
    metric: str, rows: list[dict[str, Any]], known: tuple[float | None, bool | None]
) -> None:
    scores = part("scores")
    results = {
        "results": {"t": {f"{metric},none": 0.25}},
        "higher_is_better": {"t": {metric: True}},
        "group_subtasks": {"t": []},
    }
    logs = {"t": [{"sample": str(n), metric: row} for n, row in enumerate(rows)]}
    (row,) = scores.native(results, logs, set(), {}, "s")
    assert (row["scale"], row["higher_is_better"]) == known
    assert len(list(scores.of_samples(results, logs))) == len(rows)


def test_a_metric_by_several_filters_has_their_names() -> None:
    scores = part("scores")
    results = {
        "results": {"t": {"exact_match,strict": 0.0, "exact_match,flexible": 1.0}},
        "higher_is_better": {"t": {"exact_match": True}},
        "group_subtasks": {"t": []},
    }
    logs = {"t": [{"sample": "a", "exact_match": 0.0}, {"sample": "a", "exact_match": 1.0}]}
    found = scores.native(results, logs, set(), {}, "s")
    assert [(one["metric"], one["n"]) for one in found] == [
        ("exact_match,strict", 1),
        ("exact_match,flexible", 1),
    ]
    assert list(scores.of_samples(results, logs)) == []


def test_a_number_that_is_none_fails_the_job() -> None:
    results = json.loads(json.dumps(RESULTS))
    results["results"]["t"]["anls,none"] = float("nan")
    with pytest.raises(ValueError, match="anls of t is nan"):
        part("scores").native(results, {"t": [{"sample": "a", "anls": 1.0}]}, set(), {}, "s")
