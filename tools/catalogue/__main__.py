"""python -m tools.catalogue: what `bench task list` shows, as JSON in configs/compiled.

Run it after an edit of configs/benchmarks*.yaml, of a shipped task or of its samples; a test fails
otherwise.
"""

from __future__ import annotations

from bench.benchmarks import compiled
from bench.cli import task_rows


def main() -> None:
    for name in (compiled.PRESENT, compiled.ABSENT):
        source = compiled.configs() / name
        path = compiled.keep(source.stem, compiled.digest([source]), compiled.parsed(source))
        print(f"wrote {path}")
    rows = {"rows": task_rows.described()}
    print(f"wrote {compiled.keep(task_rows.DOCUMENTS, task_rows.documents_digest(), rows)}")


if __name__ == "__main__":
    main()
