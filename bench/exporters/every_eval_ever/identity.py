"""Who made the model, where its files go in the store, and how it was served."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.exporters.every_eval_ever.texts import UNKNOWN, texts
from bench.model import Model, find_model, is_folder
from bench.schema import JobReport

_NAME = re.compile(r"[^A-Za-z0-9._@+-]+")


@dataclass(frozen=True)
class Identity:
    """`id` is DEVELOPER/MODEL, `unknown` standing for a developer that nobody has named."""

    job: JobReport
    model: Model | None
    id: str

    @property
    def developer(self) -> str | None:
        found = self.id.rpartition("/")[0]
        return None if found == UNKNOWN else found

    @property
    def folder(self) -> Path:
        developer, _, name = self.id.rpartition("/")
        return Path("data", *map(_portable, (self.job.task.name, developer, name)))

    def uuid(self, run: str) -> uuid.UUID:
        """Of the job in the run: the same for every export of it."""
        digest = hashlib.sha256(f"{run}\0{self.job.id}".encode("utf-8", "backslashreplace"))
        return uuid.UUID(bytes=digest.digest()[:16], version=4)

    def model_info(self) -> dict[str, Any]:
        used = self.job.model
        deployed = used.engine is not None or used.in_process is not None
        open_weights = self.model is not None and self.model.weights is not None
        found: dict[str, Any] = {
            "name": used.name,
            "id": self.id,
            "additional_details": {
                "deployment_type": "self_deployed" if deployed else UNKNOWN,
                "model_availability": "open_weights" if open_weights else UNKNOWN,
                **texts(served_id=used.served_id, weights=used.weights),
            },
        }
        if self.developer:
            found["developer"] = self.developer
        if used.engine:
            version = used.engine_versions.get(used.engine)
            found["inference_engine"] = {"name": used.engine, "version": str(version or UNKNOWN)}
        elif used.in_process:
            harness = self.job.harness
            found["inference_engine"] = {
                "name": harness.name,
                "version": harness.version or UNKNOWN,
            }
        return found


def identity(job: JobReport, given: Mapping[str, str]) -> Identity:
    """`given` by the model's name, else the hub id of its model file, else what it was served as.

    Only shipped model files are looked at: a person's own is not kept with the run.
    """
    try:
        model = find_model(job.model.name)
    except BenchError:
        model = None
    weights = model.weights if model else None
    served = job.model.served_id or ""
    if job.model.name in given:
        found = given[job.model.name]
    elif isinstance(weights, str) and not is_folder(weights):
        found = weights.partition("@")[0]
    else:
        found = served if served.count("/") == 1 else job.model.name
    return Identity(job, model, found if "/" in found else f"{UNKNOWN}/{found}")


def _portable(name: str) -> str:
    """As a path component; `data` is kept for the root of the store."""
    found = _NAME.sub("-", name).strip(". ") or UNKNOWN
    return f"{found}-" if found == "data" else found
