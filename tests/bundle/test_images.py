"""What bundles say of images, and what is refused; no container engine is needed here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from bench.bundle.build import build_bundle
from bench.bundle.contents import contents_of, images_of, plan_of
from bench.bundle.images import LICENCE_LABEL, foreseen, image_licences, licence_of
from bench.bundle.install import engine_of, install
from bench.bundle.licence import Policy
from bench.bundle.manifest import FILE, PackedImage, content_of, read_manifest
from bench.bundle.settings import packed_config
from bench.config import RunConfig, make_config
from bench.errors import EnvironmentBuildError, SourceError, UsageError
from bench.isolation.image import Image
from bench.isolation.oci import Oci
from tests.bundle.tiny_bundle import make_bundle
from tests.bundle.workshop import make_workshop
from tests.cli.said import Cli

IMAGE = PackedImage(
    name="echo",
    flavour="cpu",
    environment="k",
    place="images/echo.tar.gz",
    key="k",
    reference="localhost/vlmhyperbench/echo:cpu-k",
    digest="sha256:1",
    base="rootfs.tar",
    engine="docker",
)


def config(**more: object) -> RunConfig:
    return make_config({"backend": "echo", "task": "receipts:ocr"} | more)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but what a test lays there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def test_a_bundle_without_images_has_the_seal_that_it_always_had(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle")
    values = json.loads((folder / FILE).read_bytes())
    sealed = values.pop("content_sha256")
    del values["volumes"], values["images"]
    assert hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest() == sealed
    old = json.loads((folder / FILE).read_bytes())
    del old["images"]
    (folder / FILE).write_text(json.dumps(old))
    assert read_manifest(folder).images == ()


def test_images_are_sealed(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle", images=[IMAGE])
    manifest = read_manifest(folder)
    other = manifest.model_copy(
        update={"images": (IMAGE.model_copy(update={"digest": "sha256:2"}),)}
    )
    assert content_of(other) != manifest.content_sha256


def test_an_image_outside_of_the_bundle_is_refused(tmp_path: Path) -> None:
    outside = IMAGE.model_copy(update={"place": "../image.tar.gz"})
    folder = make_bundle(tmp_path / "bundle", images=[outside])
    with pytest.raises(SourceError, match=r"names \.\./image.tar\.gz, which is outside"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "no program 'docker' is on PATH"),
        (("echo Cannot connect to the daemon >&2", "exit 1"), "Cannot connect to the daemon"),
    ],
    ids=["absent", "without-daemon"],
)
def test_an_engine_that_does_not_work_is_named_before_anything_is_written(
    tmp_path: Path, programs: Path, lines: tuple[str, ...], said: str
) -> None:
    bundle = make_bundle(tmp_path / "bundle", images=[IMAGE])
    if lines:
        program(programs, "docker", *lines)
    with pytest.raises(UsageError) as caught:
        install(bundle, tmp_path / "deep" / "into", lambda _: None)
    assert "carries images for docker, and that does not work here: " in caught.value.message
    assert said in caught.value.message
    assert "--images podman" in str(caught.value.hint)
    assert "--without-images" in str(caught.value.hint)
    assert not (tmp_path / "deep").exists()


@pytest.mark.usefixtures("programs")
def test_a_build_without_its_engine_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        build_bundle(plan_of(config()), tmp_path / "bundle", images="podman")
    assert caught.value.message == (
        "podman is to build images, and does not work here: no program 'podman' is on PATH"
    )
    assert not (tmp_path / "bundle").exists()


@pytest.mark.thorough
@pytest.mark.usefixtures("programs")
def test_without_images_no_engine_is_needed(tmp_path: Path) -> None:
    """As far as this bundle goes: it has no image where its manifest says so."""
    bundle = make_bundle(tmp_path / "bundle", images=[IMAGE])
    said: list[str] = []
    with pytest.raises(EnvironmentBuildError, match="the core was not installed"):
        install(bundle, tmp_path / "into", said.append, without_images=True)
    assert "verifying" in said


def test_the_images_go_where_one_says(tmp_path: Path, programs: Path) -> None:
    manifest = read_manifest(make_bundle(tmp_path / "bundle", images=[IMAGE]))
    program(programs, "podman", "exit 0")
    assert engine_of(tmp_path, manifest, "podman") == "podman"
    plain = read_manifest(make_bundle(tmp_path / "plain"))
    assert engine_of(tmp_path, plain, "docker") is None


def test_the_config_decides_what_is_packed_of_it(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", "exit 1")
    (tmp_path / "rootfs.tar").touch()
    container = {"base": str(tmp_path / "rootfs.tar"), "wheels": str(tmp_path), "pids": 99}
    inside = config(isolation="docker", container=container)
    assert images_of(inside) == "docker"
    assert images_of(config()) is None
    contents = contents_of(plan_of(inside), "docker")
    packed = packed_config(contents)
    assert (packed["isolation"], packed["container"]) == ("docker", {"pids": 99})
    (row,) = foreseen(contents, Policy(deny=("unknown",)))
    assert (row.name, row.base, row.bytes, row.licence, row.allowed) == (
        *("echo", "rootfs.tar", None, "unknown"),
        False,
    )
    (note,) = contents_of(plan_of(inside)).notes
    assert note == "isolation docker: its images are not packed"


def test_an_overlay_brings_along_what_it_lies_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workshop(tmp_path, monkeypatch)
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    own = {"packed": {"model": "any", "requires": ["plain==2.0"]}}
    model = tmp_path / "model.json"
    model.write_text(json.dumps({"name": "m", "weights": str(weights), "in_process": own}))
    plan = plan_of(config(backend="packed", model=str(model)))
    over = ("plain==2.0",)
    assert [one.requires for one in contents_of(plan).environments] == [over]
    assert [one.requires for one in contents_of(plan, "docker").environments] == [over, ()]


@pytest.mark.parametrize(
    ("labels", "licence"),
    [
        ("null", "unknown"),
        (json.dumps({LICENCE_LABEL: "MIT License"}), "MIT"),
        (json.dumps({LICENCE_LABEL: ""}), "unknown"),
    ],
    ids=["no labels", "said", "empty"],
)
def test_the_licence_is_what_the_base_s_maker_says(
    programs: Path, labels: str, licence: str
) -> None:
    program(programs, "docker", f"echo '{labels}'")
    image = Image(Oci("docker"), "echo", "cpu", "k", "r", "sha256:1", "3.11.7", "l")
    assert licence_of(image) == licence
    packed = IMAGE.model_copy(update={"licence": licence})
    assert image_licences([packed]) == [("image echo on rootfs.tar", licence)]


def test_a_bundle_s_images_are_shown(cli: Cli, tmp_path: Path) -> None:
    content = b"an image " * 50_000
    described = {"kind": "image", "bytes": len(content), "sha256": "0" * 64}
    manifest = read_manifest(make_bundle(tmp_path / "plain"))
    files = {**manifest.files, IMAGE.place: described}
    folder = make_bundle(tmp_path / "bundle", images=[IMAGE], files=files)
    said = cli("bundle", "show", str(folder))
    assert said.code == 0, said.err
    row = next(line for line in said.out.splitlines() if line.startswith("echo"))
    assert row.split() == ["echo", "cpu", "docker", "0.5", "MB", "rootfs.tar", "unknown"]
    assert "missing" in cli("bundle", "verify", str(folder)).out


def test_images_and_none_exclude_each_other(cli: Cli) -> None:
    named = ("--backend", "echo", "--task", "receipts:ocr")
    said = cli("bundle", "plan", *named, "--images", "podman", "--without-images")
    assert said.code == 2
    assert "--images and --without-images exclude each other" in said.err
