"""apptainer's command line for one process of ours, by its manual (1.2). **It was never run**: no
apptainer could be had; tests look at the command line with a recording stand-in.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from bench.isolation.confined import Confined, Mount


@dataclass(frozen=True)
class Apptainer:
    """Its processes are our own children: they need no removal by name."""

    program: str = "apptainer"

    def run(self, what: Confined) -> tuple[str, ...]:
        """Variables go by APPTAINERENV_ names, see `variables`; the user is always the caller."""
        return (
            *(self.program, "exec", "--containall", "--cleanenv", "--no-home", "--no-privs"),
            *("--pid", "--ipc", "--net", "--network", "none"),
            *("--memory", str(what.limits.memory), "--pids-limit", str(what.limits.pids)),
            *(("--nv",) if what.gpu else ()),
            *(part for mount in what.mounts for part in ("--mount", mount_option(mount))),
            *("--pwd", str(what.folder)),
            what.image,
            *what.argv,
        )

    def tool(self, image: str, mounts: tuple[Mount, ...], argv: list[str]) -> tuple[str, ...]:
        """One that installs: it writes in what is mounted writable, and reaches no network."""
        return (
            *(self.program, "exec", "--containall", "--net", "--network", "none"),
            *(part for mount in mounts for part in ("--mount", mount_option(mount))),
            *("--env", "UV_PYTHON_DOWNLOADS=never", "--env", "UV_LINK_MODE=copy"),
            *(image, *argv),
        )

    def variables(self, what: Confined, own: dict[str, str]) -> dict[str, str]:
        """What apptainer itself is started with: a value inside never stands on a command line."""
        passed = {name: own[name] for name in what.passed if name in own}
        inside = dict(what.variables) | passed
        return own | {f"APPTAINERENV_{name}": value for name, value in inside.items()}


def mount_option(mount: Mount) -> str:
    """The value of --mount is a row of CSV: a comma in a path is quoted."""
    fields = ["type=bind", f"source={mount.path}", f"destination={mount.target}"]
    fields += [] if mount.writable else ["ro"]
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(fields)
    return row.getvalue()
