"""The hub's client, in its own environment: one process a question, ended with us."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import resources
from bench.adapter import find_adapter
from bench.environment import adapter_variables, build
from bench.errors import RunError
from bench.fetching.failure import failure
from bench.fetching.hub import HUBS, Hub
from bench.fetching.listing import HubFile, Listing, read_listing
from bench.fetching.wanted import Wanted
from bench.process import Child, clean_environment

Say = Callable[[str], None]
_STEP_S = 1.0


class Client:
    """`python` runs `script`; both are the adapter's unless they are given."""

    def __init__(self, hub: Hub, python: Path, script: Path) -> None:
        self.hub, self._python, self._script = hub, python, script

    @classmethod
    def built(cls, hub: str, say: Say) -> Client:
        """Its environment is built first where it is not there."""
        adapter = find_adapter("hub", hub)
        return cls(HUBS[hub], build(adapter, adapter.flavours[0], say).python, adapter.script)

    def listing(self, wanted: Wanted) -> Listing:
        """UsageError or RunError in one line where the hub does not give it."""
        said = self._ask(wanted, {"verb": "list", "revision": wanted.revision}, lambda: None)
        return read_listing(said, wanted.label)

    def get(
        self,
        wanted: Wanted,
        revision: str,
        files: tuple[HubFile, ...],
        staging: Path,
        step: Callable[[], None],
    ) -> None:
        """Into staging/files; what is cut off stays in staging/parts, and is gone on with."""
        into, parts = staging / "files", staging / "parts"
        for folder in (into, parts):
            folder.mkdir(parents=True, exist_ok=True)
        asked = {"verb": "get", "revision": revision, "into": str(into), "parts": str(parts)}
        self._ask(wanted, asked | {"files": [asdict(one) for one in files]}, step)

    def _ask(
        self, wanted: Wanted, asked: dict[str, Any], step: Callable[[], None]
    ) -> dict[str, Any]:
        log = resources.logs() / f"fetch-{wanted.id.replace('/', '--')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            question = asked | {"kind": wanted.kind, "id": wanted.id, "parent": os.getpid()}
            (folder / "asked.json").write_text(json.dumps(question), encoding="utf-8")
            child = Child(
                [str(self._python), "-P", str(self._script), str(folder)],
                log=log,
                environment=clean_environment(os.environ, **adapter_variables()),
            )
            try:
                while (ending := child.wait(_STEP_S)) is None:
                    step()
            finally:
                child.end()
            answer = folder / "said.json"
            if ending.code != 0 or not answer.is_file():
                raise RunError(f"{wanted.label}: the hub's client: {ending}", hint=f"log: {log}")
            said: dict[str, Any] = json.loads(answer.read_bytes())
        if "failed" in said:
            raise failure(wanted, self.hub, **said["failed"])
        return said
