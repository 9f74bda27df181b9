"""How the core starts the gateway and finds it; the process itself is supervised elsewhere."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bench.gateway.settings import READY_NAME, GatewaySettings, Ready


def gateway_command(folder: Path) -> list[str]:
    """The argv that serves FOLDER/gateway.json. Needs this package on the child's path."""
    return [sys.executable, "-m", "bench.gateway", str(folder)]


def ready(folder: Path, *, pid: int | None = None) -> Ready | None:
    """Where the gateway listens; None until it does.

    With `pid`, what an earlier gateway left in the folder does not count.
    """
    try:
        said = Ready.model_validate_json((folder / READY_NAME).read_bytes())
    except FileNotFoundError:
        return None
    return said if pid in (None, said.pid) else None


def tell(folder: Path, settings: GatewaySettings, pid: int) -> None:
    """Give a gateway that is ready the new address, state and why of each model.

    The rest of the settings stays as it was at its start. One that has ended hears nothing.
    """
    settings.write(folder)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGHUP)


def job_url(port: int, job: str) -> str:
    """The base URL that a harness is given for one job; it ends in /v1."""
    return f"http://127.0.0.1:{port}/jobs/{quote(job, safe='')}/v1"
