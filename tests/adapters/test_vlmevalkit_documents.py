"""Document tasks, a checkout, the repairs and refusals, in real processes of VLMEvalKit."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.vlmevalkit_stub.process import (
    ADAPTER,
    ROOT,
    TRAPS,
    Endpoint,
    benchmark,
    document,
    picture,
    run,
    serving,
)

pytestmark = [pytest.mark.harness, pytest.mark.timeout(600)]
FAILED = "Failed to obtain answer via API."
ODD: list[str | int] = ["NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  two before", "a\rb"]
ODD += ["a\r\nb", "a\x00b", "a\u2028b", "\U0001f9fe\nline\n\n", "x" * 40_000, FAILED, "\ud800"]
ODD += ["[1, 2]", "None", "nan", "a\tb", "\\", "True", 500, 404]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def test_a_document_task_keeps_every_answer_to_the_byte(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    ids = [f"007 ä/{number}\t=" for number in range(len(ODD))]
    endpoint.answers = dict(zip(ids, ODD, strict=True))
    images = [picture("PNG"), picture("JPEG"), picture("BMP"), picture("WEBP")]
    task = document(tmp_path / "job.tsv", ids, images)
    done = run(vlmevalkit_python, tmp_path / "job.tsv", endpoint, task)

    assert done.result["status"] == "ok", done.result["error"]
    assert done.result["native"] == []
    assert done.result["versions"]["harness"] == "0.0.20"
    for sample, answer in endpoint.answers.items():
        row = done.predictions.pop(sample)
        if isinstance(answer, str):
            assert (row["status"], row["prediction"]) == ("answered", answer)
        else:
            assert (row["status"], row["prediction"]) == ("failed", None)
            assert f"HTTP {answer}" in row["error"]
    assert not done.predictions
    for number, sample in enumerate(ids):
        assert endpoint.images(sample) == [images[number % 4]] * (1 + number % 2)
        assert endpoint.parts(sample)[-1]["text"] == f" Read this.\tKeep {number}.\n"
    seen = endpoint.seen[ids[0]]
    assert (seen["model"], seen["temperature"], seen["max_tokens"]) == ("tiny", 0, 64)
    assert "Authorization" not in seen["headers"]
    assert "sk-not-ours" not in done.log
    stages = [one["stage"] for one in done.events if one["event"] == "stage"]
    assert stages == ["loading VLMEvalKit", "preparing receipts", "asking the model"]
    assert {"event": "progress", "done": len(ids), "total": len(ids)} in done.events
    assert done.warnings().startswith("1 answers are no valid Unicode")
    assert not (tmp_path / "elsewhere").exists()

    again = run(vlmevalkit_python, tmp_path / "job.tsv", endpoint, task, verb="collect")
    assert again.result["status"] == "ok"
    assert len(again.predictions) == len(ids)


def test_a_checkout_with_run_py_at_its_top_and_an_argument_of_its_own_is_driven(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    found = [str(vlmevalkit_python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    installed = Path(
        subprocess.run(found, capture_output=True, text=True, check=True).stdout.strip()
    )
    checkout, package = tmp_path / "checkout", tmp_path / "checkout" / "vlmeval"
    for path in (installed / "vlmeval").rglob("*"):
        copy = package / path.relative_to(installed / "vlmeval")
        if path.is_file() and path.suffix != ".pyc":
            copy.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, copy) if path.stat().st_dev == tmp_path.stat().st_dev else (
                copy.write_bytes(path.read_bytes())
            )
    text, made = (package / "run.py").read_text("utf-8"), "    args = parser.parse_args()\n"
    assert text.count(made) == 1
    (package / "run.py").unlink()  # it may be the installed file itself
    added = "    parser.add_argument('--own', type=int)\n"
    (checkout / "run.py").write_text(text.replace(made, added + made), "utf-8")
    (checkout / ".env").write_text("MMEVAL_ROOT=elsewhere\n")
    task = document(tmp_path / "job", ["a", "b", "c"], [picture("PNG")])
    endpoint.answers = {"a": "one", "b": "NA"}
    keys: dict[str, Any] = {"limit": 2, "checkout": str(checkout), "harness_args": {"own": 7}}
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, task, **keys)

    assert done.result["status"] == "ok", done.result["error"]
    (status,) = (tmp_path / "job" / "raw").rglob("status.json")
    assert json.loads(status.read_text())["argv"][-1] == "--own=7"
    assert done.result["versions"]["harness"] == "checkout 0.2rc1"
    assert [done.predictions[one]["prediction"] for one in "ab"] == ["one", "NA"]
    assert len(done.predictions) == 2


PROBE = """
import importlib.util, json, os, ssl, sys
def sibling(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(sys.argv[1], name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
before, run = ssl._create_default_https_context, sibling("run")
patches = sibling("patches")
patches.environment(os.getcwd())
refused = run.close_network()
run.load_harness(None, patches, None)
import numpy, vlmeval.smp, vlmeval.inference, vlmeval.dataset.utils.mathv as late
scores = {"a": numpy.float32(0.5), "b": numpy.int64(1)}
vlmeval.smp.dump(scores, "score.json")
saved = []
vlmeval.smp.dump = lambda value, path: saved.append(dict(value))
tasks = [{"x": one} for one in range(5)]
tracked = vlmeval.inference.track_progress_rich(
    lambda x: -x, tasks, nproc=3, chunksize=3, save="s", keys=list("abcde"))
try:
    vlmeval.smp.decode_base64_to_image_file("AAAA", "../outside.png")
except ValueError as error:
    outside = str(error)
try:
    vlmeval.smp.download_file("https://www.example.com/x.tsv", "x.tsv")
except Exception as error:
    download = str(error)
print("PROBE" + json.dumps({
    "score": vlmeval.smp.load("score.json"), "tracked": tracked, "saved": saved,
    "outside": outside, "download": download, "refused": sorted(refused),
    "ssl": ssl._create_default_https_context is before, "late": late.eval("1/4"),
    "types": [vlmeval.smp.istype(one, int) for one in ("7", "007", "print(1)")],
    "key": os.environ.get("OPENAI_API_KEY"), "format": os.environ["PRED_FORMAT"]}))
"""


def test_the_repairs_hold_inside_vlmevalkit(vlmevalkit_python: Path, tmp_path: Path) -> None:
    environment = os.environ | TRAPS | {"PYTHONPATH": str(ROOT / "adapters" / "_sdk")}
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [str(vlmevalkit_python), "-c", PROBE, str(ADAPTER)],
        env=environment,
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PROBE" in done.stdout, done.stderr
    found = json.loads(done.stdout.partition("PROBE")[2])
    assert found["score"] == {"a": 0.5, "b": 1}
    assert found["tracked"] == [0, -1, -2, -3, -4]
    assert found["saved"] == [{"a": 0, "b": -1, "c": -2, "d": -3, "e": -4}]
    assert "outside its folder" in found["outside"]
    assert not (tmp_path / "outside.png").exists()
    assert found["download"].startswith("Failed to download")
    assert found["refused"] == ["www.example.com"]
    assert (found["ssl"], found["late"], found["types"]) == (True, 0.25, [True, False, False])
    assert (found["key"], found["format"]) == (None, "tsv")


def test_what_cannot_be_scored_is_refused_before_anything_is_imported(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    refused = {"DocVQA_TEST": "no public answers", "Video-MME": "VIDEO", "MMMB": "several tables"}
    refused |= {"MMDU": "several turns", "Nothing": "no benchmark", "DocVQA_VAL": "the .tsv file"}
    for name, reason in refused.items():
        done = run(vlmevalkit_python, tmp_path / name, endpoint, benchmark(name, ""))
        assert done.result["status"] == "unsupported"
        assert reason in done.result["error"]["message"]
        assert not done.events


def test_describe_imports_no_harness(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    done = run(vlmevalkit_python, tmp_path / "d", endpoint, {"kind": "document"}, verb="describe")
    assert done.result["versions"]["distribution"] == "ms-vlmeval"
    assert done.result["versions"]["torch"].startswith("2.")
    assert done.log == ""
