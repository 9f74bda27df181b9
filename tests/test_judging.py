"""`bench judge`: what is asked, what is kept, what is counted, and what is never asked twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import api, store
from bench.errors import BenchError, RunError, SourceError, UsageError
from bench.judging.judge import find_judge
from bench.judging.session import Judged, judge_run
from bench.quality_rows import JudgedResult
from tests.endpoint import Endpoint, Reply, endpoint
from tests.runs import FAKES, await_true, bench, left_of, rows, unruly, use_fakes

pytestmark = pytest.mark.thorough

KEY = "sk-judge-8341"
COUNT = 6


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)
    monkeypatch.setenv("JUDGE_KEY", KEY)


@pytest.fixture
def ran(tmp_path: Path, make_task: Callable[..., Path]) -> Path:
    """A run of six answers right as their references, on pages with transcripts."""
    task = make_task([{"references": [f"word{number}"]} for number in range(COUNT)])
    texts = [{"doc_id": f"s{number}", "text": f"page of word{number}"} for number in range(COUNT)]
    (task / "transcripts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in texts))
    described = json.loads((task / "task.yaml").read_text())
    described["transcripts"] = "transcripts.jsonl"
    (task / "task.yaml").write_text(json.dumps(described))
    return answered(tmp_path, task)


def answered(tmp_path: Path, task: Path) -> Path:
    return unruly("answers", task=str(task), out=tmp_path / "run").folder


def judge_file(folder: Path, base_url: str, **keys: Any) -> str:
    path = folder.parent / "judge.json"
    plain = {"name": "wise", "package": "umpire", "api_key_env": "JUDGE_KEY", "base_url": base_url}
    patience = {"requests": {"attempts": 1, "concurrency": 1}}
    path.write_text(json.dumps(plain | patience | keys))
    return str(path)


def judged(
    folder: Path, server: Endpoint, *metrics: str, limit: int | None = None, **keys: Any
) -> Judged:
    judge = find_judge(judge_file(folder, server.url, **keys), os.environ)
    said = judge_run(folder, judge, metrics, limit=limit)
    assert left_of(os.getpid()) == []
    return said


def only(said: Judged, metric: str = "faithfulness") -> JudgedResult:
    (found,) = (one for _, one in said.results if one.metric == metric)
    return found


def by_word(**said: Reply | str) -> Callable[[str, int], Reply]:
    """What is answered to an answer that holds the word; 1 to all else."""

    def script(prompt: str, _number: int) -> Reply:
        for word, reply in said.items():
            if f"|{word}|" in prompt:
                return Reply(reply) if isinstance(reply, str) else reply
        return Reply("1")

    return script


def test_values_are_counted_kept_and_survive_scoring_again(ran: Path) -> None:
    with endpoint(by_word(word1="0.5", word2="0")) as server:
        said = judged(ran, server, "faithfulness")
    one = only(said)
    assert (one.value, one.n, one.failed, one.left) == (4.5 / 6, 6, 0, 0)
    assert one.interval is not None
    assert one.interval.low < 4.5 / 6 < one.interval.high
    assert one.interval.clusters == COUNT
    used = one.judge
    assert (used.model, used.served_id, used.package, used.version) == (
        "wise",
        "wise",
        "umpire",
        "3",
    )
    assert one.prompt_sha256 == "0" * 64
    assert said.ok
    assert len(rows(ran / "judged.jsonl")) == COUNT
    before = store.read_report(ran).jobs[0].judged
    assert before == (one,)
    assert api.rescore(ran).jobs[0].judged == before


def test_the_judge_sees_question_value_and_transcript_with_its_key(ran: Path) -> None:
    with endpoint(by_word()) as server:
        judged(ran, server, "faithfulness")
    shown = {body["messages"][0]["content"][0]["text"] for body in server.asked}
    assert shown == {
        f"faithfulness|Read it.|word{number}|page of word{number}" for number in range(COUNT)
    }
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_the_key_is_in_no_file_and_not_with_the_judge_s_process(ran: Path) -> None:
    with endpoint(by_word()) as server:
        judged(ran, server, "faithfulness")
    files = [path for path in ran.rglob("*") if path.is_file()]
    assert any(path.name == "environment.json" for path in files)
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_what_got_no_judgement_is_a_failure_and_in_no_value(ran: Path) -> None:
    script = by_word(word0="I think so", word1=Reply(status=500), word2="0", word3="nan")
    with endpoint(script) as server:
        said = judged(ran, server, "faithfulness")
    one = only(said)
    assert (one.value, one.n, one.failed, one.left) == (2 / 3, 3, 3, 0)
    assert one.failures == {"not_json": 1, "request_failed": 1, "odd_answer": 1}
    assert not said.ok


def test_where_nothing_could_be_judged_there_is_a_reason_and_no_number(ran: Path) -> None:
    with endpoint(lambda _prompt, _number: Reply(status=500)) as server:
        one = only(judged(ran, server, "faithfulness"))
    assert (one.value, one.n, one.failed, one.interval) == (None, 0, COUNT, None)
    assert "no judgement of any of the 6 asked" in str(one.reason)
    assert "HTTP 500" in str(one.reason)


def test_only_what_failed_is_asked_again(ran: Path) -> None:
    with endpoint(by_word(word3=Reply(status=500))) as server:
        judged(ran, server, "faithfulness")
        assert len(server.asked) == COUNT
    with endpoint(by_word(word3="0")) as server:
        one = only(judged(ran, server, "faithfulness"))
        again = [body["messages"][0]["content"][0]["text"] for body in server.asked]
    assert again == ["faithfulness|Read it.|word3|page of word3"]
    assert (one.value, one.n, one.failed) == (5 / 6, 6, 0)
    with endpoint(by_word()) as server:
        judged(ran, server, "faithfulness")
        assert server.asked == []


def test_a_limit_leaves_the_rest_and_says_how_many(ran: Path) -> None:
    with endpoint(by_word(word0="0")) as server:
        one = only(judged(ran, server, "faithfulness", limit=2))
        assert (one.value, one.n, one.left, one.interval) == (0.5, 2, 4, None)
        one = only(judged(ran, server, "faithfulness"))
        assert len(server.asked) == COUNT
    assert (one.n, one.left) == (6, 0)


def test_relevancy_without_embeddings_is_absent_with_the_reason(ran: Path) -> None:
    with endpoint(by_word()) as server:
        said = judged(ran, server)
        with pytest.raises(UsageError, match="names none") as caught:
            judged(ran, server, "answer_relevancy")
    assert "embeddings" in str(caught.value.hint)
    one = only(said, "answer_relevancy")
    assert (one.value, one.n, one.left) == (None, 0, COUNT)
    assert one.reason == "the judge file names no `embeddings`"
    assert said.ok
    assert api.rescore(ran).jobs[0].judged == tuple(found for _, found in said.results)


def test_relevancy_needs_no_transcript_and_shows_none(ran: Path) -> None:
    with endpoint(by_word()) as server:
        said = judged(ran, server, "answer_relevancy", embeddings={"served_id": "vectors"})
    assert only(said, "answer_relevancy").n == COUNT
    assert only(said, "answer_relevancy").judge.embeddings == "vectors"
    assert {body["messages"][0]["content"][0]["text"][-5:] for body in server.asked} == {"|None"}


def test_what_cannot_be_judged_is_counted_by_its_reason(ran: Path) -> None:
    (place,) = (ran / "jobs").iterdir()
    texts = [row for row in rows(place / "transcripts.jsonl") if row["doc_id"] != "s5"]
    (place / "transcripts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts))
    said = rows(place / "predictions.jsonl")
    said[0]["prediction"] = " "
    said[1] |= {"status": "failed", "prediction": None, "error": "no luck"}
    (place / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    api.rescore(ran)
    with endpoint(by_word()) as server:
        one = only(judged(ran, server, "faithfulness"))
    assert (one.n, one.failed, one.left) == (3, 0, 0)
    assert one.skipped == {
        "the answer is empty": 1,
        "the request failed: there is no answer": 1,
        "no transcript of its document": 1,
    }


def test_without_any_transcript_nothing_is_asked(
    tmp_path: Path, make_task: Callable[..., Path]
) -> None:
    folder = answered(tmp_path, make_task([{}]))
    with endpoint(by_word()) as server:
        said = judged(folder, server, "faithfulness")
        assert server.asked == []
    one = only(said)
    assert (one.value, one.n) == (None, 0)
    assert one.reason == "no answer can be judged: no transcript of its document (1)"


def test_a_judgement_of_another_answer_does_not_hold(ran: Path) -> None:
    with endpoint(by_word(word0="0")) as server:
        judged(ran, server, "faithfulness")
    (place,) = (ran / "jobs").iterdir()
    said = rows(place / "predictions.jsonl")
    said[0]["prediction"] = "word9"
    (place / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    (one,) = api.rescore(ran).jobs[0].judged
    assert (one.value, one.n, one.left) == (1.0, 5, 1)
    with endpoint(by_word(word9="0.25")) as server:
        one = only(judged(ran, server, "faithfulness"))
        assert len(server.asked) == 1
    assert (one.value, one.n, one.left) == (5.25 / 6, 6, 0)


def test_two_judges_stand_side_by_side(ran: Path) -> None:
    with endpoint(by_word()) as server:
        judged(ran, server, "faithfulness")
        said = judged(ran, server, "faithfulness", name="other", parameters={"temperature": 0})
    assert [one.judge.model for one in said.report.jobs[0].judged] == ["wise", "other"]
    assert [job for job, _ in said.results] == [said.report.jobs[0].id]


@pytest.mark.parametrize(
    ("how", "n", "trouble"),
    [("dies", 1, "without a result (killed by SIGKILL)"), ("raises", 6, "RuntimeError: no luck")],
)
def test_a_judge_that_breaks_down_loses_nothing_and_is_told_of(
    ran: Path, how: str, n: int, trouble: str
) -> None:
    with endpoint(by_word()) as server:
        said = judged(ran, server, "faithfulness", parameters={"how": how})
    assert (only(said).n, only(said).left) == (n, COUNT - n)
    assert trouble in said.troubles[0]
    assert not said.ok


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"engine": "rapidocr"}, "no engine is started for a judge"),
        ({"package": "vibes"}, "unknown judge package 'vibes'"),
        ({"api_key": "sk-1"}, "unknown key 'api_key'"),
        ({"api_key_env": "NO_SUCH_KEY"}, "needs the variable NO_SUCH_KEY"),
        ({"embeddings": {"served_id": "v", "base_url": "http://a:b@c/v1"}}, "a password"),
        ({"embeddings": {}}, "'embeddings.served_id' is missing"),
    ],
    ids=["engine", "package", "key", "variable", "password", "no-embeddings-id"],
)
def test_a_wrong_judge_file_is_one_clear_error(
    tmp_path: Path, keys: dict[str, Any], message: str
) -> None:
    path = judge_file(tmp_path / "run", "http://127.0.0.1:9/v1", **keys)
    if keys.get("engine"):
        values = json.loads(Path(path).read_text())
        del values["base_url"]
        Path(path).write_text(json.dumps(values))
    with pytest.raises(UsageError) as caught:
        find_judge(path, os.environ)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert "NO_SUCH" in message or isinstance(caught.value, SourceError)


def test_embeddings_elsewhere_do_not_get_the_judge_s_key(tmp_path: Path) -> None:
    keys = {"served_id": "v", "base_url": "http://127.0.0.1:8/v1"}
    judge = find_judge(
        judge_file(tmp_path / "run", "http://127.0.0.1:9/v1", embeddings=keys), os.environ
    )
    assert judge.embeddings_endpoint() == ("http://127.0.0.1:8/v1", None)
    same = {"served_id": "v"}
    judge = find_judge(
        judge_file(tmp_path / "run", "http://127.0.0.1:9/v1", embeddings=same), os.environ
    )
    assert judge.embeddings_endpoint() == ("http://127.0.0.1:9/v1", "JUDGE_KEY")


def test_a_broken_line_is_named_and_a_cut_one_is_dropped(ran: Path) -> None:
    with endpoint(by_word()) as server:
        judged(ran, server, "faithfulness")
        path = ran / "judged.jsonl"
        whole = path.read_bytes()
        path.write_bytes(whole[:-20])
        one = only(judged(ran, server, "faithfulness"))
        assert (one.n, len(rows(path))) == (COUNT, COUNT)
    path.write_bytes(b'{"job": 5}\n' + whole)
    with pytest.raises(RunError) as caught:
        api.rescore(ran)
    assert caught.value.message.startswith(f"{path}:1: job:")


def test_a_run_that_nobody_gave_a_judge_has_no_judgement(ran: Path) -> None:
    assert api.rescore(ran).jobs[0].judged == ()
    assert not (ran / "judge").exists()


def command(folder: Path, server: Endpoint, *arguments: str) -> subprocess.Popen[bytes]:
    path = judge_file(folder, server.url)
    return bench(
        "judge",
        str(folder),
        "--model",
        path,
        *arguments,
        env=os.environ | {"BENCH_ADAPTERS": str(FAKES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.thorough
def test_the_command_shows_values_and_ends_with_1_where_one_failed(ran: Path) -> None:
    with endpoint(by_word(word1=Reply(status=500))) as server:
        process = command(ran, server, "--metric", "faithfulness")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "1 failed: request_failed" in out.decode()
        process = command(ran, server, "--json")
        out, _ = process.communicate(timeout=60)
    said = json.loads(out)
    assert {one["metric"]: one["value"] for one in said["judged"]} == {
        "faithfulness": 1.0,
        "answer_relevancy": None,
    }


@pytest.mark.thorough
def test_a_session_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(ran: Path) -> None:
    slow = by_word(word3=Reply("0", delay_s=30))
    with endpoint(slow) as server:
        process = command(ran, server, "--metric", "faithfulness")
        await_true(lambda: len(server.asked) == 4)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
        assert left_of(process.pid) == []
    assert [row["value"] for row in rows(ran / "judged.jsonl")] == [1.0, 1.0, 1.0]
    (kept,) = store.read_report(ran).jobs[0].judged
    assert (kept.n, kept.left) == (3, 3)
    with endpoint(by_word(word3="0")) as server:
        one = only(judged(ran, server, "faithfulness"))
        assert len(server.asked) == 3
    assert (one.n, one.value) == (6, 5 / 6)


def test_an_answer_on_record_is_not_asked_again(ran: Path) -> None:
    """The gateway has it, even where the judge's process was gone before it could be kept."""
    with endpoint(by_word(word0="0")) as server:
        judged(ran, server, "faithfulness")
        (ran / "judged.jsonl").unlink()
        one = only(judged(ran, server, "faithfulness"))
        assert len(server.asked) == COUNT
    assert (one.n, one.value) == (6, 5 / 6)


def test_a_run_without_a_report_says_how_to_make_one(ran: Path) -> None:
    (ran / "report.json").unlink()
    with endpoint(by_word()) as server, pytest.raises(BenchError) as caught:
        judged(ran, server)
    assert "bench score" in str(caught.value.hint)


def test_answers_whose_question_was_not_kept_are_counted(
    tmp_path: Path, make_task: Callable[..., Path]
) -> None:
    """Pairs from anywhere are such a run."""
    folder = answered(tmp_path, make_task([{}]))
    (place,) = (folder / "jobs").iterdir()
    (place / "items.jsonl").unlink()
    with endpoint(by_word()) as server:
        said = judged(folder, server, "answer_relevancy", embeddings={"served_id": "v"})
    assert only(said, "answer_relevancy").skipped == {"its question was not kept with the run": 1}
