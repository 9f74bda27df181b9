"""How a number was made, as far as a harness's own files say it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench.importing import read_results, stated_protocol
from bench.importing.shown import Shown
from bench.importing.stated import of_evalscope, of_hret, of_lm_eval, of_lmms_eval, of_vlmevalkit
from bench.published import Protocol, load_published
from tests.importing.made import MADE, imported

PAGE = (Shown(id="0", question="Q: how much?\nAnswer:", images=("a.png",)),)
TEXT = (Shown(id="0", question="Q: how much?\nAnswer:"),)


def lmms(config: dict[str, Any], run: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"configs": {"t": {"output_type": "generate_until"} | config}, "config": run or {}}


@pytest.mark.parametrize(
    ("kwargs", "decoding"),
    [
        ({"temperature": 0}, "greedy"),
        ({"temperature": 0.0, "do_sample": False}, "greedy"),
        ({"do_sample": False, "temperature": 1}, "greedy"),
        ({"temperature": 0.7}, "sampled"),
        ({"do_sample": True}, "sampled"),
        ({}, None),
    ],
    ids=["zero", "both", "no-sample", "warm", "sample", "nothing"],
)
def test_decoding_is_what_is_said(kwargs: dict[str, Any], decoding: str | None) -> None:
    """Where nothing is said a model class or a server decides: that is no statement."""
    said = of_lmms_eval(lmms({"generation_kwargs": kwargs}), "t", PAGE)
    assert said.get("decoding") == decoding
    assert of_evalscope({"generation_config": kwargs}, "t", PAGE).get("decoding") == decoding
    # lm-eval itself sends temperature 0.
    said = of_lm_eval(lmms({"generation_kwargs": kwargs}), "t", PAGE)
    assert said["decoding"] == (decoding or "greedy")


def test_words_around_a_question_are_the_prompt_where_each_question_has_them() -> None:
    around = {"pre_prompt": "Q: ", "post_prompt": "\nAnswer:"}
    others = {"default": around, "qwen_vl": {"pre_prompt": "", "post_prompt": " Answer:"}}
    for config in ({"lmms_eval_specific_kwargs": around}, {"model_specific_prompt_kwargs": others}):
        assert of_lmms_eval(lmms(config), "t", PAGE)["prompt"] == "Q: {question}\nAnswer:"
    other = (*PAGE, Shown(id="1", question="how much?"))
    assert "prompt" not in of_lmms_eval(lmms({"lmms_eval_specific_kwargs": around}), "t", other)
    assert "prompt" not in of_lmms_eval(lmms({"lmms_eval_specific_kwargs": around}), "t", ())


def test_a_function_is_no_prompt_and_our_own_model_decides_nothing() -> None:
    function = {"doc_to_text": "<function prompt at 0x7f86d35ed940>"}
    assert "prompt" not in of_lm_eval(lmms(function), "t", TEXT)
    ours = lmms({"generation_kwargs": {"temperature": 0}}, {"model": "BenchModel"})
    assert "decoding" not in of_lmms_eval(ours, "t", PAGE)


def test_pictures_have_a_resolution_where_it_was_set() -> None:
    run = {"model": "qwen2_vl", "model_args": "pretrained=x,min_pixels=3136,max_pixels=1605632"}
    said = of_lmms_eval(lmms({}, run), "t", PAGE)
    assert said["resolution"] == "max_pixels=1605632, min_pixels=3136"
    assert "resolution" not in of_lm_eval(lmms({}), "t", PAGE)
    assert of_lm_eval(lmms({}), "t", TEXT)["resolution"] == "none"
    assert "resolution" not in of_lm_eval(lmms({}), "t", (Shown(id="0"),))


def test_evalscope_says_it_in_its_resolved_config(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MADE / "evalscope", tmp_path / "made"))
    (folder / "reports" / "stub-vlm" / "general_mcq.json").unlink()
    config = folder / "configs" / "task_config.yaml"
    config.write_text(
        "evalscope_version: 1.14.1\n"
        "generation_config: {batch_size: 4, extra_body: {temperature: 0}}\n"
        "judge: {models: [], strategy: rule}\n"
        "resolved_benchmarks:\n"
        "  general_qa:\n"
        "    eval_split: validation\n"
        "    few_shot_num: 0\n"
        "    prompt_template: '{question}\n\n      Briefly.'\n"
    )
    (job,) = imported(folder, tmp_path / "run").jobs
    assert job.harness.version == "1.14.1"
    assert job.task.data["protocol"] == {
        "split": "validation",
        "shots": 0,
        "prompt": "{question}\nBriefly.",
        "decoding": "greedy",
        "judge": "none",
    }
    config.write_text("a: [")
    (found,) = read_results(folder)
    assert (found.version, found.protocol) == (None, {})


def test_a_judge_that_may_have_been_another_is_not_said() -> None:
    """VLMEvalKit keeps the judge's name where it fell back to exact matching."""
    assert of_vlmevalkit(["val", "val"], {"judge_model": "gpt-4o-mini"}) == {"split": "val"}
    assert of_vlmevalkit(["val", "test"], {"judge_model": "exact_matching"}) == {"judge": "none"}
    assert of_hret({"split": "test", "num_few_shot_applied": 5}) == {"split": "test", "shots": 5}
    assert of_hret({"evaluation_method_name": "llm_judge"}) == {}


@pytest.mark.parametrize("odd", [None, [], "x", 7, {"t": None}, {"t": []}], ids=repr)
def test_odd_values_say_nothing(odd: Any) -> None:
    results = {"configs": odd, "config": odd, "n-shot": odd}
    assert of_lmms_eval(results, "t", TEXT) == {}
    assert set(of_lm_eval(results, "t", TEXT)) <= {"chat_template", "judge", "resolution"}
    config = {"resolved_benchmarks": odd, "generation_config": odd, "judge": odd}
    assert of_evalscope(config, "t", PAGE) == {}


def test_what_is_said_are_keys_of_a_protocol(tmp_path: Path) -> None:
    for name in ("lm_eval_chat", "lm_eval_dummy", "lmms_eval", "vlmevalkit_tsv", "evalscope"):
        for found in read_results(MADE / name):
            assert Protocol.model_validate(found.protocol).known() == found.protocol
    (one,) = read_results(MADE / "lm_eval_chat")
    assert stated_protocol(MADE / "lm_eval_chat") == one.protocol
    assert one.protocol["decoding"] == "greedy"
    # Of several jobs, of none and of a broken one nothing can be said.
    assert stated_protocol(MADE / "vlmevalkit_tsv") == {}
    assert stated_protocol(tmp_path) == {}
    (tmp_path / "x_results.json").write_text(json.dumps({"results": 1, "n-samples": 2})[:-3])
    assert stated_protocol(tmp_path) == {}


def arc_challenge(folder: Path) -> Path:
    """lm-eval's folder of ARC-Challenge, of two questions, as it writes one."""
    place = Path(shutil.copytree(MADE / "lm_eval_dummy", folder))
    for path in sorted(place.glob("*/*my_gen*")):
        path.unlink()
    (samples,) = place.glob("*/samples_my_mc_*")
    samples.rename(samples.with_name(samples.name.replace("my_mc", "arc_challenge")))
    (results,) = place.glob("*/results_*")
    text = results.read_text("utf-8").replace("my_mc", "arc_challenge")
    whole = json.loads(text)
    for key in ("results", "versions", "n-shot", "higher_is_better", "n-samples", "configs"):
        whole[key] = {"arc_challenge": whole[key]["arc_challenge"]}
    config = {"doc_to_text": "Question: {{question}}\nAnswer:", "test_split": "test"}
    whole["configs"]["arc_challenge"] |= config
    results.write_text(json.dumps(whole), "utf-8")
    return place


def test_a_published_number_is_held_against_an_imported_run(tmp_path: Path) -> None:
    """All of the protocol is known; what differs is the model, a dummy, and n, two questions."""
    from bench.reproduction.from_run import from_run

    entries = {one.id: one for one in load_published()}
    entry = entries["arc-challenge-smollm2-135m-instruct"]
    report = imported(arc_challenge(tmp_path / "theirs"), tmp_path / "run")
    assert [job.task.name for job in report.jobs] == ["arc-challenge"]
    known = from_run(entry, tmp_path / "run").known.known()
    stated = entry.stated.known()
    assert {key for key in stated if known.get(key) != stated[key]} == {"model", "n"}
