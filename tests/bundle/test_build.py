"""Bundles really built, of packages made on the spot: pip and uv run, without any network."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from bench import resources
from bench.bundle.inventory import LicenceError
from bench.bundle.licence import Policy
from bench.bundle.manifest import CORE_LOCK, FILE, OVERLAYS, WEIGHTS_LOCK, read_manifest
from bench.bundle.verify import verify
from bench.errors import EnvironmentBuildError, RunError, UsageError
from tests.bundle.tiny_packages import pin, source, wheel
from tests.bundle.workshop import Workshop, make_workshop

pytestmark = pytest.mark.thorough


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return make_workshop(tmp_path, monkeypatch)


def test_all_that_is_needed_is_packed_and_whole(workshop: Workshop) -> None:
    manifest = workshop.build()
    assert verify(workshop.out) == ()
    assert read_manifest(workshop.out) == manifest
    packages = {place: one for place, one in manifest.files.items() if one.kind == "package"}
    assert {place: one.licence for place, one in packages.items()} == {
        "wheels/corepart-1.0-py3-none-any.whl": "MIT",
        "wheels/fromsource-1.0.tar.gz": "BSD-3-Clause",
        "wheels/maker-1.0-py3-none-any.whl": "MIT",
        "wheels/plain-1.0-py3-none-any.whl": "MIT",
        "wheels/vlmhyperbench-1.0-py3-none-any.whl": "MIT",
    }
    assert packages["wheels/plain-1.0-py3-none-any.whl"].source == "pkg:pypi/plain@1.0"
    (environment,) = manifest.environments
    assert (environment.adapter, environment.packages) == ("harness packed", 2)
    assert set(environment.locks) < set(manifest.files)
    assert "vlmhyperbench==1.0 " in (workshop.out / CORE_LOCK).read_text()
    assert "locks/build/fromsource-1.0.tar.gz.3.11.lock" in manifest.files
    assert "adapters/packed/adapter.toml" in manifest.files
    assert {path.name for path in workshop.out.iterdir()} == {
        *("adapters", "bundle.json", "config", "install.sh", "locks", "wheels"),
    }


def test_what_is_there_is_not_fetched_again(workshop: Workshop) -> None:
    first = workshop.build()
    before = workshop.log().count(" download ")
    (workshop.out / FILE).unlink()
    (workshop.out / "wheels" / "left-over.whl").write_text("of another config")
    damaged = workshop.out / "wheels" / "plain-1.0-py3-none-any.whl"
    damaged.write_bytes(b"cut")
    again = workshop.build()
    assert workshop.log().count(" download ") == before + 1
    assert again.files == first.files
    assert verify(workshop.out) == ()
    shutil.rmtree(workshop.index)
    workshop.index.mkdir()
    assert workshop.build().files == first.files


def test_a_stopped_build_is_no_bundle_and_goes_on(workshop: Workshop) -> None:
    hidden = workshop.index / "plain-1.0-py3-none-any.whl"
    content = hidden.read_bytes()
    hidden.unlink()
    with pytest.raises(
        EnvironmentBuildError, match=r"pip download failed: .*plain==1\.0"
    ) as caught:
        workshop.build()
    assert caught.value.hint == f"log: {resources.logs() / 'bundle.log'}"
    assert not (workshop.out / FILE).exists()
    assert verify(workshop.out)[0].said.startswith("is not there")
    hidden.write_bytes(content)
    workshop.build()
    assert verify(workshop.out) == ()


def test_a_file_with_another_hash_is_refused(workshop: Workshop) -> None:
    wheel(workshop.index, "plain", text="changed = True")
    with pytest.raises(EnvironmentBuildError, match="does not have the hash that the lock names"):
        workshop.build()
    assert not (workshop.out / FILE).exists()


def test_a_source_that_needs_more_than_it_says_is_refused(workshop: Workshop) -> None:
    workshop.lock(source(workshop.index, "liar", backend="maker", requires=()))
    with pytest.raises(EnvironmentBuildError):
        workshop.build()
    assert not (workshop.out / FILE).exists()


def hen_and_egg(workshop: Workshop) -> tuple[Path, Path]:
    """Sources that need each other to be built; the first is in the lock."""
    hen = source(workshop.index, "hen", backend="egg", requires=("egg",))
    egg = source(workshop.index, "egg", backend="hen", requires=("hen",))
    workshop.lock(hen)
    return hen, egg


def refused(workshop: Workshop) -> str:
    with pytest.raises(EnvironmentBuildError) as caught:
        workshop.build()
    assert not (workshop.out / FILE).exists()
    return caught.value.message


def test_sources_that_need_each_other_are_named(workshop: Workshop) -> None:
    hen_and_egg(workshop)
    said = "hen-1.0.tar.gz needs itself to be built, by way of egg-1.0.tar.gz"
    assert refused(workshop) == f"pip download failed: {said}"


def test_sources_that_need_each_other_and_are_there_are_named(workshop: Workshop) -> None:
    """A build that was stopped has fetched them: no pip looks at them again."""
    (workshop.out / ".packing").mkdir(parents=True)
    (workshop.out / "wheels").mkdir()
    for path in hen_and_egg(workshop):
        shutil.copyfile(path, workshop.out / "wheels" / path.name)
    by = "egg-1.0.tar.gz, which needs hen-1.0.tar.gz"
    assert refused(workshop) == f"hen-1.0.tar.gz needs itself to be built: it needs {by}"


@pytest.mark.parametrize(
    ("policy", "lines"),
    [
        (Policy(deny=("BSD*",)), ["wheels/fromsource-1.0.tar.gz: BSD-3-Clause"]),
        (
            Policy(allow=("MIT", "BSD*")),
            ["wheels/nothing-1.0-py3-none-any.whl: unknown", "task receipts:ocr: Apache-2.0"],
        ),
    ],
    ids=["deny", "allow"],
)
def test_a_licence_that_the_policy_keeps_out_is_named(
    workshop: Workshop, policy: Policy, lines: list[str]
) -> None:
    with (workshop.adapter / "requirements.lock").open("a") as lock:
        lock.write(pin(wheel(workshop.index, "nothing", licence="")))
    with pytest.raises(LicenceError) as caught:
        workshop.build(policy)
    assert list(caught.value.lines) == lines
    assert caught.value.exit_code == 2
    assert not (workshop.out / FILE).exists()


def packaged(workshop: Workshop, sha256: str, **more: object) -> Path:
    """A model file whose weights a wheel of the index carries, for the harness's own process."""
    model = {
        "name": "carried",
        "licence": "MIT",
        "weights": {"package": "carrier==1.0", "file": "carrier.py", "sha256": sha256},
        "in_process": {"packed": {"model": "any", **more}},
    }
    path = workshop.index.parent / "carried.yaml"
    path.write_text(json.dumps(model))
    return path


def test_weights_that_a_package_carries_are_packed_as_it(workshop: Workshop) -> None:
    carrier = wheel(workshop.index, "carrier", text="the weights")
    right = hashlib.sha256(b"the weights").hexdigest()
    with pytest.raises(RunError, match=r"carrier\.py in carrier-1\.0-.* has the sha256"):
        workshop.build(model=str(packaged(workshop, "0" * 64)))
    manifest = workshop.build(model=str(packaged(workshop, right)))
    assert verify(workshop.out) == ()
    (model,) = manifest.models
    assert (model.name, model.package) == ("carried", "carrier==1.0")
    assert manifest.files[f"wheels/{carrier.name}"].source == "pkg:pypi/carrier@1.0"
    assert (workshop.out / WEIGHTS_LOCK).read_text() == pin(carrier)
    carrier.unlink()
    assert workshop.build(model=str(packaged(workshop, right))).files == manifest.files


def test_an_overlay_is_resolved_and_packed(workshop: Workshop) -> None:
    wheel(workshop.index, "carrier", text="the weights")
    wheel(workshop.index, "plain", "2.0")
    right = hashlib.sha256(b"the weights").hexdigest()
    (workshop.adapter / "requirements.in").write_text("plain\nfromsource\n")
    model = packaged(workshop, right, requires=["plain==2.0"])
    manifest = workshop.build(model=str(model))
    assert verify(workshop.out) == ()
    (environment,) = manifest.environments
    assert environment.requires == ("plain==2.0",)
    (overlay,) = (workshop.out / OVERLAYS).iterdir()
    assert overlay.name in {place.rpartition("/")[2] for place in environment.locks}
    assert "wheels/plain-2.0-py3-none-any.whl" in manifest.files
    assert "wheels/plain-1.0-py3-none-any.whl" not in manifest.files


def test_two_builds_of_one_folder_do_not_mix(workshop: Workshop) -> None:
    lock = workshop.out / ".packing" / "lock"
    lock.parent.mkdir(parents=True)
    with filelock.FileLock(lock), pytest.raises(UsageError, match=r"another build of .* goes on"):
        workshop.build()


def test_volumes_hold_the_same_bundle(workshop: Workshop) -> None:
    plain = workshop.build()
    shutil.rmtree(workshop.out)
    cut = workshop.build(volume_bytes=6000)
    assert cut.files == plain.files
    assert len(cut.volumes) > 1
    assert verify(workshop.out) == ()
    names = {path.name for path in workshop.out.iterdir()}
    assert names == {"bundle.json", "install.sh", *cut.volumes}


def somebody_s(workshop: Workshop) -> None:
    workshop.out.mkdir()
    (workshop.out / "thesis.txt").write_text("mine")


def a_file(workshop: Workshop) -> None:
    workshop.out.write_text("mine")


@pytest.mark.parametrize("prepare", [somebody_s, a_file])
def test_what_is_somebody_else_s_is_left_alone(
    workshop: Workshop, prepare: Callable[[Workshop], None]
) -> None:
    prepare(workshop)
    with pytest.raises(UsageError, match=r"holds something else|is a file"):
        workshop.build()
    held = workshop.out if workshop.out.is_file() else workshop.out / "thesis.txt"
    assert held.read_text() == "mine"


def test_a_password_of_an_index_shows_nowhere(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_EXTRA_INDEX_URL", "http://user:s3cret@127.0.0.1:9/simple")
    workshop.build()
    assert "s3cret" not in workshop.log()
    assert "s3cret" not in json.dumps(read_manifest(workshop.out).model_dump(mode="json"))
