"""What earlier sessions of the run have on record is answered from the record, not asked again."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bench.errors import UsageError
from bench.gateway.attempts import now
from bench.gateway.exchange import Asked, Exchange
from bench.gateway.journal import Journal
from bench.gateway.mask import Mask
from bench.gateway.record import RECORD_NAME, REPLAYS_NAME, identity

REPLAYED_HEADER: Final = "X-Bench-Replayed"

Key = bytes
Span = tuple[int, int]


class Replays:
    """The k-th identical request of a job and sample gets the k-th answer on record, once each.

    Holds where the answers lie in requests.jsonl, not what they say. UsageError for a broken line.
    """

    def __init__(self, folder: Path, session: int) -> None:
        self._session = session
        self._spans: dict[Key, list[Span]] = {}
        self._left: Counter[str] = Counter()
        for job, key, span in _answered(folder / RECORD_NAME, session):
            self._spans.setdefault(key, []).append(span)
            self._left[job] += 1
        for spans in self._spans.values():
            spans.reverse()
        self._record = os.open(folder / RECORD_NAME, os.O_RDONLY)
        self._journal = Journal(folder / REPLAYS_NAME)

    def take(self, exchange: Exchange, mask: Mask) -> dict[str, Any] | None:
        """The next line on record that answers this request; None where there is none left."""
        if not self._left[exchange.job] or exchange.asked.is_empty:
            return None
        try:
            asked = _identity(_masked(exchange.asked, mask), exchange.path)
        except RecursionError:  # such a request stands without its words in the record
            return None
        spans = self._spans.get(_key(exchange.job, exchange.sample, asked))
        if not spans:
            return None
        self._left[exchange.job] -= 1
        start, length = spans.pop()
        row: dict[str, Any] = json.loads(os.pread(self._record, length, start))
        return row

    def reply(self, exchange: Exchange, mask: Mask) -> web.Response | None:
        """The recorded body as it was handed on, once replays.jsonl has its line."""
        row = self.take(exchange, mask)
        if row is None:
            return None
        noted = {"id": row["id"], "session": self._session, "at": now()}
        noted |= {"job": exchange.job, "sample": exchange.sample}
        self._journal.append(mask(json.dumps(noted).encode("ascii")) + b"\n")
        return web.Response(
            body=row["response"].encode("utf-8", "surrogateescape"),
            content_type="text/event-stream" if exchange.asked.streams else "application/json",
            headers={REPLAYED_HEADER: row["id"]},
        )

    def close(self) -> None:
        os.close(self._record)
        self._journal.close()


def _answered(record: Path, session: int) -> Iterator[tuple[str, Key, Span]]:
    start = 0
    with record.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                if row["status"] == "ok" and row.get("session", 1) < session:
                    asked = Asked(row["served_model"], row["messages"], row["parameters"])
                    if not asked.is_empty:
                        key = _key(row["job"], row["sample"], _identity(asked, row["path"]))
                        yield row["job"], key, (start, len(line))
            except (ValueError, KeyError, TypeError) as error:
                said = f"{type(error).__name__}: {error}"
                raise UsageError(f"{record}:{number} is no line of a record ({said})") from error
            start += len(line)


def _identity(asked: Asked, path: str) -> str:
    return identity(path, asked.served_model, asked.messages, asked.parameters)


def _key(job: str, sample: str | None, asked: str) -> Key:
    # 16 bytes instead of three strings: a long run's index stays small.
    return hashlib.sha256(json.dumps([job, sample, asked]).encode("ascii")).digest()[:16]


def _masked(asked: Asked, mask: Mask) -> Asked:
    """As the record has it: there the key stands masked in what was asked, too."""
    if not mask.forms:
        return asked
    fields = [asked.served_model, asked.messages, asked.parameters]
    return Asked(*json.loads(mask(json.dumps(fields).encode("ascii"))))
