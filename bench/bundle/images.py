"""Containers' images into a bundle: built here of the bundle's own package files, then saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.bundle.contents import Contents, ImageEngine, Needed
from bench.bundle.licence import UNKNOWN, Policy, named
from bench.bundle.manifest import IMAGES, WHEELS, PackedImage
from bench.config import Container
from bench.errors import EnvironmentBuildError, UsageError
from bench.isolation.archive import save
from bench.isolation.engine import asked, is_file, working_engine
from bench.isolation.found import labels_of
from bench.isolation.image import Image, base_named, build_image, find_image
from bench.isolation.oci import Oci

LICENCE_LABEL = "org.opencontainers.image.licenses"  # of the OCI image specification: SPDX
Say = Callable[[str], None]


def _named(say: Say, name: str, text: str) -> None:
    say(f"{name}: {text}")


def to_pack(contents: Contents) -> tuple[Needed, ...]:
    """The environments that have an image of their own: of versions over one there is none."""
    return tuple(one for one in contents.environments if not one.requires)


def check_engine(contents: Contents) -> None:
    """UsageError where what is to build the images does not work here."""
    if contents.images is None:
        return
    try:
        working_engine(contents.images)
    except EnvironmentBuildError as error:
        raise UsageError(
            f"{contents.images} is to build images, and does not work here: {error.message}",
            hint=f"start {contents.images}, or pack none: --without-images",
        ) from None


def pack_images(contents: Contents, root: Path, scratch: Path, say: Say) -> tuple[PackedImage, ...]:
    """Each is built where it is not there, and saved; one that a stopped build saved is kept.

    EnvironmentBuildError where one cannot be built.
    """
    if contents.images is None:
        return ()
    packed = []
    for needed in to_pack(contents):
        adapter, planned = needed.adapter, needed.planned
        image = build_image(
            adapter,
            planned.flavour,
            partial(_named, say, planned.name),
            isolation=contents.images,
            container=Container(base=contents.plan.config.container.base, wheels=root / WHEELS),
            weights=needed.weights,
            like=(planned.lock_sha256,),
        )
        place = f"{IMAGES}/{image.reference.rpartition('/')[2].replace(':', '-')}.tar.gz"
        _saved(image, root / place, scratch / f"{Path(place).name}.json", say)
        base = base_named(adapter, contents.plan.config.container)
        packed.append(
            PackedImage(
                name=planned.name,
                flavour=planned.flavour,
                environment=planned.key,
                place=place,
                key=image.key,
                reference=image.reference,
                digest=image.digest,
                base=Path(base).name if is_file(base) else base,
                licence=licence_of(image),
                engine=_runs_in(contents),
            )
        )
    return tuple(packed)


def _saved(image: Image, target: Path, note: Path, say: Say) -> None:
    """`note` says what a build that was stopped had saved."""
    try:
        size, when = target.stat().st_size, target.stat().st_mtime_ns
        if json.loads(note.read_bytes()) == [image.digest, size, when]:
            return
    except (OSError, ValueError):
        pass
    say(f"{image.name}: saving the image of {image.isolation}")
    save(image, target)
    said = target.stat()
    note.write_text(json.dumps([image.digest, said.st_size, said.st_mtime_ns]), encoding="utf-8")


def licence_of(image: Image) -> str:
    """What the base's maker says it is under; that of the packages in it is their own."""
    if not isinstance(image.engine, Oci):
        return UNKNOWN
    return named(labels_of(image.engine, image.digest).get(LICENCE_LABEL, ""))


def _runs_in(contents: Contents) -> ImageEngine:
    configured = contents.plan.config.isolation
    if configured in ("docker", "podman"):
        return configured
    if contents.images is None:
        raise AssertionError
    return contents.images


def image_licences(images: Sequence[PackedImage]) -> list[tuple[str, str]]:
    return [(f"image {one.name} on {one.base}", one.licence) for one in images]


@dataclass(frozen=True)
class ImageRow:
    """`bytes`: uncompressed, of one that is here already. The licence is that of what it is built
    upon, as its maker says it.
    """

    name: str
    flavour: str
    engine: str
    base: str
    bytes: int | None
    licence: str
    allowed: bool


def foreseen(contents: Contents, policy: Policy) -> Iterator[ImageRow]:
    """Nothing is built, and nothing but the engine is asked."""
    container = Container(base=contents.plan.config.container.base)
    for needed in to_pack(contents) if contents.images else ():
        planned, base = needed.planned, base_named(needed.adapter, container)
        image = find_image(
            needed.adapter,
            planned.flavour,
            isolation=contents.images or "docker",
            container=container,
            weights=needed.weights,
        )
        licence = licence_of(image) if image else UNKNOWN
        yield ImageRow(
            name=planned.name,
            flavour=planned.flavour,
            engine=contents.images or "docker",
            base=Path(base).name if is_file(base) else base,
            bytes=_bytes(image) if image else None,
            licence=licence,
            allowed=policy.lets_in(licence),
        )


def _bytes(image: Image) -> int:
    inspect = (image.isolation, "image", "inspect", "--format", "{{.Size}}")
    return int(asked((*inspect, image.digest)))
