"""VLMHyperBench's files as they are -> runs of ours."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jiwer
import pytest

from bench import api, store
from bench.errors import SourceError, UsageError
from bench.importers.vlmhyperbench.convert import Converted, convert
from bench.importers.vlmhyperbench.tables import literal_texts, read_table
from bench.importers.vlmhyperbench.user_config import read_user_config
from bench.report.aggregators import aggregator_table
from bench.schema import Record
from tests.endpoint import Endpoint, Reply, endpoint
from tests.runs import rows as json_rows
from tests.test_metrics import edits
from tests.vlmhyperbench_layout import Row, draw, write_rows

HEADER = (
    *("dataset", "task", "framework", "model_name", "system_prompt", "prompt_collection"),
    *("metrics", "only_evaluate_metrics", "metrics_aggregators"),
    *("filter_doc_class", "filter_question_type"),
)
ALL = '["by_id", "by_doc_question", "by_doc_type", "general"]'
GOOD = ["papers", "VQA", "Hugging Face", "served", "", "", "['CER', 'WER']", "False", ALL, "", ""]
ANSWERS = {
    "Напиши Фамилия": "Осипов",
    "Напиши Имя": "Имя: Автоном",
    "Напиши Сумма к оплате": "NA",
}


def row(**changed: str) -> list[str]:
    return [changed.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]


@pytest.fixture
def served() -> Iterator[Endpoint]:
    def script(prompt: str, number: int) -> Reply:
        return Reply(ANSWERS.get(prompt, prompt.removeprefix("Напиши ")[:-1]))

    with endpoint(script) as one:
        yield one


@pytest.fixture
def papers(tmp_path: Path) -> list[Row]:
    return draw(tmp_path / "vlmhyperbench" / "data_dirs")


def config(folder: Path, *rows: list[str], bom: str = "\ufeff") -> Path:
    return write_rows(folder / "user_config.csv", HEADER, list(rows), bom)


def model(folder: Path, served: Endpoint, name: str = "served") -> None:
    (folder / "models").mkdir(exist_ok=True)
    text = json.dumps({"name": name, "base_url": served.url})
    (folder / "models" / f"{name}.json").write_text(text)


def only(rows: list[Converted]) -> Converted:
    (one,) = rows
    assert one.error is None, one.error
    return one


def wrong(folder: Path, *rows: list[str], **how: Any) -> str:
    (one,) = convert(config(folder, *rows), folder / "out", **how)
    assert isinstance(one.error, SourceError)
    said = str(one.error.message).replace(str(folder), "X")
    return f"{said} | {(one.error.hint or '').replace(str(folder), 'X')}"


def test_a_row_runs_and_its_numbers_are_those_of_jiwer_for_each_group(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    converted = only(convert(config(tmp_path, row()), tmp_path / "out"))
    report = api.evaluate(converted.config, out=tmp_path / "run")
    (job,) = report.jobs
    records = store.read_records(tmp_path / "run")
    assert job.counts.expected == job.counts.answered == len(papers) == 16

    said = {
        str(n): ANSWERS.get(f"Напиши {r.question}", r.question[:-1]) for n, r in enumerate(papers)
    }
    assert {one.id: one.prediction for one in records} == said
    for name, groups in (
        ("general", [() for _ in papers]),
        ("by_doc_type", [(one.kind,) for one in papers]),
        ("by_doc_question", [(one.kind, one.question) for one in papers]),
    ):
        members: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, group in enumerate(groups):
            members[group].append(number)
        table = read(aggregator_table(name, job, records))
        there = {tuple(map(str, list(one.values())[: len(groups[0])])): one for one in table}
        assert there.keys() == members.keys()
        for group, numbers in members.items():
            right = [papers[number].answer for number in numbers]
            answers = [said[str(number)] for number in numbers]
            cer, wer = jiwer.cer(right, answers), jiwer.wer(right, answers)
            assert float(there[group]["cer_error"]) == pytest.approx(cer, abs=1e-12)
            assert float(there[group]["wer_error"]) == pytest.approx(wer, abs=1e-12)
            assert (there[group]["n"], there[group]["failed"]) == (str(len(numbers)), "0")
    by_id = read(aggregator_table("by_id", job, records))
    assert [one["model_answer"] for one in by_id] == [said[str(n)] for n in range(16)]
    assert [float(one["cer_error"]) for one in by_id] == [
        edits(said[str(n)], true.answer) / len(true.answer) for n, true in enumerate(papers)
    ]


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_images_and_questions_arrive_as_they_are(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    changed = row(filter_doc_class="invoice", system_prompt="Отвечай кратко; без пояснений.")
    converted = only(convert(config(tmp_path, changed), tmp_path / "out"))
    api.evaluate(converted.config, out=tmp_path / "run")
    kept = json_rows(tmp_path / "out" / "tasks" / "row-2-papers" / "samples.jsonl")
    assert [one["id"] for one in kept] == ["5", "6", "7", "13", "14", "15"]
    assert {one["doc_id"] for one in kept} == {"invoice:2", "invoice:4"}
    systems = {body["messages"][0]["content"] for body in served.asked}
    assert systems == {"Отвечай кратко; без пояснений."}
    asked = {body["messages"][1]["content"][-1]["text"] for body in served.asked}
    assert asked == {f"Напиши {one.question}" for one in papers if one.kind == "invoice"}


def test_a_prompt_collection_takes_the_place_of_the_questions(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    pairs = sorted({(one.kind, one.question) for one in papers})
    prompts = [
        [f"Только {question}. Пример: 1;2", f"{kind} {question}", "0.0"] for kind, question in pairs
    ]
    collection = tmp_path / "vlmhyperbench/data_dirs/PromptCollections/VQA/papers/best.csv"
    write_rows(collection, ("prompt", "doc_class_question_type", "cer"), prompts)
    changed = row(prompt_collection="papers/best.csv", filter_question_type="['Имя', 'Фамилия']")
    only(convert(config(tmp_path, changed), tmp_path / "out"))
    kept = json_rows(tmp_path / "out" / "tasks" / "row-2-papers" / "samples.jsonl")
    assert [one["question"] for one in kept] == [
        "Только Фамилия. Пример: 1;2",
        "Только Имя. Пример: 1;2",
    ] * 2


def test_a_wrong_row_leaves_the_others(tmp_path: Path, papers: list[Row], served: Endpoint) -> None:
    model(tmp_path, served)
    rows = convert(config(tmp_path, row(), row(model_name="serwed")), tmp_path / "out")
    assert rows[0].config is not None
    error = rows[1].error
    assert isinstance(error, SourceError)
    assert error.message == f"{tmp_path}/user_config.csv:3: model_name: unknown model 'serwed'"
    assert "models/serwed.yaml beside the config can name its base_url" in (error.hint or "")


def test_answers_that_are_there_are_scored_without_a_model(
    tmp_path: Path, papers: list[Row]
) -> None:
    given = [["0", " 4505 679944 "], ["1", "NA"], ["2", "Имя;\nИмя"], ["99", "x"]]
    path = tmp_path / "vlmhyperbench/ModelsAnswers"
    old = "papers_Hugging_Face_served_VQA_answers_20250124_125639.csv"
    write_rows(path / old, ("id", "model_answer"), [["0", "old"]])
    write_rows(path / old.replace("0124", "0202"), ("id", "model_answer"), given)
    changed = row(only_evaluate_metrics="True", filter_doc_class="passport", model_name="any")
    missing = "X/user_config.csv:2: only_evaluate_metrics: no answers of this model are there"
    assert wrong(tmp_path, changed).startswith(missing)
    changed = row(only_evaluate_metrics="True", filter_doc_class="passport")
    converted = only(convert(config(tmp_path, changed), tmp_path / "out2"))
    report = api.evaluate(converted.config, out=tmp_path / "run")
    (job,) = report.jobs
    assert (job.model.name, job.counts.answered, job.counts.failed) == ("served", 3, 7)
    records = {one.id: one for one in store.read_records(tmp_path / "run")}
    assert records["0"].prediction == " 4505 679944 "
    assert records["1"].prediction == "NA"
    assert records["2"].prediction == "Имя;\nИмя"
    assert [score.numerator for score in records["1"].scores.values()] == [
        edits("NA", papers[1].answer),
        1,
    ]


def test_json_is_read_as_the_table_is(tmp_path: Path, papers: list[Row], served: Endpoint) -> None:
    model(tmp_path, served)
    value = {
        "dataset": "papers",
        "framework": "Hugging Face",
        "model_name": "served",
        "model_family": "Qwen2.5-VL",
        "task_name": "VQA",
        "class_name": "Qwen2_5_VLModel",
        "metrics": ["CER"],
        "only_evaluate_metrics": False,
        "metrics_aggregators": ["by_id", "general", "overal"],
        "filter_doc_class": None,
    }
    path = tmp_path / "runs.json"
    path.write_text(json.dumps([value, value | {"metrics": ["CEER"]}], indent=1))
    one, other = convert(path, tmp_path / "out")
    assert one.config is not None
    assert one.config.read_text().startswith("task: tasks/row-")
    assert isinstance(other.error, SourceError)
    assert "metrics: unknown metric 'CEER'" in other.error.message


AGGREGATED = "metrics_aggregators"
OWNED = "[__import__('os').system('touch owned')]"
ROW_ERRORS = """
dataset=paper -> dataset: no data set 'paper' with an annotation.csv | did you mean 'papers'?
dataset= -> dataset: is empty
metrics=['TER'] -> metrics: unknown metric 'TER' | did you mean 'WER'?
metrics=['BLEU'] -> metrics: BLEU is not computed here | known: CER, WER, ANLS, EM, EXACT_MATCH
metrics=[CER] -> metrics: is no list: [CER] | for example ['CER', 'WER']
metrics=OWNED -> metrics: is no list: OWNED | for example ['CER', 'WER']
AGG=by_ids -> AGG: unknown aggregator 'by_ids' | did you mean 'by_id'?
only_evaluate_metrics=maybe -> only_evaluate_metrics: True or False, not 'maybe'
filter_doc_class=passports -> filter_doc_class: no row has 'passports' | did you mean 'passport'?
filter_doc_class=invoice,filter_question_type=Имя -> dataset: no row of DATA is left by the filters
framework=SGLang,model_name=based -> framework: BASE has based only for Hugging Face
""".strip().splitlines()


@pytest.mark.parametrize("case", ROW_ERRORS)
def test_what_is_wrong_with_a_row_is_said_at_its_cell(
    tmp_path: Path, papers: list[Row], case: str
) -> None:
    given, _, said = case.replace("OWNED", OWNED).replace("AGG", AGGREGATED).partition(" -> ")
    changed = dict(part.split("=", 1) for part in given.split(","))
    said = said.replace("BASE", "X/vlmhyperbench/vlm_base.csv")
    data = "X/vlmhyperbench/data_dirs/Datasets/VQA/papers/annotation.csv"
    base = tmp_path / "vlmhyperbench" / "vlm_base.csv"
    columns = ("framework", "model_family", "model_name", "docker_image")
    write_rows(base, columns, [["Hugging Face", "f", "based", "image"]])
    said = f"X/user_config.csv:2: {said}".replace("DATA", data)
    assert wrong(tmp_path, row(**changed)).removesuffix(" | ") == said
    assert not list(Path.cwd().glob("owned"))


def test_what_is_wrong_with_the_data_is_said_at_its_line(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    folder = tmp_path / "vlmhyperbench/data_dirs/Datasets/VQA/papers"
    (folder / "images" / "2.png").unlink()
    place = "X/vlmhyperbench/data_dirs/Datasets/VQA/papers"
    said = f"{place}/annotation.csv:7: image_path: images/2.png is missing | below {place}"
    assert wrong(tmp_path, row()) == said


COLUMNS = b"dataset;task;framework;model_name;metrics;metrics_aggregators\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"dataset,task\n", "the column dataset is missing"),
        (b"dataset;task\n", "the column framework is missing"),
        (COLUMNS + "рус".encode("cp1251"), "is not UTF-8"),
        (COLUMNS, "has no row below"),
        (COLUMNS + b"a;b;c;d;e;f;g\n", ":2: 7 cells, but 6 columns"),
        (COLUMNS + b'"a', ":2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "user_config.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        read_user_config(path)
    assert isinstance(caught.value, UsageError)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("['CER', \"WER\"]", ("CER", "WER")),
        ("('a',)", ("a",)),
        ("[1, '2']", ("1", "2")),
        ("CER", None),
        ("[a]", None),
        ("['a'] + ['b']", None),
        ("[x for x in 'ab']", None),
        ("[" * 5000, None),
        ("['" + "a" * 20_000 + "']", None),
        ("[1.5]", None),
    ],
)
def test_a_list_is_read_as_a_literal(text: str, values: tuple[str, ...] | None) -> None:
    assert literal_texts(text) == values


def test_cells_stay_text_and_know_their_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffa;b\r\n\r\nNA;007\r\n"1;\n2"\r\n=1;x\r\n'.encode())
    lines = read_table(path, ("a",))
    assert [(one.number, one["a"], one["b"]) for one in lines] == [
        (3, "NA", "007"),
        (4, "1;\n2", ""),
        (6, "=1", "x"),
    ]


def test_an_unknown_aggregator_is_named(papers: list[Row]) -> None:
    nothing: list[Record] = []
    with pytest.raises(UsageError, match="unknown aggregator 'by_idd'"):
        aggregator_table("by_idd", None, nothing)  # type: ignore[arg-type]
