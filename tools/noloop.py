"""Run a command where there is no network but loopback: `python tools/noloop.py [--watch] CMD...`

A network namespace of its own, made by root or in a user namespace. Without --watch every other
address is unreachable at once. With --watch there is a route to nowhere instead, and each packet
that would have left is seen by the kernel's packet socket, whatever program sent it: names that
were looked up, hosts and ports (of IPv6 the kernel's count alone). They are said on stderr, and as
JSON lines in FILE where one is named; the exit code is 1 then where the command's own was 0. Unix
sockets are no network and are not seen. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

NO_NAMESPACE = 77  # none can be made here
ADDRESS = "192.0.2.1"  # of the documentation's network: what leaves needs a sender
_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _SET_ADDRESS, _ADD_ROUTE = 0x8913, 0x8914, 0x8916, 0x890B
_UP, _EVERY_PROTOCOL, _OUTGOING, _ATTACH_FILTER = 0x1, 0x0003, 4, 26
_SOL_PACKET, _STATISTICS = 263, 6
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
DNS = 53
# Linux's classic filter: IPv4 to 127.0.0.0/8 is dropped in the kernel, but for questions to a name
# server there, so that a run's own traffic can never crowd out what is looked for.
_FILTER = (
    *((0x30, 0, 0, 0), (0x54, 0, 0, 0xF0), (0x15, 0, 6, 0x40)),  # version 4, else keep
    *((0x30, 0, 0, 16), (0x15, 0, 4, 127)),  # first byte of the destination, else keep
    *((0xB1, 0, 0, 0), (0x48, 0, 0, 2), (0x15, 1, 0, DNS)),  # its port
    *((0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF)),  # drop; keep
)


class Attempt(NamedTuple):
    """What was to leave: `name` is what a name server was asked for."""

    protocol: str
    host: str
    port: int | None
    name: str | None

    def __str__(self) -> str:
        where = self.host if self.port is None else f"{self.host} port {self.port}"
        return f"{self.protocol} to {where}" + (f" (the name {self.name})" if self.name else "")


class _Route(ctypes.Structure):
    """struct rtentry of <net/route.h>."""

    _fields_ = (
        ("pad1", ctypes.c_ulong),
        ("destination", ctypes.c_char * 16),
        ("gateway", ctypes.c_char * 16),
        ("mask", ctypes.c_char * 16),
        ("flags", ctypes.c_ushort),
        ("pad2", ctypes.c_short),
        ("pad3", ctypes.c_ulong),
        ("pad4", ctypes.c_void_p),
        ("metric", ctypes.c_short),
        ("device", ctypes.c_char_p),
        ("mtu", ctypes.c_ulong),
        ("window", ctypes.c_ulong),
        ("irtt", ctypes.c_ushort),
    )


def enter() -> None:
    """This process, and what it starts, in a namespace with loopback only. OSError where it may
    not.
    """
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWNET):
        if libc.unshare(_NEWUSER | _NEWNET):
            raise OSError(ctypes.get_errno(), "no network namespace can be made here")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _flags_up(control)


def _flags_up(control: socket.socket) -> None:
    asked = struct.pack("16sh14x", b"lo", 0)
    flags = struct.unpack("16sh14x", fcntl.ioctl(control, _GET_FLAGS, asked))[1]
    fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _inet(address: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))


def watched() -> socket.socket:
    """A route to nowhere, and the socket that sees what takes it."""
    seen = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_PROTOCOL))
    rows = b"".join(struct.pack("HBBI", *row) for row in _FILTER)
    program = ctypes.create_string_buffer(rows, len(rows))
    said = struct.pack("HP", len(_FILTER), ctypes.addressof(program))
    seen.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, said)
    route = _Route(
        destination=_inet("0.0.0.0"),  # noqa: S104  (a route's, nothing is bound)
        gateway=_inet("0.0.0.0"),  # noqa: S104
        mask=_inet("0.0.0.0"),  # noqa: S104
        flags=_UP,
        device=b"lo",
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_ADDRESS, struct.pack("16s16s8x", b"lo:1", _inet(ADDRESS)))
        fcntl.ioctl(control, _ADD_ROUTE, bytes(route))
    # Nobody answers there: say so after seconds, not minutes.
    Path("/proc/sys/net/ipv4/tcp_syn_retries").write_text("1")
    return seen


def without_route() -> int:
    """How often a way to an address of IPv6 was looked for in vain. Linux takes no route of version
    6 through loopback, so that no packet is sent; but it counts.
    """
    counters = Path("/proc/net/snmp6")
    if not counters.exists():  # IPv6 is switched off
        return 0
    rows = dict(line.split() for line in counters.read_text().splitlines())
    return int(rows.get("Ip6OutNoRoutes", 0))


def attempt(packet: bytes) -> Attempt | None:
    """What a packet was for; None for one that stays on this machine."""
    version = packet[0] >> 4 if packet else 0
    if version == 4:
        number, host = packet[9], str(ipaddress.ip_address(packet[16:20]))
        inner = packet[4 * (packet[0] & 15) :]
    elif version == 6:
        number, host, inner = packet[6], str(ipaddress.ip_address(packet[24:40])), packet[40:]
        if number not in (6, 17):  # the kernel's own talk
            return None
    else:
        return None
    protocol = _PROTOCOLS.get(number, f"protocol {number}")
    port = struct.unpack(">H", inner[2:4])[0] if number in (6, 17) and len(inner) >= 4 else None
    if port != DNS and ipaddress.ip_address(host).is_loopback:
        return None
    name = _asked_name(inner[20:]) if number == 17 and port == DNS else None
    return Attempt(protocol, host, port, name)


def _asked_name(question: bytes) -> str | None:
    """The labels of a DNS question, after its header."""
    labels = []
    while question and 0 < question[0] < 64:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace"))
        question = question[1 + question[0] :]
    return ".".join(labels) or None


def follow(seen: socket.socket, command: Sequence[str]) -> tuple[int, Counter[Attempt], int]:
    """The command's exit code, what it tried and how often, and how many packets were missed."""
    kept = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    variables = kept | {"RES_OPTIONS": "timeout:1 attempts:1"}
    child = subprocess.Popen(command, env=variables)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child has it from the terminal as well
    found: Counter[Attempt] = Counter()
    seen.settimeout(0.1)
    while True:
        ended = child.poll() is not None
        try:
            packet, (_, _, kind, *_) = seen.recvfrom(4096)
        except TimeoutError:
            if ended:
                break
            continue
        tried = attempt(packet) if kind == _OUTGOING else None
        if tried:
            found[tried] += 1
    missed = struct.unpack("II", seen.getsockopt(_SOL_PACKET, _STATISTICS, 8))[1]
    unrouted = without_route()
    if unrouted:
        found[Attempt("ipv6", "an address that has no route", None, None)] = unrouted
    code = child.returncode
    return code if code >= 0 else 128 - code, found, missed


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Run a command with no network but loopback.")
    parser.add_argument("--watch", action="store_true", help="see and say what it tries to reach")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON lines of it; --watch")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD...")
    given = parser.parse_args(argv)
    command = given.command[given.command[:1] == ["--"] :]
    if not command:
        parser.error("no command is named")
    try:
        enter()
        seen = watched() if given.watch or given.record else None
    except OSError as error:
        print(f"noloop: {error.strerror}", file=sys.stderr)
        return NO_NAMESPACE
    try:
        if seen is None:
            os.execvp(command[0], command)  # noqa: S606  (the command is the user's)
        code, found, missed = follow(seen, command)
    except OSError as error:
        print(f"noloop: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    if given.record:
        rows = (json.dumps(one._asdict() | {"times": times}) for one, times in found.items())
        given.record.write_text("".join(f"{row}\n" for row in rows))
    for one, times in found.items():
        print(f"noloop: it reached out: {one}, {times} times", file=sys.stderr)
    if missed:
        print(f"noloop: {missed} packets were not seen: this proves nothing", file=sys.stderr)
    if not found and not missed:
        print("noloop: nothing tried to leave this machine", file=sys.stderr)
    return code or int(bool(found or missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
