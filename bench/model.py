"""A model file: a name, and how it is reached: an engine that we start, the address of a server, or
a harness's own code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from bench import resources, yaml
from bench.config import Human, Requests
from bench.errors import SourceError, UsageError, suggestion
from bench.performance_rows import Prices

Modality = Literal["text", "image", "audio", "video"]
SUFFIXES = (".yaml", ".yml", ".json")


class PriceList(Prices):
    """What a provider asks for a million tokens, for a request, for an image."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _whole(self) -> PriceList:
        if (self.input_per_million is None) != (self.output_per_million is None):
            raise ValueError("`input_per_million` and `output_per_million` belong together")
        if {self.input_per_million, self.per_request, self.per_image} == {None}:
            raise ValueError("name a price: input_per_million and output_per_million, for example")
        return self


class Packaged(Human):
    """Weights that a package of the registry carries: `package` is name==version, `file` its place
    in the installed package. `convert: gguf` makes the folder that transformers reads of it.
    """

    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[^\s=]+$")]
    file: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    convert: Literal["gguf"] | None = None


class InProcess(Human):
    """`model`: the harness's own name of the class that loads the weights.

    `requires`: versions that stand over those of the harness's environment.
    """

    model: Annotated[str, Field(min_length=1)]
    arguments: dict[str, Any] = {}
    requires: tuple[str, ...] = ()


class Model(Human):
    """`base_url` ends where /chat/completions begins, as in the OpenAI API: http://host:8000/v1.

    `weights` is a model hub's id, a folder, or a package that carries them; `tokenizer` likewise,
    where it lies elsewhere. `unsupported` gives the reason by harness.
    """

    name: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")]
    summary: str = ""
    served_id: str = ""
    engine: str | None = None
    backend: Literal["hf", "vllm", "api"] | None = None  # the older word for engine
    arguments: dict[str, Any] = {}
    family: str = ""
    licence: str = ""
    modalities: Annotated[tuple[Modality, ...], Field(min_length=1)] = ("text", "image")
    weights: str | Packaged | None = None
    tokenizer: str | None = None
    in_process: dict[str, InProcess] = {}
    unsupported: dict[str, str] = {}
    api: Literal["chat", "completions"] = "chat"
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    system_prompt: str | None = None
    parameters: dict[str, Any] = {}
    requests: Requests = Requests()
    prices: PriceList | None = None

    @model_validator(mode="after")
    def _one_way_to_it(self) -> Model:
        if self.engine_name is None and self.base_url is None and not self.in_process:
            raise ValueError(
                "name an `engine` to start, the `base_url` of a running server, or `in_process`"
            )
        if self.engine_name is not None and self.base_url is not None:
            raise ValueError("`engine` and `base_url` exclude each other: which one is it?")
        if self.engine is not None and self.backend is not None:
            raise ValueError("`backend` is the older word for `engine`: name one of them")
        if self.base_url is not None and "@" in urlsplit(self.base_url).netloc:
            raise ValueError("a password must not stand in `base_url`: use `api_key_env`")
        if self.arguments and self.engine_name is None:
            raise ValueError("`arguments` are for an engine; requests take `parameters`")
        both = sorted(set(self.in_process) & set(self.unsupported))
        if both:
            raise ValueError(f"{both[0]!r} stands both in `in_process` and in `unsupported`")
        return self

    @property
    def engine_name(self) -> str | None:
        """The engine to start; None where somebody else serves the model."""
        if self.engine is not None or self.backend in (None, "api"):
            return self.engine
        return {"hf": "transformers", "vllm": "vllm"}[str(self.backend)]

    @property
    def has_endpoint(self) -> bool:
        """Whether it can be asked over HTTP."""
        return self.engine_name is not None or self.base_url is not None

    @property
    def endpoint_id(self) -> str:
        """What goes into a request's `model`."""
        return self.served_id or self.name


def models() -> dict[str, Path]:
    """The shipped model files, by name."""
    folder = resources.folder("configs") / "models"
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES}


def find_model(name: str) -> Model:
    """By name, or by the path of a model file."""
    path = Path(name)
    if path.suffix in SUFFIXES:
        if not path.is_file():
            raise UsageError(f"{name}: there is no such model file")
        return load_model(path)
    known = models()
    if name not in known:
        raise UsageError(
            f"unknown model {name!r}",
            hint=f"{suggestion(name, known)}; or give the path of a model file",
        )
    return load_model(known[name])


def load_model(path: Path) -> Model:
    source = yaml.load(path)
    for key in ("api_key", "key", "token"):
        if isinstance(source.values, dict) and key in source.values:
            raise source.error(
                (key,),
                "a key must not stand in a file",
                "put it into an environment variable and name that: api_key_env: MY_KEY",
            )
    model = _anchored(yaml.validate(source, Model), path.parent)
    if path.stem != model.name and path.parent == resources.folder("configs") / "models":
        raise SourceError(path, f"is named {path.stem!r} but holds the model {model.name!r}")
    return model


def _anchored(model: Model, folder: Path) -> Model:
    """Its folders, which are relative to the file's own, as whole paths."""
    changed = {
        key: str((folder / value).resolve())
        for key in ("weights", "tokenizer")
        if isinstance(value := getattr(model, key), str) and is_folder(value)
    }
    return model.model_copy(update=changed)


def is_folder(weights: str) -> bool:
    """A path, and no id of a model hub, which is ORGANISATION/NAME[@REVISION]."""
    return weights.startswith(("/", ".", "~"))
