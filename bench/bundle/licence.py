"""What licence a file is under, as far as it says, and whether a policy lets it into a bundle."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from fnmatch import fnmatchcase
from pathlib import Path

UNKNOWN = "unknown"
_LONGEST = 80  # characters; what is longer is the text of a licence, not its name
_TERM = re.compile(r"\(|\)|\bAND\b|\bOR\b|(?:(?!\bAND\b|\bOR\b)[^()])+")

# Common words for a licence, in lower case, as SPDX names it.
_SPDX = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd license": "BSD",
    "expat license": "MIT",
    "gnu affero general public license v3": "AGPL-3.0",
    "gnu general public license v2 (gplv2)": "GPL-2.0",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 (lgplv2)": "LGPL-2.0",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu library or lesser general public license (lgpl)": "LGPL",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "zlib/libpng license": "Zlib",
}


@dataclass(frozen=True)
class Policy:
    """Licences by name or pattern (`GPL-*`), in any case; `unknown` is one. With `allow`, what it
    does not name is out. `A OR B` is in where one of them is, `A AND B` where both are.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def lets_in(self, licence: str) -> bool:
        return _holds(_TERM.findall(licence or UNKNOWN), self._term)

    def _term(self, name: str) -> bool:
        if any(_is(name, pattern) for pattern in self.deny):
            return False
        return not self.allow or any(_is(name, pattern) for pattern in self.allow)


def _is(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def _holds(tokens: list[str], term: Callable[[str], bool]) -> bool:
    """An SPDX expression, AND before OR; a broken one is taken word by word, all being needed."""
    left = [token.strip() for token in tokens if token.strip()]

    def either() -> bool:
        found = both()
        while left and left[0] == "OR":
            left.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = one()
        while left and left[0] == "AND":
            left.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        if not left:
            return False
        first = left.pop(0)
        if first != "(":
            return term(first)
        found = either()
        if left and left[0] == ")":
            left.pop(0)
        return found

    found = either()
    while left:
        rest = left.pop(0)
        found = found and (rest in "()" or term(rest))
    return found


def named(text: str) -> str:
    """SPDX's name for what people write; the words themselves where it is none of the common."""
    words = " ".join(text.split())
    return _SPDX.get(words.casefold(), words) or UNKNOWN


def licence_of(path: Path) -> str:
    """Of a wheel or a source distribution, by its metadata."""
    content = _metadata(path)
    return UNKNOWN if content is None else licence_in(content)


def licence_in(metadata: bytes) -> str:
    """License-Expression, else the License where it is a name that is known, else the classifiers,
    else what License says in one line.
    """
    message = BytesHeaderParser().parsebytes(metadata)
    if message["License-Expression"]:
        return " ".join(str(message["License-Expression"]).split())
    said = str(message["License"] or "").strip()
    short = said if "\n" not in said and len(said) <= _LONGEST else ""
    classified = [
        named(str(one).rpartition("::")[2])
        for one in message.get_all("Classifier", [])
        if str(one).startswith("License ::") and not str(one).endswith("OSI Approved")
    ]
    vague = classified in ([], ["BSD"])  # which of the BSD licences no classifier says
    if short and (vague or short.casefold() in _SPDX):
        return named(short)
    return " AND ".join(dict.fromkeys(classified)) or UNKNOWN


def _metadata(path: Path) -> bytes | None:
    try:
        return _wheel(path) if path.suffix in (".whl", ".zip") else _source(path)
    except (OSError, zipfile.BadZipFile, tarfile.TarError, KeyError, EOFError):
        return None


def _wheel(path: Path) -> bytes | None:
    """A wheel's METADATA, or the PKG-INFO of a source distribution that is a zip."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"[^/]+\.dist-info/METADATA|[^/]+/PKG-INFO", name):
                return archive.read(name)
    return None


def _source(path: Path) -> bytes | None:
    with tarfile.open(path) as archive:
        for member in archive:
            if re.fullmatch(r"(\./)?[^/]+/PKG-INFO", member.name):
                file = archive.extractfile(member)
                return file.read() if file else None
    return None
