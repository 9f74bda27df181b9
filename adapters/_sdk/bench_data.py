"""A local copy of a benchmark's data, as `bench data add` keeps it, and as harnesses want it.

Standard library only at import; `hub_folder` needs the packages datasets and pyarrow. Python 3.9.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
from typing import Any, Dict, Iterator, List, Optional

SCHEMA = 1
ROW_GROUP = 64  # rows: a scanned page is about a megabyte

Row = Dict[str, Any]


class LocalCopy:
    """`folder` holds data.json. ValueError where it is of a schema that this file does not read."""

    def __init__(self, folder: str) -> None:
        with open(os.path.join(folder, "data.json"), encoding="utf-8") as file:
            described = json.load(file)
        if described.get("schema") != SCHEMA:
            raise ValueError("%s: schema %r is not read" % (folder, described.get("schema")))
        self.folder = os.path.abspath(folder)
        self.name: str = described["name"]
        self.hub: Optional[str] = described["hub"]
        self.tsv: Optional[Dict[str, str]] = described["tsv"]
        self.content_sha256: str = described["content_sha256"]
        several = len({table["config"] for table in described["tables"]}) > 1
        self.tables = [
            Table(self.folder, one, one["config"] + "/" if several else "")
            for one in described["tables"]
        ]

    def table(self, config: Optional[str] = None, split: Optional[str] = None) -> Table:
        """The only one with this config and split (None: any). LookupError says what there is."""
        found = [
            one
            for one in self.tables
            if config in (None, one.config) and split in (None, one.split)
        ]
        if len(found) != 1:
            known = ", ".join("%s/%s" % (one.config, one.split) for one in self.tables)
            raise LookupError(
                "%d tables of %s are %s/%s; it has: %s"
                % (len(found), self.name, config or "*", split or "*", known)
            )
        return found[0]


class Table:
    """One config and split. `columns`: their types, as in data.json. `before`: stands before each
    of its ids.
    """

    def __init__(self, folder: str, described: Row, before: str) -> None:
        self._described, self._folder, self._before = described, folder, before
        self.config: str = described["config"]
        self.split: str = described["split"]
        self.columns: Dict[str, Any] = described["columns"]
        self.count: int = described["rows"]

    def rows(self) -> Iterator[Row]:
        """Each row with all columns, absent values None, images as absolute paths."""
        for row in self._stored():
            yield {
                key: _placed(row.get(key), kind, self._folder) for key, kind in self.columns.items()
            }

    def ids(self) -> List[str]:
        """The samples' ids, in the rows' order: the id column's values if they are there and
        unique, else the rows' numbers from 0; with several configs "CONFIG/" stands before each.
        """
        found = self._texts(self._described["id"])
        if None in found or len(set(found)) != len(found):
            found = [str(number) for number in range(self.count)]
        return ["%s%s" % (self._before, one) for one in found]

    def documents(self) -> List[str]:
        """What each row's question stands on: equal for rows about one document; else its id."""
        found = self._texts(self._described["document"])
        return [
            own if one is None else "%s%s" % (self._before, one)
            for one, own in zip(found, self.ids())
        ]

    def groups(self) -> List[Optional[str]]:
        return self._texts(self._described["group"])

    def references(self) -> List[List[str]]:
        """The right answers of each row, as texts; none where there is no such column."""
        column = self._described["references"]
        found = [row.get(column) for row in self._stored()] if column else [None] * self.count
        listed = [value if isinstance(value, list) else [value] for value in found]
        return [[_text(one) for one in several if one is not None] for several in listed]

    def _texts(self, column: Optional[str]) -> List[Any]:
        if column is None:
            return [None] * self.count
        found = [row.get(column) for row in self._stored()]
        return [None if value is None else _text(value) for value in found]

    def _stored(self) -> Iterator[Row]:
        path = os.path.join(self._folder, *self._described["file"].split("/"))
        with open(path, "rb") as file:
            for line in file:
                yield json.loads(line)


def hub_folder(
    copy: LocalCopy,
    target: str,
    hub: Optional[str] = None,
    configs: Optional[Dict[str, str]] = None,
    splits: Optional[Dict[str, str]] = None,
) -> str:
    """The absolute path of a folder that `datasets.load_dataset(path, CONFIG)` reads as it would
    read the data set from the hub: the official columns, images with their original bytes.

    It is `target`/HUB (`hub`, else the copy's own, else its name): in a process whose working
    folder is `target`, `load_dataset("HUB", CONFIG)` finds it as well. `configs` and `splits` say
    under which name (value) one of the copy's (key) is written. A folder that is there already and
    was written whole for the same content is left as it is. ValueError where a text cannot be
    written in UTF-8.
    """
    import pyarrow.parquet

    folder = os.path.join(os.path.abspath(target), *(hub or copy.hub or copy.name).split("/"))
    wanted = json.dumps([copy.content_sha256, configs or {}, splits or {}], sort_keys=True)
    marker = os.path.join(folder, ".written")
    if os.path.isfile(marker):
        with open(marker, encoding="utf-8") as file:
            if file.read() == wanted:
                return folder
    shutil.rmtree(folder, ignore_errors=True)
    placed: Dict[str, List[Row]] = {}
    for table in copy.tables:
        config = (configs or {}).get(table.config, table.config)
        split = (splits or {}).get(table.split, table.split)
        name = "%s/%s-00000-of-00001.parquet" % (config, split)
        os.makedirs(os.path.join(folder, config), exist_ok=True)
        schema = _features(table.columns).arrow_schema
        with pyarrow.parquet.ParquetWriter(os.path.join(folder, name), schema) as writer:
            for rows in _batches(_embedded(table)):
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
        placed.setdefault(config, []).append({"split": split, "path": name})
    listed = [{"config_name": name, "data_files": files} for name, files in placed.items()]
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write("---\nconfigs: %s\n---\n" % json.dumps(listed))  # JSON is YAML
    with open(marker, "w", encoding="utf-8") as file:
        file.write(wanted)
    return folder


def write_tsv(copy: LocalCopy, target: str, columns: Optional[Dict[str, str]] = None) -> str:
    """Write VLMEvalKit's table to the file `target`, and return its path.

    `columns`: column of the table -> column of the rows; without it what data.json says. `index`
    is the sample's id, images become `image_path` with absolute paths, lists are Python literals.
    ValueError where a text cannot be written in UTF-8, or nobody says which columns.
    """
    chosen = copy.tsv if columns is None else columns
    if not chosen:
        raise ValueError("nobody says which columns a table of %s has" % copy.name)
    names = {table: row for table, row in chosen.items() if table != "index"}
    pictured = {
        name: "image_path" if name == "image" else name
        for name, row in names.items()
        if any(_is_picture(table.columns.get(row)) for table in copy.tables)
    }
    with open(target + ".part", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, delimiter="\t", lineterminator="\n")
        writer.writerow(["index"] + [pictured.get(name, name) for name in names])
        for table in copy.tables:
            for own, row in zip(table.ids(), table.rows()):
                cells = [own] + [_cell(row.get(column)) for column in names.values()]
                for cell in cells:
                    _encodable(cell, own)
                writer.writerow(cells)
    os.replace(target + ".part", target)
    return target


def _is_picture(kind: Any) -> bool:
    return kind in ("image", {"list": "image"})


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, (list, dict)) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _encodable(value: Any, own: str) -> None:
    """Lone surrogates are in no file of tables: an error that names the row, and no other text."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("row %s holds a lone surrogate: %r" % (own, value[:60])) from None
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            _encodable(one, own)


def _placed(value: Any, kind: Any, folder: str) -> Any:
    """The value with absolute paths of images."""
    if value is None:
        return None
    if kind == "image":
        return os.path.join(folder, *value.split("/"))
    if isinstance(kind, dict) and "list" in kind:
        several = value if isinstance(value, list) else [value]  # one image, in other rows several
        return [_placed(one, kind["list"], folder) for one in several]
    if isinstance(kind, dict):
        return {key: _placed(one, kind["record"].get(key), folder) for key, one in value.items()}
    return value


def _features(columns: Row) -> Any:
    return importlib.import_module("datasets").Features(
        {key: _feature(kind) for key, kind in columns.items()}
    )


def _feature(kind: Any) -> Any:
    datasets = importlib.import_module("datasets")
    if isinstance(kind, dict):
        if "list" in kind:
            listed = getattr(datasets, "List", None)  # before datasets 4 a list with its element
            return listed(_feature(kind["list"])) if listed else [_feature(kind["list"])]
        return {key: _feature(one) for key, one in kind["record"].items()}
    if kind == "image":
        return datasets.Image()
    names = {"integer": "int64", "number": "float64", "boolean": "bool"}
    return datasets.Value(names.get(kind, "string"))


def _embedded(table: Table) -> Iterator[Row]:
    """Rows as pyarrow takes them: an image is its bytes and the name of its file."""
    for own, row in zip(table.ids(), table.rows()):
        _encodable(row, own)
        yield {key: _filled(value, table.columns[key]) for key, value in row.items()}


def _filled(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if kind == "image":
        with open(value, "rb") as file:
            return {"bytes": file.read(), "path": os.path.basename(value)}
    if isinstance(kind, dict) and "list" in kind:
        return [_filled(one, kind["list"]) for one in value]
    if isinstance(kind, dict):
        return {key: _filled(value.get(key), one) for key, one in kind["record"].items()}
    return _text(value) if kind == "any" else value


def _batches(rows: Iterator[Row]) -> Iterator[List[Row]]:
    batch: List[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROW_GROUP:
            yield batch
            batch = []
    if batch:
        yield batch
