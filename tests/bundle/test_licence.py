"""What metadata says of a licence, and what a policy makes of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bench.bundle.licence import Policy, licence_in, licence_of

OSI = "Classifier: License :: OSI Approved"
METADATA = {
    "expression": ("License-Expression: MIT OR Apache-2.0\nLicense: GPL", "MIT OR Apache-2.0"),
    "name-that-is-known": (f"License: Apache License 2.0\n{OSI} :: MIT License", "Apache-2.0"),
    "classifier": (f"{OSI} :: MIT License", "MIT"),
    "two-classifiers": (
        f"{OSI} :: MIT License\n{OSI} :: Mozilla Public License 2.0 (MPL 2.0)",
        "MIT AND MPL-2.0",
    ),
    "bare-osi": (f"{OSI}\nLicense: ISC", "ISC"),
    "bsd-by-its-own-word": (f"License: BSD-3-Clause\n{OSI} :: BSD License", "BSD-3-Clause"),
    "text-of-a-licence": (f"License: MIT\n  Permission is\n{OSI} :: MIT License", "MIT"),
    "only-the-text": ("License: Permission is hereby\n  granted", "unknown"),
    "own-words": ("License: ask us", "ask us"),
    "nothing": ("", "unknown"),
}


@pytest.mark.parametrize("case", METADATA)
def test_the_licence_is_read_of_the_metadata(case: str) -> None:
    said, licence = METADATA[case]
    text = f"Metadata-Version: 2.1\nName: x\nVersion: 1\n{said}\n\nBody: License: GPL\n"
    assert licence_in(text.encode()) == licence


def test_a_wheel_and_a_broken_file(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/METADATA", "License: GPL")
        archive.writestr("x-1.dist-info/METADATA", "License: MIT License\n")
    assert licence_of(wheel) == "MIT"
    wheel.write_bytes(b"no archive")
    assert licence_of(wheel) == "unknown"
    source = tmp_path / "x-1.tar.gz"
    source.write_bytes(b"no archive")
    assert licence_of(source) == "unknown"


@pytest.mark.parametrize(
    ("allow", "deny", "licence", "let_in"),
    [
        ((), (), "unknown", True),
        ((), ("gpl-*",), "GPL-3.0-or-later", False),
        ((), ("GPL-*",), "LGPL-3.0", True),
        ((), ("GPL-*",), "MIT OR GPL-2.0", True),
        ((), ("GPL-*",), "MIT AND GPL-2.0", False),
        ((), ("GPL-*",), "MIT AND (GPL-2.0 OR BSD)", True),
        ((), ("GPL-*", "BSD"), "MIT AND (GPL-2.0 OR BSD)", False),
        ((), ("GPL-*",), "MIT OR BSD AND GPL-2.0", True),
        ((), ("GPL-*",), "(MIT) GPL-2.0", False),
        ((), ("unknown",), "", False),
        (("MIT", "BSD*"), (), "BSD-3-Clause", True),
        (("MIT", "BSD*"), (), "Apache-2.0", False),
        (("MIT",), (), "unknown", False),
        (("MIT", "unknown"), (), "unknown", True),
        (("*",), ("MIT",), "MIT", False),
    ],
)
def test_the_policy(
    allow: tuple[str, ...], deny: tuple[str, ...], licence: str, *, let_in: bool
) -> None:
    assert Policy(allow, deny).lets_in(licence) is let_in
