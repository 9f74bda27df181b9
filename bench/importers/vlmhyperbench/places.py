"""Where VLMHyperBench keeps what a row names: data sets, prompt collections, answers, vlm_base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from bench.errors import UsageError, suggestion

ROOTS = (".", "vlmhyperbench", "vlmhyperbench/data_dirs", "data_dirs")
ANNOTATION = "annotation.csv"


@dataclass(frozen=True)
class Places:
    """The folders to look in: beside the config, or below --data."""

    roots: tuple[Path, ...]

    @classmethod
    def beside(cls, config: Path, data: Path | None) -> Places:
        start = data if data is not None else config.parent
        if not start.is_dir():
            raise UsageError(f"{start} is no folder")
        found = [start / root for root in ROOTS]
        return cls(tuple(one for one in found if one.is_dir()))

    def dataset(self, task: str, name: str) -> Path | None:
        """The folder of the data set: the one that holds annotation.csv."""
        ways = [(task, name), (name,)]
        files = [Path(*top, *way, ANNOTATION) for top in (("Datasets",), ()) for way in ways]
        return next((one.parent for one in self._inside(*files)), None)

    def prompts(self, task: str, name: str) -> Path | None:
        folders = ("PromptCollections", "PromptCollection")
        ways = [Path(folder, *below, name) for folder in folders for below in ((task,), ())]
        return next(self._inside(*ways, Path(name)), None)

    def answers(self, dataset: str, framework: str, model: str, task: str) -> Path | None:
        """The newest that VLMHyperBench wrote for this row; its names end with the time."""
        names = [framework.replace(" ", mark) for mark in (" ", "_", "")]
        found = {
            path.name: path
            for root in self.roots
            for folder in ("ModelsAnswers", "ModelAnswers")
            for one in (*names, "MODELFRAMEWORK")
            for path in (root / folder).glob(
                escape(f"{dataset}_{one}_{model}_{task}_answers_") + "*.csv"
            )
        }
        newest = max(found, key=lambda name: name.rpartition("_answers_")[2], default=None)
        return found[newest] if newest else None

    def file(self, name: str) -> Path | None:
        """A file by its path, absolute or below one of the roots."""
        return next(self._inside(Path(name)), None)

    def known_datasets(self) -> list[str]:
        files = [path for root in self.roots for path in root.glob(f"Datasets/**/{ANNOTATION}")]
        return sorted({path.parent.name for path in files})

    def looked(self) -> str:
        return f"looked below {', '.join(str(root) for root in self.roots)}"

    def dataset_hint(self, name: str) -> str:
        known = self.known_datasets()
        return suggestion(name, known) if known else f"{self.looked()} (--data names another place)"

    def _inside(self, *ways: Path) -> Iterator[Path]:
        for root in self.roots:
            for way in ways:
                if (root / way).is_file():
                    yield root / way
