"""Closes an adapter's process: loopback only, hubs offline, no key of the person in reach.

Standard library only, Python 3.9 and later. For an adapter whose harness would ask a hub, a judge
or a counter of users; both calls belong before the first import of the harness.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Set, Tuple

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
SECRETS = ("_API_KEY", "_API_BASE", "_BASE_URL", "_TOKEN")
LOOPBACK = ("localhost", "::1", "0.0.0.0")  # noqa: S104  (a name to compare, nothing is bound)


def close_environment(names: Tuple[str, ...] = (), prefixes: Tuple[str, ...] = ()) -> None:
    """Set the hubs offline and drop every key and address of an API, and what is said here.

    `names` and `prefixes`: the settings that the harness would read.
    """
    for name in list(os.environ):
        if name in names or name.startswith(prefixes) or name.endswith(SECRETS):
            del os.environ[name]
    os.environ.update(OFFLINE)


def close_network() -> Set[str]:
    """Let this process and what it forks reach loopback only: elsewhere is a PermissionError.

    The set that is returned grows by each host that was refused. It cannot be undone.
    """
    refused: Set[str] = set()

    def look(event: str, args: Tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = args[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            host = args[1][0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if host and host not in LOOPBACK and not host.startswith("127."):
            refused.add(host)
            raise PermissionError("%s is outside this machine: refused" % host)

    sys.addaudithook(look)
    return refused


def warn_of(job: Any, refused: Set[str]) -> None:
    """Say in the job's report what was refused; nothing where nothing was."""
    if refused:
        job.warn("network outside this machine was refused: %s" % ", ".join(sorted(refused)))
