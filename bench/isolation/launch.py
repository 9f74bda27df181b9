"""What is started for a process of ours: the same script with the same words, in a venv or inside.

Every path is the same inside as outside, so that job.json and what is written hold for both.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import resources
from bench.adapter import Adapter
from bench.config import Container
from bench.environment import Environment, adapter_variables
from bench.isolation import door
from bench.isolation.apptainer import Apptainer
from bench.isolation.confined import OFFLINE, PASSED, Confined, Limits, Mount, readable
from bench.isolation.containerfile import PYTHON, VENV
from bench.isolation.doors import ALIVE, GATEWAY, INSIDE, Places
from bench.isolation.image import Image
from bench.process import Ending

SAID = "isolation.json"
SIGNALLED = 128
DOOR = f"{INSIDE}/door.py"
ENGINE = f"{INSIDE}/engine"
Place = Environment | Image


@dataclass(frozen=True)
class Work:
    """`script verb folder`, and what of this machine it may read besides its adapter."""

    adapter: Adapter
    verb: str
    folder: Path
    reads: tuple[Path, ...] = ()
    gpu: bool = False


@dataclass(frozen=True)
class Way:
    """A socket through the wall: `listen` and `connect` as door.py takes them, `mount` for it."""

    listen: str
    connect: str
    mount: Mount


@dataclass(frozen=True)
class Launch:
    """How to start it. `removal` ends what killing it does not reach; `first_process` prints the
    pid whose tree does the work, where that is not our own child.
    """

    argv: tuple[str, ...]
    variables: Mapping[str, str]
    removal: tuple[str, ...] | None = None
    first_process: tuple[str, ...] | None = None

    def ending(self, said: Ending) -> Ending:
        """A container's exit code over 128 is a signal, as shells have it."""
        if self.removal and said.code and said.code > SIGNALLED:
            return Ending(None, said.code - SIGNALLED)
        return said


def to_gateway(places: Places, port: int | str) -> Way:
    """Inside the gateway has the same address as outside: job.json names it."""
    place = f"{INSIDE}/{GATEWAY}"
    return Way(f"tcp:{port}", f"unix:{place}", Mount(places.gateway, at=place))


def to_engine(folder: Path, sockets: Path) -> Way:
    """From a socket in `sockets` to the port that the engine names in `folder`/ready.json."""
    return Way(
        f"unix:{ENGINE}/engine.sock",
        f"ready:{folder / 'ready.json'}",
        Mount(sockets, writable=True, at=ENGINE),
    )


def launched(
    place: Place,
    work: Work,
    variables: Mapping[str, str],
    *,
    container: Container | None = None,
    doors: Places | None = None,
    way: Way | None = None,
) -> Launch:
    """`variables`: what it would have in a venv; a container gets few of them."""
    words = (str(work.adapter.script), work.verb, str(work.folder))
    if isinstance(place, Environment):
        return Launch((str(place.python), *words), variables)
    what = confined(place, work, words, container or Container(), doors=doors, way=way)
    return started(place, what, variables)


def started(image: Image, what: Confined, variables: Mapping[str, str]) -> Launch:
    if isinstance(image.engine, Apptainer):
        return Launch(image.engine.run(what), image.engine.variables(what, dict(variables)))
    return Launch(
        image.engine.run(what),
        variables,
        removal=image.engine.removal(what.name),
        first_process=image.engine.first_process(what.name),
    )


def confined(
    image: Image,
    work: Work,
    words: Iterable[str],
    container: Container,
    *,
    doors: Places | None = None,
    way: Way | None = None,
) -> Confined:
    sdk = resources.folder("adapters") / "_sdk"
    mounts = [
        *(mount for mount in readable([*work.reads, work.adapter.folder, sdk])),
        Mount(work.folder, writable=True),
        Mount(Path(door.__file__), at=DOOR),
        *([Mount(image.overlay, at=VENV)] if image.overlay else ()),
        *([Mount(doors.alive, at=f"{INSIDE}/{ALIVE}")] if doors else ()),
        *([way.mount] if way else ()),
    ]
    relay = ("--listen", way.listen, "--connect", way.connect) if way else ()
    alive = ("--alive", f"{INSIDE}/{ALIVE}") if doors else ()
    said = ("--said", str(work.folder / SAID))
    return Confined(
        name=f"bench-{uuid.uuid4().hex}",
        image=image.started_as,
        argv=(PYTHON, DOOR, *relay, *alive, *said, "--", PYTHON, *words),
        folder=work.folder,
        mounts=tuple(mounts),
        variables=inside_variables(),
        passed=PASSED,
        limits=limits(container),
        gpu=work.gpu,
        user=f"{os.getuid()}:{os.getgid()}",
    )


def inside_variables() -> dict[str, str]:
    """A uid without a name in the image has no home: /tmp is one."""
    own = {"PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return adapter_variables() | own | OFFLINE | {"HOME": "/tmp", "USER": "bench"}  # noqa: S108


def limits(container: Container) -> Limits:
    memory = container.memory_gb * 1e9 if container.memory_gb else _most_of_the_machine()
    return Limits(memory=int(memory), pids=container.pids)


def _most_of_the_machine() -> float:
    return psutil.virtual_memory().total * 7 / 8


@dataclass(frozen=True)
class Stopped:
    """What a container's limits have stopped, in sentences; `memory`: it was killed for it."""

    sentences: tuple[str, ...] = ()
    memory: bool = False


def stopped_by_limits(folder: Path, container: Container) -> Stopped:
    """Of the job that ran in `folder`; nothing for one that ran in a venv."""
    try:
        said = json.loads((folder / SAID).read_bytes())
        kills, forks, routes = (
            int(said.get(name) or 0) for name in ("oom_kills", "forks_refused", "no_route")
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return Stopped()
    allowed = limits(container)
    sentences = []
    if kills:
        gigabytes = allowed.memory / 1e9
        sentences.append(
            f"its container ran out of memory (limit {gigabytes:.3g} GB): "
            f"{kills} {'process was' if kills == 1 else 'processes were'} killed"
        )
    if forks:
        sentences.append(
            f"its container refused {forks} new process{'es' * (forks != 1)} "
            f"(limit {allowed.pids} processes and threads)"
        )
    if routes:
        sentences.append(
            f"it tried {routes} time{'s' * (routes != 1)} to reach a network: "
            "its container has none but the gateway"
        )
    return Stopped(tuple(sentences), memory=bool(kills))
