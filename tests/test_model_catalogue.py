"""The shipped model files: what they say of each harness is what the harness has."""

from __future__ import annotations

import json
import re

import pytest

from bench.adapter import adapters
from bench.benchmarks import compiled
from bench.cli import model_rows
from bench.model import InProcess, Model, find_model, models
from bench.model_ways import ASKS_ONLY, ways
from tools.models.__main__ import catalogued, text_of
from tools.models.invocations import invocations
from tools.models.parameters import GOLDEN, RECORDED, Found, live, recorded
from tools.models.table import PAGE, with_table

# What a class that keeps its other arguments for generate() may be given among them.
GENERATION = {"max_new_tokens"}
SET_BY_ADAPTERS = {"pretrained", "model_path", "model_id_name", "device", "batch_size"}
FAMILIES = {
    *("Qwen2-VL", "Qwen2.5-VL", "Qwen3-VL", "InternVL", "LLaVA", "LLaVA-OneVision"),
    *("Llama 3.2 Vision", "SmolVLM", "MiniCPM-V", "Gemma 3", "Phi vision", "PaliGemma"),
    *("InstructBLIP", "BLIP-2", "Whisper", "LLaVA-NeXT-Video", "SmolLM2", "Llama 3.1", "Qwen2.5"),
}
HARNESSES = adapters("harness")
LOADERS = sorted(name for name, one in HARNESSES.items() if one.weights is not None)
MODELS = {model.name: model for model in catalogued()}
NAMES = list(MODELS)
LOADED = [(model.name, harness) for model in MODELS.values() for harness in model.in_process]


def unknown(one: InProcess, found: Found) -> set[str]:
    """The arguments that the class neither has, nor reads, nor hands to generate()."""
    known = set(found["arguments"]) | set(found["reads"])
    return set(one.arguments) - known - (GENERATION if found["open"] else set())


def test_the_families_that_people_ask_for_are_there() -> None:
    assert {model.family for model in MODELS.values()} >= FAMILIES
    assert {"lm-eval", "lmms-eval", "vlmevalkit"} == set(LOADERS)


@pytest.mark.parametrize("name", NAMES)
def test_each_harness_that_loads_weights_is_named_once(name: str) -> None:
    model = MODELS[name]
    assert sorted([*model.in_process, *model.unsupported]) == LOADERS
    assert all(reason and not reason.endswith(".") for reason in model.unsupported.values())
    assert model.family
    assert isinstance(model.weights, str) != (name == "smollm2-135m-instruct")


@pytest.mark.parametrize(("name", "harness"), LOADED, ids=str)
def test_the_name_and_the_arguments_are_the_harness_s_own(name: str, harness: str) -> None:
    one = MODELS[name].in_process[harness]
    found = recorded()[harness][one.model]
    table = (HARNESSES[harness].folder / "models.tsv").read_text("utf-8")
    listed = dict(line.split("\t")[:2] for line in table.splitlines())
    assert listed[one.model] == found["class"]
    assert unknown(one, found) == set()
    assert not set(one.arguments) & SET_BY_ADAPTERS
    assert all(re.fullmatch(r"[a-z0-9-]+(==|<)[0-9.]+", pin) for pin in one.requires)


def test_an_argument_that_a_class_has_not_is_found() -> None:
    found = recorded()["lmms-eval"]["qwen2_5_vl"]
    assert unknown(InProcess(model="qwen2_5_vl", arguments={"dtype": "bfloat16"}), found) == {
        "dtype"
    }
    kept = recorded()["vlmevalkit"]["Qwen3-VL-8B-Instruct"]
    asked = {"use_vllm": False, "max_new_tokens": 9, "use_vlm": True}
    assert unknown(InProcess(model="x", arguments=asked), kept) == {"use_vlm"}


@pytest.mark.parametrize("name", NAMES)
def test_the_exact_invocation(name: str) -> None:
    """After an edit: python -m tools.models, and look at what it changed."""
    found = text_of(invocations(MODELS[name], recorded()))
    assert found == (GOLDEN / f"{name}.json").read_text("utf-8")


def test_a_changed_argument_changes_the_invocation() -> None:
    model = MODELS["gemma-3-4b-it"]
    one = model.in_process["vlmevalkit"].model_copy(update={"arguments": {"max_new_tokens": 7}})
    changed = model.model_copy(update={"in_process": model.in_process | {"vlmevalkit": one}})
    before, after = (invocations(each, recorded()) for each in (model, changed))
    assert before["in_process"]["vlmevalkit"]["arguments"] == {"model_path": "WEIGHTS"}
    given = {"model_path": "WEIGHTS", "max_new_tokens": 7}
    assert after["in_process"]["vlmevalkit"]["arguments"] == given
    assert after["in_process"]["lm-eval"] == before["in_process"]["lm-eval"]


def test_there_is_a_golden_file_for_each_model_and_no_other() -> None:
    files = {path.stem for path in GOLDEN.glob("*.json")} - {RECORDED.stem}
    assert files == set(NAMES)
    used = {(harness, MODELS[name].in_process[harness].model) for name, harness in LOADED}
    assert {(harness, name) for harness, one in recorded().items() for name in one} == used


def test_the_table_of_the_page_is_that_of_the_files() -> None:
    page = PAGE.read_text("utf-8")
    assert with_table(page, MODELS.values()) == page, "python -m tools.models"


def test_what_the_list_shows_is_what_the_files_say() -> None:
    kept = compiled.kept(model_rows.MODELS, model_rows.models_digest())
    assert kept == {"rows": model_rows.described()}, "python -m tools.catalogue"
    assert [row["name"] for row in kept["rows"]] == list(models())


def test_every_harness_that_needs_a_model_has_a_way_or_a_reason() -> None:
    found = {way.harness.name: way for way in ways(MODELS["whisper-large-v3"])}
    assert found["evalscope"].why_not == ASKS_ONLY
    assert found["vlmevalkit"].why_not == "it has no class for Whisper"
    assert found["lmms-eval"].loads is not None
    assert found["lmms-eval"].why_not is None
    said = Model(name="m", engine="vllm", weights="org/m")
    assert {way.why_not for way in ways(said) if way.harness.weights} == {
        "its model file says nothing of it"
    }
    assert ways(find_model("tesseract")) == ()


@pytest.mark.harness
@pytest.mark.timeout(1500)  # a minute of processor time, most of it imports
@pytest.mark.parametrize("harness", LOADERS)
def test_the_recorded_arguments_are_those_of_the_installed_classes(harness: str) -> None:
    found = json.loads(json.dumps(live(harness, MODELS.values(), print)))
    assert found == recorded()[harness], "python -m tools.models --live"
