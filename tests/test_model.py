"""Model files: one way to reach a model, and no key in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import SourceError, UsageError
from bench.model import find_model, load_model, models


def written(folder: Path, text: str, name: str = "m.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: m\n", "1:1: name an `engine` to start, the `base_url`"),
        ("name: m\nbackend: api\n", "1:1: name an `engine` to start, the `base_url`"),
        ("name: m\nengine: vllm\nbase_url: http://h/v1\n", "1:1: `engine` and `base_url` exclude"),
        ("name: m\nbackend: hf\nbase_url: http://h/v1\n", "1:1: `engine` and `base_url` exclude"),
        ("name: m\nengine: vllm\nbackend: hf\n", "1:1: `backend` is the older word for `engine`"),
        (
            "name: m\nbase_url: http://h/v1\narguments: {a: 1}\n",
            "1:1: `arguments` are for an engine",
        ),
        ("name: m\nbase_url: ftp://h\n", "2:1: 'base_url': string should match"),
        ("name: m\nbase_url: http://h/v1?key=abc\n", "2:1: 'base_url': string should match"),
        ("name: a b\nengine: vllm\n", "1:1: 'name': string should match"),
        ("name: ../m\nengine: vllm\n", "1:1: 'name': string should match"),
        ("engine: vllm\n", "1:1: 'name' is missing"),
        (
            "name: m\nengine: vllm\napi_key_env: sk-12 34\n",
            "3:1: 'api_key_env': string should match",
        ),
        ("name: m\nengine: vllm\nparameters: []\n", "3:1: 'parameters': input should be a valid d"),
    ],
)
def test_a_wrong_model_file_is_one_line_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        load_model(path)
    assert caught.value.message.startswith(f"{path}:{said}")
    assert "\n" not in caught.value.message


def test_an_unknown_key_comes_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, "name: m\nbase_url: http://h/v1\nrequests: {timeout: 1}\n")
    with pytest.raises(SourceError) as caught:
        load_model(path)
    assert caught.value.message == f"{path}:3:12: unknown key 'requests.timeout'"
    assert caught.value.hint == "did you mean 'timeout_s'?"


@pytest.mark.parametrize("key", ["api_key", "key", "token"])
def test_a_key_in_a_file_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, f"name: m\nbase_url: http://h/v1\n{key}: sk-secret\n")
    with pytest.raises(SourceError) as caught:
        load_model(path)
    assert caught.value.message == f"{path}:3:1: a key must not stand in a file"
    assert "api_key_env" in str(caught.value.hint)
    assert "sk-secret" not in f"{caught.value.message}{caught.value.hint}"


def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = written(tmp_path, "name: m\nbase_url: http://me:s3cret@h:8000/v1\n")
    with pytest.raises(SourceError, match="api_key_env") as caught:
        load_model(path)
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("engine: rapidocr", "rapidocr"),
        ("backend: hf", "transformers"),
        ("backend: vllm", "vllm"),
        ("base_url: http://h:8000/v1", None),
        ("backend: api\nbase_url: https://h/a@b/v1", None),
    ],
)
def test_the_engine_by_its_word_or_the_older_one(
    tmp_path: Path, text: str, engine: str | None
) -> None:
    assert load_model(written(tmp_path, f"name: m\n{text}\n")).engine_name == engine


def test_the_served_id_goes_into_requests(tmp_path: Path) -> None:
    least = "name: m\nbase_url: http://h/v1\n"
    assert load_model(written(tmp_path, least)).endpoint_id == "m"
    assert load_model(written(tmp_path, least + "served_id: org/M\n")).endpoint_id == "org/M"


def test_every_shipped_model_loads_under_its_own_name() -> None:
    assert "rapidocr" in models()
    for name in models():
        assert find_model(name).name == name


def test_a_model_by_path(tmp_path: Path) -> None:
    path = written(tmp_path, "name: other\nengine: vllm\n")
    assert find_model(str(path)).name == "other"


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("rapidorc", "unknown model 'rapidorc'", "did you mean 'rapidocr'?; or give the path"),
        ("none/m.yaml", "none/m.yaml: there is no such model file", "None"),
    ],
)
def test_an_unknown_model_is_named(name: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_model(name)
    assert caught.value.message == said
    assert str(caught.value.hint).startswith(hint)


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ("{currency: EUR}", "3:1: prices: name a price"),
        ("{input_per_million: 1}", "3:1: prices: `input_per_million` and `output_per_million`"),
        ("{per_request: null}", "3:1: prices: name a price"),
        ("{per_request: -1}", "3:10: 'prices.per_request': input should be greater than or equal"),
        ("{per_image: .nan}", "3:10: 'prices.per_image': input should be a finite number"),
        ("{per_image: 1, currency: euro}", "3:24: 'prices.currency': string should match"),
        ("{per_page: 1}", "3:10: unknown key 'prices.per_page'"),
        ("cheap", "3:1: 'prices': input should be"),
    ],
)
def test_wrong_prices_are_told_at_their_place(tmp_path: Path, prices: str, said: str) -> None:
    path = written(tmp_path, f"name: m\nbase_url: http://h/v1\nprices: {prices}\n")
    with pytest.raises(SourceError) as caught:
        load_model(path)
    assert caught.value.message.startswith(f"{path}:{said}")


def test_prices_are_read(tmp_path: Path) -> None:
    prices = "{input_per_million: 0.15, output_per_million: 0, per_image: 0.001}"
    model = load_model(written(tmp_path, f"name: m\nbase_url: http://h/v1\nprices: {prices}\n"))
    assert model.prices is not None
    assert (model.prices.currency, model.prices.output_per_million) == ("USD", 0)
    assert load_model(written(tmp_path, "name: m\nbase_url: http://h/v1\n")).prices is None
