"""Images in bundles: built and saved by one engine, run by both elsewhere, without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.bundle import provision
from bench.bundle.contents import ImageEngine
from bench.bundle.inventory import LicenceError
from bench.bundle.licence import Policy
from bench.bundle.manifest import CONFIG, IMAGES, OVERLAYS
from bench.bundle.verify import verify
from bench.config import Container
from bench.environment import plan_environment
from bench.isolation.containerfile import ENVIRONMENT_LABEL, PYTHON, VENV, environment_key
from bench.isolation.image import Image, find_image
from tests.bundle.tiny_packages import wheel
from tests.bundle.workshop import Workshop, make_workshop
from tests.conftest import REPOSITORY
from tests.isolation.engines import forget
from tests.runs import run
from tools.noloop import NO_NAMESPACE

pytestmark = pytest.mark.harness
NOLOOP = [sys.executable, str(REPOSITORY / "tools" / "noloop.py"), "--watch", "--"]
ENGINES: tuple[ImageEngine, ...] = ("docker", "podman")


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return make_workshop(tmp_path, monkeypatch)


def elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with other folders, other images, and no base to build upon."""
    monkeypatch.setenv("BENCH_HOME", str(home))
    monkeypatch.delenv("BENCH_BASE_IMAGE", raising=False)
    for program in ENGINES:
        forget(program)
    return home


def found(program: ImageEngine, adapter: str = "echo") -> Image | None:
    how: dict[str, Any] = {"isolation": program, "container": Container()}
    return find_image(find_adapter("harness", adapter), "cpu", **how)


@pytest.mark.parametrize("program", ["docker", pytest.param("podman", marks=pytest.mark.slow)])
def test_one_image_for_every_engine(
    both: Path,
    workshop: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: ImageEngine,
) -> None:
    """Built by `program`, run by both; nothing is built there."""
    how: dict[str, Any] = {"backend": "echo", "limit": 2, "isolation": program}
    how |= {"container": {"base": str(both)}}
    with pytest.raises(LicenceError) as caught:
        workshop.build(Policy(deny=("unknown",)), images=program, **how)
    assert caught.value.lines == (f"image echo on {both.name}: unknown",)
    (saved,) = (workshop.out / IMAGES).iterdir()
    before = saved.stat().st_mtime_ns
    manifest = workshop.build(images=program, **how)
    assert saved.stat().st_mtime_ns == before  # as a build that was stopped goes on
    assert verify(workshop.out) == ()
    (image,) = manifest.images
    (environment,) = manifest.environments
    file = manifest.files[image.place]
    assert (image.environment, image.base, image.engine) == (environment.key, both.name, program)
    assert (file.kind, file.licence, image.licence) == ("image", "unknown", "unknown")
    assert file.source == f"{image.reference}@{image.digest} on {both.name}"
    assert str(both) not in (workshop.out / CONFIG).read_text()
    home = elsewhere(tmp_path / "elsewhere", monkeypatch)
    for other in ENGINES:
        assert found(other) is None
        provision.images(workshop.out, tmp_path, other)
        there = found(other)
        assert there
        assert (there.digest, there.key) == (image.digest, image.key)
        asked = {"backend": "echo", "task": "receipts:ocr", "limit": 2, "offline": True}
        ended = run(**asked, isolation=other, out=str(tmp_path / other))
        assert ended.job.environment.image == image.digest
        assert ended.job.counts.answered == 2
    assert list(home.glob("images/*/Containerfile")) == []


def test_an_image_that_was_loaded_by_hand_is_taken_by_its_labels(
    both: Path, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by its name, and not where its Python does not run."""
    (image,) = workshop.build(images="docker", backend="echo").images
    elsewhere(tmp_path / "elsewhere", monkeypatch)
    load = f"zcat {workshop.out / image.place} | podman load"
    subprocess.run(["sh", "-c", load], check=True, capture_output=True)
    taken = found("podman")
    assert taken
    assert (taken.digest, taken.reference) == (image.digest, image.reference)
    right = environment_key(plan_environment(find_adapter("harness", "echo"), "cpu"), "3.11")
    home = elsewhere(tmp_path / "another", monkeypatch)
    subprocess.run(["podman", "import", str(both), "base"], check=True, capture_output=True)
    for number, label in enumerate(("0" * 64, right)):
        recipe = tmp_path / f"{number}"
        recipe.write_text(f"FROM localhost/base\nLABEL {ENVIRONMENT_LABEL}={label}\n")
        argv = [
            "podman",
            "build",
            "--tag",
            image.reference,
            "--file",
            str(recipe),
            str(home.parent),
        ]
        subprocess.run(argv, check=True, capture_output=True)
        assert found("podman") is None
    assert not list(home.glob("images/*/ready.json"))


def test_an_image_is_built_of_a_bundle_s_package_files(
    both: Path, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without network, without pip's index: a wheel, and a source with what builds it."""
    if subprocess.run([*NOLOOP, "true"], check=False).returncode == NO_NAMESPACE:
        pytest.skip("no namespace can be made here")
    workshop.build()
    shutil.rmtree(workshop.index)
    elsewhere(tmp_path / "elsewhere", monkeypatch)
    argv = [sys.executable, "-m", "bench", "env", "build", "packed", "--isolation", "docker"]
    argv += ["--base", str(both), "--wheels", str(workshop.out / "wheels")]
    done = subprocess.run([*NOLOOP, *argv], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nothing tried to leave this machine" in done.stderr
    monkeypatch.setenv("BENCH_BASE_IMAGE", str(both))
    image = found("docker", "packed")
    assert image
    assert image.digest in done.stdout
    assert packages_in("docker", image.digest) == {"fromsource": "1.0", "plain": "1.0"}


def packages_in(program: str, digest: str, venv: Path | None = None) -> dict[str, str]:
    code = "import importlib.metadata as m, json; "
    code += "print(json.dumps({one.name: one.version for one in m.distributions()}))"
    mount = ["--mount", f"type=bind,source={venv},target={VENV},readonly"] if venv else []
    argv = [program, "run", "--rm", "--network", "none", *mount, "--entrypoint", PYTHON, digest]
    said = subprocess.run([*argv, "-I", "-c", code], check=True, capture_output=True, text=True)
    versions: dict[str, str] = json.loads(said.stdout)
    return versions


def test_versions_of_a_model_lie_over_an_image_of_a_bundle(
    both: Path, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image is that without them; they are installed over it of the bundle's package files."""
    assert both.is_file()
    wheel(workshop.index, "plain", "2.0")
    (workshop.adapter / "requirements.in").write_text("plain\nfromsource\n")
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    model = tmp_path / "model.json"
    own = {"packed": {"model": "any", "requires": ["plain==2.0"]}}
    model.write_text(json.dumps({"name": "m", "weights": str(weights), "in_process": own}))
    manifest = workshop.build(images="docker", model=str(model))
    assert verify(workshop.out) == ()
    assert {one.requires for one in manifest.environments} == {(), ("plain==2.0",)}
    (image,) = manifest.images
    home = elsewhere(tmp_path / "elsewhere", monkeypatch)
    shutil.copytree(workshop.out / OVERLAYS, home / "overlays")  # as an installation does
    shutil.rmtree(workshop.index)
    provision.images(workshop.out, tmp_path, "docker")
    (over,) = home.glob("images/*-overlay/venv")
    assert packages_in("docker", image.digest)["plain"] == "1.0"
    assert packages_in("docker", image.digest, over)["plain"] == "2.0"
