"""The only file that knows uv's flags, and how pip's settings are said to uv.

uv reads no pip.conf. A closed network usually has one, with a mirror in it: index, extra indexes,
find-links, certificate and trusted hosts are taken from PIP_* variables and pip's files, unless
the user has set uv's own. They travel to uv as environment variables: an index URL may hold a
password, which must not show in argv.
"""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.errors import EnvironmentBuildError
from bench.process import MARK, core

MINIMUM = (0, 9)
_SECTIONS = ("global", "install")
_OF_INDEXES = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "trusted-host")
_OF_UV = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_OFFLINE", "UV_INSECURE_HOST", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY"),
    *("http_proxy", "https_proxy", "UV_CONFIG_FILE"),
)
_SYSTEM_FILES = (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"))
Say = Callable[[str], None]


@dataclass(frozen=True)
class PipSettings:
    """pip's words, as pip reads them; empty where nothing is set."""

    index_url: str = ""
    extra_index_url: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str = ""
    trusted_host: tuple[str, ...] = ()


def pip_settings(environ: Mapping[str, str]) -> PipSettings:
    """In pip's order: [global] of each file over the one before, [install] over that, then PIP_*
    variables; an empty value is none. Relative paths count from here: uv runs elsewhere.
    """
    files = [_pip_file(path) for path in _pip_files(environ)]
    said = [item for section in _SECTIONS for file in files for item in file.get(section, [])]
    said += [(key.removeprefix("PIP_"), text) for key, text in environ.items() if _is_pip(key)]
    values = {key.lower().replace("_", "-").removeprefix("--"): text for key, text in said if text}
    return PipSettings(
        index_url=values.get("index-url", ""),
        extra_index_url=tuple(values.get("extra-index-url", "").split()),
        find_links=tuple(_absolute(text) for text in values.get("find-links", "").split()),
        no_index=values.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        cert=_absolute(values["cert"]) if "cert" in values else "",
        trusted_host=tuple(values.get("trusted-host", "").split()),
    )


def _is_pip(name: str) -> bool:
    return name.startswith("PIP_") and name != "PIP_CONFIG_FILE"


def _absolute(place: str) -> str:
    """A path from here, `~` resolved; an address (https:, file:) as it is."""
    if "://" in place or place.startswith("file:"):
        return place
    return str(Path.cwd() / Path(place).expanduser())


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME", "~")).expanduser()
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [*_SYSTEM_FILES]
    if not (named and Path(named).exists()):  # pip leaves the user's own files out then
        files += [home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    if environ.get("VIRTUAL_ENV"):
        files.append(Path(environ["VIRTUAL_ENV"]) / "pip.conf")
    if named:
        files.append(Path(named))
    return [path for path in files if path.is_file()]


def _pip_file(path: Path) -> dict[str, list[tuple[str, str]]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        what = str(error).splitlines()[0]  # what follows quotes the line, which may hold a password
        raise EnvironmentBuildError(
            f"{path}: {what}", hint="pip could not read it either"
        ) from None
    return {name: parser.items(name) for name in _SECTIONS if parser.has_section(name)}


def settings_found(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(file or variable, key, value) of what says where packages come from, in order of weight.

    Values are as they were written: mask what may be a password.
    """
    for path in _pip_files(environ):
        for section, items in _pip_file(path).items():
            for key, text in items:
                if key.replace("_", "-") in _OF_INDEXES:
                    yield f"{path} [{section}]", key, text
    for name, text in sorted(environ.items()):
        key = name.removeprefix("PIP_").lower().replace("_", "-")
        if text and (name in _OF_UV or (_is_pip(name) and key in _OF_INDEXES)):
            yield name, key, text


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment uv runs in: the user's own, with pip's settings where uv's are not set."""
    pip = pip_settings(environ)
    said: dict[str, str] = {"UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    if not _set(environ, "UV_DEFAULT_INDEX", "UV_INDEX_URL") and pip.index_url:
        said["UV_DEFAULT_INDEX"] = pip.index_url
    if not _set(environ, "UV_INDEX", "UV_EXTRA_INDEX_URL") and pip.extra_index_url:
        said["UV_EXTRA_INDEX_URL"] = " ".join(pip.extra_index_url)
        # pip looks into all its indexes; the lock's hashes say which file is the right one.
        said.setdefault("UV_INDEX_STRATEGY", environ.get("UV_INDEX_STRATEGY", "unsafe-best-match"))
    if not _set(environ, "UV_FIND_LINKS") and pip.find_links:
        said["UV_FIND_LINKS"] = ",".join(pip.find_links)
    if not _set(environ, "SSL_CERT_FILE") and pip.cert:
        said["SSL_CERT_FILE"] = pip.cert
    if not _set(environ, "UV_INSECURE_HOST") and pip.trusted_host:
        said["UV_INSECURE_HOST"] = " ".join(pip.trusted_host)
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT")
    return {key: value for key, value in environ.items() if key not in dropped} | said


def _no_index() -> list[str]:
    """There is no variable for it (UV_NO_INDEX is ignored), only the flag."""
    return ["--no-index"] if pip_settings(os.environ).no_index else []


def _set(environ: Mapping[str, str], *names: str) -> bool:
    return any(environ.get(name) for name in names)


def program() -> str:
    """The uv that came with us, else the one on PATH; old ones lack flags that we use."""
    import shutil

    try:
        import uv

        found: str | None = uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise EnvironmentBuildError("uv is not installed", hint="pip install uv")
    return found


def version() -> str:
    text = subprocess.run(
        [program(), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    if tuple(int(part) for part in text.split(".")[:2]) < MINIMUM:
        raise EnvironmentBuildError(
            f"uv {text} is too old: {'.'.join(map(str, MINIMUM))} is the least",
            hint="pip install --upgrade uv",
        )
    return text


def create(python: Path, folder: Path, *, log: Path, say: Say) -> None:
    _run(["venv", "--no-project", "--clear", "--python", str(python), str(folder)], log, say)


def sync(python: Path, locks: list[Path], *, log: Path, say: Say) -> None:
    """Exactly what the locks name, each file checked by its hash; nothing is resolved."""
    flags = ["--python", str(python), "--require-hashes", *_no_index()]
    _run(["pip", "sync", *flags, *map(str, locks)], log, say)


def fetch(requirement: str, folder: Path, *, log: Path, say: Say) -> None:
    """What one wheel holds, unpacked into `folder`; nothing that it depends on."""
    argv = ["pip", "install", "--target", str(folder), "--python", sys.executable, "--no-deps"]
    argv += ["--only-binary", ":all:", *_no_index(), requirement]
    _run(argv, log, say)


def build_wheel(
    source: Path, folder: Path, python: Path, *, only: Path | None, log: Path, say: Say
) -> None:
    """A wheel of a project's folder or of a source distribution, into `folder`.

    `only`: what the build needs may come from this folder of package files and from nowhere else.
    """
    argv = ["build", "--wheel", "--python", str(python), "--out-dir", str(folder)]
    if only is None:
        _run([*argv, *_no_index(), str(source)], log, say)
    else:
        alone = {"UV_OFFLINE": "1", "UV_FIND_LINKS": str(only)}
        _run([*argv, "--no-config", "--no-index", str(source)], log, say, alone)


def available(python: Path, requirement: str) -> bool:
    """Whether any index or folder of the user offers it; a wrong network says no as well."""
    # A distribution's own Python refuses without the last flag (PEP 668); nothing is installed.
    argv = ["pip", "install", "--dry-run", "--no-deps", "--break-system-packages"]
    argv += [*_no_index(), "--python", str(python), requirement]
    done = subprocess.run(
        [program(), *argv],
        capture_output=True,
        env=variables(os.environ),
        check=False,
        cwd=python.parent,  # no uv.toml of the folder where the user happens to stand
    )
    return done.returncode == 0


def freeze(python: Path) -> list[str]:
    argv = [program(), "pip", "freeze", "--python", str(python)]
    env = variables(os.environ)
    return subprocess.run(
        argv, capture_output=True, text=True, env=env, check=True, cwd=python.parent
    ).stdout.splitlines()


def compile_lock(
    source: Path,
    target: Path,
    *,
    python: Path,
    excludes: Path | None,
    constraints: list[Path],
    no_deps: bool,
    log: Path,
    say: Say,
) -> None:
    """Resolve `source` into `target`: hashed, without comments or host names.

    Versions that a `target` already names are kept where they can be.
    """
    argv = ["pip", "compile", str(source), "--python", str(python), "--output-file", str(target)]
    argv += ["--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    argv += ["--no-emit-find-links", "--no-emit-index-url"]
    argv += ["--excludes", str(excludes)] if excludes else []
    argv += ["--no-deps"] if no_deps else []
    argv += _no_index()
    for path in constraints:
        argv += ["--constraints", str(path)]
    _run(argv, log, say)


def _run(argv: list[str], log: Path, say: Say, over: Mapping[str, str] | None = None) -> None:
    """Each line of uv's progress goes to `say` and into the log; its error into ours.

    `over`: variables that stand over the user's own.
    """
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ uv {' '.join(argv)}\n")
        file.flush()
        process = subprocess.Popen(
            [program(), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A resumed run waits for what carries the mark.
            env=variables(os.environ) | {MARK: f"{core()}-uv"} | dict(over or {}),
            cwd=log.parent,
        )
        said: list[str] = []
        with process:
            try:
                for line in process.stdout or ():
                    file.write(line)
                    if line.strip():
                        said.append(line.strip())
                        if not said[-1].startswith("+ "):  # one a package: the log has them
                            say(said[-1])
            except BaseException:
                process.kill()
                raise
    if process.returncode:
        message = f"uv {argv[0]} {argv[1]} failed: {_reason(said)}"
        raise EnvironmentBuildError(message, hint=f"log: {log}")


def _reason(said: list[str]) -> str:
    """From uv's `error:` on, without its hints; its last line where it names no error."""
    starts = [number for number, line in enumerate(said) if line.startswith("error:")]
    ends = [number for number, line in enumerate(said) if line.startswith("hint:")]
    if not starts:
        return said[-1] if said else "it said nothing"
    return " ".join(said[starts[0] : min(ends, default=None)])[:400]
