"""What kept the hub's client from its work -> one line, and what to do in another."""

from __future__ import annotations

import os
from collections.abc import Sequence

from bench.errors import RunError, UsageError, suggestion
from bench.fetching.wanted import Wanted

_AGAIN = "the same command goes on"


def failure(
    wanted: Wanted, kind: str, said: object = None, near: Sequence[str] = ()
) -> UsageError | RunError:
    """`kind` is the client's word; `said` its text or the status, `near` the names that are there.

    UsageError where another command is needed, RunError where the same may do.
    """
    wrong = _asked_wrongly(wanted, kind, near)
    if wrong is not None:
        message, hint = wrong
        return UsageError(f"{wanted.label}{message}", hint=hint)
    refused = kind == "status" and said == 401 and _has_token()
    texts = {
        "status": f"the hub answered with status {said}",
        "space": "no space is left on the disk",
        "network": f"the hub was not reached: {said}",
    }
    hints = {"network": f"HF_ENDPOINT and HTTPS_PROXY say the way; {_AGAIN}"}
    hint = "it refused HF_TOKEN" if refused else hints.get(kind, _AGAIN)
    return RunError(f"{wanted.label}: {texts.get(kind, said)}", hint=hint)


def _asked_wrongly(wanted: Wanted, kind: str, near: Sequence[str]) -> tuple[str, str] | None:
    if kind == "gated":
        why = "the account of HF_TOKEN has no access" if _has_token() else "HF_TOKEN is not set"
        hint = "ask for access on its page, and set HF_TOKEN to a token of that account"
        return f" is gated: {why}", hint
    if kind == "revision":
        return ": there is no such revision", suggestion(wanted.revision or "", near)
    if kind == "offline":
        return ": HF_HUB_OFFLINE forbids it", "unset HF_HUB_OFFLINE"
    if kind != "unknown":
        return None
    word = "data set" if wanted.kind == "dataset" else "model"
    hints = [suggestion(wanted.id, near)] if near else []
    if wanted.kind == "model":
        hints.append("a data set is datasets/ORGANISATION/NAME")
    if not _has_token():
        hints.append("a private one needs HF_TOKEN")
    return f": the hub has no such {word}", "; ".join(hints) or "is the name right?"


def _has_token() -> bool:
    return bool(os.environ.get("HF_TOKEN"))
