"""VLMEvalKit's own benchmarks from local tables, in real runs of VLMEvalKit."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.vlmevalkit_stub.process import (
    Endpoint,
    benchmark,
    picture,
    run,
    serving,
    table,
)

pytestmark = [pytest.mark.harness, pytest.mark.timeout(600)]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def test_docvqa_scores_the_exact_texts_and_runs_no_code(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    evil = f"__import__('os').system('touch {tmp_path / 'pwned'}')"
    rows: list[tuple[str, str | int]] = [
        ("['007']", "007"),
        ("NA", "NA"),
        ("['alpha', 'beta gamma']", "beta gamm"),
    ]
    rows += [("1.10", "1.10"), (evil, evil), ("null", ""), ("None", 500), ("=1+1", "=1+1")]
    endpoint.answers = {str(number): answer for number, (_, answer) in enumerate(rows)}
    png, jpeg = picture("PNG"), picture("JPEG")
    cells = [base64.b64encode(png).decode(), base64.b64encode(jpeg).decode()]
    file = table(
        tmp_path / "mine.tsv",
        [
            {
                "index": str(number),
                "question": "NA" if number == 1 else f"What {number}?",
                "answer": reference,
                "image": cells[number] if number < 2 else "1",
                "split": "val",
            }
            for number, (reference, _) in enumerate(rows)
        ],
    )
    task = benchmark("DocVQA_VAL", file)
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, task)

    assert done.result["status"] == "ok", done.result["error"]
    assert not (tmp_path / "pwned").exists()
    expected = 100 * (1 + 1 + 0.9 + 1 + 1 + 0 + 0 + 1) / 8
    for group in (None, "val"):
        entry = done.value("anls", group)
        assert entry["value"] == pytest.approx(expected, abs=1e-9)
        assert (entry["n"], entry["failed_scored"], entry["scale"]) == (8, 1, 100)
        assert (tmp_path / "job" / entry["source"]).is_file()
    assert endpoint.images("0") == [png]
    assert endpoint.images("1") == endpoint.images("7") == [jpeg]
    suffix = "\nAnswer the question using a single word or phrase."
    assert endpoint.parts("1")[-1]["text"] == "NA" + suffix
    assert done.asked["2"]["references"] == ["alpha", "beta gamma"]
    assert done.asked["4"]["references"] == [evil]
    assert [done.asked[one]["references"] for one in "0156"] == [
        ["007"],
        ["NA"],
        ["null"],
        ["None"],
    ]
    assert {one["group"] for one in done.asked.values()} == {"val"}
    assert done.predictions["5"] == {"id": "5", "status": "answered", "prediction": ""}
    assert done.predictions["6"]["status"] == "failed"
    evidence = done.result["data"]
    assert evidence["official_md5"] == "d5ee77e1926ff10690d469c56b73eabf"
    assert evidence["matches"] is False
    assert "is not the official one" in done.warnings()
    assert "refused" not in done.warnings()

    again = run(vlmevalkit_python, tmp_path / "job", endpoint, task, verb="collect")
    assert again.result["native"] == done.result["native"]
    assert again.result["data"] == evidence


def test_ocrbench_under_a_limit_has_the_scale_of_what_was_asked(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    kinds = ["Regular Text Recognition", "Doc-oriented VQA", "Doc-oriented VQA"]
    kinds += ["Handwritten Mathematical Expression Recognition"]
    rows = [
        {
            "index": str(number),
            "image": base64.b64encode(picture("PNG", 20 + number)).decode(),
            "image_path": f"deep/{number}.jpg",
            "question": "What is written?",
            "answer": "['CENTRE', '42']",
            "category": kind,
        }
        for number, kind in enumerate(kinds)
    ]
    endpoint.answers = {"0": "It says Centre.", "1": "wrong", "2": "the answer is 142"}
    file = table(tmp_path / "t.tsv", rows)
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, benchmark("OCRBench", file), limit=3)

    assert done.result["status"] == "ok", done.result["error"]
    assert {one["metric"] for one in done.result["native"]} == {"ocrbench_score"}
    total, doc = done.value("ocrbench_score"), done.value("ocrbench_score", "Doc-oriented VQA")
    assert (total["value"], total["scale"], total["n"]) == (2, 3, 3)
    assert (doc["value"], doc["scale"], doc["n"]) == (1, 2, 2)
    assert "Final Score Norm" not in {one["group"] for one in done.result["native"]}
    assert endpoint.images("2") == [picture("PNG", 22)]
    assert (tmp_path / "job/lmu/images/OCRBench/deep/2.jpg").read_bytes() == picture("PNG", 22)


def test_chartqa_keeps_numbers_as_texts_and_odd_indices(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    image = tmp_path / "images" / "bar.png"
    image.parent.mkdir()
    image.write_bytes(picture("PNG"))
    evil = f"[__import__('os').system('touch {tmp_path / 'pwned'}')]"
    rows = [("007", "10", "10.4", "human"), ("1.10", "12", "13", "human")]
    rows += [("NA", "['Yes']", "yes", "augmented"), (evil, "5%", "5%", "augmented")]
    endpoint.answers = {index: answer for index, _, answer, _ in rows}
    file = table(
        tmp_path / "t.tsv",
        [
            {"index": a, "question": "Q", "answer": b, "split": d, "image_path": "images/bar.png"}
            for a, b, _, d in rows
        ],
    )
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, benchmark("ChartQA_TEST", file))

    assert done.result["status"] == "ok", done.result["error"]
    assert not (tmp_path / "pwned").exists()
    assert done.value("relaxed_accuracy")["value"] == 75
    human = done.value("relaxed_accuracy", "human")
    assert (human["value"], human["n"], human["failed_scored"]) == (50, 2, 0)
    assert endpoint.images("007") == [picture("PNG")]
    assert list(done.asked) == [one[0] for one in rows]


def test_multiple_choice_offers_the_options_as_they_are_written(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    image = base64.b64encode(picture("PNG")).decode()
    rows = [("None", "1.10", "A", "x"), ("007", "NA", "B", "x"), ("yes", "", "A", "y")]
    endpoint.answers = {"0": "A", "1": "B. NA", "2": 503}
    cells = [
        {"index": str(number), "image": image, "question": "Which?", "hint": "", "A": a, "B": b}
        | {"C": "else", "answer": answer, "category": kind, "split": "test"}
        for number, (a, b, answer, kind) in enumerate(rows)
    ]
    file = table(tmp_path / "t.tsv", cells)
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, benchmark("AI2D_TEST", file))

    assert done.result["status"] == "ok", done.result["error"]
    texts = [endpoint.parts(one)[-1]["text"] for one in "012"]
    assert "A. None\nB. 1.10\nC. else\n" in texts[0]
    assert "A. 007\nB. NA\n" in texts[1]
    assert "A. yes\nC. else\n" in texts[2]
    assert "Hint" not in "".join(texts)
    total = done.value("accuracy")
    assert (total["value"], total["scale"]) == (pytest.approx(2 / 3), 1)
    assert (total["n"], total["failed_scored"]) == (3, 1)
    assert done.value("accuracy", "x")["value"] == 1
    assert done.value("accuracy", "y")["failed_scored"] == 1


def test_a_table_that_cannot_be_scored_fails_with_its_reason(
    vlmevalkit_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    row = {"index": "0", "image": base64.b64encode(picture("PNG")).decode(), "question": "Q"}
    row |= {"answer": f"open({str(tmp_path / 'pwned')!r}, 'w')", "category": "Doc-oriented VQA"}
    endpoint.answers = {"0": "x"}
    task = benchmark("OCRBench", table(tmp_path / "t.tsv", [row]))
    done = run(vlmevalkit_python, tmp_path / "job", endpoint, task)

    assert done.result["status"] == "failed"
    assert done.result["error"]["type"] == "Broken"
    assert "VLMEvalKit failed on OCRBench: malformed node" in done.result["error"]["message"]
    assert not (tmp_path / "pwned").exists()
    assert done.predictions["0"]["prediction"] == "x"
