"""bench model show: who can reach a model, by which name and arguments, and what a run needs."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from bench.model_ways import ASKS_ONLY, ways

if TYPE_CHECKING:
    from bench.adapter import Adapter, Flavour
    from bench.model import Model
    from bench.model_ways import Way

_LEFT = 12
_WIDEST = 100


def as_json(model: Model) -> dict[str, Any]:
    """The model file, and beside it the weights' place and each harness's way."""
    place, why_not = weights_place(model)
    return {
        **model.model_dump(mode="json"),
        "weights_at": place,
        "weights_missing": why_not,
        "ways": {way.harness.name: way.told for way in ways(model)},
    }


def lines(model: Model) -> Iterator[str]:
    """What a person reads."""
    yield click.style(model.name, bold=True) + (f"  {model.summary}" if model.summary else "")
    told = {"family": model.family, "reads": ", ".join(model.modalities)}
    told["licence"] = model.licence or ("not known" if model.weights else "")
    yield from (line for key, value in told.items() if value for line in _line(key, value))
    yield from _weights(model)
    yield from _endpoint(model)
    found = ways(model)
    for way in found:
        yield from _way(way)
    alone = [way.harness.name for way in found if way.why_not == ASKS_ONLY]
    if alone:
        yield from _line(", ".join(alone), ASKS_ONLY.partition(": ")[0])
    yield from _to_run(model, found)


def weights_place(model: Model) -> tuple[str | None, str | None]:
    """Where its weights lie on this machine, or why they are not known to."""
    from bench.errors import UsageError
    from bench.weights import folder_of, locate

    if model.weights is None:
        return None, None
    try:
        folder = folder_of(locate(model, None, os.environ))
    except UsageError as error:
        return None, error.message
    if not folder.is_dir():
        return None, "the package is fetched by the first run"
    return str(folder), None


def _weights(model: Model) -> Iterator[str]:
    if model.weights is None:
        return
    named = model.weights
    yield from _line("weights", named if isinstance(named, str) else f"package {named.package}")
    place, why_not = weights_place(model)
    yield from _line("", f"at {place}" if place else "not on this machine" if why_not else "")


def _endpoint(model: Model) -> Iterator[str]:
    if model.base_url is not None:
        yield from _line("server", model.base_url)
    if model.engine_name is None:
        return
    from bench.adapter import find_adapter

    engine = find_adapter("engine", model.engine_name)
    yield from _line("engine", _with_arguments(engine.name, model.arguments))
    yield from _line("", _environment(engine))


def _way(way: Way) -> Iterator[str]:
    if way.loads is None:
        if way.why_not != ASKS_ONLY:
            yield from _line(way.harness.name, f"cannot load it: {way.why_not}")
        return
    said = _with_arguments(f"loads it as {way.loads.model}", way.loads.arguments)
    yield from _line(way.harness.name, said)
    if way.loads.requires:
        yield from _line("", f"over its environment: {', '.join(way.loads.requires)}")
    yield from _line("", _environment(way.harness, way.loads.requires, weights=True))


def _environment(adapter: Adapter, requires: tuple[str, ...] = (), *, weights: bool = False) -> str:
    """Which environment that is, and whether it stands."""
    from bench.environment import health, plan_environment
    from bench.errors import BenchError

    told: list[str] = []
    for flavour in adapter.flavours:
        try:
            planned = plan_environment(adapter, flavour, weights=weights, requires=requires)
            state = health(planned) or "ready"
        except BenchError as error:
            state = error.message
        told.append(f"{flavour} {state}")
    only = "; no CPU flavour: it needs a GPU" if "cpu" not in adapter.flavours else ""
    return f"environment: {', '.join(told)}{only}"


def _to_run(model: Model, found: tuple[Way, ...]) -> Iterator[str]:
    place, _ = weights_place(model)
    given = " --weights FOLDER" if isinstance(model.weights, str) and place is None else ""
    if model.has_endpoint:
        flavour = _flavour(model)
        words = f"--backend NAME --model {model.name} --task TASK{flavour}{given}"
        yield from _line("to run", f"bench eval {words}")
    loaders = [way.harness for way in found if way.loads is not None]
    if loaders:
        words = f"--backend {loaders[0].name} --model {model.name} --task TASK --in-process{given}"
        yield from _line("" if model.has_endpoint else "to run", f"bench eval {words}")


def _flavour(model: Model) -> str:
    from bench.adapter import find_adapter

    if model.engine_name is None:
        return ""
    flavours: tuple[Flavour, ...] = find_adapter("engine", model.engine_name).flavours
    return "" if "cpu" in flavours else f" --flavour {flavours[0]}"


def _with_arguments(name: str, arguments: dict[str, Any]) -> str:
    said = ", ".join(f"{key} {_value(value)}" for key, value in arguments.items())
    return f"{name}: {said}" if said else name


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _line(key: str, text: str) -> Iterator[str]:
    """The text beside its key, folded to the terminal; nothing where there is no text."""
    if not text:
        return
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    indent = " " * (_LEFT + 2)
    first = f"  {key.ljust(_LEFT - 1)} "
    wrapper = textwrap.TextWrapper(max(width, 40), indent, indent, break_on_hyphens=False)
    folded = wrapper.wrap(text)
    if len(first) > len(indent):
        yield first.rstrip()
    else:
        folded[0] = first + folded[0][len(indent) :]
    yield from folded
