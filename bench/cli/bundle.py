"""bench bundle: all that a run needs, in one folder, for a machine without network."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.errors import NOT_OK, OK

if TYPE_CHECKING:
    from bench.bundle.manifest import Manifest
    from bench.plan import Plan

JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_CONFIG = [
    click.argument("config", required=False, type=click.Path(path_type=Path)),
    click.option("--backend", multiple=True, metavar="NAME", help="As for `bench eval`."),
    click.option("--model", multiple=True, metavar="NAME", help="As for `bench eval`."),
    click.option("--task", multiple=True, metavar="NAME[:MEMBER]", help="As for `bench eval`."),
    click.option(
        "--prompt",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="As for `bench eval`.",
    ),
    click.option("--limit", type=click.IntRange(min=1), help="As for `bench eval`."),
    click.option("--data", type=click.Path(path_type=Path), help="As for `bench eval`."),
    click.option("--flavour", type=click.Choice(["cpu", "cuda"]), help="As for `bench eval`."),
    click.option("--in-process", is_flag=True, default=None, help="As for `bench eval`."),
    click.option("--weights", multiple=True, metavar="[MODEL=]FOLDER", help="As for `bench eval`."),
    click.option(
        "--isolation",
        type=click.Choice(["venv", "docker", "podman", "apptainer"]),
        help="As for `bench eval`.",
    ),
]
_IMAGES = [
    click.option(
        "--images",
        type=click.Choice(["docker", "podman"]),
        help="Pack images, built by this; else where the config's isolation is docker or podman.",
    ),
    click.option("--without-images", is_flag=True, help="Pack none, whatever the config says."),
]
_POLICY = [
    click.option(
        "--allow",
        multiple=True,
        metavar="LICENCE",
        help="Let in these licences only (patterns: BSD*); `unknown` is one.",
    ),
    click.option("--deny", multiple=True, metavar="LICENCE", help="Keep these licences out."),
]


def _with(options: list[Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.group("bundle")
def bundle_command() -> None:
    """Pack a config with all that it needs, and verify and install that without network."""


@bundle_command.command("plan")
@_with(_CONFIG)
@_with(_IMAGES)
@_with(_POLICY)
@JSON
def plan_bundle(
    *,
    images: Any,
    without_images: bool,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Show what would be packed; nothing is fetched.

    Licences of packages are known here only where their environment is built.
    """
    from bench.bundle.contents import contents_of
    from bench.bundle.licence import Policy
    from bench.bundle.outlook import outlook

    plan = _planned(options)
    packed = _images(plan, images, without=without_images)
    found = outlook(contents_of(plan, packed), Policy(allow, deny))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    from bench.cli.task_rows import aligned

    titles = ["environment", "flavour", "python", "packages", "licences"]
    rows = [
        [
            one.name,
            one.flavour,
            one.python,
            "?" if one.packages is None else str(one.packages),
            _counted(one.licences) or "not known before they are fetched",
        ]
        for one in found.environments
    ]
    click.echo(aligned(titles, rows))
    click.echo()
    titles = ["packed", "name", "files", "size", "licence"]
    rows = [
        [one.kind, one.name, str(one.files), _size(one.bytes), one.licence] for one in found.files
    ]
    rows += [["weights", package, "1", "?", "see its model"] for package in found.packages]
    rows += [
        ["image", f"{one.name} on {one.base}", "1", _at_most(one.bytes), one.licence]
        for one in found.images
    ]
    if rows:
        click.echo(aligned(titles, rows) + "\n")
    against = [line for one in found.environments for line in one.against] + [*found.against]
    against += [
        f"image {one.name} on {one.base}: {one.licence}" for one in found.images if not one.allowed
    ]
    for line in against:
        click.echo(f"not allowed: {line}")
    for note in [one.note for one in found.environments if one.note] + [*found.notes]:
        click.echo(f"note: {note}")
    click.echo("the core with its packages and uv is packed as well; nothing was fetched")


@bundle_command.command("build")
@_with(_CONFIG)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the bundle.")
@click.option(
    "--volume-size", metavar="SIZE", help="Cut it into files of this size: 4GB, 700MB, 4GiB."
)
@_with(_IMAGES)
@_with(_POLICY)
@JSON
def build_bundle(
    *,
    out: Path,
    volume_size: str | None,
    images: Any,
    without_images: bool,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Fetch and copy all that the config needs into a folder; bundle.json is written last.

    A build that was stopped goes on with the same command.

    \b
    bench bundle build configs/runs/receipts.yaml --out receipts.bundle
    bench bundle build run.yaml --out stick --volume-size 4GB --deny 'GPL*' --deny unknown
    """  # noqa: D301  (click reads the mark)
    from bench.bundle.build import build_bundle as build
    from bench.bundle.inventory import LicenceError
    from bench.bundle.licence import Policy
    from bench.bundle.volumes import size_of
    from bench.progress import saying

    size = size_of(volume_size) if volume_size is not None else None
    plan = _planned(options)
    packed = _images(plan, images, without=without_images)
    policy = Policy(allow, deny)
    with saying(out.name) as say:
        try:
            manifest = build(plan, out, policy=policy, volume_bytes=size, images=packed, say=say)
        except LicenceError as error:
            for line in error.lines:
                click.echo(f"not allowed: {line}", err=True)
            raise
    _show(out, manifest, as_json=as_json)


@bundle_command.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@JSON
def verify_bundle(bundle: Path, *, as_json: bool) -> int:
    """Read every file of a bundle, or every volume, and compare it with its hash.

    Exit code 1, and a line each, where one is missing, changed, cut short, extra, or a package
    file that no lock names.
    """
    from bench.bundle.verify import verify

    _there(bundle)
    found = verify(bundle)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    else:
        for one in found:
            click.echo(str(one))
        if not found:
            from bench.bundle.manifest import read_manifest

            manifest = read_manifest(bundle)
            click.echo(
                f"{bundle}: ok, {len(manifest.volumes or manifest.files)} files, "
                f"content sha256 {manifest.content_sha256}"
            )
    return NOT_OK if found else OK


@bundle_command.command("install")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--into", required=True, type=click.Path(path_type=Path), help="Folder of the installation."
)
@click.option(
    "--images",
    type=click.Choice(["docker", "podman"]),
    help="Load its images into this; else into the one that the config names.",
)
@click.option("--without-images", is_flag=True, help="Load none.")
def install_bundle(bundle: Path, into: Path, *, images: Any, without_images: bool) -> None:
    """Install a bundle where there is no network: the core, environments, weights, data, images.

    The bundle is verified first. What it makes stays in the folder; INTO/bench is its command.
    Where no bench is installed yet: sh BUNDLE/install.sh INTO.

    \b
    bench bundle install receipts.bundle --into receipts
    receipts/bench eval --offline receipts/config/run.yaml
    """  # noqa: D301  (click reads the mark)
    from bench.bundle.install import install
    from bench.progress import saying
    from bench.session import shown_path

    _there(bundle)
    with saying(into.name) as say:
        manifest = install(bundle, into, say, images=images, without_images=without_images)
    place = shown_path(into.absolute())
    command = place / "bench"
    shown = command if command.is_absolute() else f"./{command}"
    click.echo(f"installed; run it: {shown} eval --offline {place / manifest.config}")


@bundle_command.command("show")
@click.argument("bundle", type=click.Path(path_type=Path))
@JSON
def show_bundle(bundle: Path, *, as_json: bool) -> None:
    """What a bundle holds, how large it is, under which licences, and for which Python it is."""
    from bench.bundle.manifest import read_manifest

    _there(bundle)
    _show(bundle, read_manifest(bundle), as_json=as_json)


def _planned(options: dict[str, Any]) -> Plan:
    from bench.api import resolve
    from bench.bundle.contents import plan_of

    given = {key: value for key, value in options.items() if value not in (None, ())}
    return plan_of(resolve(given.pop("config", None), given))


def _images(plan: Plan, asked: Any, *, without: bool) -> Any:
    """The engine that builds what is packed, if any."""
    from bench.bundle.contents import images_of
    from bench.errors import UsageError

    if asked and without:
        raise UsageError("--images and --without-images exclude each other")
    return None if without else asked or images_of(plan.config)


def _there(bundle: Path) -> None:
    from bench.errors import UsageError

    if not bundle.is_dir():
        raise UsageError(f"there is no folder {bundle}", hint="bench bundle build CONFIG --out DIR")


def _show(folder: Path, manifest: Manifest, *, as_json: bool) -> None:
    if as_json:
        shown = manifest.model_dump(mode="json", by_alias=True) | {"folder": str(folder)}
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    from bench.cli.task_rows import aligned

    click.echo(click.style(str(folder), bold=True))
    python = f"{manifest.implementation} {manifest.python} ({manifest.soabi}), "
    for key, value in {
        "made": f"{manifest.made_at} by bench {manifest.bench_version}",
        "for": f"{python}{manifest.platform}, {manifest.libc} or newer",
        "size": f"{_size(manifest.size)} in {len(manifest.files)} files"
        + (f", {len(manifest.volumes)} volumes" if manifest.volumes else ""),
        "content": f"sha256 {manifest.content_sha256}",
    }.items():
        click.echo(f"  {key:8} {value}")
    rows = [
        [one.adapter, one.flavour, one.python, str(one.packages), ", ".join(one.requires)]
        for one in manifest.environments
    ]
    titles = ["environment", "flavour", "python", "packages", "over its locks"]
    click.echo("\n" + aligned(titles, rows))
    rows = [
        [one.name, one.flavour, one.engine, _size(manifest.files[one.place].bytes), one.base,
         one.licence]
        for one in manifest.images
    ]  # fmt: skip
    if rows:
        titles = ["image", "flavour", "for", "size", "built upon", "licence of that"]
        click.echo("\n" + aligned(titles, rows))
    rows = [["model", one.name, one.weights or one.package or "", one.licence]
            for one in manifest.models]  # fmt: skip
    rows += [["task", one.name, one.data or one.folder or one.table or "", one.licence]
             for one in manifest.tasks]  # fmt: skip
    click.echo("\n" + aligned(["asked", "name", "packed as", "licence"], rows))
    kinds = Counter(one.kind for one in manifest.files.values())
    rows = []
    for kind, count in kinds.items():
        of_kind = [one for one in manifest.files.values() if one.kind == kind]
        licences = Counter(one.licence for one in of_kind) if kind in _LICENSED else Counter()
        size = _size(sum(one.bytes for one in of_kind))
        rows.append([kind, str(count), size, _counted(dict(licences.most_common()))])
    click.echo("\n" + aligned(["files", "number", "size", "licences"], rows))


_LICENSED = ("package", "weights", "data", "table", "task", "image")


def _counted(licences: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in licences.items())


def _at_most(count: int | None) -> str:
    """Of an image, uncompressed, where it is built here already."""
    return "?" if count is None else f"under {_size(count)}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
