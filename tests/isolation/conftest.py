from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.isolation import engines
from tests.isolation.rootfs import write_rootfs

ADAPTERS = Path(__file__).parent / "adapters"


@pytest.fixture(scope="session")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rootfs(tmp_path_factory.mktemp("rootfs") / "rootfs.tar")


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BENCH_HOME of these tests: their images are gone with their engines."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module", params=["docker", "podman"])
def _started(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bq-"))  # short: a socket lies in it
        start = engines.docker if request.param == "docker" else engines.podman
        yield request.param, dict(stack.enter_context(start(folder)))


@pytest.fixture
def engine(
    _started: tuple[str, dict[str, str]],
    rootfs: Path,
    images: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The name of an engine that works, with a base image of this machine's Python."""
    name, variables = _started
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("BENCH_HOME", str(images))
    monkeypatch.setenv("BENCH_BASE_IMAGE", str(rootfs))
    monkeypatch.setenv("BENCH_ADAPTERS", f"{ADAPTERS}:{ADAPTERS.parents[1] / 'adapters_for_tests'}")
    return name


@pytest.fixture(scope="module")
def _both_started() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        places = [Path(tempfile.mkdtemp(prefix="bq-")) for _ in range(2)]
        docker = stack.enter_context(engines.docker(places[0]))
        podman = stack.enter_context(engines.podman(places[1]))
        yield {**docker, **podman}


@pytest.fixture
def both(
    _both_started: dict[str, str], rootfs: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """docker and podman at once, the base image, and no image of ours when it ends."""
    for key, value in _both_started.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("BENCH_BASE_IMAGE", str(rootfs))
    yield rootfs
    for program in ("docker", "podman"):
        engines.forget(program)
