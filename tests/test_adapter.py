"""adapter.toml: read strictly, found by name, third parties' folders first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest

from bench.adapter import Adapter, Kind, adapters, find_adapter, load_adapter
from bench.errors import SourceError, UsageError

LEAST = """\
# mine
protocol = 1
name = "mine"
kind = "harness"
summary = "a harness of my own"
python = "3.11"
flavours = ["cpu"]
"""


def written(root: Path, text: str = LEAST, script: str | None = "run.py") -> Path:
    folder = root / "mine"
    folder.mkdir(parents=True)
    if script:
        (folder / script).write_text("")
    path = folder / "adapter.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        load_adapter(path)
    assert "\n" not in caught.value.message
    return caught.value


def test_the_least_adapter_loads(tmp_path: Path) -> None:
    adapter = load_adapter(written(tmp_path))
    assert adapter.script == (tmp_path / "mine" / "run.py").resolve()
    assert adapter.lock.name == "requirements.lock"
    assert (adapter.torch, adapter.needs_model, adapter.tasks) == (False, True, "both")


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ('summary = "', 'sumary = "', "5:1: unknown key 'sumary'", "did you mean 'summary'?"),
        ("protocol = 1", "protocol = 2", "2:1: needs a newer bench", "update vlmhyperbench"),
        ("protocol = 1", "protocol = 0", "2:1: 'protocol': input should be 1, not 0", None),
        ('"harness"', '"critic"', "4:1: 'kind': input should be 'harness', 'engine', ", None),
        ('["cpu"]', '["rocm"]', "7:1: 'flavours.0': input should be 'cpu' or 'cuda'", None),
        ('["cpu"]', "[]", "7:1: 'flavours': tuple should have at least 1 item", None),
        ('"3.11"', '"3"', "6:1: 'python': string should match", None),
        ('"mine"', '"Mine!"', "3:1: 'name': string should match", None),
        ('name = "mine"\n', "", " 'name' is missing", None),
        ('["cpu"]', '["cpu"]\nfolder = "/"', "8:1: unknown key 'folder'", "it is where"),
        ('["cpu"]', '["cpu"]\n[failures]\ntext = []', "8:1: unknown key 'failures.text'", "did"),
        ('["cpu"]', '["cpu"', " Unclosed array", None),
        ("protocol = 1", "protocol = 1\nprotocol = 1", "3:13: Cannot overwrite a value", None),
        ("protocol = 1", "protocol = = 1", "2:12: Invalid value", None),
    ],
)
def test_a_wrong_manifest_is_one_line_at_its_place(
    tmp_path: Path, old: str, new: str, said: str, hint: str | None
) -> None:
    path = written(tmp_path, LEAST.replace(old, new))
    error = refused(path)
    assert error.message.startswith(f"{path}:{said}")
    assert error.hint is None if hint is None else str(error.hint).startswith(hint)


def test_bytes_that_are_no_utf8_are_placed(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b'protocol = 1\nname = "\xe9"\n')
    assert refused(path).message == f"{path}:2:9: is not UTF-8"


@pytest.mark.parametrize(("kind", "script"), [("harness", "run.py"), ("engine", "serve.py")])
def test_the_script_must_lie_beside_it(tmp_path: Path, kind: str, script: str) -> None:
    path = written(tmp_path, LEAST.replace('"harness"', f'"{kind}"'), script=None)
    assert refused(path).message == f"{path}: {script} is missing beside it"


@pytest.mark.parametrize(
    ("kind", "name", "said", "hint"),
    [
        ("harness", "ecko", "unknown backend 'ecko'", "did you mean 'echo'?"),
        ("engine", "rapidorc", "unknown engine 'rapidorc'", "did you mean 'rapidocr'?"),
    ],
)
def test_an_unknown_adapter_comes_with_the_nearest(
    kind: str, name: str, said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        find_adapter("harness" if kind == "harness" else "engine", name)
    assert (caught.value.message, caught.value.hint) == (said, hint)


def test_a_folder_of_one_s_own_comes_before_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    written(one, LEAST.replace('"mine"', '"echo"'))
    written(two)
    monkeypatch.setenv("BENCH_ADAPTERS", os.pathsep.join(map(str, (one, two))))
    assert find_adapter("harness", "echo").folder == (one / "mine").resolve()
    assert find_adapter("harness", "mine").folder == (two / "mine").resolve()
    assert "mine" not in adapters("engine")


def test_the_cached_list_of_benchmarks_is_read_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert load_adapter(path).benchmarks() == {}
    rows = 'name\tsplit\nDocVQA_VAL\tval "a"\n007\t\n'
    (path.parent / "benchmarks.tsv").write_text(rows)
    found = load_adapter(path).benchmarks()
    assert list(found) == ["DocVQA_VAL", "007"]
    assert found["DocVQA_VAL"]["split"] == 'val "a"'


def shipped() -> list[Adapter]:
    return [one for kind in get_args(Kind) for one in adapters(kind).values()]


@pytest.mark.parametrize("adapter", shipped(), ids=lambda adapter: adapter.name)
def test_a_shipped_adapter_is_whole(adapter: Adapter) -> None:
    assert (adapter.folder / "requirements.in").is_file()
    assert adapter.folder.name.replace("_", "-") == adapter.name
    assert not (adapter.torchvision and not adapter.torch)
