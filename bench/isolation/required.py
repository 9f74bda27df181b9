"""A run in containers begins only where their engine answers: said once, before anything is made.

Without this each job would end with the engine's own words, after its environment was planned.
"""

from __future__ import annotations

from bench.errors import EnvironmentBuildError, UsageError
from bench.isolation.engine import Isolation, working_engine

_TO_DO = {
    "docker": "start its daemon (`docker info` says whether it answers)",
    "podman": "see what `podman info` says",
    "apptainer": "install it",
}


def require_engine(isolation: Isolation) -> None:
    """UsageError where the container engine is not here or does not answer; a venv needs none."""
    if isolation == "venv":
        return
    try:
        working_engine(isolation)
    except EnvironmentBuildError as error:
        hint = f"{_TO_DO[isolation]}, or leave --isolation out: venv is the default"
        raise UsageError(f"isolation {isolation}: {error.message}", hint=hint) from None
