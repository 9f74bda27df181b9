"""A folder that is filled -> an image, by the engine's own `build`, without network."""

from __future__ import annotations

from pathlib import Path

from bench.environment import Environment
from bench.errors import EnvironmentBuildError
from bench.hashing import file_sha256
from bench.isolation.containerfile import BASE_LABEL, BUILD_LABEL, KEY_LABEL, PYTHON
from bench.isolation.engine import Base, Engine, asked, image_id
from bench.isolation.found import VERSION
from bench.isolation.oci import Oci
from bench.isolation.records import Record, named


def built(
    engine: Engine,
    planned: Environment,
    key: str,
    folder: Path,
    *,
    base: Base,
    recipe: str,
    log: Path,
) -> Record:
    """EnvironmentBuildError, which names the log, where it fails."""
    if not isinstance(engine, Oci):
        reference = str(folder / "image.sif")
        digest, version = _build_sif(engine.program, reference, folder, recipe, log)
        return Record(key, reference, digest, version, planned.lock_sha256)
    reference = named(planned, key)
    labels = (f"{KEY_LABEL}={key}", f"{BASE_LABEL}={base.digest}")
    digest, version = _build_oci(engine, reference, folder, recipe, labels=labels, log=log)
    return Record(key, reference, digest, version, planned.lock_sha256)


def _build_oci(
    engine: Oci, reference: str, folder: Path, recipe: str, *, labels: tuple[str, ...], log: Path
) -> tuple[str, str]:
    (folder / "Containerfile").write_text(recipe, encoding="utf-8")
    argv = [engine.program, "build", "--force-rm", "--network", "none", "--tag", reference]
    argv += [part for label in labels for part in ("--label", label)]
    argv += ["--file", str(folder / "Containerfile"), str(folder)]
    asked(tuple(argv), log)
    # The first stage, with the wheels and uv: nobody needs it again.
    prune = (engine.program, "image", "prune", "--force", "--filter", f"label={BUILD_LABEL}")
    asked(prune, log)
    found = image_id(engine, reference)
    if found is None:
        raise EnvironmentBuildError(f"{reference} was built and is not there", hint=f"log: {log}")
    run = (engine.program, "run", "--rm", "--network", "none", "--entrypoint", PYTHON, reference)
    return found, asked((*run, "-I", "-c", VERSION), log)


def _build_sif(
    program: str, reference: str, folder: Path, recipe: str, log: Path
) -> tuple[str, str]:
    (folder / "image.def").write_text(recipe, encoding="utf-8")
    asked((program, "build", "--force", reference, "image.def"), log, folder)
    inside = (program, "exec", "--containall", reference, PYTHON, "-I", "-c", VERSION)
    return f"sha256:{file_sha256(Path(reference))}", asked(inside, log)
