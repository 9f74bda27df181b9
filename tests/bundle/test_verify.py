"""Every kind of damage is named, in a folder and in volumes; a whole bundle has none."""

from __future__ import annotations

import random
import shutil
import subprocess
import timeit
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.bundle import manifest
from bench.bundle.manifest import PackedFile, read_manifest, sealed, write_manifest
from bench.bundle.verify import verify
from bench.bundle.volumes import cut
from bench.cli.bundle import bundle_command
from bench.hashing import file_sha256
from tests.bundle.tiny_bundle import DAMAGES, DATA, WHEEL, flip, make_bundle

SAID = {
    "flipped-byte": "was changed: sha256",
    "flipped-byte-of-a-wheel": "was changed: sha256",
    "cut-short": "is cut short: 599 bytes, not 600",
    "missing-file": "is missing",
    "extra-file": "is extra: no file of the bundle",
    "wheel-that-no-lock-names": "which no lock names",
    "changed-manifest": "",
    "no-manifest": "is not there: this folder is no whole bundle",
}
_SECOND = f"{manifest.VOLUME}002"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle")


@pytest.fixture
def volumes(bundle: Path, tmp_path: Path) -> Path:
    """The bundle in volumes of 4,000 bytes."""
    out = tmp_path / "volumes"
    out.mkdir()
    whole = read_manifest(bundle)
    pieces = cut(bundle, [manifest.FILE, *whole.files], out, 4000, lambda _: None)
    assert len(pieces) > 2
    shutil.copy(bundle / manifest.SCRIPT, out)
    write_manifest(out, whole.model_copy(update={"volumes": pieces}))
    return out


def test_a_whole_bundle_has_no_finding(bundle: Path, volumes: Path) -> None:
    assert verify(bundle) == ()
    assert verify(volumes) == ()


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_named_in_one_line(
    bundle: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place = DAMAGES[damage]
    change(bundle)
    (finding,) = verify(bundle)
    assert finding.place.endswith(place)
    assert SAID[damage] in finding.said
    assert bundle_command.main(["verify", str(bundle)], standalone_mode=False) == 1
    assert capsys.readouterr().out == f"{finding}\n"


def test_two_damages_are_two_lines(bundle: Path) -> None:
    flip(DATA)(bundle)
    (bundle / WHEEL).unlink()
    assert [one.place for one in verify(bundle)] == [DATA, WHEEL]


def test_a_link_is_no_file_of_a_bundle(bundle: Path, tmp_path: Path) -> None:
    elsewhere = shutil.move(bundle / DATA, tmp_path / "elsewhere")
    (bundle / DATA).symlink_to(elsewhere)
    (bundle / "more").symlink_to(tmp_path)
    assert {one.place: one.said for one in verify(bundle)} == {
        DATA: "is a link",
        "more": "is extra: no file of the bundle",
    }


def test_a_manifest_that_names_a_place_outside_is_refused(bundle: Path) -> None:
    said = read_manifest(bundle)
    files = {**said.files, "../outside": said.files[DATA]}
    write_manifest(bundle, sealed(said.model_copy(update={"files": files})))
    (finding,) = verify(bundle)
    assert finding.said == "names ../outside, which is outside"


def truncate(folder: Path) -> None:
    with (folder / _SECOND).open("r+b") as file:
        file.truncate(3999)


VOLUME_DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (truncate, f"{_SECOND}: is cut short: 3999 bytes, not 4000"),
    "flipped-byte": (flip(_SECOND), f"{_SECOND}: was changed: sha256"),
    "missing": (lambda folder: (folder / _SECOND).unlink(), f"{_SECOND}: is missing"),
    "extra": (
        lambda folder: (folder / f"{manifest.VOLUME}099").touch(),
        f"{manifest.VOLUME}099: is extra",
    ),
    "script": (flip(manifest.SCRIPT), f"{manifest.SCRIPT}: was changed"),
}


@pytest.mark.parametrize("damage", VOLUME_DAMAGES)
def test_a_damaged_volume_is_named(volumes: Path, damage: str) -> None:
    change, said = VOLUME_DAMAGES[damage]
    change(volumes)
    (finding,) = verify(volumes)
    assert str(finding).startswith(said)


@pytest.mark.slow
def test_it_is_not_much_slower_than_sha256sum(bundle: Path) -> None:
    """At 60 % of its speed or better; the best of three rounds each."""
    said = read_manifest(bundle)
    files = dict(said.files)
    for number in range(6):
        place = f"data/notes/{number}.bin"
        (bundle / place).write_bytes(random.Random(number).randbytes(40_000_000))
        digest = file_sha256(bundle / place)
        files[place] = PackedFile(sha256=digest, bytes=40_000_000, kind="data")
    write_manifest(bundle, sealed(said.model_copy(update={"files": files})))

    def best(work: Callable[[], object]) -> float:
        return min(timeit.repeat(work, number=1, repeat=3))

    argv = ["sha256sum", *(str(bundle / place) for place in files)]
    plain = best(lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL))
    ours = best(lambda: verify(bundle))
    assert verify(bundle) == ()
    assert plain / ours >= 0.6, f"{plain:.2f} s by sha256sum, {ours:.2f} s by verify"
