"""The pieces of the VLMEvalKit adapter that need no VLMEvalKit."""

import base64
import csv
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.vlmevalkit_stub.process import ADAPTER, ROOT, part

HOOK = ROOT / "adapters" / "locks" / "torchvision_cpu.py"
PNG = b"\x89PNG\r\n\x1a\n the rest is never decoded"
literals, patches, tables = part("literals"), part("patches"), part("tables")
PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.binary()


@given(st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_a_literal_is_its_value(value: object) -> None:
    assert literals.literal(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1/4", 0.25), ("-2**3", -8), ("[1/2, 'a']", [0.5, "a"]), ("(7 // 2) % 2", 1), (" \t7", 7)],
)
def test_plain_arithmetic_is_evaluated(text: str, value: object) -> None:
    assert literals.literal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "[__import__('os').system('true')]",
        "open('x', 'w')",
        "print",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "'a' * 10**9",
        "9**9**9",
        "2**10000000",
        "1 << 9999999999",
        "f'{print(1)}'",
        "().__class__",
    ],
)
def test_code_is_not_run(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        literals.literal(text)


def test_what_is_no_text_is_refused_as_eval_does() -> None:
    with pytest.raises(TypeError):
        literals.literal(["a"])


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("['007', 'b']", ["007", "b"]),
        ("[7]", ["7"]),
        ("007", ["007"]),
        ("NA", ["NA"]),
        ("1.10", ["1.10"]),
        ("('a', 'b')", ["('a', 'b')"]),
        ("['a'", ["['a'"]),
        ("", [""]),
        ("1/0", ["1/0"]),
        ("[__import__('os')]", ["[__import__('os')]"]),
    ],
)
def test_an_answer_cell_is_a_list_only_where_it_is_written_as_one(
    answer: str, texts: list[str]
) -> None:
    assert literals.references(answer) == texts


def test_images_keep_their_bytes_and_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMUData", str(tmp_path / "lmu"))
    module = SimpleNamespace(decode_base64_to_image_file=None)
    patches.original_bytes(module, tables.inside)
    decode: Any = module.decode_base64_to_image_file
    text = base64.b64encode(PNG).decode()
    decode(text, str(tmp_path / "lmu" / "deep" / "0.jpg"))
    assert (tmp_path / "lmu" / "deep" / "0.jpg").read_bytes() == PNG
    for outside in ("lmu/../0.png", "lmu-other/0.png"):
        with pytest.raises(ValueError, match="outside its folder"):
            decode(text, str(tmp_path / outside))
    assert not (tmp_path / "0.png").exists()


def test_no_setting_or_key_of_the_person_reaches_vlmevalkit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("MMEVAL_ROOT", "SPLIT_THINK", "SKIP_ERR", "OPENAI_API_KEY", "OPENAI_API_BASE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    patches.environment(str(tmp_path))
    assert not set(os.environ) & {"MMEVAL_ROOT", "SPLIT_THINK", "SKIP_ERR", "OPENAI_API_KEY"}
    assert "OPENAI_API_BASE" not in os.environ
    assert os.environ["PRED_FORMAT"] == "tsv"
    assert os.environ["LMUData"] == str(tmp_path)  # noqa: SIM112  (its name)


def test_a_message_is_sent_in_its_order(tmp_path: Path) -> None:
    classes, image = part("classes"), tmp_path / "name lies.txt"
    image.write_bytes(PNG)
    message = [
        {"type": "text", "value": "Be brief.", "role": "system"},
        {"type": "text", "value": " before "},
        {"type": "image", "value": str(image)},
        {"type": "text", "value": ""},
        {"type": "image", "value": "data:image/jpeg;base64,AAAA"},
    ]
    model, sample, parts = classes.request({"system_prompt": "Ours."}, "s", message)
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert (model["system_prompt"], sample) == ("Ours.\nBe brief.", "s")
    assert parts == [
        {"type": "text", "text": " before "},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": ""},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}},
    ]


@pytest.mark.parametrize("kind", ["image", "video"])
def test_what_is_no_image_is_not_sent(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_text("root:x:0:0")
    classes = part("classes")
    with pytest.raises(ValueError, match=r"is no image|cannot be sent"):
        classes.request({}, "s", [{"type": kind, "value": str(secret)}])


def test_the_lists_are_those_of_the_version() -> None:
    with (ADAPTER / "benchmarks.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    known = {row["name"]: row for row in rows}
    assert len(known) == len(rows) == 518
    read_by_the_adapter = {
        "name": "DocVQA_VAL",
        "class": "ImageVQADataset",
        "modality": "IMAGE",
        "type": "VQA",
        "md5": "d5ee77e1926ff10690d469c56b73eabf",
    }
    assert read_by_the_adapter.items() <= known["DocVQA_VAL"].items()
    assert {row["modality"].upper() for row in rows} == {"IMAGE", "VIDEO", "TEXT"}
    models = (ADAPTER / "models.tsv").read_text("utf-8").splitlines()
    assert models[0].split("\t")[:2] == ["name", "class"]
    assert len(set(models)) == 546


def test_the_manifest_names_what_is_pinned() -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    pinned = f"{manifest['distribution']}=={manifest['version']}"
    wanted = (ADAPTER / "requirements.in").read_text("utf-8").split()
    assert pinned in wanted
    assert not set(manifest["excludes"]) & {one.partition("==")[0] for one in wanted}
    assert part("classes").FAILED in manifest["failures"]["texts"]


PROBE = "import sys; before = 'torch' in sys.modules; import torchvision; print(before)"


@pytest.mark.parametrize(
    ("cuda", "declared"), [("None", ["nms", "qnms"]), ("'13.0'", []), ("absent", [])]
)
def test_the_torchvision_hook_acts_beside_a_cpu_torch_only(
    tmp_path: Path, cuda: str, declared: list[str]
) -> None:
    (tmp_path / "torchvision.py").write_text(
        "try:\n    import torch\n    print([one.partition('(')[0] for one in torch.seen])\n"
        "except ImportError:\n    print([])\n"
    )
    if cuda != "absent":
        (tmp_path / "torch.py").write_text(
            "from types import SimpleNamespace\nseen = []\n"
            f"version = SimpleNamespace(cuda={cuda}, hip=None)\n"
            "def Library(name, kind):\n    assert (name, kind) == ('torchvision', 'DEF')\n"
            "    return SimpleNamespace(define=seen.append)\n"
            "library = SimpleNamespace(Library=Library)\n"
        )
    (tmp_path / "torchvision_cpu.py").write_bytes(HOOK.read_bytes())
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import torchvision_cpu; " + PROBE],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(declared), "False"]
