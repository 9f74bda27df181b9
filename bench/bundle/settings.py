"""The config as it stands in a bundle: the same questions, with the bundle's own paths."""

from __future__ import annotations

from typing import Any

from bench.bundle.contents import Contents

_HERE = {"out", "vlmevalkit_path"}  # of this machine, and asking nothing
_NAMED = {"model", "task", "prompt", "data", "weights"}
_LEFT_OUT: dict[str, Any] = {
    **dict.fromkeys(_HERE | _NAMED, True),
    "container": {"base", "wheels"},  # what images are built of
}


def packed_config(contents: Contents) -> dict[str, Any]:
    """What config/run.yaml says; paths are relative to its folder."""
    config = contents.plan.config
    values = config.model_dump(mode="json", exclude_unset=True, exclude=_LEFT_OUT)
    names = {
        "model": [contents.given.get(name, name) for name in config.model],
        "task": [contents.given.get(name, name) for name in config.task],
        "prompt": [
            one.place.removeprefix("config/") for one in contents.files if one.kind == "prompt"
        ],
        "weights": {one.name: f"../{one.weights}" for one in contents.models if one.weights},
        "data": "../tables" if any(one.kind == "table" for one in contents.files) else None,
    }
    if not values.get("container"):
        values.pop("container", None)
    return values | {key: value for key, value in names.items() if value}
