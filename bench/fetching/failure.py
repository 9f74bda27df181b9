"""What kept the hub's client from its work -> one line, and what to do in another."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import RunError, UsageError, suggestion
from bench.fetching.hub import Hub
from bench.fetching.wanted import Wanted

_AGAIN = "the same command goes on"


def failure(
    wanted: Wanted, hub: Hub, kind: str, said: object = None, near: Sequence[str] = ()
) -> UsageError | RunError:
    """`kind` is the client's word; `said` its text or the status, `near` the names that are there.

    UsageError where another command is needed, RunError where the same may do.
    """
    wrong = _asked_wrongly(wanted, hub, kind, near)
    if wrong is not None:
        message, hint = wrong
        return UsageError(f"{wanted.label}{message}", hint=hint)
    refused = kind == "status" and said == 401 and hub.has_token()
    texts = {
        "status": f"the hub answered with status {said}",
        "space": "no space is left on the disk",
        "network": f"the hub was not reached: {said}",
        "hash": f"{said} is not what the hub lists: another size or hash",
    }
    hints = {
        "network": f"{hub.endpoint} and HTTPS_PROXY say the way; {_AGAIN}",
        "partial": "nothing is fetched: it would lack files and look whole",
    }
    hint = f"it refused {hub.token}" if refused else hints.get(kind, _AGAIN)
    return RunError(f"{wanted.label}: {texts.get(kind, said)}", hint=hint)


def _asked_wrongly(
    wanted: Wanted, hub: Hub, kind: str, near: Sequence[str]
) -> tuple[str, str] | None:
    if kind == "gated":
        had = hub.has_token()
        why = f"the account of {hub.token} has no access" if had else f"{hub.token} is not set"
        hint = f"ask for access on its page, and set {hub.token} to a token of that account"
        return f" is gated: {why}", hint
    if kind == "revision":
        return ": there is no such revision", suggestion(wanted.revision or "", near)
    if kind == "offline":
        return f": {hub.offline} forbids it", f"unset {hub.offline}"
    if kind != "unknown":
        return None
    word = "data set" if wanted.kind == "dataset" else "model"
    hints = [suggestion(wanted.id, near)] if near else []
    if wanted.kind == "model":
        hints.append("a data set is datasets/ORGANISATION/NAME")
    if hub.name != "huggingface":  # our model files name ids of Hugging Face
        hints.append(f"the id may be another on {hub.name}")
    if not hub.has_token():
        hints.append(f"a private one needs {hub.token}")
    return f": the hub has no such {word}", "; ".join(hints) or "is the name right?"
