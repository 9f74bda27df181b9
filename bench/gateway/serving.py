"""The process: listens, says where, and ends on a signal or with its parent."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from bench.gateway.images import ImageStore
from bench.gateway.journal import Journal
from bench.gateway.record import RECORD_NAME
from bench.gateway.replay import Replays
from bench.gateway.server import Gateway
from bench.gateway.session import open_session
from bench.gateway.settings import READY_NAME, SETTINGS_NAME, GatewaySettings, Ready
from bench.gateway.upstream import Upstream

PARENT_POLL_S: Final = 0.5
# The harness, not the gateway, closes an idle connection: a request never meets a closed one.
IDLE_S: Final = 86400.0
# The gateway of a core that was killed notices that within PARENT_POLL_S, and ends.
LOCK_WAIT_S: Final = 10.0


async def serve(
    folder: Path, settings: GatewaySettings, keys: Mapping[str, str | None], parent: int
) -> None:
    """Until SIGTERM, SIGINT or the parent's death; SIGHUP: what is new of the engines is read.

    `keys` by model name. Raises BlockingIOError where another gateway writes in the folder, and
    UsageError where the record is broken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    watch = asyncio.create_task(_stop_with_parent(parent, stop))
    try:
        journal = await _the_only_writer(folder / RECORD_NAME, stop)
        if journal is not None:
            await _serve(folder, settings, keys, journal, stop)
    finally:
        watch.cancel()


async def _serve(
    folder: Path,
    settings: GatewaySettings,
    keys: Mapping[str, str | None],
    journal: Journal,
    stop: asyncio.Event,
) -> None:
    (folder / READY_NAME).unlink(missing_ok=True)
    replays = Replays(folder, settings.session) if settings.session > 1 else None
    session = open_session()
    upstreams = {
        name: Upstream(endpoint, keys[name], session) for name, endpoint in settings.models.items()
    }
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hear, folder, upstreams)
    gateway = Gateway(settings, upstreams, journal, replays, ImageStore(folder))
    runner = web.AppRunner(
        gateway.application(),
        access_log=None,
        auto_decompress=False,
        handler_cancellation=True,
        keepalive_timeout=IDLE_S,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    await web.TCPSite(runner, settings.host, 0, backlog=1024).start()
    if settings.socket:
        await web.UnixSite(runner, settings.socket, backlog=1024).start()
    # A tenth of a request's CPU went into looking at what never becomes garbage.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        write_ready(folder, Ready(port=runner.addresses[0][1], pid=os.getpid()))
        await stop.wait()
    finally:
        (folder / READY_NAME).unlink(missing_ok=True)
        await gateway.stop()
        await runner.cleanup()
        await session.close()
        if replays:
            replays.close()
        journal.close()


async def _the_only_writer(record: Path, stop: asyncio.Event) -> Journal | None:
    """Waits for a gateway that is just ending; None when told to stop meanwhile."""
    waits_since: float | None = None
    while not stop.is_set():
        try:
            return Journal(record)
        except BlockingIOError:
            now = time.monotonic()
            if waits_since is None:
                waits_since = now
                print("gateway: waiting for another one to end", file=sys.stderr, flush=True)
            if now - waits_since > LOCK_WAIT_S:
                raise
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.05)
    return None


def hear(folder: Path, upstreams: Mapping[str, Upstream]) -> None:
    """Take over what gateway.json now says of each engine; what cannot be read changes nothing."""
    try:
        said = GatewaySettings.read(folder)
    except (OSError, ValidationError) as error:
        print(f"gateway: {SETTINGS_NAME} cannot be read, nothing changes: {error}", file=sys.stderr)
        return
    for name, upstream in upstreams.items():
        if name in said.models:
            upstream.tell(said.models[name])


def write_ready(folder: Path, ready: Ready) -> None:
    staging = folder / f".{READY_NAME}.part"
    staging.write_text(ready.model_dump_json(), encoding="utf-8")
    staging.replace(folder / READY_NAME)


async def _stop_with_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110  (nobody tells of a parent's death)
        await asyncio.sleep(PARENT_POLL_S)
    stop.set()
