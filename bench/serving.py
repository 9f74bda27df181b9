"""The servers of a run, started, watched and stopped: engines, and the gateway before them."""

from __future__ import annotations

import http.client
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import gateway
from bench.adapter import Adapter
from bench.config import Container
from bench.environment import adapter_variables
from bench.errors import RunError
from bench.gateway.launch import gateway_command, job_url, ready, tell
from bench.gateway.settings import GatewaySettings
from bench.isolation.doors import Doors
from bench.isolation.launch import Place, Work, launched, to_engine
from bench.isolation.outside import first_process, start_relay
from bench.isolation.reads import engine_reads
from bench.model import Model
from bench.process import Child, Ending, clean_environment, tail
from bench.protocol import EngineReady, EngineSpec, check_version, read_one, read_result
from bench.store import write_text
from bench.usage import USAGE_NAME, Usage

ENGINE_START_S = 900.0  # a big model is read from a slow disk
GATEWAY_START_S = 60.0
Alive = Callable[[], None]


@dataclass(frozen=True)
class Engine:
    """A running server of one model."""

    child: Child
    base_url: str
    versions: dict[str, Any]
    usage: Usage | None
    relay: Child | None = None

    def stop(self) -> Ending:
        """Also to be called after it ended by itself."""
        if self.usage:
            self.usage.stop()
        ending = self.child.stop()
        if self.relay:
            self.relay.stop()
        return ending


class Gateway:
    def __init__(self, child: Child, port: int, folder: Path, settings: GatewaySettings) -> None:
        self.child, self._port = child, port
        self._folder, self._settings = folder, settings
        self._telling = threading.Lock()

    @property
    def port(self) -> int:
        return self._port

    def url(self, job: str) -> str:
        """The base URL for one job's requests."""
        return job_url(self._port, job)

    def tell(self, model: str, **changed: str) -> None:
        """What has become of a model's engine: its `state`, `base_url` or `why`."""
        with self._telling:
            models = dict(self._settings.models)
            models[model] = models[model].model_copy(update=changed)
            self._settings = self._settings.model_copy(update={"models": models})
            if self.child.wait(0) is None:
                tell(self._folder, self._settings, self.child.pid)


def start_engine(
    adapter: Adapter,
    environment: Place,
    model: Model,
    folder: Path,
    alive: Alive,
    *,
    weights: Path | None = None,
    secrets: Iterable[str] = (),
    more: Mapping[str, str] | None = None,
    container: Container | None = None,
    doors: Doors | None = None,
    gpu: bool = False,
) -> Engine:
    """Start it and wait until it is healthy. `alive` is called while waiting; it may raise.

    `secrets` names variables that it does not get, `more` sets some. RunError says how the engine
    ended, with its last words and its log. In a container it is reached through one of `doors`.
    """
    folder.mkdir(parents=True)
    spec = EngineSpec(
        engine=adapter.name,
        served_id=model.endpoint_id,
        weights=str(weights) if weights else None,
        arguments=model.arguments,
    )
    write_text(folder / "engine.json", spec.model_dump_json(indent=1))
    sockets = doors.next_engine() if doors else None
    work = Work(adapter, "serve", folder, reads=engine_reads(model, weights), gpu=gpu)
    launch = launched(
        environment,
        work,
        adapter_environment(secrets, more),
        container=container,
        doors=doors,
        way=to_engine(folder, sockets) if sockets else None,
    )
    relay = start_relay(doors, sockets, folder / "relay.txt") if doors and sockets else None
    child = Child(
        launch.argv,
        log=folder / "log.txt",
        environment=launch.variables,
        removal=launch.removal,
    )
    usage, marker = None, folder / "ready.json"
    try:
        usage = _usage(folder, first_process(launch, child, alive))
        _wait(child, marker.exists, f"engine {adapter.name}", ENGINE_START_S, alive)
        said = read_one(EngineReady, marker)
        check_version(marker, said.protocol)
        address = f"http://{spec.host}:{relay.port if relay else said.port}"
        _wait(child, lambda: _healthy(address), f"engine {adapter.name}", ENGINE_START_S, alive)
    except BaseException:
        if usage:
            usage.stop()
        child.stop()
        if relay:
            relay.child.stop()
        raise
    return Engine(child, f"{address}/v1", said.versions, usage, relay.child if relay else None)


def _usage(folder: Path, pid: int | None) -> Usage | None:
    if pid is None:
        return None
    usage = Usage(folder / USAGE_NAME, pid)
    usage.start()
    return usage


def start_gateway(settings: GatewaySettings, folder: Path, alive: Alive) -> Gateway:
    """Start it with its settings; the variables that hold API keys reach it and nobody else."""
    folder.mkdir(parents=True, exist_ok=True)
    settings.write(folder)
    child = Child(
        gateway_command(folder),
        log=folder / "log.txt",
        environment=clean_environment(os.environ, **_own_package()),
    )
    try:
        _wait(
            child,
            lambda: ready(folder, pid=child.pid) is not None,
            "the gateway",
            GATEWAY_START_S,
            alive,
        )
    except BaseException:
        child.stop()
        raise
    said = ready(folder, pid=child.pid)
    if said is None:
        raise RunError("the gateway's ready.json has gone", hint=f"log: {child.log}")
    return Gateway(child, said.port, folder, settings)


def _own_package() -> dict[str, str]:
    """The package that runs now, also where it is not installed."""
    return {"PYTHONPATH": str(Path(gateway.__file__).parents[2]), "PYTHONSAFEPATH": "1"}


def adapter_environment(
    secrets: Iterable[str], more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a harness or an engine: API keys stay with the gateway."""
    told = adapter_variables() | dict(more or {})
    return clean_environment(os.environ, secrets=secrets, **told)


def _wait(child: Child, done: Callable[[], bool], what: str, seconds: float, alive: Alive) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        alive()
        ending = child.wait(0.05)
        if ending is not None:
            raise RunError(f"{what} did not start: {_reason(child, ending)}", hint=_log(child))
        if time.monotonic() > deadline:
            raise RunError(f"{what} did not start within {seconds:.0f} s", hint=_log(child))


def _reason(child: Child, ending: Ending) -> str:
    result = read_result(child.log.parent)
    if result and result.error:
        return f"{result.error.type}: {result.error.message}"
    return f"{ending}; {tail(child.log, 1) or 'it said nothing'}"


def _log(child: Child) -> str:
    return f"log: {child.log}"


def _healthy(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, http.client.HTTPException):
        return False
