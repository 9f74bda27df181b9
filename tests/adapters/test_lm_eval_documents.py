"""The adapter's process in lm-eval's own environment: what reaches the model, what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.lm_eval_process import (
    ADAPTER,
    HERE,
    SDK,
    Counting,
    counting,
    run,
    specification,
    start,
    write_items,
)
from tests.adapters.test_lm_eval_probe import llama_cpp, serving
from tests.adapters.vlmevalkit_stub.process import picture
from tests.runs import await_true

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
PARAMETERS = {"temperature": 0, "max_tokens": 64, "stop": ["a,b"], "top_p": 1}
PROMPTS = [" Read.\t{{ n }} {n}\n", "", "[1, 2]", "<image> <audio>", "1", "\ud800 \x00 \u2028", "a"]
ANSWERS: list[str | int] = ["NA", "\ud800", 500, "[no answer]", "a\u2028b\r", "", " 007 "]


@pytest.fixture
def endpoint() -> Iterator[Counting]:
    with counting() as server:
        yield server


def url(endpoint: Counting) -> str:
    return f"http://127.0.0.1:{endpoint.server_address[1]}/v1"


def mixed(folder: Path) -> list[dict[str, Any]]:
    """Documents with none, one and two images, of four formats; ids that are no file names."""
    folder.mkdir()
    forms, rows = ["PNG", "JPEG", "BMP", "WEBP"], []
    for number, prompt in enumerate(PROMPTS):
        path = folder / f"page {number}.bin"
        path.write_bytes(picture(forms[number % 4]))
        rows.append({"id": f"ä/{number}\t=", "images": [str(path)] * (number % 3)})
        rows[-1]["prompt"] = prompt
    write_items(folder, rows)
    return rows


def digests(contents: list[bytes]) -> list[str]:
    return [hashlib.sha256(content).hexdigest() for content in contents]


def test_prompt_images_parameters_and_ids_reach_the_model_as_they_are(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    folder = tmp_path / "job, with=odd name.json"
    rows = mixed(folder)
    ids = [row["id"] for row in rows]
    endpoint.answers = dict(zip(ids, ANSWERS, strict=True))
    said = {"served_id": "org/m,a=b [x]", "system_prompt": " Be {{brief}}.\n"}
    model = said | {"parameters": PARAMETERS}
    done = run(lm_eval_python, folder, specification(url(endpoint), model))

    assert done.result["status"] == "ok", done.result["error"]
    assert done.result["native"] == []
    assert done.result["versions"]["harness"] == "0.4.13"
    assert done.result["versions"]["distribution"] == "lm_eval"
    for row in rows:
        seen = dict(endpoint.seen[row["id"]])
        parts = endpoint.parts(row["id"])
        assert digests(endpoint.images(row["id"])) == digests(
            [Path(path).read_bytes() for path in row["images"]]
        )
        assert parts[len(row["images"]) :] == [{"type": "text", "text": row["prompt"]}]
        assert all(set(part["image_url"]) == {"url"} for part in parts[:-1])
        system, _ = seen.pop("messages")
        assert system == {"role": "system", "content": said["system_prompt"]}
        assert "Authorization" not in seen.pop("headers")
        # Neither `seed` nor another word of lm-eval's own.
        assert seen == PARAMETERS | {"model": said["served_id"]}
    # No retry, of the failed one neither; one modality a call of lm-eval, both asked in full.
    assert endpoint.connections == len(rows)
    calls = json.loads((folder / "raw" / "invocation.json").read_text())
    names = {call["tasks"][0]["task"]: call["tasks"][0]["dataset_kwargs"] for call in calls}
    assert names == {
        "documents_text": {"rows": [0, 3, 6]},
        "documents_image": {"rows": [1, 2, 4, 5]},
    }

    for sample, answer in endpoint.answers.items():
        row = done.predictions.pop(sample)
        if isinstance(answer, str):
            assert (row["status"], row["prediction"]) == ("answered", answer)
        else:
            assert (row["status"], row["prediction"]) == ("failed", None)
            assert f"HTTP {answer}" in row["error"]
    assert not done.predictions
    stages = [one["stage"] for one in done.events if one["event"] == "stage"]
    assert stages == ["loading lm-eval", "preparing papers", "asking the model"]
    assert {"event": "progress", "done": 7, "total": 7} in done.events
    assert done.warnings().startswith(f"1 answers are no valid Unicode ({ids[1]} first)")

    # Nothing outside the job's folder, no cache, no key; the harness itself knows its arguments.
    assert not (folder / "home").exists()
    assert sorted(path.name for path in (folder / "raw").iterdir()) == [
        *("evidence.json", "image", "invocation.json", "text")
    ]
    for path in folder.rglob("*"):
        assert not path.is_file() or b"not-ours" not in path.read_bytes()
    (results,) = (folder / "raw" / "image").glob("results_*.json")
    config = json.loads(results.read_text())["config"]
    assert config["model_args"] == calls[0]["model_args"]
    assert config["model_args"]["model"] == said["served_id"]
    assert config["gen_kwargs"] == PARAMETERS

    again = run(lm_eval_python, folder, specification(url(endpoint), model), "collect")
    assert again.result["status"] == "ok"
    assert endpoint.connections == len(rows)


def test_lm_eval_is_really_called_as_the_golden_file_says(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    page = tmp_path / "page.png"
    page.write_bytes(picture("PNG"))
    row = {"images": [str(page)], "prompt": "Read."}
    write_items(tmp_path / "job", [row | {"id": one} for one in ("a", "b", "c")])
    endpoint.answers = {"a": "one", "b": "two"}
    given = {"write_out": True, "random_seed": 7}
    spec = specification(url(endpoint), {}, limit=2, harness_args=given)
    done = run(lm_eval_python, tmp_path / "job", spec)

    assert done.result["status"] == "ok", done.result["error"]
    assert [done.predictions[one]["prediction"] for one in "ab"] == ["one", "two"]
    assert endpoint.connections == len(done.predictions) == 2
    assert "context prompt (starting on next line)" in done.log  # write_out, a free argument
    golden = json.loads((HERE / "lm_eval_recorded" / "invocations.json").read_text())
    expected = golden["limit_and_harness_args"]
    expected["model_args"]["base_url"] = url(endpoint)
    expected["tasks"][0]["dataset_kwargs"] = {"rows": [0, 1]}
    assert json.loads((tmp_path / "job" / "raw" / "invocation.json").read_text()) == [expected]
    (results,) = (tmp_path / "job" / "raw" / "image").glob("results_*.json")
    config = json.loads(results.read_text())["config"]
    assert (config["random_seed"], config["limit"], config["use_cache"]) == (7, 2, None)


def test_files_that_lm_eval_cannot_write_fail_the_job(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    write_items(tmp_path / "job", [{"id": "a", "images": [], "prompt": "Read."}])
    endpoint.answers = {"a": "one"}
    # No UTF-8 file can hold this name: lm-eval says so in its log, and ends as if all were well.
    spec = specification(url(endpoint), {"served_id": "m\ud800"})
    done = run(lm_eval_python, tmp_path / "job", spec)
    assert "Could not save results aggregated" in done.log
    assert done.result["status"] == "failed"
    assert done.result["error"]["message"].startswith("lm-eval's results file is cut (")
    assert done.predictions["a"]["prediction"] == "one"


def test_a_killed_run_leaves_nothing_that_another_picks_up(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    page = tmp_path / "page.png"
    page.write_bytes(picture("PNG"))
    ids = [f"s{number}" for number in range(6)]
    rows = [{"id": one, "images": [str(page)], "prompt": f"Read {one}."} for one in ids]
    for name in ("first", "second"):
        write_items(tmp_path / name, rows)
    endpoint.answers, endpoint.hold_after = dict.fromkeys(ids, "old"), 3
    spec = specification(url(endpoint), {}, concurrency=1)
    process = start(lm_eval_python, tmp_path / "first", spec, "evaluate")
    await_true(lambda: endpoint.connections == 4)
    process.kill()
    process.wait()
    assert list(endpoint.seen) == ids[:3]
    assert not (tmp_path / "first" / "result.json").exists()

    endpoint.answers, endpoint.hold_after = dict.fromkeys(ids, "new"), None
    endpoint.released.set()
    await_true(lambda: ids[3] in endpoint.seen)  # the killed client's request still arrives
    for name in ("second", "first"):  # a fresh folder, and the one that was left
        endpoint.seen.clear()
        done = run(lm_eval_python, tmp_path / name, spec)
        assert done.result["status"] == "ok", done.result["error"]
        assert list(endpoint.seen) == ids
        assert [row["prediction"] for row in done.rows("predictions.jsonl")] == ["new"] * 6


def test_the_table_of_arguments_is_that_of_the_installed_lm_eval(lm_eval_python: Path) -> None:
    done = subprocess.run(
        [str(lm_eval_python), str(ADAPTER / "arguments.py")],
        env=os.environ | {"PYTHONPATH": str(SDK), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (ADAPTER / "arguments.tsv").read_text("utf-8")


def test_what_lm_eval_does_not_take_is_refused_before_anything_is_asked(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    write_items(tmp_path / "job", [{"id": "a", "images": [], "prompt": "Read."}])
    for name, said in {"limt": "no argument 'limt'", "samples": "'samples' is not free"}.items():
        spec = specification(url(endpoint), {}, harness_args={name: 1})
        done = run(lm_eval_python, tmp_path / "job", spec)
        assert done.result["status"] == "unsupported"
        assert said in done.result["error"]["message"]
    assert endpoint.connections == 0


LOGLIKELIHOOD = """
import importlib.util, json, sys
from types import SimpleNamespace
def sibling(name):
    spec = importlib.util.spec_from_file_location("a_" + name, sys.argv[1] + "/" + name + ".py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
import datasets
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager
job = SimpleNamespace(spec={"model": {"served_id": "", "base_url": "", "timeout_s": 5}})
given = (job, [], None, sibling("collect"), sibling("probe"))
model = sibling("classes").model_class(*given)(num_concurrent=1, **json.loads(sys.argv[2]))
row = {"question": "Is it?", "choices": ["yes", "no"], "answer": 0}
task = {"task": "t", "test_split": "test", "output_type": "multiple_choice",
        "custom_dataset": lambda **_: {"test": datasets.Dataset.from_list([row])},
        "doc_to_text": "{{question}}", "doc_to_choice": "choices", "doc_to_target": "answer"}
try:
    simple_evaluate(model=model, tasks=[task], task_manager=TaskManager(include_defaults=False),
                    bootstrap_iters=0)
except Exception as error:
    print("PROBE", type(error).__name__, error)
"""


def test_no_log_likelihood_is_asked_of_an_endpoint_that_cannot_give_it(
    lm_eval_python: Path,
) -> None:
    with serving(lambda choice: choice) as good, serving(llama_cpp) as bad:
        said = {}
        for name, model in (("good", good), ("bad", bad)):
            given = {"model": "tiny", "base_url": model["base_url"], "timeout": 5}
            done = subprocess.run(
                [str(lm_eval_python), "-c", LOGLIKELIHOOD, str(ADAPTER), json.dumps(given)],
                env=os.environ | {"PYTHONPATH": str(SDK), "PYTHONSAFEPATH": "1"},
                capture_output=True,
                text=True,
                check=True,
            )
            said[name] = done.stdout.partition("PROBE ")[2].strip()
    assert said["good"].startswith("Unsupported the endpoint gives log-probabilities, but ")
    assert said["bad"] == (
        "Unsupported the log-probabilities of tiny cannot be used: the new token is missing"
    )
