"""What the adapters would call for a model file: by their own pure functions, nothing is loaded.

The weights' folder stands as WEIGHTS, an endpoint's address as ENDPOINT, the port as 0.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from bench import resources
from bench.adapter import Adapter, adapters
from bench.execution import job_spec
from bench.model import Model
from bench.plan import DEFAULT_PARAMETERS, DEFAULT_REQUESTS, Job
from bench.task import AtHome, Task
from tools.models.parameters import Found

WEIGHTS = "WEIGHTS"
_TASK = Task(
    name="some-benchmark",
    kind="benchmark",
    version=None,
    summary="",
    metrics=(),
    levels=("global",),
    parameters={},
    samples=(),
    data=Path("COPY"),
)


def invocations(model: Model, recorded: dict[str, dict[str, Found]]) -> dict[str, Any]:
    """The engine's command line or arguments, and each harness's call or its refusal."""
    found: dict[str, Any] = {"model": model.name, "engine": _engine(model), "in_process": {}}
    for name, adapter in _harnesses().items():
        if (adapter.folder / "models.tsv").is_file():
            found["in_process"][name] = _in_process(model, adapter, recorded.get(name, {}))
    if model.has_endpoint:
        spec = _spec(model, _harnesses()["evalscope"], served=True)
        found["served_to_evalscope"] = _part("evalscope", "invocation").arguments(spec)
    return found


@functools.cache
def _harnesses() -> dict[str, Adapter]:
    return adapters("harness")


def _engine(model: Model) -> dict[str, Any] | None:
    if model.engine_name is None:
        return None
    if model.engine_name != "vllm":
        return {"name": model.engine_name, "arguments": model.arguments}
    arguments = _part("vllm", "arguments", kind="engines")
    chosen = arguments.settings(model.arguments)
    argv = arguments.command("vllm", WEIGHTS, model.endpoint_id, "127.0.0.1", 0, chosen)
    return {"name": "vllm", "argv": argv}


def _in_process(model: Model, adapter: Adapter, recorded: dict[str, Found]) -> dict[str, Any]:
    one = model.in_process.get(adapter.name)
    if one is None and adapter.weights is not None:
        return {"refused": model.unsupported.get(adapter.name, "its model file names no entry")}
    spec = _spec(model, adapter, served=False)
    if one is None:  # the adapter itself says why
        run = _part(adapter.folder.name, "run")
        try:
            run.refuse_unsupported(spec)
        except run.Unsupported as error:
            return {"refused": str(error)}
        raise AssertionError(f"{adapter.name} refuses no weights, and has no environment for them")
    call: dict[str, Any] = _CALLS[adapter.name](spec, recorded.get(one.model, {}))
    return {"requires": list(one.requires), **call} if one.requires else call


def _spec(model: Model, adapter: Adapter, *, served: bool) -> dict[str, Any]:
    """job.json as the core writes it."""
    home = AtHome("some_benchmark")
    loaded = None if served else model.in_process.get(adapter.name)
    job = Job(
        id="job",
        harness=adapter,
        model=model,
        engine=None,
        task=replace(_TASK, homes={adapter.name: home}),
        flavour="cuda",
        limit=None,
        parameters=DEFAULT_PARAMETERS | model.parameters,
        options={},
        harness_args={},
        requests=DEFAULT_REQUESTS,
        home=home,
        in_process=loaded,
        weights=Path(WEIGHTS),
    )
    spec = job_spec(job, "ENDPOINT" if served else "", 1).model_dump(mode="json")
    if not served and loaded is None:
        spec["model"]["in_process"] = {"model": "any", "arguments": {}, "weights": WEIGHTS}
    return spec


def _lm_eval(spec: dict[str, Any], _recorded: Found) -> dict[str, Any]:
    models = _part("lm_eval", "models")
    return {**models.model_call(spec), "apply_chat_template": models.chats(spec)}


def _lmms_eval(spec: dict[str, Any], recorded: Found) -> dict[str, Any]:
    weights = _part("lmms_eval", "weights")
    model = spec["model"]
    return {
        "get_model": model["in_process"]["model"],
        "class": recorded["class"],
        "arguments": weights.arguments(model, spec["flavour"], list(recorded["arguments"])),
        "generation_kwargs": weights.generation(model["parameters"]),
    }


def _vlmevalkit(spec: dict[str, Any], recorded: Found) -> dict[str, Any]:
    """--config, and what the class is given, by the adapter's own code around a class that has the
    recorded signature and does nothing.
    """
    given: dict[str, Any] = {}

    def made(**named: Any) -> None:
        given.update(named)

    kinds = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in recorded["arguments"]
    ]
    more = [inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)] if recorded["open"] else []
    made.__signature__ = inspect.Signature(kinds + more)  # type: ignore[attr-defined]
    asked = spec["model"]["in_process"]
    entry = functools.partial(made, **recorded["preset"])
    package = SimpleNamespace(config=SimpleNamespace(supported_VLM={asked["model"]: entry}))
    _part("vlmevalkit", "in_process").build(asked, None, package, ValueError)
    config = _part("vlmevalkit", "invocation").config(spec["model"]["name"], spec)
    return {"config": config["model"], "class": recorded["class"], "arguments": given}


_CALLS = {"lm-eval": _lm_eval, "lmms-eval": _lmms_eval, "vlmevalkit": _vlmevalkit}


@functools.cache
def _part(folder: str, name: str, kind: str = "harnesses") -> ModuleType:
    """A file of an adapter; none of those that are asked for here imports its harness."""
    path = resources.folder("adapters") / kind / folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"golden_{folder}_{name}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    with _sdk():
        spec.loader.exec_module(module)
    return module


@contextmanager
def _sdk() -> Iterator[None]:
    place = str(resources.folder("adapters") / "_sdk")
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)
