"""What configs/benchmarks.yaml says of one benchmark."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from bench.config import Human
from bench.metrics import METRICS
from bench.schema import Level
from bench.task.file import MetricUse

SCALARS = ("text", "integer", "number", "boolean", "image", "any")
Judge = Literal["none", "optional", "required"]


def _column_type(value: Any) -> Any:
    """A name out of SCALARS, `{list: TYPE}` or `{record: {KEY: TYPE}}`; kept as it is written."""
    if isinstance(value, dict) and list(value) == ["list"]:
        _column_type(value["list"])
    elif (
        isinstance(value, dict) and list(value) == ["record"] and isinstance(value["record"], dict)
    ):
        for inner in value["record"].values():
            _column_type(inner)
    elif not isinstance(value, str) or value not in SCALARS:
        named = ", ".join(SCALARS)
        raise ValueError(f"{value!r} is no type: {named}, {{list: TYPE}} or {{record: {{...}}}}")
    return value


ColumnType = Annotated[Any, AfterValidator(_column_type)]
Name = Annotated[str, Field(min_length=1)]
_KIND = "(image|text|audio|video)"


class Home(Human):
    """One harness's own version of the benchmark.

    `scale` is the value of a perfect answer set. `rule` names the metric of bench.metrics that
    gives this harness's number on the stored answers. `subset` is set where the harness's name
    holds more than this benchmark: it is what the harness calls this one. `own_columns`: it reads
    another publication of the data, whose columns are not those of `data`.
    """

    name: Name
    metric: Name
    scale: Annotated[float, Field(gt=0)] | None = None
    higher_is_better: bool = True
    rule: str | None = None
    note: str = ""
    split: str | None = None  # where it is not the benchmark's
    judge: Judge | None = None  # where it is not the benchmark's
    subset: str | None = None
    own_columns: bool = False

    @field_validator("rule")
    @classmethod
    def _known(cls, rule: str | None) -> str | None:
        if rule is not None and rule not in METRICS:
            raise ValueError(f"{rule!r} is no metric of bench; see docs/metrics.md")
        return rule


class BenchmarkPart(Human):
    """A subject. `config` is its official name in the data, `homes` its name in each harness."""

    title: Name
    config: Name | None = None
    homes: dict[str, Name] = {}


class ShapeTable(Human):
    """One table of the data. `few_shot`: its rows are examples in prompts, and are never asked."""

    config: Name
    split: Name
    few_shot: bool = False


class DataShape(Human):
    """The official columns of the rows, as published on the hub under the name `hub`."""

    hub: Name
    tables: Annotated[tuple[ShapeTable, ...], Field(min_length=1)]
    columns: Annotated[dict[str, ColumnType], Field(min_length=1)]
    required: Annotated[tuple[str, ...], Field(min_length=1)]
    id: str | None = None
    document: str | None = None
    group: str | None = None
    references: str | None = None
    tsv: dict[str, str] | None = None

    @model_validator(mode="after")
    def _columns_exist(self) -> DataShape:
        single = [self.id, self.document, self.group, self.references]
        named = [*self.required, *[one for one in single if one], *(self.tsv or {}).values()]
        for name in named:
            if name not in self.columns:
                raise ValueError(f"{name!r} is none of the columns: {', '.join(self.columns)}")
        return self

    @property
    def asked(self) -> tuple[ShapeTable, ...]:
        return tuple(table for table in self.tables if not table.few_shot)


class Benchmark(Human):
    """A benchmark under our name, the names that harnesses have for it, and how they differ."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Name
    summary: Name
    split: str | None = None
    modality: Annotated[
        str, Field(pattern=r"^(image|text|audio|video)(-(image|text|audio|video))*$")
    ]
    languages: tuple[str, ...] = ()
    judge: Judge = "none"
    licence: str | None = None
    note: str = ""
    aliases: tuple[str, ...] = ()
    homes: Annotated[dict[str, Home], Field(min_length=1)]
    metrics: tuple[MetricUse, ...] = ()
    levels: tuple[Level, ...] = ("global",)
    parameters: dict[str, Any] = {}
    parts: dict[str, BenchmarkPart] = {}
    data: DataShape | None = None

    @field_validator("metrics")
    @classmethod
    def _metrics_known(cls, uses: tuple[MetricUse, ...]) -> tuple[MetricUse, ...]:
        for use in uses:
            if use.metric not in METRICS:
                raise ValueError(f"{use.metric!r} is no metric of bench; see docs/metrics.md")
        return uses

    @model_validator(mode="after")
    def _parts_belong(self) -> Benchmark:
        configs = {table.config for table in self.data.tables} if self.data else set[str]()
        for part in self.parts.values():
            for harness in part.homes:
                if harness not in self.homes:
                    raise ValueError(f"the part {part.title!r} names {harness}, which is no home")
            if self.data and part.config is not None and part.config not in configs:
                raise ValueError(
                    f"the part {part.title!r} names the config {part.config!r}: no table"
                )
        return self


class Absent(Human):
    """A benchmark that people ask for and no pinned harness has. `nearest` are names of ours."""

    nearest: Annotated[tuple[str, ...], Field(min_length=1)]
    why: Name
    aliases: tuple[str, ...] = ()
