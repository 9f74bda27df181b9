"""`bench runs` and `bench leaderboard`, and what they do to a run's folder."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from bench.errors import RunError, UsageError
from bench.run_store import changing
from bench.session import RunLock
from tests.cli.said import Cli
from tests.run_store.made import made_run


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """runs/ of the working folder, with two runs."""
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    made_run(tmp_path / "runs" / "a", 0.5, model="one", day=1)
    made_run(tmp_path / "runs" / "b", 0.9, model="two", day=2)
    (tmp_path / "runs" / "a" / "jobs").mkdir()
    (tmp_path / "runs" / "a" / "jobs" / "log.txt").write_bytes(b"\0said")
    return tmp_path / "runs"


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_the_list_and_its_filters(cli: Cli, kept: Path) -> None:
    head, newest, oldest = cli("runs", "list").out.splitlines()
    assert head.split() == ["run", "status", "task", "model", "harness", "failed", "tags"]
    assert newest.split() == ["b", "ok", "tiny:m", "two", "echo", "0"]
    assert oldest.split()[:2] == ["a", "ok"]
    assert cli("runs", "list", "--model", "one").out.splitlines()[1:] == [oldest]
    assert cli("runs", "list", "--limit", "1").out.endswith("… 1 more\n")
    assert cli("runs", "list", "--status", "failed").err == "no such run below runs/\n"
    (shown,) = json.loads(cli("runs", "list", "--task", "tiny:*", "--limit", "1", "--json").out)
    assert (shown["id"], shown["jobs"][0]["counts"]) == ("b", [8, 8, 0])


def test_tags_lie_with_the_run(cli: Cli, kept: Path) -> None:
    assert cli("runs", "tag", "a", "good", "v1.2").out == "good, v1.2\n"
    assert cli("runs", "tag", "a", "--remove", "good").out == "v1.2\n"
    assert cli("runs", "list", "--tag", "v1.*").out.splitlines()[1].split()[-1] == "v1.2"
    (kept / "a").rename(kept / "moved")
    assert "tags    v1.2" in cli("runs", "show", "runs/moved").out
    said = cli("runs", "tag", "b", "no tag")
    assert (said.code, "'no tag' is no tag" in said.err) == (2, True)
    assert cli("runs", "tag", "b").code == 2


def test_a_run_is_shown(cli: Cli, kept: Path) -> None:
    said = cli("runs", "show", "a").out
    assert said.startswith(f"folder  {kept / 'a'}\nstatus  ok\ntags    none\n")
    assert "bench report" in said
    shown = json.loads(cli("runs", "show", "b", "--json").out)
    (number,) = shown["jobs"][0]["numbers"]
    assert (number["metric"], number["value"], number["native"]) == ("exact_match", 0.9, False)
    assert cli("runs", "show", "c").code == 2


def test_removing_asks_and_leaves_others(
    cli: Cli, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert cli("runs", "rm", "a").code == 130
    assert (kept / "a").is_dir()
    assert cli("runs", "rm", "a", "--yes").out == f"removed {kept / 'a'}\n"
    assert [path.name for path in kept.iterdir()] == ["b"]
    assert cli("runs", "rm", str(kept), "--yes").code == 2
    assert (kept / "b").is_dir()


def test_a_run_that_bench_works_on_stays(cli: Cli, kept: Path) -> None:
    lock = RunLock(kept / "a")
    for command in (("rm", "--yes"), ("archive",)):
        said = cli("runs", command[0], "a", *command[1:])
        assert (said.code, "bench still works on this run" in said.err) == (2, True)
    lock.release()
    assert (kept / "a" / "report.json").is_file()


def test_an_archive_holds_every_file_and_takes_the_place_of_the_run(cli: Cli, kept: Path) -> None:
    (kept / "a" / "jobs" / "same.txt").hardlink_to(kept / "a" / "jobs" / "log.txt")
    cli("runs", "archive", "a", "--keep", "--to", str(kept / "kept"))
    before = files(kept / "a")
    assert cli("runs", "archive", "a").out == f"{kept}/archive/a.tar.gz\n"
    assert not (kept / "a").exists()
    with tarfile.open(kept / "archive" / "a.tar.gz") as packed:
        packed.extractall(kept, filter="data")
    assert {name: text for name, text in files(kept / "a").items() if name != "run.lock"} == {
        name: text for name, text in before.items() if name != "run.lock"
    }
    assert [line.split()[0] for line in cli("runs", "list").out.splitlines()] == ["run", "b", "a"]
    assert "is there already" in cli("runs", "archive", "a").err


def test_an_archive_that_lacks_a_file_costs_no_run(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tarfile.TarFile.addfile

    def forgetful(self: tarfile.TarFile, info: tarfile.TarInfo, *given: object) -> None:
        if not info.name.endswith("log.txt"):
            real(self, info, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(tarfile.TarFile, "addfile", forgetful)
    before = files(kept / "a")
    with pytest.raises(RunError, match=r"does not hold jobs/log\.txt: nothing was removed"):
        changing.archive(kept / "a", kept / "archive", keep=False)
    assert files(kept / "a").items() >= before.items()
    assert list((kept / "archive").iterdir()) == []
    with pytest.raises(UsageError, match="lies in the run itself"):
        changing.archive(kept / "a", kept / "a" / "inside", keep=False)


def test_the_leaderboard(cli: Cli, kept: Path) -> None:
    said = cli("leaderboard").out
    assert said.startswith("tiny:m · exact_match ↑ · 8 samples")
    assert said.index("two") < said.index("one")
    (board,) = json.loads(cli("leaderboard", "runs", "--json").out)
    assert [row["rank"] for row in board["rows"]] == [1, 2]
    assert cli("leaderboard", "--html", "board.html").out == "board.html\n"
    page = Path("board.html").read_text(encoding="utf-8")
    assert "<bdi>two</bdi>" in page
    none = cli("leaderboard", "--task", "none")
    assert none.err == "no run below runs/ has a number to rank\n"
    wrong = cli("leaderboard", "--metric", "exact_mach")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("error: no run has the metric 'exact_mach'\n")
    assert "did you mean 'exact_match'?" in wrong.err
    assert cli("leaderboard", "nowhere").code == 2
    assert cli("leaderboard", "--html", "nowhere/board.html").code == 2
