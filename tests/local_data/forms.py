"""One data set in each form that people have. Rows as in made.py: an image is {bytes, path}."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench import jsonl
from tests.local_data.made import Rows

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def schema_of(row: dict[str, Any]) -> pa.Schema:
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), list: pa.list_(pa.string())}
    return pa.schema([(key, kinds.get(type(value), IMAGE)) for key, value in row.items()])


def parquet(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema_of(rows[0])), path, row_group_size=2)
    return path


def hub_snapshot(folder: Path, config: str, split: str, rows: Rows, parts: int = 2) -> Path:
    """Parquet files in as many parts, and a README.md that lists them by a pattern."""
    size = -(-len(rows) // parts)
    for part in range(parts):
        name = f"{config}/{split}-{part:05}-of-{parts:05}.parquet"
        parquet(folder / name, rows[part * size : (part + 1) * size])
    listed = [
        {
            "config_name": config,
            "data_files": [{"split": split, "path": f"{config}/{split}-*"}],
        }
    ]
    text = f"---\nlicense: other\nconfigs: {json.dumps(listed)}\n---\n# A data set\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    return folder


def saved_to_disk(folder: Path, rows: Rows, batch: int = 2) -> Path:
    """As `datasets` does: Arrow streams, and the files that describe them."""
    folder.mkdir(parents=True)
    table = pa.Table.from_pylist(rows, schema=schema_of(rows[0]))
    name = "data-00000-of-00001.arrow"
    with pa.OSFile(str(folder / name), "wb") as file, pa.ipc.new_stream(file, table.schema) as out:
        for one in table.to_batches(max_chunksize=batch):
            out.write_batch(one)
    state = {"_data_files": [{"filename": name}], "_fingerprint": "0", "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text("{}")
    return folder


def saved_splits(folder: Path, splits: dict[str, Rows]) -> Path:
    for split, rows in splits.items():
        saved_to_disk(folder / split, rows)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    return folder


def lines_with_images(folder: Path, rows: Rows, file: str = "validation.jsonl") -> Path:
    """JSON Lines, and the images in a folder beside it."""
    (folder / "images").mkdir(parents=True)
    written = []
    for number, row in enumerate(rows):
        plain = dict(row)
        if "image" in plain:
            (folder / "images" / f"{number}.png").write_bytes(plain["image"]["bytes"])
            plain["image"] = f"images/{number}.png"
        written.append(plain)
    jsonl.write(folder / file, written)
    return folder


def comma_separated(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def vlmevalkit_table(path: Path, rows: Rows, *, later: Sequence[int] = ()) -> Path:
    """The columns index, question, answer and image; a page that was there before is named by the
    index of its row. Rows of `later` name the last row's image instead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    first: dict[bytes, str] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["index", "question", "answer", "image"])
        for number, row in enumerate(rows):
            content, own = row["image"]["bytes"], row["questionId"]
            known = first.setdefault(content, own)
            cell = base64.b64encode(content).decode() if known == own else known
            if number in later:
                cell = rows[-1]["questionId"]
            writer.writerow([own, row["question"], repr(row["answers"]), cell])
    return path
