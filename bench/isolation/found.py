"""Images that an engine has already, whoever built or loaded them: known by their labels alone.

A tag says nothing: anybody can give it. The label `vlmhyperbench.environment` is the key of all
that an image holds but its base; `vlmhyperbench.key` is that of the base as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.environment import Environment
from bench.errors import EnvironmentBuildError
from bench.isolation.containerfile import (
    BASE_LABEL,
    BUILD_LABEL,
    ENVIRONMENT_LABEL,
    KEY_LABEL,
    LOCKS_LABEL,
    PYTHON,
    environment_key,
)
from bench.isolation.engine import Isolation, asked, find_engine
from bench.isolation.oci import Oci
from bench.isolation.records import Record, named, read_record, record_folder, write_record
from bench.resolving import Say

VERSION = "import platform; print(platform.python_version())"


@dataclass(frozen=True)
class Labelled:
    """`digest` is the engine's own id."""

    digest: str
    labels: Mapping[str, str]


def labelled(engine: Oci, environment: str) -> Iterator[Labelled]:
    """Images that say they hold this environment, the newest first; no stages of builds."""
    filtered = ("--filter", f"label={ENVIRONMENT_LABEL}={environment}")
    said = asked((engine.program, "image", "ls", "--no-trunc", "--quiet", *filtered))
    for digest in dict.fromkeys(said.split()):
        try:
            labels = labels_of(engine, digest)
        except EnvironmentBuildError:  # removed meanwhile
            continue
        if BUILD_LABEL.partition("=")[0] not in labels:
            yield Labelled(digest, labels)


def labels_of(engine: Oci, reference: str) -> dict[str, str]:
    inspect = (engine.program, "image", "inspect", "--format", "{{json .Config.Labels}}")
    return json.loads(asked((*inspect, reference))) or {}


def locks_in_engine(isolation: Isolation, planned: Iterable[Environment], minor: str) -> set[str]:
    """lock_sha256 of each of these environments that an image of this engine holds; none where the
    engine does not answer.
    """
    try:
        engine = find_engine(isolation)
        if not isinstance(engine, Oci):
            return set()
        return {
            one.lock_sha256
            for one in planned
            for image in labelled(engine, environment_key(one, minor))
            if image.labels.get(LOCKS_LABEL) == one.lock_sha256
        }
    except EnvironmentBuildError:
        return set()


def take(
    engine: Oci, planned: Environment, minor: str, *, key: str | None = None, say: Say
) -> Record | None:
    """The newest image of this environment, with a record of it; of this `key` alone, base and all,
    where that is given. One in which its Python does not run is none.
    """
    environment = environment_key(planned, minor)
    for image in labelled(engine, environment):
        own = image.labels.get(KEY_LABEL, environment)  # built by hand, of a Containerfile
        if key not in (None, own):
            continue
        folder = record_folder(planned, own, engine.program)
        known = read_record(folder)
        if known and known.digest == image.digest:
            return known
        version = version_in(engine, image.digest)
        if version is None or not version.startswith(f"{minor}."):
            say(f"{image.digest[:19]}: no Python {minor} runs in it, so it is not taken")
            continue
        base = image.labels.get(BASE_LABEL)
        say(f"taking the image {image.digest[:19]} of {engine.program}, on {base or 'a base'}")
        reference = named(planned, own)
        asked((engine.program, "tag", image.digest, reference))
        record = Record(own, reference, image.digest, version, planned.lock_sha256)
        write_record(folder, record)
        return record
    return None


def version_in(engine: Oci, reference: str) -> str | None:
    """The full version of its Python; None where that does not run."""
    run = (engine.program, "run", "--rm", "--pull", "never", "--network", "none")
    try:
        return asked((*run, "--entrypoint", PYTHON, reference, "-I", "-c", VERSION))
    except EnvironmentBuildError:
        return None
