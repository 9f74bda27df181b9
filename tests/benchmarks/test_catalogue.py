"""configs/benchmarks.yaml against the lists of the harnesses, and the names that people write."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.benchmarks import (
    absent,
    absent_benchmarks,
    benchmark_of,
    benchmarks,
    compiled,
    find_benchmark,
    homes_of,
    native_list,
    native_lists,
    nearest,
    unknown_benchmark,
)
from bench.benchmarks.entry import DataShape
from bench.errors import SourceError
from tests.conftest import REPOSITORY

ISSUE = (
    *("docvqa-val", "infovqa-val", "textvqa-val", "chartqa-test", "ocrbench", "mme", "mmbench"),
    *("mmmu-val", "ai2d", "pope", "hallusionbench", "scienceqa", "seedbench", "mathvista"),
    *("coco-caption", "vqav2", "gqa", "okvqa", "refcoco", "nocaps", "flickr30k", "websrc"),
    *("llava-bench", "mmlu", "hellaswag", "arc", "winogrande", "piqa", "truthfulqa", "gsm8k"),
    *("race", "squad", "kmmlu", "C-Eval", "CMMLU", "AGIEval", "GaoKao", "FLORES", "XStoryCloze"),
    *("XWinograd", "XCOPA", "SocialIQA", "ToxiGen", "CrowS-Pairs", "StereoSet", "BBQ", "BOLD"),
    *("HONEST", "SafetyBench", "TabFact", "A-OKVQA", "MME-Hallu", "LibriSpeech", "ASR"),
    *("AudioCaps", "Video-MME", "MVBench", "a_okvqa", "DocVQA_VAL", "ChartQA_TEST", "OCRBench"),
)
SHAPED = (
    *("docvqa-val", "infovqa-val", "textvqa-val", "chartqa-test", "ocrbench", "mme", "pope"),
    *("hallusionbench", "ai2d", "scienceqa", "mmmu-val", "mmbench-en-dev", "seedbench"),
    *("arc-challenge", "arc-easy", "piqa", "hellaswag", "winogrande", "truthfulqa-mc", "gsm8k"),
    *("race", "squad", "mmlu", "kmmlu"),
)
# EvalScope's report calls it accuracy, at three levels; its registry has one name for each.
RENAMED = {("hallusionbench", "evalscope")}


@pytest.mark.parametrize("name", ISSUE)
def test_each_name_that_people_ask_for_has_an_entry_or_says_what_is_nearest(name: str) -> None:
    found, missing = find_benchmark(name), absent(name)
    assert (found is None) != (missing is None)
    if missing is not None:
        error = unknown_benchmark(name)
        assert "no pinned harness has it; nearest: " in error.message
        assert all(find_benchmark(near) for near in missing[1].nearest)


@pytest.mark.parametrize("name", sorted(benchmarks()))
def test_homes_stand_in_the_lists_of_their_harnesses(name: str) -> None:
    entry = benchmarks()[name]
    for harness, home in entry.homes.items():
        find_adapter("harness", harness)
        listed = native_list(harness)
        if listed is None:
            continue
        row = listed[home.name]
        named = row["metric"].split(",")
        if row["metric"] and (name, harness) not in RENAMED:
            # lm-eval and lmms-eval name an answer's filter behind its metric.
            assert home.metric.partition(",")[0] in named, f"{harness} gives {named}"
        if row["split"]:
            assert (home.split or entry.split) == row["split"]
        needed = home.judge or entry.judge
        assert row["judge"] != "yes" or needed != "none", f"{harness} asks a judge"


@pytest.mark.parametrize("name", sorted(benchmarks()))
def test_a_home_s_data_is_the_one_that_its_list_names(name: str) -> None:
    """By the last part of the hub's name: mirrors of one set differ in who holds them."""
    entry = benchmarks()[name]
    if entry.data is None:
        return
    for harness, home in entry.homes.items():
        hub = (native_list(harness) or {}).get(home.name, {}).get("dataset", "")
        if hub and not home.own_columns:
            assert _last(hub) == _last(entry.data.hub), f"{harness} reads {hub}"


def _last(hub: str) -> str:
    return re.sub(r"[^a-z0-9]", "", hub.rpartition("/")[2].casefold())


def test_these_benchmarks_have_the_official_shape_of_their_rows() -> None:
    assert [name for name in SHAPED if benchmarks()[name].data is None] == []


def test_kmmlu_has_all_subjects_with_korean_titles_and_the_harness_s_names() -> None:
    entry = benchmarks()["kmmlu"]
    assert entry.data is not None
    configs = [table.config for table in entry.data.asked]
    assert len(entry.parts) == len(set(configs)) == 45
    assert sorted(part.config or "" for part in entry.parts.values()) == sorted(configs)
    assert len({part.title for part in entry.parts.values()}) == 45
    assert all(re.search("[가-힣]", part.title) for part in entry.parts.values())
    known = native_lists()["lm-eval"]
    for part in entry.parts.values():
        assert known[part.homes["lm-eval"]]["config"] == part.config


def test_mmlu_s_subjects_are_lm_eval_s_own() -> None:
    known = native_lists()["lm-eval"]
    parts = benchmarks()["mmlu"].parts
    assert len(parts) == 57
    for name, part in parts.items():
        assert known[part.homes["lm-eval"]]["config"] == name == part.config


def test_a_benchmark_is_never_both_there_and_absent() -> None:
    for name, entry in absent_benchmarks().items():
        for word in (name, *entry.aliases):
            assert find_benchmark(word) is None


def test_no_spelling_means_two_benchmarks() -> None:
    from bench.benchmarks import spelling

    owners: dict[str, set[str]] = {}
    for name, entry in benchmarks().items():
        for word in (name, *entry.aliases):
            owners.setdefault(spelling(word), set()).add(name)
    assert {word: names for word, names in owners.items() if len(names) > 1} == {}


def test_native_names_lead_to_our_name_but_a_subset_does_not() -> None:
    assert benchmark_of("lmms-eval", "docvqa_val") == "docvqa-val"
    assert benchmark_of("evalscope", "arc") is None
    assert {one.harness: one.benchmark for one in homes_of("arc_challenge")} == {
        "lm-eval": "arc-challenge",
        "lmms-eval": "arc-challenge",
    }
    assert homes_of("no_such_benchmark") == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("docvqa-vall", "nearest: docvqa-val,", id="ours"),
        pytest.param("kmlu", "kmmlu", id="short"),
        pytest.param("InfographicsVQA", "infovqa-val", id="title"),
        pytest.param("kmmlu_acounting", "kmmlu_accounting (lm-eval)", id="native"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(written: str, meant: str) -> None:
    assert find_benchmark(written) is None
    assert meant in nearest(written)


def test_a_word_that_is_like_nothing_gets_no_false_friend() -> None:
    assert nearest("zzzzqqqq") == "`bench task list` shows what there is"


def test_harnesses_of_others_are_listed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "adapter.toml").write_text('kind = "harness"\nname = "theirs"\n')
    (folder / "benchmarks.tsv").write_text("name\tmodality\tmetric\nown_set\ttext\tacc\n")
    monkeypatch.setenv("BENCH_ADAPTERS", str(tmp_path))
    assert native_list("theirs") == {
        "own_set": {"name": "own_set", "modality": "text", "metric": "acc"}
    }
    assert [one.harness for one in homes_of("own_set")] == ["theirs"]


@pytest.mark.parametrize("stem", ["benchmarks", "benchmarks_absent"])
def test_what_is_read_quickly_is_what_the_yaml_says(stem: str) -> None:
    source = REPOSITORY / "configs" / f"{stem}.yaml"
    kept = compiled.kept(stem, compiled.digest([source]))
    assert kept == compiled.parsed(source), "run: python -m tools.catalogue"


@pytest.fixture
def own_configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of configs/benchmarks.yaml and its JSON, for an edit."""
    folder = tmp_path / "configs"
    shutil.copytree(REPOSITORY / "configs" / "compiled", folder / "compiled")
    for name in (compiled.PRESENT, compiled.ABSENT):
        shutil.copy(REPOSITORY / "configs" / name, folder / name)
    monkeypatch.setattr(compiled, "configs", lambda: folder)
    return folder


GOOD = """\
own-set:
  title: Own
  summary: of one's own
  modality: text
  homes:
    lm-eval: {name: piqa, metric: acc, scale: 1}
"""


def _edited(folder: Path, text: str) -> None:
    from bench.benchmarks import catalogue, names

    (folder / compiled.PRESENT).write_text(text, encoding="utf-8")
    for cached in (compiled.values, catalogue.benchmark, catalogue.benchmarks, names._spellings):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> object:
    from bench.benchmarks import catalogue, names

    yield
    for cached in (compiled.values, catalogue.benchmark, catalogue.benchmarks, names._spellings):
        cached.cache_clear()


def test_an_edited_yaml_comes_before_the_json_made_of_the_older_one(own_configs: Path) -> None:
    _edited(own_configs, GOOD)
    assert list(benchmarks()) == ["own-set"]
    assert find_benchmark("own set") is not None
    assert find_benchmark("docvqa-val") is None


@pytest.mark.parametrize(
    ("wrong", "instead", "place", "said"),
    [
        pytest.param("title: Own", "titel: Own", "2:3", "unknown key 'titel'", id="key"),
        pytest.param("scale: 1", "scale: 0", "6:40", "greater than 0", id="scale"),
        pytest.param("text\n", "smell\n", "4:3", "'modality'", id="modality"),
        pytest.param("scale: 1", "rule: anlz", "6:40", "is no metric of bench", id="rule"),
        pytest.param("own-set", "Own_Set", "1:1", "'name'", id="name"),
    ],
)
def test_a_wrong_entry_is_named_by_line_and_column(
    own_configs: Path, wrong: str, instead: str, place: str, said: str
) -> None:
    _edited(own_configs, GOOD.replace(wrong, instead))
    with pytest.raises(SourceError, match=re.escape(said)) as raised:
        benchmarks()
    assert f"{compiled.PRESENT}:{place}: " in raised.value.message


SHAPE = {
    "hub": "someone/some",
    "tables": [{"config": "default", "split": "test"}],
    "columns": {"q": "text", "a": {"list": "text"}, "i": {"record": {"x": "integer"}}},
    "required": ["q"],
}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"columns": {"q": "string"}}, id="unknown-type"),
        pytest.param({"columns": {"q": {"list": "txt"}}}, id="unknown-type-in-a-list"),
        pytest.param({"columns": {"q": {"list": "text", "record": {}}}}, id="two-types"),
        pytest.param({"required": ["question"]}, id="required-is-no-column"),
        pytest.param({"references": "answer"}, id="references-are-no-column"),
        pytest.param({"tsv": {"question": "question"}}, id="tsv-names-no-column"),
        pytest.param({"tables": []}, id="no-table"),
    ],
)
def test_a_shape_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    assert DataShape.model_validate(SHAPE).columns["i"] == {"record": {"x": "integer"}}
    with pytest.raises(ValueError, match="DataShape"):
        DataShape.model_validate(SHAPE | change)
