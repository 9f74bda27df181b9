"""The committed locks: hashed, without hosts or paths, and in agreement with one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.adapter import load_adapter
from tests.conftest import REPOSITORY

ADAPTERS = REPOSITORY / "adapters"
OWN = sorted(ADAPTERS.glob("*/*/requirements.lock"))
SHARED = sorted((ADAPTERS / "locks").glob("*.lock"))
EACH = pytest.mark.parametrize("path", [*OWN, *SHARED], ids=lambda p: f"{p.parent.name}-{p.name}")
PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)={2,3}([A-Za-z0-9.!+_]+)(?: ; [^\\]+)?")


def entries(path: Path) -> list[str]:
    """One logical line a requirement."""
    joined = path.read_text("utf-8").replace("\\\n", " ")
    lines = [re.sub(r"\s+", " ", line).strip() for line in joined.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def pins(path: Path) -> dict[str, str]:
    found = {}
    for entry in entries(path):
        matched = PIN.match(entry)
        assert matched, entry
        found[matched[1]] = matched[2]
    return found


def test_there_are_locks() -> None:
    assert {path.parent.name for path in OWN} >= {"echo", "rapidocr"}
    assert {path.name for path in SHARED} == {
        "torch.cpu.lock",
        "torch.cuda.lock",
        "torchvision.lock",
    }


@EACH
def test_every_pin_has_a_hash(path: Path) -> None:
    for entry in entries(path):
        requirement, *hashes = entry.split(" --hash=sha256:")
        assert PIN.fullmatch(requirement), entry
        assert hashes, requirement
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes), requirement


@EACH
def test_no_address_and_no_path(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"(^|\s)[/~]\S", text)
    assert not re.search(r"(?m)^\s*-(?!-hash=)", text)
    assert not re.search(r"(?i)\b(?:[a-z0-9-]+\.)+(?:org|com|net|io|dev)\b", text)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.parent.name)
def test_an_adapter_s_lock_leaves_torch_to_the_shared_ones(path: Path) -> None:
    adapter = load_adapter(path.with_name("adapter.toml"))
    own = pins(path)
    # An adapter that asks for no shared torch may not bring one in by another's dependency.
    assert not {"torch", "torchvision"} & set(own)
    if adapter.torch:
        for shared in SHARED:
            both = set(own) & set(other := pins(shared))
            assert {name: own[name] for name in both} == {name: other[name] for name in both}


def test_the_torch_locks_agree_and_are_of_one_version() -> None:
    cpu, cuda = (pins(ADAPTERS / "locks" / f"torch.{flavour}.lock") for flavour in ("cpu", "cuda"))
    assert cpu["torch"] == cuda["torch"] + "+cpu"
    for name in set(cpu) & set(cuda) - {"torch"}:
        assert cpu[name] == cuda[name], name
    asked = (ADAPTERS / "locks" / "torch.in").read_text("utf-8").strip()
    assert asked == f"torch=={cuda['torch']}"
    vision = (ADAPTERS / "locks" / "torchvision.in").read_text("utf-8").strip()
    assert vision == f"torchvision=={pins(ADAPTERS / 'locks' / 'torchvision.lock')['torchvision']}"


def manifests() -> list[Path]:
    return sorted(ADAPTERS.glob("*/*/adapter.toml"))


@pytest.mark.parametrize("path", manifests(), ids=lambda path: path.parent.name)
def test_every_adapter_has_a_lock_for_its_python(path: Path) -> None:
    adapter = load_adapter(path)
    first = adapter.lock.read_text("utf-8").partition("\n")[0]
    if pins(adapter.lock):
        assert first == f"# made by: bench env lock {adapter.name}, for Python {adapter.python}"


def test_no_folder_of_adapters_is_a_package() -> None:
    """One in lmms_eval/ would shadow the real package."""
    assert list(ADAPTERS.rglob("__init__.py")) == []
