"""The only file that knows pip's flags. uv installs, but has no command that keeps package files.

pip runs from where it is found, in the Python whose wheels are wanted: that Python needs none of
its own. Indexes and passwords reach it as they reach uv: by pip's files and variables, never argv.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import uv
from bench.errors import EnvironmentBuildError

_ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.tags import sys_tags
asked = json.load(sys.stdin)
told = {"tags": [str(tag) for tag in sys_tags()]}
told["markers"] = {text: Marker(text).evaluate() for text in asked}
print(json.dumps(told))
"""
_OF_UV = {  # uv's variables that stand for pip's, where pip's own are not set
    "PIP_INDEX_URL": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "PIP_EXTRA_INDEX_URL": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "PIP_FIND_LINKS": ("UV_FIND_LINKS",),
    "PIP_CERT": ("SSL_CERT_FILE",),
    "PIP_TRUSTED_HOST": ("UV_INSECURE_HOST",),
}
# What pip says, indented, of the packages that a build needs.
_BUILT = re.compile(
    r"(?m)^\s+(?:Processing|Downloading|Using cached) \S*?([^/\s]+\.(?:tar\.gz|zip))"
)


@dataclass(frozen=True)
class Fit:
    """What suits a Python: `tags` of wheels, and whether each marker that was asked holds."""

    tags: frozenset[str]
    markers: Mapping[str, bool]

    def takes(self, name: str) -> bool:
        """Whether a file of this name can be installed: a wheel by its tags, any source."""
        if not name.endswith(".whl"):
            return True
        pythons, abis, platforms = (one.split(".") for one in name[:-4].rsplit("-", 3)[1:])
        return any(
            f"{python}-{abi}-{platform}" in self.tags
            for python in pythons
            for abi in abis
            for platform in platforms
        )


@dataclass(frozen=True)
class Pip:
    """`folder` holds the package pip."""

    folder: Path

    def ask(self, python: Path, markers: Iterable[str]) -> Fit:
        """What suits this Python."""
        done = subprocess.run(
            [python, "-I", "-c", _ASK, str(self.folder)],
            input=json.dumps(sorted(set(markers))),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EnvironmentBuildError(f"{python}: {_last(done.stderr)}")
        told = json.loads(done.stdout)
        return Fit(frozenset(told["tags"]), told["markers"])

    def download(
        self, python: Path, lines: Iterable[str], folder: Path, log: Path, *, hashed: bool = True
    ) -> None:
        """The files of these requirements and of nothing else into `folder`, which must be empty.

        `hashed`: each line names its hashes. Without, only wheels are taken. EnvironmentBuildError
        with the reason and the log.
        """
        wanted = folder.with_suffix(".txt")
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        argv = [str(python), str(self.folder / "pip"), "download", "--no-deps", "--quiet"]
        argv += ["--disable-pip-version-check", "--progress-bar", "off", "--no-input"]
        argv += ["--require-hashes"] if hashed else ["--only-binary", ":all:"]
        argv += ["--requirement", str(wanted), "--dest", str(folder)]
        with log.open("ab") as file:
            file.write(f"$ {' '.join(argv)}\n".encode())
            file.flush()
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                env=variables(os.environ),
                check=False,
            )
            file.write(done.stderr)
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            raise EnvironmentBuildError(f"pip download failed: {_reason(said)}", hint=f"log: {log}")


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of pip: the user's own, with uv's settings where pip's are not set."""
    said = {}
    for name, others in _OF_UV.items():
        values = [environ[other] for other in others if environ.get(other)]
        if values and not environ.get(name):
            said[name] = values[0].replace(",", " ") if name == "PIP_FIND_LINKS" else values[0]
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET")
    kept = {key: value for key, value in environ.items() if key not in dropped}
    return kept | said | {"PYTHONNOUSERSITE": "1", "NO_COLOR": "1"}


def find_pip(scratch: Path, log: Path) -> Pip:
    """Ours, else the one that Python carries for `ensurepip`, else one that uv fetches."""
    spec = importlib.util.find_spec("pip")
    if spec is not None and spec.origin is not None:
        return Pip(Path(spec.origin).parent.parent)
    folder = scratch / "pip"
    if (folder / "pip" / "__main__.py").is_file():
        return Pip(folder)
    carried = importlib.util.find_spec("ensurepip")
    origin = Path(carried.origin) if carried is not None and carried.origin else Path("none")
    for wheel in sorted(origin.parent.glob("_bundled/pip-*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        return Pip(folder)
    uv.fetch("pip", folder, log=log, say=lambda _: None)
    return Pip(folder)


def _reason(said: str) -> str:
    """Its own words for it: the last line that it calls an error, without the word. Of a source
    that needs itself to be built it has a traceback alone.
    """
    circle = re.search(r"LookupError: \S*?([^/\s]+) is already being built", said)
    if circle:
        by = dict.fromkeys(name for name in _BUILT.findall(said) if name != circle[1])
        return f"{circle[1]} needs itself to be built" + (f", by way of {', '.join(by)}" * bool(by))
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")]
    if any("DO NOT MATCH THE HASHES" in line for line in errors):
        return "a file does not have the hash that the lock names"
    return errors[-1].removeprefix("ERROR: ") if errors else _last(said)


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
