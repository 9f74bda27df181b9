"""Images over all pairs of requests: coded again, resized, replaced, or in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.differences.looking import Look, look
from bench.differences.matching import Match, Shown, matched
from bench.differences.pairing import Pair
from bench.differences.rows import Difference, Kind
from bench.differences.settings import said
from bench.differences.sides import Gallery
from bench.pixels import ImageFacts

EXAMINED = 200  # pairs of images that are decoded; the rest is told by its bytes and pixel hashes
_LOSSLESS = {"PNG", "BMP", "TIFF"}


@dataclass
class _Group:
    """The pairs of images of one kind of difference; the first stands for all."""

    said: str
    sample: str | None
    requests: set[int] = field(default_factory=set)
    images: int = 0


def image_differences(pairs: Sequence[Pair], a: Gallery, b: Gallery) -> Iterator[Difference]:
    other = {number: two for number, two in enumerate(pairs) if two[0].keys != two[1].keys}
    if not other:
        return
    old = Shown(a.facts({key for one, _ in other.values() for key in one.keys}), a.paths)
    new = Shown(b.facts({key for _, two in other.values() for key in two.keys}), b.paths)
    judge = _Judge(old, new)
    for number, (one, two) in other.items():
        judge.request(number, one.sample, one.keys, two.keys)
    for kind, group in judge.groups.items():
        many = f": {group.images} images" if group.images > len(group.requests) else ""
        yield Difference(
            kind,
            group.said + many,
            requests=len(group.requests),
            of=len(pairs),
            sample=group.sample,
        )


class _Judge:
    def __init__(self, old: Shown, new: Shown) -> None:
        self.groups: dict[Kind, _Group] = {}
        self._old, self._new = old, new
        self._looks: dict[tuple[str, str], Look | str] = {}

    def request(
        self, number: int, sample: str | None, a: tuple[str, ...], b: tuple[str, ...]
    ) -> None:
        matches = self._matched(a, b)
        if len(a) != len(b):
            self._add("image count", f"{len(a)} → {len(b)} in a request", number, sample)
        places = [one.b for one in matches if one.sure]
        if places != sorted(places):
            was = " ".join(str(one.a + 1) for one in matches)
            now = [one.a + 1 for one in sorted(matches, key=lambda one: one.b)]
            text = f"the same images in another order: {was} → {' '.join(map(str, now))}"
            self._add("image order", text, number, sample)
        for one in matches:
            if a[one.a] != b[one.b]:
                kind, text = self._judged(a[one.a], b[one.b])
                self._add(kind, text, number, sample)
                self.groups[kind].images += 1

    def _matched(self, a: tuple[str, ...], b: tuple[str, ...]) -> list[Match]:
        if len(self._looks) >= EXAMINED:
            blind = (Shown(one.facts, {}) for one in (self._old, self._new))
            return matched(a, b, *blind)
        return matched(a, b, self._old, self._new)

    def _add(self, kind: Kind, text: str, number: int, sample: str | None) -> None:
        group = self.groups.setdefault(kind, _Group(text, sample))
        group.requests.add(number)

    def _judged(self, a: str, b: str) -> tuple[Kind, str]:
        old, new = self._old.facts.get(a), self._new.facts.get(b)
        if old is None or new is None:
            return "image", f"{said(a)} → {said(b)}: not stored, so no more can be said"
        was, now = _file(old), _file(new)
        if old.rgb_sha256 is not None and old.rgb_sha256 == new.rgb_sha256:
            return "image encoding", f"re-encoded without loss (pixels equal): {was} → {now}"
        if (a, b) not in self._looks:
            self._looks[a, b] = self._look(a, b)
        seen = self._looks[a, b]
        if isinstance(seen, str):
            return "image", f"the bytes differ; {seen}: {was} → {now}"
        return _named(seen, old, new)

    def _look(self, a: str, b: str) -> Look | str:
        if len(self._looks) >= EXAMINED:
            return f"only the first {EXAMINED} pairs were looked at"
        if a not in self._old.paths or b not in self._new.paths:
            return "the images are no longer stored"
        why = self._old.facts[a].trouble or self._new.facts[b].trouble or "no decoder reads them"
        return look(self._old.paths[a], self._new.paths[b]) or f"not decoded: {why}"


def _named(seen: Look, old: ImageFacts, new: ImageFacts) -> tuple[Kind, str]:
    was, now, by = _file(old), _file(new), f"mean difference {seen.mean or 0:.1f} of 255"
    sizes = f"{old.width}x{old.height} → {new.width}x{new.height}"
    if seen.judged == "another":
        return "another image", f"{was} → {now}, {sizes}"
    if seen.judged == "turned":
        return "image turned", f"turned by {seen.turned}° against the clock: {sizes}"
    if seen.judged == "size":
        return "image size", f"resized {sizes}: {was} → {now}"
    if seen.judged == "altered":
        most = f"up to {seen.most} in one place"
        return "image altered", f"pixels altered (same size; {by}, {most}): {was} → {now}"
    on_the_way = ", on the way" if {old.format, new.format} <= _LOSSLESS else ""
    return "image loss", f"re-encoded with loss{on_the_way} (same size; {by}): {was} → {now}"


def _file(facts: ImageFacts) -> str:
    size, unit = float(facts.bytes), "B"
    for bigger in ("kB", "MB"):
        if size >= 1000:
            size, unit = size / 1000, bigger
    shown = f"{size:.0f}" if size >= 10 or unit == "B" else f"{size:.1f}"
    return f"{facts.format or 'unknown format'} {shown} {unit}"
