"""`vllm serve` of one folder of weights: started, watched until it is healthy, ended with us."""

from __future__ import annotations

import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from importlib.metadata import PackageNotFoundError, version

from bench_closed import close_environment
from bench_protocol import PROTOCOL, Unsupported, main, read_json, write_json

HERE = os.path.dirname(os.path.abspath(__file__))
LOOK_S = 0.5
GRACE_S = 4.0  # less than the core waits before it kills
# vLLM counts its users unless it is told not to.
CLOSED = {"VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1"}
PACKAGES = ("vllm", "torch", "transformers")


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one: load by path."""
    path = os.path.join(HERE, name + ".py")
    spec = importlib.util.spec_from_file_location("vllm_engine_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def versions():
    """Of what is installed: the stand-in of a test has none."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def program():
    """The one of this environment, else the one on PATH."""
    own = os.path.join(os.path.dirname(sys.executable), "vllm")
    found = own if os.access(own, os.X_OK) else shutil.which("vllm")
    if found is None:
        raise FileNotFoundError("there is no program vllm: bench env build vllm --flavour cuda")
    return found


def free_port(host):
    with socket.socket() as taken:
        taken.bind((host, 0))
        return taken.getsockname()[1]


def environment():
    """No key, no hub, no count of users; vLLM's own settings (VLLM_...) stay the person's."""
    close_environment(names=("VLLM_API_KEY",))
    # Ours are for our own process: its modules are no part of the server's path.
    kept = {name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}
    return dict(kept, **CLOSED)


def healthy(host, port):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open("http://%s:%d/health" % (host, port), timeout=5) as response:
            return response.status == 200
    except (OSError, http.client.HTTPException):
        return False


def await_health(child, host, port, stop):
    """True once it is healthy, False where we were told to stop; RuntimeError if it ended."""
    while not stop.is_set():
        if child.poll() is not None:
            raise RuntimeError("vllm serve ended with %d before it was ready" % child.returncode)
        if healthy(host, port):
            return True
        stop.wait(LOOK_S)
    return False


def end(child):
    """Ask it to end, then kill it: its workers carry our mark, and the core ends those."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def engine_spec(folder):
    spec = read_json(os.path.join(folder, "engine.json"))
    if spec.get("protocol") != PROTOCOL:
        raise Unsupported(
            "engine.json speaks protocol %r, not %d" % (spec.get("protocol"), PROTOCOL)
        )
    if not spec.get("weights"):
        raise ValueError("no weights: the model file's key `weights` says where they come from")
    return spec


def serve(folder):
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    spec = engine_spec(folder)
    arguments = sibling("arguments")
    chosen = arguments.settings(spec.get("arguments") or {})
    host, port = spec["host"], free_port(spec["host"])
    argv = arguments.command(program(), spec["weights"], spec["served_id"], host, port, chosen)
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=environment())
    try:
        if not await_health(child, host, port, stop):
            return
        ready = {"protocol": PROTOCOL, "port": port, "versions": versions()}
        write_json(os.path.join(folder, "ready.json"), ready)
        while not stop.wait(LOOK_S):
            if child.poll() is not None:
                raise RuntimeError("vllm serve ended with %d" % child.returncode)
    finally:
        end(child)


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
