"""Runs that ask nobody outside: what they lack is said before they begin, all of it at once.

A plan of an offline run is checked by `require` before anything is started: environments, weights
and data must be there, and a server that the config names must be near. What the run starts then
gets `VARIABLES`: a hub's client that looks for something all the same fails at once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.adapter import Adapter, Flavour, find_adapter
from bench.environment import health, may_be, plan_environment
from bench.errors import AbsentError, BenchError
from bench.isolation.engine import Isolation
from bench.isolation.image import locks_of_images
from bench.model import Packaged
from bench.plan import Job, Plan
from bench.weights import RECORD, folder_of

if TYPE_CHECKING:
    from bench.judging.judge import Judge

VARIABLES = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "WANDB_MODE": "offline",
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
}
BUNDLE = "a bundle brings it along: docs/bundles.md"
_NEAR = ("localhost", "internal", "local", "lan", "home.arpa")  # never of the public name servers


@dataclass(frozen=True)
class Lack:
    """What is not here, and what to do about it."""

    what: str
    do: str


def require(plan: Plan) -> None:
    """AbsentError that names all that an offline run lacks; nothing for a run that is not offline.

    Looks at files alone: nothing is looked up, not even a name.
    """
    _refuse(missing(plan) if plan.config.offline else ())


def require_judge(judge: Judge, metrics: Sequence[str]) -> None:
    """AbsentError that names all that an offline session of `bench judge` lacks."""
    _refuse(tuple(_of_judge(judge, metrics)))


def _refuse(lacks: Sequence[Lack]) -> None:
    if not lacks:
        return
    if len(lacks) == 1:
        raise AbsentError(f"--offline: {lacks[0].what}", hint=lacks[0].do)
    rows = (f"{number}. {one.what}: {one.do}" for number, one in enumerate(lacks, 1))
    raise AbsentError(
        f"--offline: {len(lacks)} things that this run needs are not here", hint="\n  ".join(rows)
    )


def missing(plan: Plan) -> tuple[Lack, ...]:
    """Each once, in the order of the plan."""
    found = [_said(error) for error in plan.absent]
    for job in plan.jobs:
        if not job.refused:
            found += _of(job, plan.config.isolation)
    return tuple(dict.fromkeys(found))


def _of(job: Job, isolation: Isolation) -> Iterator[Lack]:
    yield from _environment(job.harness, job.flavour, isolation, **job.built)
    if job.engine:
        yield from _environment(job.engine, job.flavour, isolation)
    if job.absent:
        yield _said(job.absent)
    if job.model and isinstance(job.weights, Packaged):
        yield from _packaged(job.model.name, job.weights)
    if job.model and job.asks_endpoint and not job.engine:
        yield from _endpoint(job.model.name, str(job.model.base_url))


def _of_judge(judge: Judge, metrics: Sequence[str]) -> Iterator[Lack]:
    adapter = find_adapter("judge", judge.package)
    yield from _environment(adapter, adapter.flavours[0], "venv")
    yield from _endpoint(judge.name, str(judge.base_url))
    elsewhere = judge.embeddings.base_url if judge.embeddings else None
    if elsewhere and "answer_relevancy" in metrics:
        yield from _endpoint(f"{judge.name}'s embeddings", elsewhere)


def _said(error: BenchError) -> Lack:
    return Lack(error.message, error.hint or BUNDLE)


def _environment(
    adapter: Adapter,
    flavour: Flavour,
    isolation: Isolation,
    *,
    weights: bool = False,
    requires: tuple[str, ...] = (),
) -> Iterator[Lack]:
    flavour = flavour if flavour in adapter.flavours else adapter.flavours[0]
    try:
        planned = plan_environment(adapter, flavour, weights=weights, requires=requires)
        message = health(planned) if isolation == "venv" else None
    except BenchError as error:
        yield _said(error)
        return
    if isolation != "venv" and not (
        locks_of_images(adapter, flavour, isolation, weights=weights)
        & may_be(adapter, flavour, weights=weights)
    ):
        what = f"no image of {planned.name} ({flavour}) is built for {isolation}"
        yield Lack(what, "with network: run it once; docs/isolation.md")
    if message:
        over = f" with {', '.join(requires)}" if requires else ""
        what = f"the environment {planned.name} ({flavour}){over} {message}"
        command = f"bench env build {adapter.name} --flavour {flavour}" + " --weights" * weights
        yield Lack(what, f"with network: {'run it once' if requires else command}; {BUNDLE}")


def _packaged(model: str, weights: Packaged) -> Iterator[Lack]:
    if not (folder_of(weights) / RECORD).is_file():
        what = f"the weights of {model}, which the package {weights.package} carries, are not ready"
        yield Lack(what, f"with network: run it once; {BUNDLE}")


def _endpoint(model: str, base_url: str) -> Iterator[Lack]:
    host = urlsplit(base_url).hostname or ""
    if not is_near(host):
        what = f"the server of {model} is outside this network: {host}"
        yield Lack(what, "name an address of your own network, or leave out --offline")


def is_near(host: str) -> bool:
    """Whether a host is this machine or in its own network, by its name alone: a private address, a
    name without a dot, or one below a domain that public name servers do not have.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(tuple(f".{one}" for one in _NEAR)))
    return address.is_private or address.is_loopback or address.is_link_local
