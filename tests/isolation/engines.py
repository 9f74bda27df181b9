"""Container engines for tests: a docker daemon of our own, and podman with folders of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

# As root without CAP_SYS_RESOURCE, and with cgroup version 1: see docs/isolation.md.
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=20000:20000"]
[engine]
runtime = "runc"
"""


def needs(*programs: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start a container engine here")
    for name in programs:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@contextmanager
def docker(folder: Path) -> Iterator[Mapping[str, str]]:
    """The variables with which `docker` asks a daemon that runs until the end."""
    needs("docker", "dockerd", "runc", "setpriv")
    socket = f"unix://{folder}/s"
    # A pytest that is killed leaves no daemon.
    argv = ["setpriv", "--pdeathsig", "TERM"]
    argv += ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "-H", socket]
    argv += ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    log = (folder / "log").open("wb")
    daemon = subprocess.Popen(
        [*argv, "--pidfile", f"{folder}/pid"], stdout=log, stderr=log, start_new_session=True
    )
    variables = {"DOCKER_HOST": socket}
    try:
        deadline = time.monotonic() + 60
        while not _works(["docker", "version"], variables):
            if daemon.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"dockerd does not start here: {(folder / 'log').read_text()[-300:]}")
            time.sleep(0.2)
        yield variables
    finally:
        daemon.terminate()
        daemon.wait(60)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def podman(folder: Path) -> Iterator[Mapping[str, str]]:
    needs("podman", "runc")
    (folder / "containers.conf").write_text(_CONTAINERS_CONF)
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    )
    variables = {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    try:
        if not _works(["podman", "info"], variables):
            pytest.skip("podman does not work here")
        yield variables
    finally:
        subprocess.run(
            ["umount", "-l", f"{folder}/graph/overlay"], check=False, stderr=subprocess.DEVNULL
        )
        shutil.rmtree(folder, ignore_errors=True)


def _works(argv: list[str], variables: Mapping[str, str]) -> bool:
    done = subprocess.run(argv, check=False, capture_output=True, env={**os.environ, **variables})
    return done.returncode == 0


def forget(program: str) -> None:
    """Every image that is there."""
    ask = [program, "image", "ls", "--quiet"]
    ids = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()
    if ids:
        remove = [program, "image", "rm", "--force", *dict.fromkeys(ids)]
        subprocess.run(remove, check=True, capture_output=True)
