"""bench task show and schema."""

from __future__ import annotations

import json

from tests.cli.said import Cli


def test_a_task_s_kind_and_reading_are_shown(cli: Cli) -> None:
    fields, whole = (
        json.loads(cli("task", "show", f"insurance-ko:{member}", "--json").out)[0]
        for member in ("fields", "ocr")
    )
    assert (fields["kind"], fields["reading"]) == ("question", "value/1")
    assert (fields["unscored"], fields["unanswerable"]) == (0, 12)
    assert (whole["kind"], whole["reading"]) == ("transcription", None)
    text = cli("task", "show", "insurance-ko:ocr").out
    assert "kind        transcription" in text
    assert "reading" not in text


def test_the_schema_of_a_kind_is_printed(cli: Cli) -> None:
    schema = json.loads(cli("task", "schema", "extraction").out)
    assert "reference" in schema["required"]
    assert cli("task", "schema", "extractions").code == 2
