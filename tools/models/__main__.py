"""python -m tools.models: the golden invocations of the shipped model files, and their table.

--live first asks the harnesses' environments anew what their classes take (builds them, a minute of
processor time). Run it after an edit of a model file or of an adapter; tests fail otherwise.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.model import Model, find_model, models
from tools.models.invocations import invocations
from tools.models.parameters import GOLDEN, RECORDED, live, recorded
from tools.models.table import PAGE, with_table


def catalogued() -> list[Model]:
    """The shipped models that are made of weights: pipelines have none to load."""
    return [one for one in map(find_model, models()) if one.weights is not None]


def text_of(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    shipped = catalogued()
    if "--live" in sys.argv[1:]:
        loaders = sorted({harness for model in shipped for harness in model.in_process})
        found = {harness: live(harness, shipped, print) for harness in loaders}
        RECORDED.write_text(text_of(found), encoding="utf-8")
        recorded.cache_clear()
    known = recorded()
    stale = {path.name for path in GOLDEN.glob("*.json")} - {RECORDED.name}
    for model in shipped:
        path = GOLDEN / f"{model.name}.json"
        path.write_text(text_of(invocations(model, known)), encoding="utf-8")
        stale.discard(path.name)
    for name in stale:
        (GOLDEN / name).unlink()
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), shipped), encoding="utf-8")
    print(f"wrote {len(shipped)} invocations into {GOLDEN} and the table of {PAGE}")


if __name__ == "__main__":
    main()
