"""docker's and podman's command line for one process of ours.

Options as in docker 20.10 and podman 4.3, which both were run.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from typing import Literal

from bench.isolation.confined import Confined, Mount

Program = Literal["docker", "podman"]


@dataclass(frozen=True)
class Oci:
    """`rootless`: the engine runs as the user, whose own id is then root's, or kept, inside."""

    program: Program
    rootless: bool = False

    def run(self, what: Confined) -> tuple[str, ...]:
        """In the foreground: its output is the container's, and so is its exit code."""
        return (
            *(self.program, "run", "--rm", "--name", what.name, "--label", "vlmhyperbench=1"),
            *("--pull", "never", "--network", "none"),
            *("--read-only", "--tmpfs", "/tmp:rw,exec,mode=1777"),  # noqa: S108  (the container's)
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *self._user(what.user),
            *("--memory", str(what.limits.memory), "--memory-swap", str(what.limits.memory)),
            # 64 MB by default: too little for data loaders and engines; it counts as memory.
            *("--shm-size", str(what.limits.memory // 2)),
            *("--pids-limit", str(what.limits.pids)),
            *(self._gpu() if what.gpu else ()),
            *(part for mount in what.mounts for part in ("--mount", mount_option(mount))),
            *(part for name, value in what.variables.items() for part in ("-e", f"{name}={value}")),
            *(part for name in what.passed for part in ("-e", name)),
            *("--workdir", str(what.folder), "--entrypoint", what.argv[0]),
            what.image,
            *what.argv[1:],
        )

    def tool(self, image: str, mounts: tuple[Mount, ...], argv: list[str]) -> tuple[str, ...]:
        """One that installs: it writes in what is mounted writable, and reaches no network."""
        return (
            *(self.program, "run", "--rm", "--pull", "never", "--network", "none"),
            *self._user(f"{os.getuid()}:{os.getgid()}"),
            *(part for mount in mounts for part in ("--mount", mount_option(mount))),
            *("-e", "UV_PYTHON_DOWNLOADS=never", "-e", "UV_LINK_MODE=copy", "-e", "HOME=/tmp"),
            *("--entrypoint", argv[0], image, *argv[1:]),
        )

    def removal(self, name: str) -> tuple[str, ...]:
        """Ends it at once; of one that has gone already it is no error."""
        if self.program == "podman":
            return ("podman", "rm", "--force", "--ignore", "--time", "0", name)
        return ("docker", "rm", "--force", name)

    def first_process(self, name: str) -> tuple[str, ...]:
        """Prints the pid, on this machine, of the container's first process; 0: it has none."""
        return (self.program, "inspect", "--format", "{{.State.Pid}}", name)

    def _user(self, user: str) -> tuple[str, ...]:
        if not self.rootless:
            return ("--user", user)
        if self.program == "podman":
            return ("--userns", "keep-id", "--user", user)
        return ("--user", "0:0")

    def _gpu(self) -> tuple[str, ...]:
        if self.program == "podman":
            return ("--device", "nvidia.com/gpu=all")
        return ("--gpus", "all")


def mount_option(mount: Mount) -> str:
    """The value of --mount is a row of CSV: a comma in a path is quoted."""
    fields = ["type=bind", f"source={mount.path}", f"target={mount.target}"]
    fields += [] if mount.writable else ["readonly"]
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(fields)
    return row.getvalue()
