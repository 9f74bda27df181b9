"""bundle.json: what a bundle holds and for which Python; written last, a folder without it is none.

BUNDLE/
  bundle.json          this file
  install.sh           makes the core's venv from wheels/ and installs the rest
  wheels/              package files of all environments, flat: a find-links folder
  locks/core.lock      the core with vlmhyperbench's own wheel, hashed
  locks/environments/  the locks of each environment, as they were when it was packed
  locks/overlays/      overlay locks, to be laid into BENCH_HOME/overlays
  locks/build/         what each source distribution needs to be built
  locks/weights.lock   packages that carry a model's weights
  config/run.yaml      the config; its paths are relative to it: models/, tasks/, prompts/ beside
                       it, ../weights/ID and ../tables
  data/NAME/           local copies of benchmarks, to be laid into BENCH_HOME/data
  tables/NAME.tsv      VLMEvalKit's own tables
  weights/ID/          model folders
  adapters/NAME/       adapters that are not shipped: the installation's BENCH_ADAPTERS
  images/NAME.tar.gz   containers' images, as docker and podman save them

As volumes it is one tar cut into pieces: BUNDLE/bundle.tar.001, .002, … with bundle.json and
install.sh beside them; `cat bundle.tar.* | tar -xf -` gives the folder back.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.errors import SourceError

FILE = "bundle.json"
SCHEMA = 1
SCRIPT = "install.sh"
CONFIG = "config/run.yaml"
CORE_LOCK = "locks/core.lock"
WEIGHTS_LOCK = "locks/weights.lock"
ENVIRONMENT_LOCKS = "locks/environments"
OVERLAYS = "locks/overlays"
BUILD_LOCKS = "locks/build"
WHEELS = "wheels"
IMAGES = "images"
VOLUME = "bundle.tar."

Kind = Literal[
    "package", "lock", "config", "model", "task", "prompt", "data", "table", "weights", "adapter",
    "script", "image",
]  # fmt: skip


class _Written(BaseModel):
    """Written by programs: a key of a later version is no error."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Stored(_Written):
    sha256: str
    bytes: int


class PackedFile(Stored):
    """`licence` is an SPDX expression where it could be read as one, else what the file's maker
    says, else "unknown". `source`: a package URL (pkg:pypi/NAME@VERSION), a hub's id, a name.
    """

    kind: Kind
    licence: str = "unknown"
    source: str = ""


class PackedEnvironment(_Written):
    """One that the installation builds. `adapter` is KIND NAME; `weights` and `requires` are as
    bench.environment.build takes them; `locks` are copies below the bundle.
    """

    adapter: str
    name: str
    flavour: Literal["cpu", "cuda"]
    python: str
    key: str
    locks: tuple[str, ...]
    weights: bool = False
    requires: tuple[str, ...] = ()
    packages: int
    note: str | None = None


class PackedImage(_Written):
    """An image of the environment whose key is `environment`, in the file `place`.

    `digest` is the id that the engine gave which built it; `reference` its name in every engine;
    `base` what it is built upon, as it was named: an image, or a file's name; `engine` the one that
    the config runs it in.
    """

    name: str
    flavour: Literal["cpu", "cuda"]
    environment: str
    place: str
    key: str
    reference: str
    digest: str
    base: str
    licence: str = "unknown"
    engine: Literal["docker", "podman"]


class PackedModel(_Written):
    """`weights`: the folder in the bundle. `package`: the one that carries them, as NAME==VERSION,
    and `flavour` that of the converter's environment. Neither: a server or an engine has the model.
    """

    name: str
    licence: str = "unknown"
    weights: str | None = None
    package: str | None = None
    flavour: Literal["cpu", "cuda"] = "cpu"


class PackedTask(_Written):
    """`folder`: a task of one's own, in the bundle; `data`: a local copy, `table`: a table."""

    name: str
    licence: str = "unknown"
    folder: str | None = None
    data: str | None = None
    table: str | None = None


class Manifest(_Written):
    """`python` is the minor version of the core, `python_version` the full one it was packed with.

    `content_sha256` is over all other keys but `volumes`: of the same bundle in volumes and not.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    bench_version: str
    made_at: str
    config: str = CONFIG
    python: str
    python_version: str
    implementation: str
    soabi: str
    platform: str
    libc: str
    environments: tuple[PackedEnvironment, ...] = ()
    images: tuple[PackedImage, ...] = ()
    models: tuple[PackedModel, ...] = ()
    tasks: tuple[PackedTask, ...] = ()
    files: dict[str, PackedFile]
    volumes: dict[str, Stored] = {}
    content_sha256: str = ""

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(one.bytes for one in self.files.values())


def sealed(manifest: Manifest) -> Manifest:
    """With its content_sha256."""
    return manifest.model_copy(update={"content_sha256": content_of(manifest)})


def content_of(manifest: Manifest) -> str:
    values = manifest.model_dump(mode="json", by_alias=True, exclude={"content_sha256", "volumes"})
    if not manifest.images:  # as bundles were sealed before there were any
        del values["images"]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Last of all, by rename."""
    staging = folder / f"{FILE}.part"
    text = json.dumps(manifest.model_dump(mode="json", by_alias=True), indent=1, sort_keys=True)
    with staging.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    staging.replace(folder / FILE)


def read_manifest(folder: Path) -> Manifest:
    """SourceError where bundle.json is missing, broken, changed, or of another schema."""
    path = folder / FILE
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        hint = "a build that was stopped goes on with the same command"
        raise SourceError(path, "is not there: this folder is no whole bundle", hint=hint) from None
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SourceError(path, f"is no JSON: {error}", hint="copy the bundle again") from None
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        found = values.get("schema") if isinstance(values, dict) else None
        raise SourceError(path, f"has schema {found!r}, and this bench reads {SCHEMA}")
    try:
        manifest = Manifest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SourceError(path, f"{place}: {first['msg']}", hint="copy the bundle again") from None
    places = (*manifest.files, *manifest.volumes, manifest.config)
    for place in (*places, *(image.place for image in manifest.images)):
        if place.startswith("/") or ".." in place.split("/"):
            raise SourceError(path, f"names {place}, which is outside", hint="do not use it")
    if content_of(manifest) != manifest.content_sha256:
        said = "does not have the content_sha256 that it names: it was changed"
        raise SourceError(path, said, hint="copy the bundle again")
    return manifest
