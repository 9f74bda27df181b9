"""Where shipped folders are, and where we write."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from bench import resources
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("name", ["adapters", "docs_tasks", "configs"])
def test_in_a_checkout_the_folders_are_the_checkout_s(
    name: Literal["adapters", "docs_tasks", "configs"],
) -> None:
    assert resources.folder(name) == REPOSITORY / name


def test_what_is_shipped_within_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "bench"
    (package / "_shipped" / "adapters").mkdir(parents=True)
    (tmp_path / "adapters").mkdir()
    (tmp_path / "configs").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.folder("adapters") == package / "_shipped" / "adapters"
    assert resources.folder("configs") == tmp_path / "configs"
    with pytest.raises(FileNotFoundError, match="docs_tasks/ is neither"):
        resources.folder("docs_tasks")


def test_home_is_named_or_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("BENCH_HOME", "~/bench")
    assert resources.home() == tmp_path / "bench"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_HOME", "here")
    assert resources.home() == tmp_path / "here"
    monkeypatch.setenv("BENCH_HOME", "")
    assert resources.home() == tmp_path / "cache" / "vlmhyperbench"
