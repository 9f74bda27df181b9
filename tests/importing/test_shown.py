"""Questions, pictures, tokens and times that a harness wrote down are in the run, as its own."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import store
from bench.collect import collect
from bench.importing import Wanted, read_results
from bench.protocol import Prediction
from bench.report.asked import Question, questions
from bench.schema import Record
from tests.conftest import PIXEL
from tests.importing.made import MADE, imported
from tests.test_collect import job, request

URL = "data:image/png;base64," + base64.b64encode(PIXEL).decode()


def asked(run: Path) -> dict[str, Question]:
    """As pages of a report and of a comparison find them, by sample."""
    return {key[1]: one for key, one in questions(run, store.open_run(run).jobs).items()}


def records(run: Path) -> dict[str, Record]:
    return {one.id: one for one in store.read_records(run)}


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(MADE / name, tmp_path / "made"))


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Each line of a .jsonl, changed in place."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        change(row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def evalscope(tmp_path: Path, picture: str) -> Path:
    """A folder whose questions have a picture each."""
    folder = copied("evalscope", tmp_path)
    (folder / "reports" / "stub-vlm" / "general_mcq.json").unlink()

    def shown(row: dict[str, Any]) -> None:
        text = {"type": "text", "text": f"What {row['index']}?"}
        parts = [text, {"type": "image", "image": picture}]
        answer = {"role": "assistant", "content": "not asked"}
        row["messages"] = [{"role": "user", "content": parts}, answer]

    for kind in ("predictions", "reviews"):
        changed(folder / kind / "stub-vlm" / "general_qa_kdoc.jsonl", shown)
    return folder


def test_tokens_and_times_are_the_harness_own_and_are_said_to_be(tmp_path: Path) -> None:
    report = imported(MADE / "evalscope", tmp_path / "run")
    job = next(one for one in report.jobs if one.task.name == "general_qa")
    found = {one.id: one for one in store.read_records(tmp_path / "run") if one.job == job.id}
    assert found["1"].latency_s == 0.016861340998730157
    assert (found["1"].tokens, found["1"].finish_reason) == (2, "stop")
    (failed,) = (one for one in found.values() if one.status == "failed")
    assert (failed.tokens, failed.latency_s, failed.finish_reason) == (None, None, None)
    (note,) = (one for one in job.notes if "bench measured none" in one)
    assert note.startswith("times of 6 and tokens of 6 answers are evalscope's own")
    # Nothing of it looks as if it had been recorded on the wire.
    assert not (tmp_path / "run" / store.GATEWAY).exists()
    assert job.performance is None
    assert job.absent["performance"] == "no request went through the gateway"


def test_a_picture_in_a_file_is_written_out_and_moves_with_the_run(tmp_path: Path) -> None:
    imported(evalscope(tmp_path, URL), tmp_path / "run")
    moved = (tmp_path / "run").rename(tmp_path / "elsewhere")
    found = asked(moved)
    assert found["0"].prompt == "What 0?"
    (picture,) = found["0"].images
    assert picture.read_bytes() == PIXEL
    assert len(list(picture.parent.iterdir())) == 1  # the same one for every sample


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param("../outside.png", id="above"),
        pytest.param("{tmp}/outside.png", id="absolute"),
        pytest.param("link.png", id="link"),
        pytest.param("absent.png", id="absent"),
        pytest.param("x" * 5000, id="long"),
        pytest.param("a\x00b.png", id="nul"),
        pytest.param("data:image/png;base64,@@@", id="no-base64"),
        pytest.param("data:text/html;base64,PGI+", id="no-picture"),
    ],
)
def test_only_what_lies_in_the_folder_is_shown(picture: str, tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(PIXEL)
    folder = evalscope(tmp_path, picture.replace("{tmp}", str(tmp_path)))
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (job,) = imported(folder, tmp_path / "run").jobs
    assert asked(tmp_path / "run")["0"] == Question("What 0?", ())
    assert "6 pictures are named and do not lie in the folder: they are not shown" in job.notes


def test_lmms_eval_has_texts_tokens_and_names_of_pictures(tmp_path: Path) -> None:
    folder = copied("lmms_eval", tmp_path)
    page = folder / "page.png"
    page.write_bytes(PIXEL)
    imported(folder, tmp_path / "run")
    assert asked(tmp_path / "run")["0"] == Question("What 0?", (page.resolve(),))
    assert records(tmp_path / "run")["0"].tokens == 2
    assert records(tmp_path / "run")["0"].latency_s is None


def test_lm_eval_has_messages_and_beginnings(tmp_path: Path) -> None:
    imported(MADE / "lm_eval_chat", tmp_path / "chat")
    assert asked(tmp_path / "chat")["0"] == Question("What 0?", ())
    found = {job.benchmark: job for job in read_results(MADE / "lm_eval_dummy")}
    likely = found["my_mc"].asked[0].model_dump()
    assert likely["question"] == "Question: One?\nAnswer:"  # once for both choices


def test_lm_eval_keeps_pictures_as_hashes(tmp_path: Path) -> None:
    folder = copied("lm_eval_chat", tmp_path)

    def hashed(row: dict[str, Any]) -> None:
        row["arguments"]["gen_args_0"]["arg_2"] = {"visual": ["a" * 64]}

    changed(next(folder.glob("*/samples_*")), hashed)
    (job,) = imported(folder, tmp_path / "run").jobs
    assert "6 pictures are hashes in the files: they cannot be shown" in job.notes
    assert "resolution" not in job.task.data["protocol"]


def test_vlmevalkit_has_the_question_of_its_table(tmp_path: Path) -> None:
    source = MADE / "vlmevalkit_tsv" / "stub-gpt4v" / "stub-gpt4v_MyDocVQA_VAL.tsv"
    (job,) = imported(source, tmp_path / "run").jobs
    assert asked(tmp_path / "run")["0"].prompt == "What 0?"
    assert any("the prompt that VLMEvalKit made of it" in note for note in job.notes)


def test_hret_and_vlmhyperbench_have_a_question(tmp_path: Path) -> None:
    samples = [
        {"reference": "서울", "prediction": "서울", "input": "수도는?", "finish_reason": "stop"}
    ]
    result = {"metrics": {}, "samples": samples, "info": {"dataset_name": "x", "split": "test"}}
    (tmp_path / "hret").mkdir()
    (tmp_path / "hret" / "out.json").write_text(json.dumps(result))
    imported(tmp_path / "hret", tmp_path / "hret-run")
    assert asked(tmp_path / "hret-run")["0"].prompt == "수도는?"
    assert records(tmp_path / "hret-run")["0"].finish_reason == "stop"

    table = tmp_path / "Receipts_HF_Qwen2-VL_VQA_answers_2025-01-01.csv"
    (tmp_path / "a.png").write_bytes(PIXEL)
    table.write_text("id;image_path;question;answer;model_answer\n0;a.png;How much?;1;1\n")
    imported(table, tmp_path / "run")
    assert asked(tmp_path / "run")["0"] == Question("How much?", ((tmp_path / "a.png").resolve(),))


def test_several_messages_have_their_roles(tmp_path: Path) -> None:
    folder = evalscope(tmp_path, URL)
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": [{"type": "text", "text": "Two?"}]},
        {"role": "assistant", "content": "the answer"},
    ]
    path = folder / "predictions" / "stub-vlm" / "general_qa_kdoc.jsonl"
    changed(path, lambda row: row.update(messages=messages))
    imported(folder, tmp_path / "run")
    told = "system:\nBe brief.\n\nuser:\nOne?\n\nassistant:\n1\n\nuser:\nTwo?"
    assert asked(tmp_path / "run")["1"].prompt == told


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"latency": -1.0}, None),
        ({"latency": "fast"}, None),
        ({"latency": True}, None),
        ({"latency": 1e400}, None),
        ({"latency": 2}, 2.0),
    ],
    ids=["negative", "word", "boolean", "infinite", "whole"],
)
def test_a_time_that_is_none_is_left_out(
    said: dict[str, Any], kept: float | None, tmp_path: Path
) -> None:
    folder = evalscope(tmp_path, URL)

    def timed(row: dict[str, Any]) -> None:
        row["model_output"] |= {"perf_metrics": said, "usage": {"output_tokens": "many"}}

    changed(folder / "predictions" / "stub-vlm" / "general_qa_kdoc.jsonl", timed)
    imported(folder, tmp_path / "run")
    found = records(tmp_path / "run")["1"]
    assert (found.latency_s, found.tokens) == (kept, None)


def test_what_the_gateway_saw_is_not_what_a_harness_says() -> None:
    """Of a job that went through the gateway its record alone has times."""
    said = Prediction(id="a", status="answered", prediction="x", tokens=7, latency_s=9.0)
    sample = store.SampleKept(id="a", doc_id="a", references=("x",))
    told, seen = (
        collect(job(through_gateway=through), [sample], [said], []).answers[0]
        for through in (False, True)
    )
    assert (told.status, told.tokens, told.latency_s) == ("answered", 7, 9.0)
    assert (seen.status, seen.tokens, seen.latency_s) == ("failed", None, None)
    (unnamed,) = collect(job(), [sample], [said], [request(None, "x")]).answers
    assert (unnamed.status, unnamed.tokens, unnamed.latency_s) == ("answered", None, None)


def test_a_report_and_a_comparison_show_the_question_and_its_picture(tmp_path: Path) -> None:
    from bench.comparison import compare
    from bench.comparison.page import write_page
    from bench.report.html import write_html

    for name in ("one", "two"):
        folder = Path(shutil.copytree(MADE / "lmms_eval", tmp_path / name))
        Image.new("RGB", (40, 60), "teal").save(folder / "page.png")
        if name == "two":
            answers = next(folder.glob("*/*.jsonl"))
            changed(answers, lambda row: row.update(filtered_resps="another"))
        imported(folder, tmp_path / f"run-{name}", Wanted(benchmark="docvqa-val"))
    one, two = tmp_path / "run-one", tmp_path / "run-two"
    write_html(one, store.read_report(one), store.read_records(one))
    write_page(tmp_path / "compared.html", compare((str(one), str(two))))
    for page in (one / "report.html", tmp_path / "compared.html"):
        text = page.read_text("utf-8")
        assert "What 1?" in text
        assert text.count("data:image/jpeg;base64,") == 1  # one page, many questions
