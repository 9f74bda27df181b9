"""One repository -> a folder that is whole or is not there, and beside it what it is.

Files are fetched beside the folder's place and compared with the hub's hashes; the folder gets its
name when all of them are right, and `NAME.fetched.json` stands beside it after that.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.benchmarks.entry import DataShape
from bench.errors import RunError, UsageError
from bench.fetching.choice import CARD, Chosen, data_files, model_files
from bench.fetching.client import Client, Say
from bench.fetching.hub import Hub
from bench.fetching.listing import HubFile, Listing, sha256_of
from bench.fetching.place import bytes_in, finish, locked, recorded, same_files, size_text
from bench.fetching.wanted import Wanted

SCHEMA = 1


@dataclass(frozen=True)
class Fetched:
    """`fresh`: False where it was there already. `record`: what its fetched.json says."""

    wanted: Wanted
    folder: Path
    record: dict[str, Any]
    fresh: bool

    @property
    def bytes(self) -> int:
        return sum(one["bytes"] for one in self.record["files"].values())


def fetch(wanted: Wanted, into: Path, client: Client, say: Say) -> Fetched:
    """`say` gets a line a step. UsageError or RunError in one line; the same call goes on then."""
    folder = wanted.folder(into.absolute())
    staging = folder.with_name(f".{folder.name}.part")
    try:
        with locked(staging):
            finish(staging, folder)
            before = recorded(folder)
            say(f"asking the hub what {wanted.label} holds")
            listing = client.listing(wanted)
            if before is not None:
                _check_same(wanted, folder, before, listing, client.hub)
                return Fetched(wanted, folder, before, fresh=False)
            record = _Fetching(wanted, listing, staging, client, say).whole()
            (staging / "fetched.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
            finish(staging, folder)
            return Fetched(wanted, folder, record, fresh=True)
    except OSError as error:
        place = error.filename or folder
        raise UsageError(f"{place}: {error.strerror or error}") from None


def _check_same(
    wanted: Wanted, folder: Path, before: dict[str, Any], listing: Listing, hub: Hub
) -> None:
    """By the commits where both are known, and by what the hub lists."""
    if before["hub"] != hub.name:
        raise UsageError(
            f"{folder} was fetched from {before['hub']}, not from {hub.name}",
            hint="remove it, or name another --into",
        )
    had, commit = before["revision"], listing.commit
    known = before.get("commit", had)
    if commit and known and commit != known:
        raise UsageError(
            f"{folder} holds the revision {had[:12]}, and {wanted.label} is {commit[:12]} now",
            hint=f"remove it, or keep to it: {wanted.id}@{had}",
        )
    if before.get("content_sha256", listing.content_sha256) != listing.content_sha256:
        raise UsageError(
            f"{folder} holds other files than the hub lists for {wanted.label} now",
            hint="remove it, or name another --into",
        )
    if not same_files(folder, before):
        raise UsageError(f"{folder} was changed after it was fetched", hint="remove it")


@dataclass(frozen=True)
class _Fetching:
    wanted: Wanted
    listing: Listing
    staging: Path
    client: Client
    say: Say

    @property
    def _into(self) -> Path:
        return self.staging / "files"

    def whole(self) -> dict[str, Any]:
        """The record, once every file is there with the hub's hash."""
        files, left = self._chosen()
        if left:
            size = size_text(sum(one.bytes for one in left))
            self.say(f"{len(left)} files are left out, {size}")
        hashes = self._complete(files)
        return {
            "schema": SCHEMA,
            "id": self.wanted.id,
            "kind": self.wanted.kind,
            "hub": self.client.hub.name,
            "endpoint": self.listing.endpoint,
            "asked": self.wanted.revision,
            "revision": self.listing.revision,
            "commit": self.listing.commit,
            "content_sha256": self.listing.content_sha256,
            "licence": self.listing.licence,
            "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "left_out": [one.path for one in left],
            "files": {one.path: {"sha256": hashes[one.path], "bytes": one.bytes} for one in files},
        }

    def _chosen(self) -> Chosen:
        if self.wanted.shape is not None:
            return self._of_benchmark(self.wanted.shape)
        if self.wanted.kind == "model":
            return model_files(self.listing.files)
        return self.listing.files, ()

    def _of_benchmark(self, shape: DataShape) -> Chosen:
        """Its card says which files its tables are in: it is fetched first."""
        cards = tuple(one for one in self.listing.files if one.path == CARD)
        card = self._into / CARD
        for one in cards:
            if self._right(one) is None:
                self._get(cards)
            if self._right(one) is None:
                raise self._wrong(one)
        name = self.wanted.name or self.wanted.id
        return data_files(
            self.listing.files, card if cards else None, shape, name, self.wanted.label
        )

    def _complete(self, files: tuple[HubFile, ...]) -> dict[str, str]:
        """Exactly these files, each with the hub's hash; their sha256 by path."""
        hashes = {one.path: found for one in files if (found := self._right(one)) is not None}
        self._clear(set(hashes))
        missing = tuple(one for one in files if one.path not in hashes)
        if not missing:
            return hashes
        if hashes:
            self.say(f"{len(hashes)} of {len(files)} files are there")
        self._check_space(sum(one.bytes for one in missing) - bytes_in(self.staging / "parts"))
        self.say(f"fetching {len(missing)} files, {size_text(sum(one.bytes for one in missing))}")
        self._get(missing, of=sum(one.bytes for one in files))
        self.say("comparing hashes")
        for one in missing:
            found = self._right(one)
            if found is None:
                raise self._wrong(one)
            hashes[one.path] = found
        return hashes

    def _get(self, files: tuple[HubFile, ...], *, of: int | None = None) -> None:
        """`of`: bytes of the whole; None where it is no matter of progress."""

        def step() -> None:
            if of is not None:
                held = min(bytes_in(self.staging), of)
                share = 100 * held // max(1, of)
                self.say(f"{size_text(held)} of {size_text(of)}, {share} %")

        self.client.get(self.wanted, self.listing.revision, files, self.staging, step)

    def _right(self, file: HubFile) -> str | None:
        path = self._into / file.path
        return sha256_of(path, file) if path.is_file() else None

    def _wrong(self, file: HubFile) -> RunError:
        (self._into / file.path).unlink(missing_ok=True)
        return RunError(
            f"{self.wanted.label}: {file.path} is not what the hub lists: another size or hash",
            hint="it was removed; the same command fetches it again",
        )

    def _clear(self, kept: set[str]) -> None:
        """What an earlier call left of another commit is no part of this one."""
        for path in sorted(self._into.rglob("*"), reverse=True):
            if path.is_file() and path.relative_to(self._into).as_posix() not in kept:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def _check_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.staging).free
        if needed > free:
            raise RunError(
                f"{self.wanted.label} needs {size_text(needed)} more, and {size_text(free)} are "
                f"free in {self.staging.parent}",
                hint="name a folder of another disk with --into",
            )
