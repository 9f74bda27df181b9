"""Which harness reaches a model in which way: it loads the weights itself, or asks an endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.adapter import Adapter, adapters
from bench.model import InProcess, Model

ASKS_ONLY = "it loads no weights itself: an engine or a server has the model, and it asks there"


@dataclass(frozen=True)
class Way:
    """One harness and one model: what it loads them by, or `why_not`."""

    harness: Adapter
    loads: InProcess | None
    why_not: str | None

    @property
    def told(self) -> dict[str, Any]:
        """For JSON: the harness's own name, arguments and overlays, or the reason."""
        if self.loads is None:
            return {"loads": None, "why_not": self.why_not}
        return {"loads": self.loads.model_dump(mode="json"), "why_not": None}


def ways(model: Model) -> tuple[Way, ...]:
    """Of every harness that needs a model, those that load it first; else by name. Of a model that
    is made of no weights, as a pipeline is, there is nothing to say.
    """
    if model.weights is None and not model.in_process:
        return ()
    found = [_way(model, one) for one in adapters("harness").values() if one.needs_model]
    return tuple(sorted(found, key=lambda way: (way.loads is None, way.harness.name)))


def _way(model: Model, harness: Adapter) -> Way:
    loads = model.in_process.get(harness.name)
    if loads is not None:
        return Way(harness, loads, None)
    said = model.unsupported.get(harness.name)
    if said is None and harness.weights is None:
        said = ASKS_ONLY
    return Way(harness, None, said or "its model file says nothing of it")
