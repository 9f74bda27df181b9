"""Interpreters are found where people have them, and only those that run."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import interpreter
from bench.errors import EnvironmentBuildError

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    interpreter.find.cache_clear()
    yield
    interpreter.find.cache_clear()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No interpreter but those the test puts in place."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    return tmp_path


def saying(path: Path, version: str) -> Path:
    """An interpreter that is ours, but says that it is `version`."""
    path.parent.mkdir(parents=True)
    path.write_text(
        f'#!/bin/sh\n[ "$1" = -I ] && exec {sys.executable} -I -c '
        f'\'import platform; platform.python_version = lambda: "{version}"\n\'"$3"\n'
    )
    path.chmod(0o755)
    return path


def test_ours_is_found_and_says_what_it_is() -> None:
    found = interpreter.find(MINOR)
    assert found.version == platform.python_version()
    assert found.implementation == sys.implementation.name
    assert found.soabi
    assert found.platform
    assert Path(found.python) == Path(found.python).resolve()
    assert ".venv" not in found.python, "the base interpreter, not a venv that may go away"


@pytest.mark.parametrize(
    "place",
    [
        "path/python3.97",
        "pyenv/versions/3.97.1/bin/python3.97",
        "uv/cpython-3.97.2-linux-x86_64-gnu/bin/python3.97",
    ],
)
def test_an_interpreter_is_found_in(nowhere: Path, place: str) -> None:
    saying(nowhere / place, "3.97.5")
    assert interpreter.find("3.97").version == "3.97.5"


def test_one_that_does_not_run_is_passed_over(nowhere: Path) -> None:
    broken = saying(nowhere / "path" / "python3.97", "3.97.0")
    broken.write_text("#!/bin/sh\necho 'pyenv: python3.97: command not found' >&2\nexit 127\n")
    saying(nowhere / "pyenv" / "versions" / "3.97.1" / "bin" / "python3.97", "3.97.1")
    assert interpreter.find("3.97").version == "3.97.1"


def test_one_that_is_of_another_version_is_passed_over(nowhere: Path) -> None:
    saying(nowhere / "path" / "python3.9", "3.97.0")
    with pytest.raises(EnvironmentBuildError) as caught:
        interpreter.find("3.9")
    assert caught.value.message == "no Python 3.9 was found (PATH, pyenv, uv)"
    assert "python3.9" in str(caught.value.hint)


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho {}\n", "not a program"])
def test_what_is_no_python_says_nothing(tmp_path: Path, script: str) -> None:
    path = tmp_path / "python"
    path.write_text(script)
    path.chmod(0o755)
    assert interpreter.ask(path) is None
    assert interpreter.ask(tmp_path / "none") is None
