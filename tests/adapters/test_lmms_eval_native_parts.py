"""lmms-eval's own tasks: the pieces of the adapter that need no lmms-eval."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.lmms_eval_process import ROOT, Rows, local_tables, part

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
    copy = SimpleNamespace(tables=local_tables(tmp_path))

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
