"""bench env: environments of harnesses, engines and judges."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

FLAVOUR = click.option(
    "--flavour", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True
)


BASE = click.option(
    "--base",
    metavar="IMAGE|TAR",
    help="What images are built upon: an image, or the tar of a root file system.",
)
WHEELS = click.option(
    "--wheels",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the files that the locks name; else they are fetched as pip's settings say.",
)


@click.group("env")
def env_command() -> None:
    """Build, list, check, remove and lock environments."""


@env_command.command("build")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@FLAVOUR
@click.option(
    "--weights", is_flag=True, help="The ones whose models run in the harness's own process."
)
@click.option(
    "--isolation",
    type=click.Choice(["venv", "docker", "podman", "apptainer"]),
    default="venv",
    show_default=True,
    help="An image for this instead of a venv.",
)
@BASE
@WHEELS
def build_environments(
    names: Iterable[str],
    flavour: Any,
    *,
    weights: bool,
    isolation: Any,
    base: str | None,
    wheels: Path | None,
) -> None:
    """Build the environments of harnesses or engines; one that is there is left as it is."""
    from bench.config import Container
    from bench.environment import build
    from bench.isolation.image import build_image
    from bench.progress import saying

    for name in names:
        adapter = _find(name)
        with saying(name) as say:
            if isolation != "venv":
                image = build_image(
                    adapter,
                    _flavour(adapter, flavour),
                    say,
                    isolation=isolation,
                    container=Container(base=base, wheels=wheels),
                    weights=weights,
                )
                click.echo(f"{name}: ready as {image.reference} ({image.digest})")
                continue
            environment = build(adapter, _flavour(adapter, flavour), say, weights=weights)
        click.echo(f"{name}: ready in {environment.folder}")


@env_command.command("containerfile")
@click.argument("name")
@FLAVOUR
@click.option("--weights", is_flag=True, help="Of the one whose models run in its own process.")
@BASE
@WHEELS
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new folder for it, with all that it is built from: uv, locks, wheels.",
)
def containerfile_of(
    name: str,
    flavour: Any,
    *,
    weights: bool,
    base: str | None,
    wheels: Path | None,
    out: Path | None,
) -> None:
    """Print the Containerfile of a harness or an engine, made of its locks."""
    from bench.isolation.image import recipe

    adapter = _find(name)
    planned, text = recipe(
        adapter,
        _flavour(adapter, flavour),
        base,
        weights=weights,
        to_build=out is not None,
        wheels=wheels,
    )
    if out is None:
        click.echo(text, nl=False)
        return
    from bench.errors import UsageError
    from bench.isolation.containerfile import fill_context
    from bench.progress import saying

    if out.exists():
        raise UsageError(f"{out} is there already", hint="name another --out")
    out.mkdir(parents=True)
    with saying(name) as say:
        fill_context(planned, out.absolute(), wheels=wheels, log=out / "build.log", say=say)
    (out / "Containerfile").write_text(text, encoding="utf-8")
    click.echo(f"wrote {out}: docker build --network none {out} -f {out}/Containerfile")


@env_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_environments(*, as_json: bool) -> None:
    """What is built, how large it is, and where."""
    from bench.environment import built, environments_folder

    rows = [
        {
            "folder": str(one.folder),
            "name": (one.ready or {}).get("name", one.folder.name),
            "flavour": (one.ready or {}).get("flavour"),
            "python": (one.ready or {}).get("python"),
            "packages": len(_listed(one.ready, "packages")),
            "megabytes": _megabytes(one.folder),
            "ready": one.ready is not None,
            "note": (one.ready or {}).get("note"),
        }
        for one in built()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    if not rows:
        click.echo(f"no environment is built yet (they lie in {environments_folder()})")
        return
    from bench.report.terminal import console, listing

    columns = ["environment", "flavour", "python", "packages", "MB", "state"]
    console().print(
        listing(
            columns,
            [
                (
                    str(row["folder"]).rsplit("/", 1)[-1],
                    *(str(row[key] or "") for key in ("flavour", "python", "packages")),
                    str(row["megabytes"]),
                    "ready" if row["ready"] else "half-built",
                )
                for row in rows
            ],
        )
    )
    click.echo(f"in {environments_folder()}")


@env_command.command("check")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@FLAVOUR
def check_environments(names: tuple[str, ...], flavour: Any) -> int:
    """Whether the environments (all, or those named) are there and sound."""
    from bench.environment import health, plan_environment

    bad = 0
    for adapter in [_find(name) for name in names] or _all():
        environment = plan_environment(adapter, _flavour(adapter, flavour))
        message = health(environment)
        bad += message is not None
        click.echo(f"{adapter.name}: {message or 'ready'}")
    return 1 if bad and names else 0


@env_command.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove_environments(names: Iterable[str]) -> None:
    """Remove every environment of these harnesses or engines, or one by its folder's name."""
    from bench.environment import built, remove
    from bench.errors import UsageError, suggestion

    for name in names:
        found = [one.folder for one in built() if _is(one.folder.name, name)]
        if not found:
            hint = suggestion(name, [one.folder.name for one in built()])
            raise UsageError(f"no environment {name!r} is built", hint=hint)
        for folder in found:
            remove(folder)
            click.echo(f"removed {folder.name}")


@env_command.command("lock")
@click.argument("names", nargs=-1, required=True, metavar="NAME...|torch")
def lock_environments(names: Iterable[str]) -> None:
    """Resolve the locks of adapters anew, and list what they have then (for maintainers); `torch`
    for the flavour locks.
    """
    from bench.lock import lock_adapter, lock_torch, refresh_catalogue
    from bench.progress import saying

    for name in names:
        with saying(name) as say:
            written = lock_torch(say) if name == "torch" else lock_adapter(_find(name), say)
            written += () if name == "torch" else refresh_catalogue(_find(name), say)
        for path in written:
            click.echo(f"wrote {path}")


def _find(name: str) -> Any:
    from bench.adapter import adapters
    from bench.errors import UsageError, suggestion

    known = adapters("hub") | adapters("judge") | adapters("engine") | adapters("harness")
    if name not in known:
        hint = suggestion(name, known)
        raise UsageError(f"unknown harness, engine, judge or hub {name!r}", hint=hint)
    return known[name]


def _all() -> list[Any]:
    from typing import get_args

    from bench.adapter import Kind, adapters

    return [one for kind in get_args(Kind) for one in adapters(kind).values()]


def _flavour(adapter: Any, asked: str) -> Any:
    return asked if asked in adapter.flavours else adapter.flavours[0]


def _is(folder: str, name: str) -> bool:
    return folder == name or folder.rsplit("-", 2)[0] in (name, f"{name}.weights")


def _listed(ready: dict[str, Any] | None, key: str) -> list[str]:
    return list((ready or {}).get(key, []))


def _megabytes(folder: Path) -> int:
    """What the files hold; hard links to uv's cache are counted as well."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) // 1_000_000
