"""What a task declares of a field: its type and what decides between readings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from bench.fields.currencies import CODES
from bench.fields.locales import LOCALES, Convention, DateOrder, DecimalMark, Locale
from bench.fields.normalise import STEPS, TEXT, normalised
from bench.fields.phone_plans import PLANS
from bench.schema import FieldType

Spellings = tuple[tuple[str, ...], ...]
_Share = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]

# The locale may stand at every type: a task gives all its fields the same one.
_KEYS: dict[FieldType, frozenset[str]] = {
    "date": frozenset(("date_order", "century_from")),
    "amount": frozenset(("decimal_mark", "currency")),
    "number": frozenset(("decimal_mark", "tolerance", "relative_tolerance")),
    "phone": frozenset(("country",)),
    "document_number": frozenset(("steps",)),
    "person_name": frozenset(("steps", "name_order")),
    "address": frozenset(("steps",)),
    "boolean": frozenset(),
    "enumerated": frozenset(("values",)),
    "text": frozenset(("steps",)),
}


class FieldRule(BaseModel):
    """`amount`, or a mapping with `type: amount` and more.

    `century_from: 1930` puts two-digit years into 1930 to 2029. `tolerance` is absolute,
    `relative_tolerance` a share of the reference. `values` are the allowed values, or each with
    its other spellings. `steps` stand in the place of all that the type does to a text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: FieldType
    locale: Locale | None = None
    date_order: DateOrder | None = None
    century_from: Annotated[int, Field(ge=1, le=9900)] | None = None
    decimal_mark: DecimalMark | None = None
    currency: str | None = None
    tolerance: _Share | None = None
    relative_tolerance: _Share | None = None
    country: str | None = None
    values: Spellings = ()
    name_order: Literal["as_written", "any"] = "as_written"
    steps: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _type_alone(cls, given: Any) -> Any:
        return {"type": given} if isinstance(given, str) else given

    @field_validator("values", mode="before")
    @classmethod
    def _with_spellings(cls, given: Any) -> Any:
        """`[paid, open]`, or `{paid: [settled], open: []}`."""
        if isinstance(given, Mapping):
            listed = ([more] if isinstance(more, str) else more for more in given.values())
            return [
                [name, *more] if isinstance(more, list | tuple) else more
                for name, more in zip(given, listed, strict=True)
            ]
        if isinstance(given, list | tuple):
            return [[one] if isinstance(one, str) else one for one in given]
        return given

    @field_validator("values")
    @classmethod
    def _told_apart(cls, given: Spellings) -> Spellings:
        """No spelling stands for two values."""
        seen: dict[str, str] = {}
        for name, *more in given:
            for spelling in (name, *more):
                other = seen.setdefault(normalised(spelling, TEXT), name)
                if other != name:
                    raise ValueError(f"{spelling!r} stands for {other!r} and for {name!r}")
        return given

    @field_validator("currency", "country", "steps")
    @classmethod
    def _known(cls, given: Any, info: Any) -> Any:
        known = {"currency": CODES, "country": PLANS, "steps": STEPS}[info.field_name]
        for one in [given] if isinstance(given, str) else given or ():
            if one not in known:
                raise ValueError(f"unknown {one!r}; known are {', '.join(sorted(known))}")
        return given

    @model_validator(mode="after")
    def _fits_the_type(self) -> FieldRule:
        odd = sorted(self._given() - _KEYS[self.type] - {"type", "locale"})
        if odd:
            takes = ", ".join(["locale", *sorted(_KEYS[self.type])])
            raise ValueError(f"{self.type} takes no {odd[0]!r}; it takes {takes}")
        if self.type == "enumerated" and not self.values:
            raise ValueError("enumerated needs its `values`")
        return self

    def _given(self) -> set[str]:
        fields = type(self).model_fields.items()
        return {name for name, info in fields if getattr(self, name) != info.default}

    @model_serializer
    def _short(self) -> str | dict[str, Any]:
        """As people write it, and as runs have kept it since before there were options."""
        given = self._given()
        if given <= {"type"}:
            return self.type
        row = {name: getattr(self, name) for name in type(self).model_fields if name in given}
        if self.values:
            row["values"] = {name: more for name, *more in self.values}
        return {"type": self.type, **row}

    @cached_property
    def spellings(self) -> dict[str, str]:
        """The value that each spelling stands for."""
        return {normalised(spelling, TEXT): known[0] for known in self.values for spelling in known}

    @cached_property
    def texts(self) -> dict[str, str]:
        """Texts that were compared of late, and what the steps made of them."""
        return {}

    @cached_property
    def meanings(self) -> dict[str, tuple[Any, ...]]:
        """What the steps made of texts that were read of late, and what was read."""
        return {}

    @cached_property
    def convention(self) -> Convention:
        """What the locale says, and over it what is declared by name."""
        of_locale = LOCALES[self.locale] if self.locale else Convention()
        return Convention(
            self.date_order or of_locale.date_order,
            self.decimal_mark or of_locale.decimal_mark,
            of_locale.currencies,
        )
