"""Command lines and mounts, word by word: nothing is started."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bench.isolation import apptainer, oci
from bench.isolation.apptainer import Apptainer
from bench.isolation.confined import MANY, Confined, Limits, Mount, folders_of, readable
from bench.isolation.oci import Oci
from bench.isolation.reads import paths_in

WHAT = Confined(
    name="bench-1",
    image="IMAGE",
    argv=("/bench/venv/bin/python", "run.py", "evaluate", "/r/j"),
    folder=Path("/r/j"),
    mounts=(Mount(Path("/a")), Mount(Path("/r/j"), writable=True), Mount(Path("/s"), at="/in")),
    variables={"HOME": "/tmp"},
    passed=("LANG",),
    limits=Limits(memory=1000, pids=20),
    gpu=False,
    user="5:6",
)
GPU = Confined(**{**vars(WHAT), "gpu": True})


def words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


def test_docker_gets_these_words() -> None:
    assert Oci("docker").run(WHAT) == words(
        "docker run --rm --name bench-1 --label vlmhyperbench=1 --pull never --network none "
        "--read-only --tmpfs /tmp:rw,exec,mode=1777 --cap-drop ALL "
        "--security-opt no-new-privileges --user 5:6 --memory 1000 --memory-swap 1000 "
        "--shm-size 500 --pids-limit 20 --mount type=bind,source=/a,target=/a,readonly "
        "--mount type=bind,source=/r/j,target=/r/j --mount type=bind,source=/s,target=/in,readonly "
        "-e HOME=/tmp -e LANG --workdir /r/j --entrypoint /bench/venv/bin/python IMAGE "
        "run.py evaluate /r/j"
    )


@pytest.mark.parametrize(
    ("engine", "user"),
    [
        (Oci("docker"), ("--user", "5:6")),
        (Oci("docker", rootless=True), ("--user", "0:0")),
        (Oci("podman"), ("--user", "5:6")),
        (Oci("podman", rootless=True), ("--userns", "keep-id", "--user", "5:6")),
    ],
    ids=["docker", "rootless-docker", "podman", "rootless-podman"],
)
def test_who_it_is_inside(engine: Oci, user: tuple[str, ...]) -> None:
    argv = engine.run(WHAT)
    start = argv.index(user[0])
    assert argv[start : start + len(user)] == user


@pytest.mark.parametrize(
    ("engine", "flags"),
    [
        (Oci("docker"), ("--gpus", "all")),
        (Oci("podman"), ("--device", "nvidia.com/gpu=all")),
        (Apptainer(), ("--nv",)),
    ],
    ids=["docker", "podman", "apptainer"],
)
def test_gpus_are_given_only_where_they_are_asked_for(
    engine: Oci | Apptainer, flags: tuple[str, ...]
) -> None:
    assert set(flags) & set(engine.run(WHAT)) == set()
    assert set(flags) <= set(engine.run(GPU))
    assert len(engine.run(GPU)) == len(engine.run(WHAT)) + len(flags)


def test_apptainer_gets_these_words() -> None:
    """By its manual: it was never run."""
    assert Apptainer().run(WHAT) == words(
        "apptainer exec --containall --cleanenv --no-home --no-privs --pid --ipc --net "
        "--network none --memory 1000 --pids-limit 20 "
        "--mount type=bind,source=/a,destination=/a,ro "
        "--mount type=bind,source=/r/j,destination=/r/j "
        "--mount type=bind,source=/s,destination=/in,ro --pwd /r/j IMAGE "
        "/bench/venv/bin/python run.py evaluate /r/j"
    )
    own = {"PATH": "/bin", "LANG": "C", "A_KEY": "secret"}
    assert Apptainer().variables(WHAT, own) == {
        **own,
        "APPTAINERENV_HOME": "/tmp",
        "APPTAINERENV_LANG": "C",
    }


@pytest.mark.parametrize("option", [oci.mount_option, apptainer.mount_option])
def test_a_path_with_a_comma_is_one_field(option: object) -> None:
    assert callable(option)
    (row,) = csv.reader([option(Mount(Path('/a,b"c')))])
    assert row[1] == 'source=/a,b"c'


def test_what_lies_below_another_is_mounted_with_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    found = readable([tmp_path / "a" / "b", tmp_path / "a", tmp_path / "link"])
    assert found == (
        Mount(tmp_path / "a"),
        Mount(tmp_path / "elsewhere"),
        Mount(tmp_path / "link"),
    )


def test_images_that_are_links_are_there_inside(tmp_path: Path) -> None:
    for name in ("task", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "x.png").touch()
    (tmp_path / "task" / "x.png").symlink_to(tmp_path / "data" / "x.png")
    assert folders_of([tmp_path / "task" / "x.png"]) == (tmp_path / "data", tmp_path / "task")


def test_many_folders_are_mounted_as_the_one_above() -> None:
    many = [Path(f"/data/{number}/x.png") for number in range(MANY + 1)]
    assert folders_of(many) == (Path("/data"),)
    apart = [Path(f"/{number}/x.png") for number in range(MANY + 1)]
    assert len(folders_of(apart)) == MANY + 1


def test_paths_among_arguments_are_found(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    value = {"a": [str(tmp_path / "w"), "/", "no/path", "/nowhere/at/all", 3], "b": {"c": None}}
    assert list(paths_in(value)) == [tmp_path / "w"]
    assert list(paths_in("/" + "x" * 9999)) == list(paths_in("/a\0b")) == []
