"""python -m tools.catalogue: what the lists of tasks and models show, as JSON in configs/compiled.

Run it after an edit of configs/benchmarks*.yaml, of a shipped task or its samples, or of a shipped
model file; a test fails otherwise.
"""

from __future__ import annotations

from bench.benchmarks import compiled
from bench.cli import model_rows, task_rows


def main() -> None:
    for name in (compiled.PRESENT, compiled.ABSENT):
        source = compiled.configs() / name
        path = compiled.keep(source.stem, compiled.digest([source]), compiled.parsed(source))
        print(f"wrote {path}")
    rows = {"rows": task_rows.described()}
    print(f"wrote {compiled.keep(task_rows.DOCUMENTS, task_rows.documents_digest(), rows)}")
    kept = {"rows": model_rows.described()}
    print(f"wrote {compiled.keep(model_rows.MODELS, model_rows.models_digest(), kept)}")


if __name__ == "__main__":
    main()
