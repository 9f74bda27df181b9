"""Benchmarks in the layouts they are published in, tiny and drawn on the spot.

Keys and column names are those of the official files; texts and values are invented.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from bench.task import Task, document_tasks

Rows = list[dict[str, Any]]
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TEXTS = pa.list_(pa.string())


def drawn(seed: int = 0, kind: str = "PNG") -> bytes:
    image = Image.new("RGB", (24, 16), (200, 200, 200))
    ImageDraw.Draw(image).rectangle((0, 0, 4 + seed, 5), fill=(seed * 30 % 255, 0, 0))
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def parquet(path: Path, columns: Mapping[str, pa.DataType], rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))
    pq.write_table(table, path, row_group_size=2)
    return path


def stored(content: bytes) -> dict[str, Any]:
    return {"bytes": content, "path": None}


def tasks(folder: Path) -> dict[str, Task]:
    """The members by their bare names, as a run loads them."""
    return {one.name.partition(":")[2]: one for one in document_tasks(str(folder))}


def lines(folder: Path, member: str) -> Rows:
    text = (folder / f"{member}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


DOCVQA_ROWS: Rows = [
    {
        "questionId": 337,
        "question": "what is the date mentioned in this letter?",
        "question_types": ["handwritten", "form"],
        "image": "documents/xnbl0037_1.png",
        "docId": 279,
        "ucsf_document_id": "xnbl0037",
        "ucsf_document_page_no": "1",
        "answers": ["1/8/93"],
        "data_split": "val",
    },
    {
        "questionId": 338,
        "question": "who is it from?",
        "question_types": ["form"],
        "image": "documents/xnbl0037_1.png",
        "docId": 279,
        "ucsf_document_id": "xnbl0037",
        "ucsf_document_page_no": "1",
        "answers": ["P. Carter", "P.Carter"],
        "data_split": "val",
    },
    {
        "questionId": 4000,
        "question": "How many {question} marks?",
        "question_types": ["table/list"],
        "image": "documents/abcd0001_12.png",
        "docId": 5,
        "ucsf_document_id": "abcd0001",
        "ucsf_document_page_no": "12",
        "answers": ["2"],
        "data_split": "val",
    },
]


def docvqa(folder: Path, rows: Sequence[dict[str, Any]] = tuple(DOCVQA_ROWS)) -> Path:
    """As the challenge's archives unpack: spdocvqa_qas/ and spdocvqa_images/."""
    write(
        folder / "spdocvqa_qas" / "val_v1.0_withQT.json",
        {
            "dataset_name": "SP-DocVQA",
            "dataset_split": "val",
            "dataset_version": "1.0",
            "data": list(rows),
        },
    )
    for seed, name in enumerate(("xnbl0037_1", "abcd0001_12")):
        write(folder / "spdocvqa_images" / f"{name}.png", drawn(seed))
    return folder


def docvqa_hub(folder: Path, split: str = "validation") -> Path:
    """Two parquet files; a page's bytes stand in each of its rows."""
    columns = {
        "questionId": pa.string(),
        "question": pa.string(),
        "question_types": TEXTS,
        "image": IMAGE,
        "docId": pa.int64(),
        "ucsf_document_id": pa.string(),
        "ucsf_document_page_no": pa.string(),
        "answers": TEXTS,
        "data_split": pa.string(),
    }
    rows = [
        one
        | {
            "questionId": str(one["questionId"]),
            "image": stored(drawn(one["docId"] == 5)),
            "answers": one["answers"] if split == "validation" else None,
            "data_split": "val" if split == "validation" else split,
        }
        for one in DOCVQA_ROWS
    ]
    name = "DocVQA/{}-0000{}-of-00002.parquet"
    parquet(folder / name.format(split, 0), columns, rows[:2])
    parquet(folder / name.format(split, 1), columns, rows[2:])
    return folder


POSTER: dict[str, Any] = {
    "questionId": 98313,
    "question": "Which social platform has heavy female audience?",
    "image_local_name": "37313.jpeg",
    "image_url": "https://example.invalid/a.jpg",
    "ocr_output_file": "37313.json",
    "answers": ["pinterest"],
    "data_split": "val",
    "answer_type": ["single span"],
    "evidence": ["text", "table/list"],
    "operation/reasoning": ["counting"],
}


def infovqa(folder: Path) -> Path:
    write(folder / "infographicsVQA_val_v1.0_withQT.json", {"data": [POSTER]})
    write(folder / "infographicsvqa_images" / "37313.jpeg", drawn(3, "JPEG"))
    return folder


def infovqa_hub(folder: Path) -> Path:
    columns = {
        "questionId": pa.string(),
        "question": pa.string(),
        "answers": TEXTS,
        "answer_type": TEXTS,
        "image": IMAGE,
        "image_url": pa.string(),
        "operation/reasoning": TEXTS,
        "ocr": pa.string(),
        "data_split": pa.string(),
    }
    row = {key: POSTER[key] for key in columns if key in POSTER} | {
        "questionId": "98313",
        "image": stored(drawn(3, "JPEG")),
        "ocr": "{}",
    }
    parquet(folder / "InfographicVQA" / "validation-00000-of-00001.parquet", columns, [row])
    return folder


def chartqa(folder: Path) -> Path:
    test = folder / "ChartQA Dataset" / "test"
    machine = [{"imgname": "7.png", "query": "In what year?", "label": "2013"}]
    name = "41699051005347.png"
    human = [
        {"imgname": name, "query": "How many food item is shown?", "label": "14"},
        {"imgname": name, "query": "Is Lamb above Corn?", "label": "No"},
    ]
    write(test / "test_human.json", human)
    write(test / "test_augmented.json", machine)
    write(test / "png" / name, drawn(1))
    write(test / "png" / "7.png", drawn(2))
    return folder


def chartqa_hub(folder: Path) -> Path:
    """The columns of HuggingFaceM4/ChartQA."""
    columns = {
        "image": IMAGE,
        "query": pa.string(),
        "label": TEXTS,
        "human_or_machine": pa.int64(),
    }
    rows = [
        {"query": "In what year?", "label": ["2013"], "human_or_machine": 1},
        {"query": "How many food item is shown?", "label": ["14"], "human_or_machine": 0},
        {"query": "Is Lamb above Corn?", "label": ["No"], "human_or_machine": 0},
    ]
    made: Rows = [row | {"image": stored(drawn(2 - (at > 0)))} for at, row in enumerate(rows)]
    parquet(folder / "data" / "test-00000-of-00001-abc.parquet", columns, made)
    return folder


FORMULA = "Handwritten Mathematical Expression Recognition"


def ocrbench(folder: Path) -> Path:
    rows: list[tuple[str, int, str, str | list[str], str]] = [
        ("IIIT5K", 2843, "IIIT5K/test/918_1.png", "CENTRE", "Regular Text Recognition"),
        ("FUNSD", 7, "FUNSD/images/1.png", ["A-1", "A 1"], "Key Information Extraction"),
        ("FUNSD", 7, "FUNSD/images/2.png", "B", "Key Information Extraction"),
        ("HME100k", 3021, "HME100K/test/1.jpg", ["x _ { 3 } = 1\n", "x_3 = 1\n"], FORMULA),
    ]
    listed = [
        {
            "dataset_name": name,
            "id": number,
            "image_path": image,
            "question": "what is written in the image?",
            "answers": answers,
            "type": kind,
        }
        for name, number, image, answers, kind in rows
    ]
    write(folder / "OCRBench" / "OCRBench.json", listed)
    for seed, row in enumerate(rows):
        kind = "JPEG" if row[2].endswith("jpg") else "PNG"
        write(folder / "OCRBench_Images" / row[2], drawn(seed, kind))
    return folder


def ocrbench_hub(folder: Path) -> Path:
    columns = {
        "dataset": pa.string(),
        "question": pa.string(),
        "question_type": pa.string(),
        "answer": TEXTS,
        "image": IMAGE,
    }
    rows = [
        {
            "dataset": dataset,
            "question": "what is written in the image?",
            "question_type": kind,
            "answer": answer,
            "image": stored(drawn(seed)),
        }
        for seed, (dataset, kind, answer) in enumerate(
            [("IIIT5K", "Regular Text Recognition", ["CENTRE"]), ("HME100k", FORMULA, ["y\n"])]
        )
    ]
    parquet(folder / "data" / "test-00000-of-00001.parquet", columns, rows)
    return folder


def entity(
    number: int,
    text: str,
    label: str,
    box: tuple[int, int, int, int],
    *links: tuple[int, int],
) -> dict[str, Any]:
    words = [{"box": list(box), "text": word} for word in text.split()]
    return {
        "box": list(box),
        "text": text,
        "label": label,
        "words": words,
        "linking": [list(link) for link in links],
        "id": number,
    }


FORM = [
    entity(4, "12 May 1988", "answer", (100, 38, 180, 48), (2, 4)),
    entity(0, "FAX COVER", "header", (10, 5, 90, 20), (0, 2)),
    entity(2, "DATE:", "question", (10, 40, 60, 50), (2, 4), (0, 2)),
    entity(5, "COPIES TO", "question", (10, 60, 80, 70), (5, 6), (5, 7)),
    entity(7, "B. Hill", "answer", (160, 58, 220, 68), (5, 7)),
    entity(6, "A. Moss", "answer", (100, 61, 150, 71), (5, 6)),
    entity(8, "PHONE:", "question", (10, 80, 60, 90)),
    entity(9, "", "answer", (100, 80, 160, 90), (8, 9)),
    entity(10, "page 1", "other", (10, 200, 60, 210)),
]


def funsd(folder: Path, form: Any = None) -> Path:
    below = folder / "dataset" / "testing_data"
    write(below / "annotations" / "82092117.json", {"form": FORM if form is None else form})
    write(below / "images" / "82092117.png", drawn(1))
    write(below / "annotations" / "._82092117.json", b"junk of an archive")
    return folder


def xfund(folder: Path, *, zipped: bool) -> Path:
    """German with two forms (one without pairs), Chinese with one."""
    forms = {
        "de": [
            [
                entity(1, "Vorname", "question", (10, 10, 60, 20), (1, 2)),
                entity(2, "Ada", "answer", (70, 10, 99, 20), (1, 2)),
            ],
            [entity(1, "Antrag", "header", (10, 10, 60, 20))],
        ],
        "zh": [
            [
                entity(1, "姓名:", "question", (10, 10, 60, 20), (1, 2)),
                entity(2, "夏艳辰", "answer", (70, 10, 99, 20), (1, 2)),
            ]
        ],
    }
    for language, listed in forms.items():
        documents = [
            {
                "id": f"{language}_val_{number}",
                "uid": "0ac1",
                "document": form,
                "img": {"fname": f"{language}_val_{number}.jpg", "width": 24, "height": 16},
            }
            for number, form in enumerate(listed)
        ]
        described = {"lang": language, "version": "0.1", "split": "val", "documents": documents}
        write(folder / f"{language}.val.json", described)
        names = [f"{language}_val_{number}.jpg" for number in range(len(listed))]
        images = {name: drawn(number, "JPEG") for number, name in enumerate(names)}
        if zipped:
            with zipfile.ZipFile(folder / f"{language}.val.zip", "w") as archive:
                for name, content in images.items():
                    archive.writestr(name, content)
        else:
            for name, content in images.items():
                write(folder / f"{language}.val" / name, content)
    return folder


RECEIPTS: Rows = [
    {
        "gt_parse": {
            "menu": [
                {"nm": "Nasi Campur Bali", "cnt": "1 x", "price": "75,000"},
                {
                    "nm": ["ES", "TEH"],
                    "price": "8.000",
                    "vatyn": "",
                    "sub": {"nm": "less ice", "cnt": "1"},
                },
            ],
            "sub_total": {"subtotal_price": "83,000"},
            "total": {"total_price": "83,000"},
        },
        "meta": {"version": "2.0.0", "split": "test", "image_id": 5},
        "valid_line": [],
    },
    {
        "gt_parse": {"menu": {"nm": "KOPI", "cnt": "1"}, "total": {"total_price": "15.000"}},
        "meta": {"version": "2.0.0", "split": "test", "image_id": 0},
        "valid_line": [],
    },
]


def cord(folder: Path, truths: Sequence[str] = ()) -> Path:
    listed = truths or [json.dumps(one) for one in RECEIPTS]
    columns = {"image": IMAGE, "ground_truth": pa.string()}
    rows = [{"image": stored(drawn(at)), "ground_truth": text} for at, text in enumerate(listed)]
    parquet(folder / "data" / "test-00000-of-00001-9c20.parquet", columns, rows)
    return folder


def cord_folder(folder: Path) -> Path:
    """As the Donut code takes it."""
    made = [
        json.dumps({"file_name": f"{at}.png", "ground_truth": json.dumps(one)})
        for at, one in enumerate(RECEIPTS)
    ]
    write(folder / "test" / "metadata.jsonl", "\n".join(made).encode())
    for at in range(len(made)):
        write(folder / "test" / f"{at}.png", drawn(at))
    return folder
