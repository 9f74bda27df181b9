"""The pieces of the lmms-eval adapter that need no lmms-eval."""

from __future__ import annotations

import base64
import json
import os
import threading
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.adapter import find_adapter
from tests.adapters.lmms_eval_process import ADAPTER, RECORDED, ROOT, TRAPS, job, part
from tests.endpoint import Reply, endpoint

PNG = b"\x89PNG\r\n\x1a\n the rest is never decoded"
invocation = part("invocation")


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "system prompt and parameters",
        "limit and harness_args",
        "a task of lmms-eval",
        "parts of a task of lmms-eval",
        "weights in this process",
        "weights and a task of lmms-eval",
    ],
)
def test_the_exact_invocation(name: str) -> None:
    golden = json.loads((RECORDED / "invocations.json").read_text())[name]
    spec = job("http://127.0.0.1:8000/v1", **golden["job"])
    assert json.loads(json.dumps(invocation.whole(spec))) == golden["invocation"]


def test_only_free_arguments_are_passed_on() -> None:
    known = set(invocation.owners())
    assert invocation.refusal({"random_seed": 7, "bootstrap_iters": 10}, known) is None
    assert invocation.refusal({}, known) is None
    assert "no argument 'sed'" in invocation.refusal({"sed": 7}, known)
    assert "'limit' is not free (core: limit)" in invocation.refusal({"limit": 3}, known)
    assert "keeps failure texts" in invocation.refusal({"random_seed": 7, "use_cache": "c"}, known)
    assert "answers for the model" in invocation.refusal({"max_tokens": 100}, known)
    # An argument that a newer lmms-eval has, and nobody has looked at.
    assert "not in arguments.tsv" in invocation.refusal({"new": 1}, known | {"new"})


def test_every_argument_has_one_owner() -> None:
    rows = find_adapter("harness", "lmms-eval").harness_arguments()
    assert len(rows) == 54
    assert {row["owner"].partition(":")[0] for row in rows.values()} == {"core", "adapter", "free"}
    free = [name for name, row in rows.items() if row["owner"] == "free"]
    seeds = ["random_seed", "numpy_random_seed", "torch_random_seed", "fewshot_random_seed"]
    assert free == ["bootstrap_iters", *seeds, "process_docs_parallel"]
    whole = invocation.whole(job("http://127.0.0.1:8000/v1"))
    given = set(whole["simple_evaluate"])
    for object_ in ("task_manager", "evaluation_tracker"):
        given |= {f"{object_}.{name}" for name in whole[object_]}
    assert given | {"cli_args"} <= set(rows)


def test_the_task_takes_a_sample_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = part("task/documents")
    sample = {"id": "2024-01-01", "images": ["b.png", "a"], "prompt": " {{x}} <image>\n\ud800"}
    document = {"item": json.dumps(sample | {"references": ["007", "1.10"]})}
    assert documents.prompt(document) == sample["prompt"]
    assert documents.references(document) == ["007", "1.10"]
    assert documents.messages(document) == [
        {
            "role": "user",
            "content": [
                {"type": "image", "url": "b.png"},
                {"type": "image", "url": "a"},
                {"type": "text", "text": sample["prompt"]},
            ],
            "sample": "2024-01-01",
        }
    ]
    assert documents.asked(document, ["stripped"]) == {"asked": 1, "sample": "2024-01-01"}
    assert documents.count([1, 1, 1]) == 3


class Written:
    """What a job was told, in its order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.lock = threading.Lock()

    def answered(self, sample: str, text: str) -> None:
        with self.lock:
            self.said.append(("answered", sample, text))

    def failed(self, sample: str, error: str) -> None:
        with self.lock:
            self.said.append(("failed", sample, error))

    def progress(self, done: int, total: int) -> None:
        assert 0 < done <= total

    def stage(self, name: str) -> None:
        assert name == "asking the model"


def test_one_request_a_sample_and_the_image_files_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))
    classes, documents, collect = part("classes"), part("task/documents"), part("collect")
    (tmp_path / "name lies.txt").write_bytes(PNG)
    (tmp_path / "secret.png").write_text("root:x:0:0")
    samples = [
        {"id": "a", "images": ["name lies.txt"], "prompt": " fine "},
        {"id": "b", "images": ["secret.png"], "prompt": "no image"},
        {"id": "c", "images": ["absent.png"], "prompt": "no file"},
        {"id": "d", "images": [], "prompt": "breaks"},
        {"id": "e", "images": [], "prompt": "surrogate"},
    ]
    texts = {" fine ": Reply(" 1.10\n"), "surrogate": Reply("\ud800")}
    texts["breaks"] = Reply(status=500)
    rows: list[Any] = []
    for sample in samples:
        images = [str(tmp_path / name) for name in sample["images"]]
        rows.append({"item": json.dumps(sample | {"images": images, "references": []})})
    requests = [
        SimpleNamespace(args=("", documents.messages, {}, number, "t", "test"))
        for number in range(len(rows))
    ]
    written: Any = Written()
    with endpoint(lambda prompt, _number: texts[prompt]) as server:
        tally = classes.Tally(written, collect.shown)
        model = classes.model_class(object, tally, part("samples").Documents())
        spec = invocation.model(job(server.url, model={"system_prompt": " S "}))
        lm = model(**spec)
        lm.task_dict = {"t": {"test": rows}}
        seen = lm.generate_until(requests)

    assert seen[0] == " 1.10\n"
    assert all(one.startswith("[LMMS_EVAL_REQUEST_FAILED after 1 retries] ") for one in seen[1:4])
    assert seen[4] == "?"
    said = {one[1]: (one[0], one[2]) for one in written.said}
    assert len(said) == len(written.said) == 5
    assert said["a"] == ("answered", " 1.10\n")
    assert said["e"] == ("answered", "\ud800")
    assert said["b"] == ("failed", "ValueError: secret.png is no image")
    assert [said[one][0] for one in "bcd"] == ["failed"] * 3
    assert said["d"][1].startswith("HTTP 500")
    assert (tally.done, tally.altered) == (5, 1)
    assert len(server.asked) == 3  # nothing is asked of what cannot be sent, nothing twice
    by_prompt = {one["messages"][-1]["content"][-1]["text"]: one for one in server.asked}
    address = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert by_prompt[" fine "] == {
        "temperature": 0,
        "max_tokens": 64,
        "model": "org/o1-tiny,v=1",
        "messages": [
            {"role": "system", "content": " S "},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": address}},
                    {"type": "text", "text": " fine "},
                ],
            },
        ],
    }


def test_no_setting_or_key_of_the_person_reaches_lmms_eval(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, **TRAPS, "HF_HOME": "h", "RANK": "0"})
    part("surroundings").environment(str(tmp_path))
    assert not set(os.environ) & set(TRAPS)
    assert os.environ["RANK"] == "0"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    for name in ("HF_HOME", "XDG_CACHE_HOME", "LMMS_EVAL_DATASETS_CACHE", "LM_HARNESS_CACHE_PATH"):
        assert Path(os.environ[name]).parent == tmp_path


def test_the_manifest_names_what_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    lock = (ADAPTER / "requirements.lock").read_text("utf-8")
    assert f"{manifest['distribution']}=={manifest['version']} " in lock
    pinned = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    assert not set(manifest["excludes"]) & pinned
    assert not {"torch", "torchvision", "openai", "python-dotenv"} & pinned
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))
    assert part("classes").FAILED.startswith(manifest["failures"]["texts"][0])


def test_nothing_of_the_folder_is_a_package() -> None:
    # The folder has the harness's own name: as a package it would stand in lmms-eval's place.
    assert not list(ADAPTER.parents[1].rglob("__init__.py"))
