"""What this process tries to reach outside the machine, by Python's own audit of its sockets.

It sees connections, datagrams and names that are looked up, in this process alone; what a test
starts is seen by tools/noloop.py.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

_WITH_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_WITH_NAME = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_OURS = frozenset({"", "localhost"})


class OutsideError(OSError):
    """Raised where it would leave: the connection is not made."""


class Outside:
    """`tried` since the last `taken`; a program that hides the error is seen all the same."""

    def __init__(self) -> None:
        self._tried: list[str] = []

    def watch(self) -> None:
        """From now to the end of the process: Python cannot take an audit hook off again."""
        sys.addaudithook(self.hear)

    def hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event in _WITH_ADDRESS:
            address = given[1]
            # Those of Unix sockets are text, those of netlink and vsock two numbers.
            host = address[0] if isinstance(address, tuple) and address else None
        elif event in _WITH_NAME:
            host = given[0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if isinstance(host, str) and not stays(host):
            self._tried.append(f"{event} {host}")
            raise OutsideError(f"a test may not reach {host}: mark what must, or serve it here")

    def taken(self) -> list[str]:
        tried, self._tried = self._tried, []
        return tried


def stays(host: str) -> bool:
    """Whether the name or address is this machine's."""
    if host in _OURS:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
