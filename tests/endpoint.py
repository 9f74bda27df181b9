"""The scripted endpoint of the conformance check, for tests."""

from __future__ import annotations

import socket

from bench.conformance.server import Endpoint, Reply, Script, endpoint

__all__ = ["Endpoint", "Reply", "Script", "closed_port", "endpoint"]


def closed_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
