"""A run's config: wrong keys, paths relative to the file, the digest of what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.config import RunConfig, load_config, make_config
from bench.errors import SourceError, UsageError


def written(folder: Path, text: str, name: str = "run.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("seed: 1\nlimt: 5\n", "2:1: unknown key 'limt'", "did you mean 'limit'?"),
        ("limit: many\n", "1:1: 'limit': input should be a valid integer", None),
        ("limit: 0\n", "1:1: 'limit': input should be greater than or equal to 1, not 0", None),
        ("seed: -1\n", "1:1: 'seed': input should be greater than or equal to 0", None),
        ("flavour: gpu\n", "1:1: 'flavour': input should be 'cpu' or 'cuda', not 'gpu'", None),
        ("backend: [echo, 5]\n", "1:17: 'backend.1': input should be a valid string", None),
        (
            "requests:\n  concurency: 2\n",
            "2:3: unknown key 'requests.concurency'",
            "did you mean 'concurrency'?",
        ),
        ("requests: {timeout_s: 0}\n", "1:12: 'requests.timeout_s': input should be greater", None),
        ("options: {echo: fast}\n", "1:11: 'options.echo': input should be a valid dict", None),
        ("job_timeout_s: .nan\n", "1:1: 'job_timeout_s': input should be greater than 0", None),
        ("task: receipts\ntask: other\n", "2:1: while constructing a mapping found dup", None),
        ("echo\n", " must be a mapping of keys to values", None),
    ],
)
def test_a_wrong_config_is_one_line_at_its_place(
    tmp_path: Path, text: str, said: str, hint: str | None
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        load_config(path)
    assert caught.value.message.startswith(f"{path}:{said}")
    assert "\n" not in caught.value.message
    assert caught.value.hint == hint


def test_one_name_stands_for_a_list_of_one(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "backend: echo\nmodel: [a, b]\ntask: receipts:ocr\n"))
    assert config.backend == ("echo",)
    assert config.model == ("a", "b")
    assert config.task == ("receipts:ocr",)


@pytest.mark.parametrize("name", ["run.yaml", "run.json"])
def test_json_with_tabs_is_a_config_as_well(tmp_path: Path, name: str) -> None:
    assert load_config(written(tmp_path, '{\n "limit": 5\n}', name)).limit == 5
    tabbed = written(tmp_path, '{\n\t"limit":\t5\n}', "tabs.json")
    assert load_config(tabbed).limit == 5


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "tasks" / "mine").mkdir(parents=True)
    (tmp_path / "m.yaml").write_text("name: m\n")
    text = "out: runs/one\ndata: /data\ntask: [tasks/mine:ocr, receipts, a/b]\nmodel: [m.yaml, m]\n"
    config = load_config(written(tmp_path, text))
    assert config.out == tmp_path / "runs" / "one"
    assert config.data == Path("/data")
    assert config.task == (f"{tmp_path / 'tasks' / 'mine'}:ocr", "receipts", "a/b")
    assert config.model == (str(tmp_path / "m.yaml"), "m")


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: there is no such config file"):
        load_config(tmp_path / "none.yaml")


def test_options_stand_over_the_file_and_none_leaves_it(tmp_path: Path) -> None:
    base = load_config(written(tmp_path, "limit: 5\nseed: 3\nmodel: a\nrequests: {attempts: 2}\n"))
    config = make_config({"limit": 7, "seed": None, "model": ("b", "c")}, base)
    assert (config.limit, config.seed, config.model) == (7, 3, ("b", "c"))
    assert config.requests.attempts == 2


@pytest.mark.parametrize(
    ("values", "said", "hint"),
    [
        ({"limt": 5}, "unknown key 'limt'", "did you mean 'limit'?"),
        ({"limit": -1}, "'limit': input should be greater", None),
        ({"flavour": "gpu"}, "'flavour': input should be 'cpu' or 'cuda'", None),
    ],
)
def test_a_wrong_value_from_python_names_its_key(
    values: dict[str, Any], said: str, hint: str | None
) -> None:
    with pytest.raises(UsageError) as caught:
        make_config(values)
    assert not isinstance(caught.value, SourceError)
    assert caught.value.message.startswith(said)
    assert caught.value.hint == hint


def test_the_digest_is_of_what_is_asked_not_of_where_it_is_kept() -> None:
    asked = RunConfig(model=("a",), limit=5)
    assert asked.digest() == asked.model_copy(update={"out": Path("elsewhere")}).digest()
    assert asked.digest() == asked.model_copy(update={"parallel": 8}).digest()
    assert asked.digest() != asked.model_copy(update={"limit": 6}).digest()
    assert asked.digest() != asked.model_copy(update={"seed": 1}).digest()


def test_a_config_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RunConfig().limit = 3


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        (["a,b", "c"], ("a", "b", "c")),
        (("all",), ("all",)),
    ],
)
def test_backends_are_divided_by_commas(given: object, names: tuple[str, ...]) -> None:
    assert make_config({"backend": given}).backend == names


def test_a_model_may_hold_a_comma() -> None:
    assert make_config({"model": "a,b.yaml"}).model == ("a,b.yaml",)
