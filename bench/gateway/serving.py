"""The process: listens, says where, and ends on a signal or with its parent."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from bench.gateway.images import ImageStore
from bench.gateway.journal import Journal
from bench.gateway.server import Gateway
from bench.gateway.settings import READY_NAME, GatewaySettings, Ready
from bench.gateway.upstream import Upstream, open_session

PARENT_POLL_S: Final = 0.5
# The harness, not the gateway, closes an idle connection: a request never meets a closed one.
IDLE_S: Final = 86400.0


async def serve(
    folder: Path, settings: GatewaySettings, keys: Mapping[str, str | None], parent: int
) -> None:
    """Until SIGTERM, SIGINT or the parent's death. `keys` by model name.

    Raises BlockingIOError where another gateway writes in the folder.
    """
    journal = Journal(folder)
    (folder / READY_NAME).unlink(missing_ok=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    session = open_session()
    upstreams = {
        name: Upstream(endpoint, keys[name], session) for name, endpoint in settings.models.items()
    }
    gateway = Gateway(settings.jobs, upstreams, journal, ImageStore(folder))
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
    watch = asyncio.create_task(_stop_with_parent(parent, stop))
    # A tenth of a request's CPU went into looking at what never becomes garbage.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        write_ready(folder, Ready(port=runner.addresses[0][1], pid=os.getpid()))
        await stop.wait()
    finally:
        watch.cancel()
        (folder / READY_NAME).unlink(missing_ok=True)
        await gateway.stop()
        await runner.cleanup()
        await session.close()
        journal.close()


def write_ready(folder: Path, ready: Ready) -> None:
    staging = folder / f".{READY_NAME}.part"
    staging.write_text(ready.model_dump_json(), encoding="utf-8")
    staging.replace(folder / READY_NAME)


async def _stop_with_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110  (nobody tells of a parent's death)
        await asyncio.sleep(PARENT_POLL_S)
    stop.set()
