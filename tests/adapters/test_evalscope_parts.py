"""The pieces of the EvalScope adapter that need no EvalScope."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.adapter import find_adapter
from tests.adapters.evalscope_process import ADAPTER, ROOT, TRAPS, job

INVOCATIONS = Path(__file__).with_name("evalscope_recorded") / "invocations.json"
PNG = b"\x89PNG\r\n\x1a\n the rest is never decoded"


def part(name: str) -> Any:
    spec = importlib.util.spec_from_file_location("evalscope_" + name, ADAPTER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


invocation = part("invocation")


@pytest.mark.parametrize(
    "name", ["plain", "system prompt and parameters", "limit and harness_args", "benchmark"]
)
def test_the_exact_invocation(name: str) -> None:
    golden = json.loads(INVOCATIONS.read_text())[name]
    spec = job("http://127.0.0.1:8000/v1", **golden["job"])
    assert json.loads(json.dumps(invocation.arguments(spec))) == golden["arguments"]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a/b:1.5", "a-b-1-5"),
        ("..", "-"),
        ("", "model"),
        ("Ä", "-"),
        ("Qwen2_VL-7B", "Qwen2_VL-7B"),
    ],
)
def test_a_models_name_becomes_one_folder(name: str, folder: str) -> None:
    assert invocation.label(name) == folder


def test_only_free_arguments_are_passed_on() -> None:
    known = set(invocation.owners())
    assert invocation.refusal({"seed": 7, "debug": True}, known) is None
    assert invocation.refusal({}, known) is None
    assert "no argument 'sed'" in invocation.refusal({"sed": 7}, known)
    assert "'limit' is not free (core: limit)" in invocation.refusal({"limit": 3}, known)
    assert "no cache is read" in invocation.refusal({"seed": 7, "use_cache": "old"}, known)
    # An argument that a newer EvalScope has, and nobody has looked at.
    assert "not in arguments.tsv" in invocation.refusal({"new": 1}, known | {"new"})


def test_every_argument_has_one_owner() -> None:
    rows = find_adapter("harness", "evalscope").harness_arguments()
    assert len(rows) == 38
    assert {row["owner"].partition(":")[0] for row in rows.values()} == {"core", "adapter", "free"}
    free = [name for name, row in rows.items() if row["owner"] == "free"]
    assert free == ["dataset_args", "debug", "enable_progress_tracker", "seed"]
    given = invocation.arguments(job("http://127.0.0.1:8000/v1"))
    assert set(given) <= set(rows)
    assert set(given) & set(free) == {"dataset_args"}  # ours and theirs are joined


def asked(text: str, *images: Path) -> SimpleNamespace:
    parts = [SimpleNamespace(type="image", image=str(path)) for path in images]
    parts.append(SimpleNamespace(type="text", text=text))
    return SimpleNamespace(role="user", content=parts)


def test_the_request_is_made_from_what_evalscope_hands_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))
    image = tmp_path / "name lies.txt"
    image.write_bytes(PNG)
    system = SimpleNamespace(role="system", text=" Be brief. ")
    config = SimpleNamespace(extra_body={"temperature": 0, "n": 2}, timeout=7.5)
    spec = {"base_url": "u", "parameters": {"temperature": 1}, "system_prompt": None}
    classes = part("classes")
    model, sample, parts = classes.request(
        spec, "s/1", [system, asked(" a <image 1>\n", image)], config
    )
    assert sample == "s/1"
    assert model == {
        "base_url": "u",
        "parameters": {"temperature": 0, "n": 2},
        "system_prompt": " Be brief. ",
        "timeout_s": 7.5,
    }
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert parts == [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": " a <image 1>\n"},
    ]
    secret = tmp_path / "secret.png"
    secret.write_text("root:x:0:0")
    with pytest.raises(ValueError, match=r"secret.png is no image"):
        classes.request(spec, "s", [asked("a", secret)], config)


def test_no_setting_or_key_of_the_person_reaches_evalscope(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    surroundings = part("surroundings")
    monkeypatch.setattr(os, "environ", {**os.environ, **TRAPS, "OPENAI_API_KEY": "sk", "HOME": "h"})
    os.environ["MODELSCOPE_CACHE"] = "elsewhere"
    surroundings.environment(str(tmp_path))
    assert not set(os.environ) & {*TRAPS, "OPENAI_API_KEY"}
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    for name in ("HF_HOME", "MODELSCOPE_CACHE", "EVALSCOPE_CACHE", "XDG_CACHE_HOME"):
        assert Path(os.environ[name]).parent == tmp_path


def test_the_manifest_names_what_is_pinned() -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    lock = (ADAPTER / "requirements.lock").read_text("utf-8")
    assert f"{manifest['distribution']}=={manifest['version']} " in lock
    pinned = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    assert not set(manifest["excludes"]) & pinned
    assert not {"torch", "torchvision", "transformers", "openai"} & pinned
