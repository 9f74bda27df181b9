"""The doctor, looking at machines that are made to be wrong."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import doctor, environment
from bench.adapter import adapters, find_adapter
from bench.doctor import Finding, can_run, examine, mask
from bench.resolving import lock_folder
from tests.runs import use_fakes


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking the index at all is an error, unless a test says so."""

    def asked(*_arguments: object) -> bool:
        raise AssertionError("the network was used unasked")

    monkeypatch.setattr("bench.uv.available", asked)


def found(subject: str, *, network: bool = False) -> list[Finding]:
    """Of this check alone: all of them take seconds."""
    return list(doctor._guarded(subject, doctor._checks(network=network)[subject]))


def write_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_network_every_check_says_something_and_none_breaks() -> None:
    findings = list(examine())
    assert {
        *("Python", "uv", "package index", "registry", "torch for the CPU", "BENCH_HOME"),
        *("environments", "judges and hubs", "tasks", "models", "tesseract", "GPU", "machine"),
    } <= {one.subject for one in findings}
    assert not [one for one in findings if "broke" in one.text]
    assert found("registry")[0].text.startswith("not checked")


@pytest.mark.parametrize(("offered", "mark"), [(True, "ok"), (False, "missing")])
def test_the_registry_is_asked_on_wish(
    offered: bool,  # noqa: FBT001  (pytest passes it by name)
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    monkeypatch.setattr("bench.uv.available", lambda _python, _wanted: offered)
    (finding,) = found("registry", network=True)
    assert finding.mark == mark
    assert "numpy==" in finding.text


def test_a_registry_that_nothing_needs_is_only_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.uv.available", lambda _python, _wanted: False)
    monkeypatch.setattr(doctor, "_ready", lambda adapter: Path())
    assert [one.mark for one in doctor._registry()] == ["note"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://me:secret@host/simple", "https://***@host/simple"),
        ("https://me:sec/ret@host/simple", "https://***@host/simple"),
        ("me:secret@proxy:8080", "***@proxy:8080"),
        ("https://host/simple?token=secret a", "https://host/simple?*** a"),
        ("https://a:secret@b/ http://c:secret@d/", "https://***@b/ http://***@d/"),
        ("/wheels", "/wheels"),
    ],
)
def test_passwords_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.thorough
def test_settings_are_shown_with_their_place_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_conf = tmp_path / "pip.conf"
    pip_conf.write_text("[global]\nindex-url = https://me:secret@mirror/simple\ntimeout = 3\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(pip_conf))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other:secret@index/simple")
    monkeypatch.setenv("PIP_PASSWORD", "secret")
    said = [one.text for one in found("package index")]
    assert f"{pip_conf} [global] index-url = https://***@mirror/simple" in said
    assert "UV_DEFAULT_INDEX = https://***@index/simple" in said
    assert "secret" not in json.dumps(said)
    assert "timeout" not in json.dumps(said)


def test_a_broken_pip_conf_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_conf = tmp_path / "pip.conf"
    pip_conf.write_text("index-url = https://me:secret@mirror\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(pip_conf))
    (finding,) = found("package index")
    assert finding.mark == "missing"
    assert str(pip_conf) in finding.text
    assert "secret" not in finding.text


@pytest.mark.thorough
def test_the_cpu_wheel_of_torch_is_looked_for_in_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    assert found("torch for the CPU")[0].mark == "note"
    pinned = environment.pin(lock_folder() / "torch.cpu.lock", "torch")
    (tmp_path / f"{pinned.replace('==', '-')}-cp311-cp311-linux_x86_64.whl").touch()
    (finding,) = found("torch for the CPU")
    assert finding.mark == "ok"
    assert str(tmp_path) in finding.text


def test_a_home_that_is_a_file_stops_the_main_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "file" / "home"))
    findings = list(examine())
    (finding,) = [one for one in findings if one.subject == "BENCH_HOME"]
    assert finding.mark == "missing"
    assert finding.command == "export BENCH_HOME=FOLDER_THAT_YOU_OWN"
    assert not can_run(findings)


def test_a_full_disk_stops_the_main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "MEGABYTES", dict.fromkeys(doctor.MAIN_JOB, 10**9))
    (finding,) = found("BENCH_HOME")
    assert finding.mark == "missing"
    assert "3,000,000,000 MB needed" in finding.text or "3,000,006,000 MB" in finding.text


def test_environments_are_found_by_the_locks_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    before = {one.text.partition(":")[0]: one.mark for one in found("environments")}
    assert before == {"echo": "note", "vlmevalkit": "note", "rapidocr": "note"}
    built = environment.build(find_adapter("harness", "echo"), "cpu")
    half = environment.environments_folder() / "rapidocr-cpu-0"
    half.mkdir()
    said = {one.text: one for one in found("environments")}
    assert said[f"{built.folder.name}: ready"].mark == "ok"
    assert said["rapidocr-cpu-0: left half-built"].command == "bench env remove rapidocr-cpu-0"
    marker = built.folder / "ready.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"lock_sha256": "old"}))
    assert f"{built.folder.name}: ready" not in [one.text for one in found("environments")]


def test_judges_and_hubs_are_listed_with_what_builds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fakes(monkeypatch)
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    before = {one.text for one in doctor._judges_and_hubs()}
    assert "judge umpire: not built; the first `bench judge` builds it" in before
    known = [f"{kind} {name}" for kind in ("judge", "hub") for name in adapters(kind)]
    assert sorted(text.partition(":")[0] for text in before) == sorted(known)
    environment.build(find_adapter("judge", "umpire"), "cpu")
    assert "judge umpire: ready" in {one.text for one in doctor._judges_and_hubs()}
    (wanted,) = [one for one in doctor._pythons() if "; for " in one.text]
    assert {"umpire", "ragas", "huggingface"} <= set(wanted.text.partition("; for ")[2].split(", "))


def test_an_environment_whose_python_is_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    built = environment.build(find_adapter("harness", "echo"), "cpu")
    built.python.unlink()
    (finding,) = [one for one in found("environments") if built.folder.name in one.text]
    assert (finding.mark, finding.command) == ("note", "bench env build echo")
    assert "does not run" in finding.text


def test_a_python_that_the_locks_need_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = doctor._all()
    absent = [one.model_copy(update={"python": "3.99"}) for one in known if one.name == "rapidocr"]
    monkeypatch.setattr(doctor, "_all", lambda: absent)
    (finding,) = [one for one in doctor._pythons() if one.mark != "ok"]
    assert finding.mark == "missing"
    assert "no Python 3.99 was found" in finding.text
    assert finding.command == "install Python 3.99 and put python3.99 on PATH"


def test_a_model_s_variable_that_is_not_set_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "far.yaml"
    path.write_text("name: far\nbase_url: http://127.0.0.1:1/v1\napi_key_env: FAR_KEY\n")
    monkeypatch.setattr(doctor, "models", lambda: {"far": path})
    monkeypatch.delenv("FAR_KEY", raising=False)
    assert [(one.mark, one.command) for one in found("models")] == [("note", "export FAR_KEY=...")]
    monkeypatch.setenv("FAR_KEY", "secret")
    (finding,) = found("models")
    assert finding.mark == "ok"
    assert "secret" not in finding.text


def test_a_broken_adapter_of_one_s_own_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adapter.toml").write_text("protocol = \n")
    monkeypatch.setenv("BENCH_ADAPTERS", str(tmp_path))
    findings = list(examine())
    assert len([one for one in findings if "adapter.toml:1" in one.text]) == 1
    assert not can_run(findings)


def test_adapters_of_one_s_own_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fakes = Path(__file__).parent / "adapters_for_tests"
    monkeypatch.setenv("BENCH_ADAPTERS", str(fakes))
    assert any("engine toy" in one.text for one in found("adapters of your own"))


def test_a_check_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> dict[str, Path]:
        raise RuntimeError("out of order")

    monkeypatch.setattr(doctor, "shipped", breaks)
    (finding,) = found("tasks")
    assert finding.mark == "missing"
    assert finding.text == "this check broke: RuntimeError: out of order"
    assert found("machine")


@pytest.mark.parametrize(
    ("script", "mark", "text"),
    [
        ("echo 'NVIDIA H200, 143771 MiB, 570.1'", "ok", "NVIDIA H200, 143771 MiB, 570.1"),
        ("exit 9", "note", "nvidia-smi failed"),
    ],
)
def test_gpus_are_what_nvidia_smi_says(
    script: str, mark: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "bin", "nvidia-smi", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (finding,) = found("GPU")
    assert finding.mark == mark
    assert text in finding.text


LISTED = """printf 'List of available languages in "/data/" (3):\\neng\\nosd\\nrus\\n'"""


def test_tesseract_s_languages_are_those_that_the_models_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, lang in (("mine", "rus+eng"), ("far", "rus+kor"), ("plain", "")):
        arguments = f"arguments: {{lang: {lang}}}\n" if lang else ""
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nengine: tesseract\n{arguments}")
    monkeypatch.setattr(doctor, "models", lambda: {p.stem: p for p in tmp_path.glob("*.yaml")})
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (absent,) = found("tesseract")
    assert absent.mark == "note"
    wanted = "tesseract-ocr tesseract-ocr-eng tesseract-ocr-kor tesseract-ocr-rus"
    assert absent.command == f"apt-get install {wanted}"
    write_program(tmp_path / "bin", "tesseract", LISTED)
    there, lacks = found("tesseract")
    assert there.mark == "ok"
    assert there.text == f"{tmp_path}/bin/tesseract has eng, osd, rus"
    assert (lacks.mark, lacks.text) == ("note", "far cannot start: no kor")
    assert lacks.command == "apt-get install tesseract-ocr tesseract-ocr-kor"
    write_program(tmp_path / "bin", "tesseract", "exit 1")
    (broken,) = found("tesseract")
    assert broken.mark == "note"
    assert "returned non-zero exit status 1" in broken.text


@pytest.fixture
def no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Finding]]:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    return lambda: list(doctor._gpu())


def test_no_gpu_is_fine(no_gpu: Callable[[], list[Finding]]) -> None:
    assert [one.mark for one in no_gpu()] == ["ok"]
