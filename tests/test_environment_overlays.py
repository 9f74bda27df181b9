"""An adapter's second environment, for weights, and versions that stand over its own."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from bench.adapter import Adapter, load_adapter
from bench.environment import build, plan_environment
from bench.errors import EnvironmentBuildError
from bench.lock import lock_adapter

ADAPTER = """
protocol = 1
name = "layered"
kind = "harness"
summary = "a harness with two environments"
python = "3.11"
flavours = ["cpu"]
tasks = "document"

[weights]
torch = false
"""


def make_wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    """The least wheel that installs: a module that knows its version."""
    info = f"{name}-{version}.dist-info"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if requires:
        described += f"Requires-Dist: {requires}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": described,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{path},sha256={digest.rstrip(b'=').decode()},{len(text)}\n"
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")


@pytest.fixture
def layered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adapter:
    """Locked from a folder of wheels; no index is there at all."""
    wheels, folder = tmp_path / "wheels", tmp_path / "layered"
    wheels.mkdir()
    folder.mkdir()
    for version in ("1.0", "2.0"):
        make_wheel(wheels, "onebase", version)
    make_wheel(wheels, "oneloader", "1.0", "onebase>=1.0")
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    for name in ("UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    (folder / "adapter.toml").write_text(ADAPTER)
    (folder / "run.py").touch()
    (folder / "requirements.in").write_text("onebase==1.0\n")
    (folder / "weights.in").write_text("onebase<2\noneloader\n")
    adapter = load_adapter(folder / "adapter.toml")
    lock_adapter(adapter, lambda _: None)
    return adapter


def installed(packages: Path) -> set[str]:
    (site,) = (packages / "venv" / "lib").glob("python3.*/site-packages")
    return {path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")}


def test_both_locks_are_written_and_each_environment_has_its_own(layered: Adapter) -> None:
    plain, weights = build(layered, "cpu"), build(layered, "cpu", weights=True)
    assert plain.folder != weights.folder
    assert weights.folder.name.startswith("layered.weights-cpu-")
    assert installed(plain.folder) == {"onebase-1.0"}
    assert installed(weights.folder) == {"onebase-1.0", "oneloader-1.0"}


def test_an_adapter_without_the_table_has_one_environment(layered: Adapter) -> None:
    alone = layered.model_copy(update={"weights": None})
    assert plan_environment(alone, "cpu", weights=True) == plan_environment(alone, "cpu")


def test_what_a_model_requires_stands_over_the_lock(layered: Adapter, tmp_path: Path) -> None:
    layered.for_weights.requirements.write_text("onebase\noneloader\n")
    said: list[str] = []
    asked = ("onebase==2.0",)
    over = build(layered, "cpu", said.append, weights=True, requires=asked)
    assert installed(over.folder) == {"onebase-2.0", "oneloader-1.0"}
    assert "resolving onebase==2.0 over layered.weights" in said
    assert over.lock_sha256 != plan_environment(layered, "cpu", weights=True).lock_sha256
    # Resolved once: a wheel that comes later changes nothing.
    make_wheel(tmp_path / "wheels", "oneloader", "1.1", "onebase>=1.0")
    again = build(layered, "cpu", weights=True, requires=asked)
    assert (again.key, installed(again.folder)) == (over.key, installed(over.folder))


def test_the_other_versions_are_kept_where_they_can_be(layered: Adapter, tmp_path: Path) -> None:
    layered.for_weights.requirements.write_text("onebase\noneloader\n")
    make_wheel(tmp_path / "wheels", "oneloader", "1.1", "onebase>=1.0")
    over = build(layered, "cpu", weights=True, requires=("onebase==2.0",))
    assert installed(over.folder) == {"onebase-2.0", "oneloader-1.0"}


def test_what_cannot_be_resolved_names_what_was_asked(layered: Adapter, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentBuildError) as raised:
        build(layered, "cpu", weights=True, requires=("onebase==2.0",))
    assert "onebase" in raised.value.message
    kept = (tmp_path / "home" / "overlays").glob("layered*")
    assert [path.name for path in kept if not path.name.endswith(".part.lock")] == []
