"""A row's model: a file of the user's, one that we ship, or a row of vlm_base.csv."""

from __future__ import annotations

import re
from pathlib import Path

from bench.adapter import adapters
from bench.errors import suggestion
from bench.importers.vlmhyperbench.places import Places
from bench.importers.vlmhyperbench.tables import read_table
from bench.importers.vlmhyperbench.user_config import EvaluationRun
from bench.model import SUFFIXES, Model, find_model, models

VLM_BASE = "vlm_base.csv"
ENGINES = {"hugging face": "transformers", "vllm": "vllm", "sglang": "sglang"}


def row_model(run: EvaluationRun, places: Places) -> Model:
    """Under the row's name: models/NAME.yaml beside the config, configs/models, vlm_base.csv.

    Raises SourceError at the row's model_name or framework.
    """
    own = next(
        (path for end in SUFFIXES if (path := places.file(f"models/{run.model_name}{end}"))), None
    )
    if own is not None:
        return _prompted(find_model(str(own)), run)
    shipped = {name.casefold(): name for name in models()}
    if run.model_name.casefold() in shipped:
        return _prompted(find_model(shipped[run.model_name.casefold()]), run)
    return _prompted(_of_base(run, places), run)


def _of_base(run: EvaluationRun, places: Places) -> Model:
    path = places.file(VLM_BASE)
    rows = read_table(path, ("framework", "model_name")) if path else []
    named = [row for row in rows if row["model_name"] == run.model_name]
    if not named:
        known = [row["model_name"] for row in rows] + list(models())
        said = f"unknown model {run.model_name!r}"
        raise run.fail("model_name", said, f"{suggestion(run.model_name, known)}; {_own(run)}")
    if not any(row["framework"] == run.framework for row in named):
        others = ", ".join(row["framework"] for row in named)
        raise run.fail("framework", f"{path} has {run.model_name} only for {others}", None)
    engine = ENGINES.get(run.framework.casefold())
    if engine is None or engine not in adapters("engine"):
        said = f"nothing here starts a model of {run.framework!r}"
        raise run.fail("framework", said, f"serve {run.model_name} yourself; {_own(run)}")
    return Model(name=slug(run.model_name), served_id=run.model_name, engine=engine)


def _own(run: EvaluationRun) -> str:
    return f"models/{run.model_name}.yaml beside the config can name its base_url"


def _prompted(model: Model, run: EvaluationRun) -> Model:
    said = run.system_prompt
    return model.model_copy(update={"system_prompt": said}) if said else model


def slug(name: str) -> str:
    """A name that a model or a task can have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "x"


def write_model(model: Model, folder: Path, number: int) -> Path:
    """As a model file of this row: rows may give one model different system prompts."""
    from bench.importers.writing import write_yaml

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"row-{number}-{slug(model.name)}.yaml"
    write_yaml(path, model.model_dump(mode="json", exclude_defaults=True))
    return path
