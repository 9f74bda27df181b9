"""The pieces of the lm-eval adapter that need no lm-eval."""

from __future__ import annotations

import csv
import inspect
import json
import os
import tomllib
from typing import Any

import pytest

from tests.adapters.lm_eval_process import ADAPTER, HERE, SDK, TRAPS, part, specification

GOLDEN = json.loads((HERE / "lm_eval_recorded" / "invocations.json").read_text("utf-8"))
URL = "http://127.0.0.1:8000/jobs/j/v1"


@pytest.fixture(autouse=True)
def _sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SDK))


def jobs() -> dict[str, dict[str, Any]]:
    parameters = {"temperature": 0, "max_tokens": 64, "stop": ["a,b"]}
    said = {"system_prompt": " Be brief.\n", "parameters": parameters}
    return {
        "plain": specification(URL, {}),
        # lm-eval would cut a text of arguments at each comma and at each equals sign.
        "system_prompt_and_parameters": specification(URL, {"served_id": "org/m,a=b", **said}),
        "limit_and_harness_args": specification(
            URL, {}, limit=2, harness_args={"write_out": True, "random_seed": 7}
        ),
    }


@pytest.mark.parametrize("name", list(jobs()))
def test_lm_eval_is_called_exactly_so(name: str) -> None:
    assert part("run").invocation(jobs()[name], "image", [0, 2]) == GOLDEN[name]


def test_every_argument_has_one_owner() -> None:
    arguments = part("arguments")
    with (ADAPTER / "arguments.tsv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert {name: row["owner"] for name, row in rows.items() if row["owner"] != "free"} == (
        arguments.OWNERS
    )
    # What is called is what the table says: nothing free is set by us, nothing is left out.
    called = set(part("run").invocation(jobs()["plain"], "image", [0]))
    owned = set(arguments.OWNERS) | set(arguments.BENCHMARKS_ONLY)
    assert called | {"task_manager", "evaluation_tracker"} == owned
    free = {"write_out", "random_seed", "numpy_random_seed", "fewshot_random_seed"}
    assert set(rows) - owned == free
    for row in rows.values():
        assert row["owner"].partition(":")[0] in ("free", "core", "adapter")


def test_arguments_of_ours_and_unknown_ones_are_refused_by_name() -> None:
    run, arguments = part("run"), part("arguments")
    model = specification(URL, {}, harness_args={"use_cache": "x"})
    with pytest.raises(run.Unsupported, match=r"'use_cache' is not free \(adapter: off"):
        run.refuse_unsupported(model)

    def taken(model: str, write_out: bool = False) -> None:  # noqa: FBT001, FBT002
        """A signature."""

    arguments.OWNERS = {"model": "core: model"}
    arguments.check_signature({"write_out": True}, inspect.signature(taken))
    with pytest.raises(run.Unsupported, match="simple_evaluate has no argument 'lmit'"):
        arguments.check_signature({"lmit": 3}, inspect.signature(taken))
    arguments.OWNERS = {"gone": "core: model"}
    with pytest.raises(run.Unsupported, match="'gone'"):
        arguments.check_signature({}, inspect.signature(taken))


def test_what_cannot_be_asked_is_refused() -> None:
    run = part("run")
    with pytest.raises(run.Unsupported, match="needs a model"):
        run.refuse_unsupported(specification(URL, {}) | {"model": None})
    loaded = {"in_process": {"model": "hf", "arguments": {}, "weights": "/w"}}
    with pytest.raises(run.Unsupported, match="documents are asked over HTTP"):
        run.refuse_unsupported(specification(URL, loaded))
    with pytest.raises(run.Unsupported, match="client: documents are asked by our own class"):
        run.refuse_unsupported(specification(URL, {}, options={"client": "local-chat-completions"}))
    with pytest.raises(run.Unsupported, match="api is completions"):
        run.refuse_unsupported(specification(URL, {"api": "completions"}))
    with pytest.raises(run.Unsupported, match="'num_fewshot' is not free for a document task"):
        run.refuse_unsupported(specification(URL, {}, harness_args={"num_fewshot": 1}))
    benchmark = {"name": "mmlu", "kind": "benchmark", "benchmark": "mmlu", "file": None}
    run.refuse_unsupported(
        specification(URL, loaded, task=benchmark, harness_args={"num_fewshot": 1})
    )


ITEM = {"id": "s", "prompt": " a\n", "images": ["/p.png"]}
SAID = [{"role": "system", "content": "S"}, {"role": "user", "content": " a\n"}]
KWARGS = {"until": [], "top_p": 1}
MODEL = {"system_prompt": "S", "parameters": {"top_p": 1}}


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ((json.dumps(SAID), KWARGS, {"visual": ["/p.png"]}), []),
        ((json.dumps(SAID[1:]), KWARGS, {"visual": ["/p.png"]}), ["prompt"]),
        ((json.dumps(SAID).replace(" a", "a"), KWARGS, {"visual": ["/p.png"]}), ["prompt"]),
        ((json.dumps(SAID), {"until": ["Q:"], "top_p": 1}, {"visual": ["/p.png"]}), ["parameters"]),
        ((json.dumps(SAID), {"until": []}, {"visual": []}), ["parameters", "images"]),
        ((json.dumps(SAID), KWARGS), ["images"]),
    ],
)
def test_what_lm_eval_changed_is_seen(given: tuple[Any, ...], changed: list[str]) -> None:
    assert part("classes").changes(given, ITEM, MODEL, {"until": []}) == changed


def test_an_answer_that_is_no_text_is_a_failure() -> None:
    classes = part("classes")
    assert classes.settled(classes.Answer, "", None) == ("", None)
    assert classes.settled(classes.Answer, ["a"], None).error == (
        "the answer's content is no text: ['a']"
    )
    assert classes.settled(int, "x").error.startswith("ValueError: ")


def test_no_setting_or_key_of_the_person_reaches_lm_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (TRAPS | {"HF_ENDPOINT": "http://x", "WANDB_MODE": "online"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    part("surroundings").environment("/job/raw/home")
    left = {name: os.environ[name] for name in os.environ if name in TRAPS}
    assert left == {"LM_HARNESS_CACHE_PATH": "/job/raw/home/requests"}
    assert not {"HF_ENDPOINT", "WANDB_MODE"} & set(os.environ)
    assert os.environ["HF_HOME"] == "/job/raw/home/huggingface"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["GIT_CEILING_DIRECTORIES"] == "/job"


def test_torch_is_in_the_environment_for_weights_alone() -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    assert manifest["weights"]["torch"] is True
    assert manifest["weights"]["torchvision"] is False
    pinned = f"{manifest['distribution']}=={manifest['version']}"
    assert pinned in (ADAPTER / "weights.in").read_text("utf-8").split("\n")
    locked = (ADAPTER / "weights.lock").read_text("utf-8")
    assert "\nlm-eval==0.4.13 " in locked
    assert "\ntorch==" not in locked


def test_the_manifest_names_what_is_pinned_and_no_torch() -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    pinned = f"{manifest['distribution']}=={manifest['version']}"
    wanted = (ADAPTER / "requirements.in").read_text("utf-8").split("\n")
    assert pinned in wanted
    assert not set(manifest["excludes"]) & {one.partition("==")[0] for one in wanted}
    locked = (ADAPTER / "requirements.lock").read_text("utf-8")
    assert "\nlm-eval==0.4.13 " in locked
    assert "\ntorch==" not in locked
    assert not list(ADAPTER.rglob("__init__.py"))
