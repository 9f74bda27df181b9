"""How national telephone numbers are dialled: ITU-T E.164 and the national plans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """`lengths` of a number behind a trunk prefix, `bare` of one that is written without any."""

    code: str
    trunks: tuple[str, ...]
    lengths: range
    bare: range = range(0)


PLANS: dict[str, Plan] = {
    "RU": Plan("7", ("8", "7"), range(10, 11), range(10, 11)),
    "US": Plan("1", ("1",), range(10, 11), range(10, 11)),
    "GB": Plan("44", ("0",), range(9, 11)),
    "DE": Plan("49", ("0",), range(6, 12)),
    "AT": Plan("43", ("0",), range(6, 14)),
    "CH": Plan("41", ("0",), range(9, 10)),
    "FR": Plan("33", ("0",), range(9, 10)),
    "ES": Plan("34", (), range(0), range(9, 10)),
    "KR": Plan("82", ("0",), range(8, 11)),
    "CN": Plan("86", ("0",), range(10, 12), range(11, 12)),
    "JP": Plan("81", ("0",), range(9, 11)),
}
