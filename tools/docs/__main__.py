"""Writes the generated references: python -m tools.docs (make docs). A test compares them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from bench.cli import bench
from bench.report.json_schema import report_schema
from bench.schema import Record

ROOT = Path(__file__).resolve().parents[2]


def references() -> dict[str, Callable[[], str]]:
    """What makes each generated file, by its path in the repository."""
    return {
        "docs/cli.md": cli_reference,
        "docs/report-fields.md": report_reference,
        "configs/report.schema.json": lambda: json.dumps(report_schema(), indent=1) + "\n",
    }


def cli_reference() -> str:
    parts = ["# Command line", "", "Generated from `--help` by `make docs`.", ""]
    for words, command in _commands(["bench"], bench):
        context = click.Context(
            command, info_name=" ".join(words), help_option_names=["-h", "--help"]
        )
        context.terminal_width = 88
        parts += [f"## {' '.join(words)}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(parts)


def _commands(
    words: list[str], command: click.Command
) -> Iterator[tuple[list[str], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=words[-1])
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands([*words, name], inner)


def report_reference() -> str:
    schema = report_schema()
    parts = [
        "# Fields of the report",
        "",
        "Generated from `bench/schema.py` by `make docs`; the JSON Schema is",
        "`configs/report.schema.json`. What the fields mean together stands in",
        "[report.md](report.md).",
        "",
    ]
    parts += _table("report.json", schema)
    for name, described in schema["$defs"].items():
        parts += _table(name, described)
    record = Record.model_json_schema(mode="serialization")
    return "\n".join([*parts, *_table("Record: a line of records.jsonl", record)])


def _table(title: str, described: dict[str, Any]) -> list[str]:
    about = " ".join(described.get("description", "").split())
    rows = ["| field | type | |", "|---|---|---|"]
    for name, field in described["properties"].items():
        said = " ".join(field.get("description", "").split())
        rows.append(f"| `{name}` | {_type(field)} | {said} |")
    return [f"## {title}", "", *([about, ""] if about else []), *rows, ""]


def _type(field: dict[str, Any]) -> str:
    said = str(field.get("type", "text"))
    if "$ref" in field:
        said = str(field["$ref"].rsplit("/", 1)[-1])
    elif "anyOf" in field:
        said = " or ".join(_type(one) for one in field["anyOf"])
    elif "enum" in field:
        said = ", ".join(f"`{one}`" for one in field["enum"])
    elif "const" in field:
        said = f"`{field['const']}`"
    elif field.get("items"):
        said = f"list of {_type(field['items'])}"
    elif isinstance(field.get("additionalProperties"), dict):
        said = f"map to {_type(field['additionalProperties'])}"
    return said


def main() -> None:
    for path, make in references().items():
        (ROOT / path).write_text(make(), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
