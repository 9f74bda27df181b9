"""Log-probabilities of lm-eval -> the choice that one of its metrics takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def choices_of(line: Mapping[str, Any], config: Mapping[str, Any]) -> list[str] | None:
    """The texts among which the model chose, without the mark before them; None where it wrote.

    Where every choice goes with the same continuation (WinoGrande), the beginnings are the choices.
    """
    if config.get("output_type", "") in ("generate_until", "loglikelihood_rolling"):
        return None
    if not all(_likelihood(one) for one in line["resps"]):
        return None
    asked = [line["arguments"][name] for name in sorted(line["arguments"], key=_place)]
    delimiter = str(config.get("target_delimiter", " "))
    ends = [str(one["arg_1"]) for one in asked if "arg_1" in one]
    if not ends or len(ends) != len(asked):
        return None
    if len(set(ends)) == 1 and len(ends) > 1:
        return [str(one["arg_0"]) for one in asked]
    found = [one.removeprefix(delimiter) for one in ends]
    half = len(found) // 2
    return found[:half] if half and found[:half] == found[half:] else found


def likelihoods(line: Mapping[str, Any]) -> list[float]:
    """One for each request; lm-eval writes them as texts."""
    first = [one[0] for one in line["resps"]]
    return [float(one[0] if isinstance(one, list) else one) for one in first]


def chosen(metric: str, line: Mapping[str, Any], offered: Sequence[str]) -> int:
    """The place of the choice: the likeliest, by characters for acc_norm, by bytes for acc_bytes,
    by what the question adds for acc_mutual_info. The first of equal ones.
    """
    values, count = likelihoods(line), len(offered)
    own = values[:count]
    if metric == "acc_norm":
        own = [_share(one, len(text)) for one, text in zip(own, offered, strict=True)]
    elif metric == "acc_bytes":
        own = [_share(one, len(text.encode())) for one, text in zip(own, offered, strict=True)]
    elif metric == "acc_mutual_info" and len(values) == 2 * count:
        own = [one - alone for one, alone in zip(own, values[count:], strict=True)]
    return max(range(count), key=lambda place: (own[place], -place))


def _share(value: float, length: int) -> float:
    return value / length if length else -math.inf


def _likelihood(asked: Any) -> bool:
    return (
        isinstance(asked, list) and bool(asked) and isinstance(asked[0], list) and len(asked[0]) > 1
    )


def _place(name: str) -> int:
    return int(name.rpartition("_")[2] or 0)
