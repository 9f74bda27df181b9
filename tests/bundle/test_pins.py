"""Locks as they are written by uv, and lines that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.bundle.pip import Fit, variables
from bench.errors import SourceError
from bench.pins import read_pins
from tests.conftest import REPOSITORY

A, B = "a" * 64, "b" * 64


def test_a_lock_of_uv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    path.write_text(
        f"# made\nOne.two[extra]==1.0+cpu \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n\n"
        f"numpy==2.4 ; python_full_version < '3.12' \\\n    --hash=sha256:{A}\n"
        f"torch===2.0 --hash=sha256:{B}\n"
    )
    one, numpy, torch = read_pins(path)
    assert (one.name, one.version, one.url) == ("One.two", "1.0+cpu", "pkg:pypi/one-two@1.0+cpu")
    assert one.hashes == {A, B}
    assert one.line == f"One.two[extra]==1.0+cpu --hash=sha256:{A} --hash=sha256:{B}"
    assert numpy.marker == "python_full_version < '3.12'"
    assert numpy.hashes == {A}
    assert torch.version == "2.0"
    assert torch.hashes == {B}


@pytest.mark.parametrize(
    ("line", "said"),
    [("x==1", "is without a sha256"), ("x>=1 --hash=sha256:" + A, "is no NAME==VERSION")],
    ids=["no-hash", "no-pin"],
)
def test_a_line_that_pins_nothing_is_told_by_its_place(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "x.lock"
    path.write_text(f"# a comment\n\n{line}\n")
    with pytest.raises(SourceError, match=f":3:1: {said}"):
        read_pins(path)


def test_every_lock_of_the_project_is_read() -> None:
    locks = [REPOSITORY / "requirements.lock", *(REPOSITORY / "adapters").rglob("*.lock")]
    assert sum(len(read_pins(path)) for path in locks) > 500


def test_a_file_fits_by_its_tags() -> None:
    fit = Fit(frozenset({"cp311-cp311-linux_x86_64", "py3-none-any"}), {})
    assert fit.takes("a-1-py2.py3-none-any.whl")
    assert fit.takes("a-1-1-cp311-cp311-manylinux1_x86_64.linux_x86_64.whl")
    assert not fit.takes("a-1-cp312-cp312-linux_x86_64.whl")
    assert fit.takes("a-1.tar.gz")


def test_pip_is_told_what_only_uv_was_told() -> None:
    said = variables({"UV_INDEX_URL": "https://u:p@mirror", "UV_FIND_LINKS": "x,y", "HOME": "/h"})
    assert said["PIP_INDEX_URL"] == "https://u:p@mirror"
    assert said["PIP_FIND_LINKS"] == "x y"
    assert said["HOME"] == "/h"
    own = variables({"UV_INDEX_URL": "https://one", "PIP_INDEX_URL": "https://two"})
    assert own["PIP_INDEX_URL"] == "https://two"
