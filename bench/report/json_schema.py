"""The JSON Schema of report.json, generated from bench/schema.py and shipped with the configs."""

from __future__ import annotations

from typing import Any

from bench.schema import SCHEMA_VERSION, Report


def report_schema() -> dict[str, Any]:
    schema = Report.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"VLMHyperBench report, schema version {SCHEMA_VERSION}",
        **{key: value for key, value in schema.items() if key != "title"},
    }
