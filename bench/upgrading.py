"""Files of other schema versions: an older one is brought up step by step, a newer one refused.

Schema 1 is the first, so no step is needed yet: a step from 1 goes to STEPS with schema 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from bench.errors import RunError
from bench.schema import SCHEMA_VERSION

Values = dict[str, Any]
Step = Callable[[Values], Values]  # from one version's values to the next version's
Kind = Literal["report", "run"]

STEPS: Final[Mapping[Kind, Mapping[int, Step]]] = {"report": {}, "run": {}}
_FIRST_KEY = re.compile(rb'\s*\{\s*"schema_version"\s*:\s*(\d+)\s*[,}]')


def version_of(content: bytes) -> int | None:
    """Ours stands first; None where the file does not say it there, or is no JSON object."""
    first = _FIRST_KEY.match(content)
    if first:
        return int(first[1])
    try:
        said = json.loads(content)["schema_version"]
    except (ValueError, KeyError, TypeError):
        return None
    return said if type(said) is int else None


def upgraded(
    path: Path,
    content: bytes,
    kind: Kind,
    *,
    to: int = SCHEMA_VERSION,
    steps: Mapping[Kind, Mapping[int, Step]] = STEPS,
) -> bytes:
    """The file's content as schema `to` has it: the same bytes where it is that already.

    RunError for a newer one, and for an older one from which no step leads on.
    """
    found = version_of(content)
    if found is None or found == to:  # what is wrong with it otherwise, its class will say
        return content
    if found > to:
        raise RunError(
            f"{path} has schema {found}; this bench reads up to {to}",
            hint="update vlmhyperbench to read it",
        )
    for version in range(found, to):
        if version not in steps[kind]:
            raise RunError(
                f"{path} has the older schema {found}", hint="`bench score` writes the report anew"
            )
    values = json.loads(content)
    for version in range(found, to):
        values = steps[kind][version](values) | {"schema_version": version + 1}
    return json.dumps(values).encode()
