"""A comparison of two runs on the terminal: a tree for each pair of jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from bench.differences import Compared, Comparison, Difference, Edit, Headline
from bench.gap import Gap
from bench.report import numbers
from bench.report.gaps import gap_view
from bench.report.visible import visible

_SHOWN = 12  # further lines of one difference
_SIGNS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_STYLES = {"same": "dim", "removed": "red", "added": "green"}
_OF_AN_IMAGE = {"image encoding", "image loss", "image size", "image altered", "image turned"}


def differences_view(found: Comparison, gaps: Sequence[Gap] | None = None) -> RenderableType:
    """`gaps`: one a job, in their order; the headline's numbers stand alone where it is None."""
    parts: list[RenderableType] = [Text(f"A  {found.a}\nB  {found.b}\n")]
    everywhere = _everywhere(found)
    if everywhere:
        tree = Tree(Text(f"in each of the {len(found.jobs)} jobs", style="bold"), guide_style="dim")
        for one in everywhere:
            _add(tree, one)
        parts += [tree, Text("")]
    for place, job in enumerate(found.jobs):
        alone = gaps is None or gaps[place].value is None
        parts.append(_job(job, everywhere, numbers_too=alone))
        if gaps is not None:
            parts += [Text(""), gap_view(gaps[place])]
        parts.append(Text(""))
    for side, names in (("A", found.only_a), ("B", found.only_b)):
        parts += [Text(f"only in {side}: {visible(name)}", style="yellow") for name in names]
    return Group(*parts)


def _everywhere(found: Comparison) -> list[Difference]:
    """What all jobs show alike is said once."""
    if len(found.jobs) < 2:
        return []
    first, *rest = found.jobs
    return [one for one in first.differences if all(one in job.differences for job in rest)]


def _job(job: Compared, everywhere: Collection[Difference], *, numbers_too: bool) -> Tree:
    tree = Tree(_title(job, numbers_too=numbers_too), guide_style="dim")
    if not job.differences:
        tree.add(Text(_nothing(job), style="green"))
    for one in job.differences:
        if one not in everywhere:
            _add(tree, one)
    for said in job.explained:
        tree.add(Text(f"explained: {said}", style="dim"))
    for said in job.unseen:
        tree.add(Text(f"not seen: {said}", style="yellow"))
    return tree


def _title(job: Compared, *, numbers_too: bool) -> Text:
    text = Text(visible(job.title), style="bold")
    if job.a != job.b:
        text.append(f"\nA {job.a}\nB {job.b}", style="not bold dim")
    same = job.a_short == job.b_short
    marks = f"{job.a_short} on both sides" if same else f"{job.a_short} → {job.b_short}"
    text.append(f"\nfingerprint {marks}", style="not bold dim")
    if job.headline and numbers_too:
        text.append(f"\n{_numbers(job.headline)}", style="not bold")
    return text


def _numbers(one: Headline) -> str:
    arrow = "↑" if one.higher_is_better else "↓"
    said = f"{one.metric} {arrow}  {numbers.value(one.a)} → {numbers.value(one.b)}"
    if one.a is None or one.b is None:
        return said
    return f"{said}  ({one.b - one.a:+.4f})"


def _nothing(job: Compared) -> str:
    asked = f"{job.samples} samples, same"
    if job.requests is not None:
        asked = f"{job.requests} requests, same prompts, images, parameters,"
    return f"nothing differs: {asked} model, engine, scorer, task, locks"


def _add(tree: Tree, one: Difference) -> None:
    label = f"parameter {one.name}" if one.kind == "parameter" else one.kind
    text = Text("image" if one.kind in _OF_AN_IMAGE else visible(label), style="bold yellow")
    text.append(f"  {visible(one.said)}", style="not bold default")
    if one.requests is not None:
        text.append(f"  in {one.requests} of {one.of} requests", style="not bold default dim")
    node = tree.add(text)
    if one.edits:
        node.add(_edits(one.sample, one.edits))
    elif one.sample is not None:
        node.add(Text(f"e.g. {visible(one.sample)}", style="dim"))
    for line in one.details[:_SHOWN]:
        node.add(Text(visible(line)))
    if len(one.details) > _SHOWN:
        node.add(Text(f"… and {len(one.details) - _SHOWN} more", style="dim"))


def _edits(sample: str | None, edits: tuple[Edit, ...]) -> Text:
    """Marked with signs as well: colours do not reach a pipe."""
    text = Text(f"e.g. {visible(sample)}: " if sample is not None else "", style="dim")
    for how, piece in edits:
        before, after = _SIGNS[how]
        text.append(f"{before}{visible(piece)}{after}", style=f"not dim {_STYLES[how]}")
    return text
