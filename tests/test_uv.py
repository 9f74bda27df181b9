"""pip's settings as uv gets them, and what a failed uv leaves behind."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import uv
from bench.errors import EnvironmentBuildError
from tests.bundle.tiny_packages import wheel

INDEX = "https://me:s3cret@mirror.invalid/simple"
FAKE = """\
#!{python}
import json, os, sys
with open({calls!r}, "a") as file:
    call = {{"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}}
    file.write(json.dumps(call) + "\\n")
print({said!r}, flush=True)
sys.exit({code})
"""
FakeUv = Callable[..., Callable[[], list[dict[str, Any]]]]


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PIP_", "UV_")) or name in ("SSL_CERT_FILE", "XDG_CONFIG_HOME"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(uv, "_SYSTEM_FILES", (tmp_path / "etc" / "pip.conf",))


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    """A uv that records how it was called; returns the calls."""

    def make(said: str = "uv 0.9.1", code: int = 0) -> Callable[[], list[dict[str, Any]]]:
        calls = tmp_path / "calls.jsonl"
        script = tmp_path / "uv"
        script.write_text(
            FAKE.format(python=sys.executable, calls=str(calls), said=said, code=code)
        )
        script.chmod(0o755)
        monkeypatch.setattr(uv, "program", lambda: str(script))
        return lambda: [json.loads(line) for line in calls.read_text().splitlines()]

    return make


def configured(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PIP_INDEX_URL": INDEX}, {"UV_DEFAULT_INDEX": INDEX}),
        (
            {"PIP_EXTRA_INDEX_URL": "https://a.invalid https://b.invalid"},
            {
                "UV_EXTRA_INDEX_URL": "https://a.invalid https://b.invalid",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
            },
        ),
        (
            {"PIP_FIND_LINKS": "/wheels https://c.invalid/w"},
            {"UV_FIND_LINKS": "/wheels,https://c.invalid/w"},
        ),
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        (
            {"PIP_TRUSTED_HOST": "a.invalid b.invalid:8080"},
            {"UV_INSECURE_HOST": "a.invalid b.invalid:8080"},
        ),
        ({"PIP_INDEX_URL": ""}, {}),
        ({}, {}),
        # The user's own uv settings win.
        ({"PIP_INDEX_URL": INDEX, "UV_INDEX_URL": "u"}, {"UV_INDEX_URL": "u"}),
        ({"PIP_INDEX_URL": INDEX, "UV_DEFAULT_INDEX": "u"}, {"UV_DEFAULT_INDEX": "u"}),
        ({"PIP_EXTRA_INDEX_URL": "a", "UV_INDEX": "u"}, {"UV_INDEX": "u"}),
        ({"PIP_FIND_LINKS": "/a", "UV_FIND_LINKS": "/u"}, {"UV_FIND_LINKS": "/u"}),
        ({"PIP_CERT": "/a", "SSL_CERT_FILE": "/u"}, {"SSL_CERT_FILE": "/u"}),
        ({"PIP_TRUSTED_HOST": "a", "UV_INSECURE_HOST": "u"}, {"UV_INSECURE_HOST": "u"}),
        (
            {"PIP_EXTRA_INDEX_URL": "a", "UV_INDEX_STRATEGY": "first-index"},
            {"UV_EXTRA_INDEX_URL": "a", "UV_INDEX_STRATEGY": "first-index"},
        ),
        ({"UV_PYTHON_DOWNLOADS": "automatic"}, {}),
        ({"UV_PYTHON": "3.8", "UV_PROJECT_ENVIRONMENT": "x"}, {}),
    ],
)
def test_pip_s_words_in_uv_s(environ: dict[str, str], said: dict[str, str]) -> None:
    environ = environ | {"PIP_CONFIG_FILE": os.devnull, "KEPT": "1"}
    found = uv.variables(environ)
    uvs = {key: text for key, text in found.items() if key.startswith(("UV_", "SSL_"))}
    assert uvs == said | {"UV_PYTHON_DOWNLOADS": "never"}
    assert found["KEPT"] == "1"


@pytest.mark.parametrize("name", ["VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"])
def test_our_own_python_s_settings_do_not_reach_uv(name: str) -> None:
    assert name not in uv.variables({name: "/x", "PIP_CONFIG_FILE": os.devnull})


def test_relative_places_count_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "w ~/v file:///x", "PIP_CERT": "ca"}
    found = uv.variables(environ)
    places = (tmp_path / "w", tmp_path / "home" / "v", "file:///x")
    assert found["UV_FIND_LINKS"] == ",".join(map(str, places))
    assert found["SSL_CERT_FILE"] == str(tmp_path / "ca")


def test_pip_s_files_in_pip_s_order(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "VIRTUAL_ENV": str(tmp_path / "venv")}
    configured(
        tmp_path / "etc" / "pip.conf", "[global]\nindex-url = oldest\n[install]\nno-index = yes\n"
    )
    configured(
        tmp_path / ".pip" / "pip.conf",
        "[global]\nindex-url = old\ncert = /old\ntrusted-host = old\n",
    )
    configured(
        tmp_path / ".config" / "pip" / "pip.conf",
        "[global]\nindex_url = new\nno-index = false\ntrusted-host =\n"
        "find-links =\n    /one%two\n    /three\n[list]\ncert = /not-ours\n",
    )
    found = uv.pip_settings(environ)
    assert (found.index_url, found.cert) == ("new", "/old")
    assert found.no_index, "[install] of any file stands over [global] of every file"
    assert found.trusted_host == ("old",), "an empty value is none"
    assert found.find_links == ("/one%two", "/three")
    configured(tmp_path / "venv" / "pip.conf", "[global]\nindex-url = venv\n")
    assert uv.pip_settings(environ).index_url == "venv"
    assert uv.pip_settings(environ | {"PIP_INDEX_URL": "mine"}).index_url == "mine"


def test_a_named_file_stands_in_place_of_the_user_s(tmp_path: Path) -> None:
    configured(tmp_path / ".config" / "pip" / "pip.conf", "[global]\nindex-url = a\ncert = /a\n")
    named = configured(tmp_path / "named.conf", "[global]\nindex-url = b\n")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(named)}
    found = uv.pip_settings(environ)
    assert (found.index_url, found.cert) == ("b", "")
    environ["PIP_CONFIG_FILE"] = os.devnull
    assert uv.pip_settings(environ) == uv.PipSettings()


@pytest.mark.parametrize("text", ["index-url = https://u:s3cret@h\n", "[global]\ns3cret\n"])
def test_a_broken_pip_conf_is_named_and_not_quoted(tmp_path: Path, text: str) -> None:
    named = configured(tmp_path / "named.conf", text)
    with pytest.raises(EnvironmentBuildError) as caught:
        uv.pip_settings({"PIP_CONFIG_FILE": str(named), "HOME": str(tmp_path)})
    assert caught.value.message.startswith(f"{named}: ")
    assert "\n" not in caught.value.message
    assert "s3cret" not in caught.value.message


def everything(tmp_path: Path) -> None:
    """Each command that may reach an index."""
    python, log = Path(sys.executable), tmp_path / "log.txt"
    uv.create(python, tmp_path / "venv", log=log, say=lambda _: None)
    uv.sync(python, [tmp_path / "a.lock"], log=log, say=lambda _: None)
    uv.available(python, "x==1")
    uv.compile_lock(
        tmp_path / "in.txt",
        tmp_path / "out.txt",
        python=python,
        excludes=None,
        constraints=[tmp_path / "c.lock"],
        no_deps=True,
        log=log,
        say=lambda _: None,
    )


def test_a_password_travels_in_the_environment_alone(
    tmp_path: Path, fake_uv: FakeUv, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = fake_uv()
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", INDEX + "/more")
    everything(tmp_path)
    assert len(calls()) == 4
    for call in calls():
        assert call["env"]["UV_DEFAULT_INDEX"] == INDEX
        assert call["env"]["UV_EXTRA_INDEX_URL"] == INDEX + "/more"
        assert "s3cret" not in " ".join(call["argv"])
    assert "s3cret" not in (tmp_path / "log.txt").read_text()


def test_without_an_index_uv_is_told_by_its_flag(
    tmp_path: Path, fake_uv: FakeUv, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = fake_uv()
    everything(tmp_path)
    assert not any("--no-index" in call["argv"] for call in calls())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    everything(tmp_path)
    told = ["--no-index" in call["argv"] for call in calls()[4:]]
    assert told == [False, True, True, True]


def test_the_real_uv_knows_the_flag_and_asks_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    source, log = tmp_path / "in.txt", tmp_path / "log.txt"
    source.write_text("iniconfig==2.0.0\n")
    with pytest.raises(EnvironmentBuildError, match="was not found in the provided"):
        uv.compile_lock(
            source,
            tmp_path / "out.txt",
            python=Path(sys.executable),
            excludes=None,
            constraints=[],
            no_deps=False,
            log=log,
            say=lambda _: None,
        )


def test_locks_are_synced_with_hashes(tmp_path: Path, fake_uv: FakeUv) -> None:
    calls = fake_uv()
    locks = [tmp_path / "a.lock", tmp_path / "b.lock"]
    uv.sync(Path("/env/bin/python"), locks, log=tmp_path / "log.txt", say=lambda _: None)
    (call,) = calls()
    assert call["argv"][:4] == ["pip", "sync", "--python", "/env/bin/python"]
    assert "--require-hashes" in call["argv"]
    assert call["argv"][-2:] == [str(lock) for lock in locks]
    assert call["cwd"] == str(tmp_path)


def test_a_failed_command_names_the_log_and_the_last_line(tmp_path: Path, fake_uv: FakeUv) -> None:
    fake_uv("Resolving\nerror: no wheel fits\n\n", code=2)
    log = tmp_path / "log.txt"
    said: list[str] = []
    with pytest.raises(EnvironmentBuildError) as caught:
        uv.sync(Path("p"), [tmp_path / "a.lock"], log=log, say=said.append)
    assert caught.value.message == "uv pip sync failed: error: no wheel fits"
    assert caught.value.hint == f"log: {log}"
    assert said == ["Resolving", "error: no wheel fits"]
    assert "$ uv pip sync --python p" in log.read_text()
    assert "Resolving" in log.read_text()


@pytest.mark.parametrize(("code", "there"), [(0, True), (1, False), (2, False)])
def test_availability_is_uv_s_word(fake_uv: FakeUv, code: int, *, there: bool) -> None:
    calls = fake_uv(code=code)
    assert uv.available(Path("/p"), "torch==2.13.0+cpu") is there
    assert calls()[0]["argv"][-1] == "torch==2.13.0+cpu"
    assert "--dry-run" in calls()[0]["argv"]


def managed_python() -> Path | None:
    """A distribution's own, which nothing may be installed into (PEP 668)."""
    for python in (Path("/usr/bin/python3"), Path("/usr/bin/python3.11")):
        marked = Path(f"/usr/lib/{python.resolve().name}/EXTERNALLY-MANAGED")
        if python.exists() and marked.is_file():
            return python
    return None


@pytest.mark.skipif(managed_python() is None, reason="needs a Python that its system manages")
def test_what_a_system_s_own_python_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "offered")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    python = managed_python()
    assert python is not None
    assert uv.available(python, "offered==1.0")
    assert not uv.available(python, "offered==2.0")


@pytest.mark.parametrize("said", ["uv 0.8.99 (abc)", "uv 0.1.0"])
def test_an_old_uv_is_refused(fake_uv: FakeUv, said: str) -> None:
    fake_uv(said)
    with pytest.raises(EnvironmentBuildError, match=r"is too old: 0\.9 is the least"):
        uv.version()


@pytest.mark.parametrize("said", ["uv 0.9.0", "uv 0.13.8 (x86_64)", "uv 1.0.0"])
def test_a_newer_uv_is_taken(fake_uv: FakeUv, said: str) -> None:
    fake_uv(said)
    assert uv.version() == said.split()[1]
