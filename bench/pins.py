"""Locks read as what they pin: name, version, marker and the hashes of its files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import SourceError

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>\[[^\]]*\])?\s*(?P<sign>===?)\s*"
    r"(?P<version>[^\s;]+)\s*(;\s*(?P<marker>.*?))?\s*$"
)
_HASH = re.compile(r"\s--hash[= ]sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pinned:
    """One package of a lock. `line` is how pip takes it, with its hashes."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]
    line: str

    @property
    def url(self) -> str:
        """As package URLs name it."""
        return f"pkg:pypi/{normal(self.name)}@{self.version}"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(path: Path) -> tuple[Pinned, ...]:
    """SourceError for a line that is no pin, or has no sha256."""
    return tuple(_pins(path, path.read_text(encoding="utf-8")))


def _pins(path: Path, text: str) -> Iterable[Pinned]:
    number, collected = 0, ""
    for line, content in enumerate(text.splitlines(), start=1):
        stripped = content.strip()
        if not stripped or stripped.startswith("#"):
            continue
        number = number if collected else line
        collected += " " + stripped.removesuffix("\\").strip()
        if stripped.endswith("\\"):
            continue
        said, collected = collected, ""
        yield _pinned(path, number, said)


def _pinned(path: Path, number: int, said: str) -> Pinned:
    hashes = frozenset(_HASH.findall(said))
    found = _PIN.fullmatch(_HASH.sub("", said).strip())
    if found is None or not hashes:
        what = "no NAME==VERSION" if found is None else "without a sha256"
        raise SourceError(path, f"is {what}: {said.strip():.80}", line=number, column=1)
    return Pinned(
        name=found["name"],
        version=found["version"],
        marker=found["marker"] or "",
        hashes=hashes,
        line=said.strip(),
    )


def hashes_of(locks: Iterable[Path]) -> frozenset[str]:
    """All that they allow."""
    return frozenset(one for path in locks for pin in read_pins(path) for one in pin.hashes)
