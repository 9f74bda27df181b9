"""What is refused before anything is written, and what is left where an installation fails."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.bundle.install import BEGUN, DONE, closed, install, misfit
from bench.bundle.manifest import CORE_LOCK, FILE, SCRIPT, read_manifest, write_manifest
from bench.bundle.volumes import cut as cut_in_volumes
from bench.errors import BenchError, EnvironmentBuildError, UsageError
from tests.bundle.tiny_bundle import DAMAGES, HERE, Change, cut, flip, make_bundle

OTHERS = {
    "minor": ({"python": "3.99"}, "no Python 3.99 was found"),
    "abi": ({"soabi": "cpython-311t-x86_64-linux-gnu"}, "made for the soabi cpython-311t"),
    "implementation": ({"implementation": "pypy"}, "made for the implementation pypy"),
    "platform": ({"platform": "linux-riscv64"}, "made for the platform linux-riscv64"),
    "newer-libc": ({"libc": "glibc-99.1"}, "made for the C library glibc-99.1"),
    "other-libc": ({"libc": "musl-1.2"}, "made for the C library musl-1.2"),
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle")


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "into"


def refused(bundle: Path, into: Path) -> str:
    with pytest.raises(BenchError) as caught:
        install(bundle, into, lambda _: None)
    return f"{caught.value.message} | {caught.value.hint}"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bundle_is_refused_by_name_and_nothing_is_left(
    bundle: Path, into: Path, damage: str
) -> None:
    change, named = DAMAGES[damage]
    change(bundle)
    assert named in refused(bundle, into)
    assert not into.parent.exists()


@pytest.mark.parametrize("what", OTHERS)
def test_a_bundle_for_another_machine_is_refused_by_name(
    tmp_path: Path, into: Path, what: str
) -> None:
    changed, said = OTHERS[what]
    assert said in refused(make_bundle(tmp_path / "other", **changed), into)
    assert not into.parent.exists()


def test_an_older_c_library_is_no_obstacle(tmp_path: Path) -> None:
    assert HERE is not None
    name = HERE.libc.partition("-")[0]
    assert misfit(read_manifest(make_bundle(tmp_path / "old", libc=f"{name}-2.4"))) is None


@pytest.fixture
def volumes(bundle: Path) -> Path:
    """The same bundle in three volumes or more."""
    said, folder = read_manifest(bundle), bundle.with_name("volumes")
    folder.mkdir()
    cut_up = cut_in_volumes(bundle, [FILE, *said.files], folder, 6000, lambda _: None)
    shutil.copyfile(bundle / SCRIPT, folder / SCRIPT)
    write_manifest(folder, said.model_copy(update={"volumes": cut_up}))
    return folder


@pytest.mark.thorough
def test_volumes_are_put_together_and_nothing_of_that_is_left(volumes: Path, into: Path) -> None:
    said = refused(volumes, into)  # as far as this bundle goes
    assert said.startswith("the core was not installed: uv pip sync failed")
    assert [path.name for path in into.parent.iterdir()] == ["into.log"]


OF_VOLUMES: dict[str, Change] = {
    "cut-short": cut("bundle.tar.002"),
    "flipped": flip("bundle.tar.001"),
    "missing": lambda folder: (folder / "bundle.tar.003").unlink(),
}


@pytest.mark.parametrize("damage", OF_VOLUMES)
def test_a_damaged_volume_is_refused_by_name_and_nothing_is_left(
    volumes: Path, into: Path, damage: str
) -> None:
    OF_VOLUMES[damage](volumes)
    assert re.search(r"was not installed: bundle\.tar\.00\d: (is|was) ", refused(volumes, into))
    assert not into.parent.exists()


def test_the_script_puts_volumes_together(volumes: Path, into: Path) -> None:
    done = script(volumes, into)
    assert "carries no uv" in done.stderr  # as far as this bundle goes
    assert list(into.parent.iterdir()) == []


def test_the_script_says_that_a_volume_is_cut_short(volumes: Path, into: Path) -> None:
    last = max(volumes.glob("bundle.tar.*"))
    os.truncate(last, last.stat().st_size // 2)
    done = script(volumes, into)
    assert done.returncode == 3
    assert list(into.parent.iterdir()) == []


@pytest.mark.thorough
def test_a_build_that_fails_leaves_its_log_alone(bundle: Path, into: Path) -> None:
    said = refused(bundle, into)
    assert said.startswith("the core was not installed: uv pip sync failed")
    log = into.with_name("into.log")
    assert f"nothing was installed; log: {log}" in said
    assert "tiny" in log.read_text()
    assert [path.name for path in into.parent.iterdir()] == [log.name]


def test_a_full_folder_of_somebody_else_is_not_touched(bundle: Path, into: Path) -> None:
    into.mkdir(parents=True)
    (into / "mine").write_text("x")
    assert "is there already and is not empty" in refused(bundle, into)
    assert [path.name for path in into.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", [DONE, BEGUN])
def test_another_bundle_s_folder_is_not_touched(bundle: Path, into: Path, name: str) -> None:
    into.mkdir(parents=True)
    (into / name).write_text('{"content_sha256": "0"}')
    assert "another bundle" in refused(bundle, into)
    assert (into / name).is_file()


def test_what_is_installed_stays_as_it_is(bundle: Path, into: Path) -> None:
    into.mkdir(parents=True)
    digest = read_manifest(bundle).content_sha256
    (into / DONE).write_text(f'{{"content_sha256": "{digest}"}}')
    said: list[str] = []
    install(bundle, into, said.append)
    assert said == ["is installed already"]
    assert [path.name for path in into.iterdir()] == [DONE]


@pytest.mark.thorough
def test_a_killed_installation_is_gone_on_with(bundle: Path, into: Path) -> None:
    (into / "venv").mkdir(parents=True)
    digest = read_manifest(bundle).content_sha256
    (into / BEGUN).write_text(f'{{"content_sha256": "{digest}"}}')
    with pytest.raises(EnvironmentBuildError, match="uv pip sync"):  # as far as this bundle goes
        install(bundle, into, lambda _: None)
    assert not into.exists()


def test_two_installations_into_one_folder(bundle: Path, into: Path) -> None:
    into.mkdir(parents=True)
    digest = read_manifest(bundle).content_sha256
    (into / BEGUN).write_text(f'{{"content_sha256": "{digest}"}}')
    with (into / BEGUN).open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another installation is at work"):
            install(bundle, into, lambda _: None)
    assert (into / BEGUN).is_file()


def test_the_builds_have_no_way_but_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://elsewhere.example")
    monkeypatch.setenv("UV_INDEX", "https://elsewhere.example")
    monkeypatch.setenv("BENCH_ADAPTERS", "of/this/machine")
    found = closed(tmp_path / "a bundle, here", tmp_path / "into")
    assert "elsewhere" not in str(found)
    assert "BENCH_ADAPTERS" not in found
    assert found["PIP_NO_INDEX"] == found["UV_OFFLINE"] == found["UV_NO_CONFIG"] == "1"
    assert found["UV_FIND_LINKS"].endswith("/a%20bundle%2C%20here/wheels")


def script(bundle: Path, into: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """install.sh, as on a machine that has no bench."""
    return subprocess.run(
        ["sh", str(bundle / "install.sh"), str(into)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]} | variables,
        check=False,
    )


def test_the_script_runs_nothing_that_is_not_as_it_was_packed(bundle: Path, into: Path) -> None:
    flip(CORE_LOCK)(bundle)
    done = script(bundle, into)
    assert done.returncode == 3
    assert f"error: {CORE_LOCK} is not as it was packed" in done.stderr
    assert list(into.parent.iterdir()) == []


def test_the_script_without_the_python_that_is_wanted(tmp_path: Path, into: Path) -> None:
    done = script(make_bundle(tmp_path / "b", python="3.99"), into)
    assert done.returncode == 2
    assert "error: no Python 3.99 was found" in done.stderr
    assert "PYTHON=/path/to/python3.99 sh" in done.stderr
    assert not into.parent.exists()


def test_the_script_of_a_bundle_that_carries_no_uv(bundle: Path, into: Path) -> None:
    done = script(bundle, into)
    assert (done.returncode, "carries no uv" in done.stderr) == (3, True)
    assert list(into.parent.iterdir()) == []
