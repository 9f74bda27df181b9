"""Which config and split a file of a data set holds: what its README.md says, else its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import yaml
from bench.errors import SourceError
from bench.local_data.reading import SUFFIXES
from bench.local_data.source_table import UNNAMED

SPLITS = ("train", "training", "validation", "valid", "val", "dev", "test", "testmini", "lite")
_SHARDED = re.compile(r"(?P<name>.*?)[-_.](?P<number>\d{5})-of-(?P<count>\d{5})(-[0-9a-f]{16})?")
_SPLIT = re.compile(
    rf"((?P<config>.+)[-_.])?(?P<split>{'|'.join(SPLITS)})([-_.]?\d+)?", re.IGNORECASE
)
_NO_ROWS = {"dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json"}
_NO_CONFIG = {"data", "rows", "images"}

Placed = tuple[str, str]  # config and split; the split is empty where nothing says it
Grouped = dict[Placed, list[Path]]


def listed_files(readme: Path) -> Grouped | None:
    """By the `configs:` at the top of a hub's README.md; None where it has none.

    A config without any file is left out: people fetch a few of many. A part that is missing
    between others is a SourceError.
    """
    source = _front_matter(readme)
    if source is None or not isinstance(source.values, dict) or "configs" not in source.values:
        return None
    configs, found = source.values["configs"], Grouped()
    if not isinstance(configs, list):
        raise source.error(("configs",), "`configs` must be a list")
    for number, one in enumerate(configs):
        try:
            config = str(one.get("config_name", UNNAMED))
            folder = readme.parent / str(one.get("data_dir", ""))
            for split, pattern in _patterns(one.get("data_files")):
                files = _matches(folder, pattern)
                found.setdefault((config, split), []).extend(files)
        except (AttributeError, TypeError, KeyError, ValueError, NotImplementedError):
            said = "a config has a `config_name`, and `data_files` with `split` and `path`"
            raise source.error(("configs", number), said) from None
    complete = {placed: _all_parts(files) for placed, files in found.items() if files}
    if not complete:
        said = "none of the files that it names is there"
        raise source.error(("configs",), said, "fetch the data files of the data set as well")
    return complete


def named_files(source: Path) -> Grouped:
    """By the names of files and folders: data/test-00000-of-00001.parquet, Accounting/dev.csv."""
    files = [path for path in _visible(source) if path.name not in _NO_ROWS]
    for suffix in SUFFIXES:
        chosen = [path for path in files if path.suffix.lower() == suffix]
        if chosen:
            return _grouped(source, chosen)
    return {}


def placed_by_name(path: Path, folders: Sequence[str] = ()) -> Placed:
    """`folders`: those between the source and the file."""
    names = [name for name in folders if name not in _NO_CONFIG]
    sharded = _SHARDED.fullmatch(path.stem)
    stem = sharded["name"] if sharded else path.stem
    if stem.isdecimal() and names and names[-1].lower() in SPLITS:  # CONFIG/test/0000.parquet
        return (names[-2] if len(names) > 1 else UNNAMED), names[-1]
    found = _SPLIT.fullmatch(stem)
    if found:
        return found["config"] or (names[-1] if names else UNNAMED), found["split"]
    return (names[-1] if names else UNNAMED), (stem if sharded else "")


def _grouped(source: Path, files: Iterable[Path]) -> Grouped:
    found = Grouped()
    for path in files:
        folders = path.parent.relative_to(source).parts
        found.setdefault(placed_by_name(path, folders), []).append(path)
    grouped = Grouped()
    for (config, split), several in found.items():
        if split or len(several) == 1:
            grouped[config, split] = _all_parts(several)
        else:  # files of one folder that name no split: each is a table
            grouped.update({(path.stem, ""): [path] for path in several})
    return grouped


def _all_parts(files: list[Path]) -> list[Path]:
    """In order; SourceError where one of `NAME-00000-of-00006` is missing."""
    ordered = sorted(dict.fromkeys(files))
    for path in ordered:
        part = _SHARDED.fullmatch(path.stem)
        if part is None:
            continue
        beside = [
            one
            for one in (_SHARDED.fullmatch(other.stem) for other in ordered)
            if one and one["name"] == part["name"] and one["count"] == part["count"]
        ]
        absent = sorted(set(range(int(part["count"]))) - {int(one["number"]) for one in beside})
        if absent:
            said = f"is one of {int(part['count'])} parts, and part {absent[0]:05} is not there"
            raise SourceError(path, said, hint="fetch all parts: a copy must be whole")
    return ordered


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in below):
            yield path


def _front_matter(readme: Path) -> yaml.Source | None:
    if not readme.is_file():
        return None
    text = yaml.read_text(readme)
    if not text.startswith("---"):
        return None
    end = re.search(r"^---\s*$", text[3:], re.MULTILINE)
    return yaml.loads(readme, text[: 3 + end.start()]) if end else None


def _patterns(named: Any) -> Iterator[tuple[str, str]]:
    """Each (split, pattern) of `data_files`, in the ways that hubs allow."""
    if isinstance(named, dict):
        named = [{"split": split, "path": path} for split, path in named.items()]
    for one in [named] if isinstance(named, str) else named:
        if isinstance(one, str):
            yield placed_by_name(Path(one))[1], one
            continue
        paths = one["path"]
        for path in [paths] if isinstance(paths, str) else paths:
            yield str(one["split"]), path


def _matches(folder: Path, pattern: str) -> list[Path]:
    if pattern.startswith("/") or ".." in Path(pattern).parts:
        raise ValueError("a data set's files lie below its README.md")
    if (folder / pattern).is_file():  # a name may hold the signs of a pattern
        return [folder / pattern]
    return sorted(path for path in folder.glob(pattern) if path.is_file())
