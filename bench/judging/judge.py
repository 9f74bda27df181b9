"""A judge file: a model file with the address of a server, and that of embeddings if there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bench import yaml
from bench.adapter import adapters
from bench.config import Human
from bench.errors import SourceError, UsageError, suggestion
from bench.model import SUFFIXES, Model, models
from bench.quality_rows import JudgeUsed

METRICS = ("faithfulness", "answer_relevancy")


class Embeddings(Human):
    """Where /embeddings is asked; `base_url` and `api_key_env` are the judge's if not said."""

    served_id: Annotated[str, Field(min_length=1)]
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None

    @model_validator(mode="after")
    def _no_password(self) -> Embeddings:
        if self.base_url is not None and "@" in urlsplit(self.base_url).netloc:
            raise ValueError("a password must not stand in `base_url`: use `api_key_env`")
        return self


class Judge(Model):
    """`package` is the adapter that asks: a folder of adapters/judges."""

    package: str = "ragas"
    embeddings: Embeddings | None = None

    def used(self, version: str | None) -> JudgeUsed:
        return JudgeUsed(
            model=self.name,
            served_id=self.endpoint_id,
            system_prompt=self.system_prompt,
            parameters=self.parameters,
            embeddings=self.embeddings.served_id if self.embeddings else None,
            package=self.package,
            version=version,
        )

    def embeddings_endpoint(self) -> tuple[str, str | None]:
        """(base_url, api_key_env). The judge's key goes to no other address."""
        named = self.embeddings
        if named is None or named.base_url is None:
            key = named.api_key_env if named else None
            return str(self.base_url), key or self.api_key_env
        return named.base_url, named.api_key_env

    def key_names(self) -> tuple[str, ...]:
        """The variables that hold its API keys."""
        found = (self.api_key_env, self.embeddings_endpoint()[1] if self.embeddings else None)
        return tuple(dict.fromkeys(name for name in found if name))


def find_judge(name: str, environ: Mapping[str, str]) -> Judge:
    """By the path of a judge file, or the name of a shipped model. UsageError or SourceError."""
    path = Path(name)
    if path.suffix not in SUFFIXES:
        known = models()
        if name not in known:
            hint = f"{suggestion(name, known)}; or give the path of a judge file"
            raise UsageError(f"unknown model {name!r}", hint=hint)
        path = known[name]
    elif not path.is_file():
        raise UsageError(f"{name}: there is no such judge file")
    source = yaml.load(path)
    judge = yaml.validate(source, Judge)
    if judge.base_url is None:
        hint = "docs/judge.md: name the `base_url` of a server"
        raise _placed(source, "engine", "no engine is started for a judge", hint)
    packages = adapters("judge")
    if judge.package not in packages:
        said = f"unknown judge package {judge.package!r}"
        raise _placed(source, "package", said, suggestion(judge.package, packages))
    for variable in judge.key_names():
        if not environ.get(variable):
            said = f"judge {judge.name!r} needs the variable {variable}: not set, or empty"
            raise UsageError(said, hint=f"export {variable}=...")
    return judge


def _placed(source: yaml.Source, key: str, said: str, hint: str) -> SourceError:
    return source.error((key,), said, hint)
