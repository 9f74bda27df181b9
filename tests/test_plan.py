from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import adapters, find_adapter
from bench.config import make_config
from bench.errors import UsageError
from bench.plan import DEFAULT_PARAMETERS, DEFAULT_REQUESTS, Plan, make_plan
from tests.runs import use_fakes, write_model

MakeTask = Callable[..., Path]
BENCHMARK = "OCRBench"


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return write_model(tmp_path, base_url="http://127.0.0.1:9/v1")


def plan(environ: dict[str, str] | None = None, **config: Any) -> Plan:
    return make_plan(make_config(config), environ or {})


def wrong(environ: dict[str, str] | None = None, **config: Any) -> str:
    with pytest.raises(UsageError) as caught:
        plan(environ, **config)
    return f"{caught.value.message} | {caught.value.hint}"


def test_jobs_are_every_harness_model_and_task(make_task: MakeTask, tmp_path: Path) -> None:
    models = [write_model(tmp_path, name, engine="toy") for name in ("one", "two")]
    jobs = plan(backend=["echo", "unruly"], model=models, task=str(make_task([{}]))).jobs
    assert [job.id for job in jobs] == [
        "echo--one--tiny-m",
        "echo--two--tiny-m",
        "unruly--one--tiny-m",
        "unruly--two--tiny-m",
    ]
    assert {job.engine.name for job in jobs if job.engine} == {"toy"}


def test_a_job_without_a_model(make_task: MakeTask) -> None:
    (job,) = plan(backend="echo", task=str(make_task([{}]))).jobs
    assert (job.id, job.model, job.engine) == ("echo--no-model--tiny-m", None, None)


def test_all_harnesses_and_what_they_cannot_do_is_forgiven(make_task: MakeTask, model: str) -> None:
    found = plan(backend="all", task=str(make_task([{}])), model=model)
    asked = {name for name, one in adapters("harness").items() if one.in_all}
    assert {job.harness.name for job in found.jobs} == asked
    assert "answers" not in asked
    assert found.lenient
    assert not plan(backend="echo", task=str(make_task([{}]))).lenient


def test_parameters_run_over_model_over_task_over_default(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task([{}], parameters={"max_tokens": 1, "top_p": 1, "seed": 1})
    model = write_model(tmp_path, engine="toy", parameters={"top_p": 2, "seed": 2})
    (job,) = plan(backend="echo", model=model, task=str(task), parameters={"seed": 3}).jobs
    assert job.parameters == DEFAULT_PARAMETERS | {"max_tokens": 1, "top_p": 2, "seed": 3}


def test_requests_run_over_model_over_default(make_task: MakeTask, tmp_path: Path) -> None:
    model = write_model(tmp_path, engine="toy", requests={"attempts": 2, "concurrency": 2})
    (job,) = plan(
        backend="echo", model=model, task=str(make_task([{}])), requests={"attempts": 7}
    ).jobs
    assert (job.requests.attempts, job.requests.concurrency) == (7, 2)
    assert job.requests.timeout_s == DEFAULT_REQUESTS.timeout_s


def test_limit_keeps_the_first_samples(make_task: MakeTask) -> None:
    (job,) = plan(backend="echo", task=str(make_task([{}] * 3)), limit=2).jobs
    assert [sample.id for sample in job.task.samples] == ["s0", "s1"]


@pytest.mark.parametrize("backend", ["unruly", "all"])
def test_options_are_checked(make_task: MakeTask, model: str, backend: str) -> None:
    common: dict[str, Any] = {"backend": backend, "task": str(make_task([{}])), "model": model}
    said = wrong(**common, options={"unruly": {"hwo": 1}})
    assert said == "options.unruly: unknown key 'hwo' | did you mean 'how'?"
    said = wrong(**common, options={"unruli": {"how": 1}})
    assert said == "options: unknown backend 'unruli' | did you mean 'unruly'?"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"unruly": {"sped": 2}},
            "harness_args.unruly: 'sped' is no argument of unruly | did you mean 'speed'?",
        ),
        (
            {"unruly": {"limit": 2}},
            "harness_args.unruly: 'limit' is set by the config's key limit | use that",
        ),
        (
            {"unruly": {"cache": False}},
            (
                "harness_args.unruly: 'cache' is fixed by the adapter: a stale cache would answer"
                " | None"
            ),
        ),
        ({"echo": {"speed": 2}}, None),
        ({"unruli": {}}, "harness_args: unknown backend 'unruli' | did you mean 'unruly'?"),
    ],
)
def test_harness_args_are_checked(
    make_task: MakeTask, model: str, given: dict[str, Any], said: str | None
) -> None:
    common: dict[str, Any] = {"backend": "unruly", "task": str(make_task([{}])), "model": model}
    if said is None:
        assert plan(**common, harness_args=given).jobs[0].harness_args == {}
    else:
        assert wrong(**common, harness_args=given) == said
    good = {"unruly": {"speed": 2}}
    assert plan(**common, harness_args=good).jobs[0].harness_args == {"speed": 2}


def test_a_checkout_may_have_arguments_of_its_own(
    make_task: MakeTask, model: str, tmp_path: Path
) -> None:
    (tmp_path / "checkout" / "vlmeval").mkdir(parents=True)
    common: dict[str, Any] = {"backend": "vlmevalkit", "task": str(make_task([{}]))}
    common |= {"model": model, "vlmevalkit_path": str(tmp_path / "checkout")}
    given = {"first-n": 2, "judge-api-nproc": 1}
    assert plan(**common, harness_args={"vlmevalkit": given}).jobs[0].harness_args == given
    said = wrong(**common, harness_args={"vlmevalkit": {"limit": 2}})
    assert said == ("harness_args.vlmevalkit: 'limit' is set by the config's key limit | use that")


def test_a_harness_without_a_list_takes_no_arguments(make_task: MakeTask, model: str) -> None:
    said = wrong(
        backend="echo",
        task=str(make_task([{}])),
        model=model,
        harness_args={"echo": {"speed": 2}},
    )
    assert said == "harness_args.echo: 'speed' is no argument of echo | echo takes none"


def test_options_of_a_harness_that_is_not_asked_do_no_harm(make_task: MakeTask) -> None:
    options = {"unruly": {"how": "x"}}
    (job,) = plan(backend="echo", task=str(make_task([{}])), options=options).jobs
    assert job.options == {}


def test_arguments_of_an_engine_are_checked(make_task: MakeTask, tmp_path: Path) -> None:
    model = write_model(tmp_path, engine="toy", arguments={"anwser": "x"})
    said = wrong(backend="echo", model=model, task=str(make_task([{}])))
    assert said == "m: arguments: unknown key 'anwser' | did you mean 'answer'?"


def test_a_key_that_is_not_set_is_told_before_anything_is_built(
    make_task: MakeTask, tmp_path: Path
) -> None:
    model = write_model(tmp_path, base_url="http://127.0.0.1:9/v1", api_key_env="MY_KEY")
    common: dict[str, Any] = {"backend": "echo", "model": model, "task": str(make_task([{}]))}
    assert wrong(**common).startswith("model 'm' needs the variable MY_KEY: not set, or empty")
    assert wrong({"MY_KEY": ""}, **common).startswith("model 'm' needs the variable MY_KEY")
    assert len(plan({"MY_KEY": "k"}, **common).jobs) == 1


def test_what_is_missing_or_doubled(make_task: MakeTask, model: str) -> None:
    task = str(make_task([{}]))
    said = wrong(task=task)
    assert said.startswith("no backend is named | --backend ")
    assert said.endswith(" | all")
    assert wrong(backend="echo").startswith("no task is named | --task NAME")
    assert wrong(backend=["echo", "echo"], task=task).startswith(
        "the backend 'echo' is named twice"
    )
    assert wrong(backend="echo", model=[model, model], task=task).startswith(
        "the model 'm' is named twice"
    )
    assert wrong(backend="echo", task=[task, f"{task}:m"]).startswith(
        "the job 'echo--no-model--tiny-m' is named twice"
    )


def test_unknown_names_get_a_suggestion(make_task: MakeTask, tmp_path: Path) -> None:
    task = str(make_task([{}]))
    assert wrong(backend="ecco", task=task) == "unknown backend 'ecco' | did you mean 'echo'?"
    assert "did you mean 'receipts'?" in wrong(backend="echo", task="reciepts")
    assert "did you mean 'm'?" in wrong(backend="echo", task=f"{task}:M")
    engine = write_model(tmp_path, engine="toi")
    said = wrong(backend="echo", model=engine, task=task)
    assert said == "unknown engine 'toi' | did you mean 'toy'?"


def benchmark(**keys: Any) -> dict[str, Any]:
    assert BENCHMARK in find_adapter("harness", "vlmevalkit").benchmarks()
    return {"backend": "vlmevalkit", "task": BENCHMARK} | keys


def test_a_benchmark_needs_its_file(tmp_path: Path, model: str) -> None:
    said = wrong(**benchmark(model=model))
    assert said.startswith(f"{BENCHMARK} has no local copy | bench data add")
    assert "--data DIR with VLMEvalKit's own table" in said
    said = wrong(**benchmark(model=model, data=tmp_path))
    assert said.startswith(f"{tmp_path / (BENCHMARK + '.tsv')} is missing")


def test_a_benchmark_is_found_by_data_before_lmudata(tmp_path: Path, model: str) -> None:
    for name in ("data", "lmu"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{BENCHMARK}.tsv").touch()
    environ = {"LMUData": str(tmp_path / "lmu")}
    (job,) = plan(environ, **benchmark(model=model)).jobs
    assert job.task.file == tmp_path / "lmu" / f"{BENCHMARK}.tsv"
    (job,) = plan(environ, **benchmark(model=model, data=tmp_path / "data")).jobs
    assert job.task.file == tmp_path / "data" / f"{BENCHMARK}.tsv"
    assert job.task.samples == ()


def test_what_a_harness_cannot_do_is_known_beforehand(tmp_path: Path, model: str) -> None:
    (tmp_path / f"{BENCHMARK}.tsv").touch()
    common = benchmark(model=model, data=tmp_path, backend=["vlmevalkit", "echo"])
    kit, echo = plan(**common).jobs
    assert kit.refused is None
    assert echo.refused == f"echo does not know the benchmark {BENCHMARK}"


def test_a_flavour_that_a_harness_does_not_have(make_task: MakeTask) -> None:
    (job,) = plan(backend="echo", task=str(make_task([{}])), flavour="cuda").jobs
    assert job.refused == "echo has no flavour cuda: it has cpu"


def test_a_checkout_of_vlmevalkit(make_task: MakeTask, tmp_path: Path, model: str) -> None:
    common: dict[str, Any] = {"backend": "vlmevalkit", "task": str(make_task([{}])), "model": model}
    for name in ("option", "path", "root"):
        (tmp_path / name / "vlmeval").mkdir(parents=True)
    environ = {"VLMEVAL_ROOT": str(tmp_path / "root")}

    def checkout(**more: Any) -> Any:
        return plan(environ, **common, **more).jobs[0].options.get("checkout")

    assert plan(**common).jobs[0].options == {}
    assert checkout() == str(tmp_path / "root")
    assert checkout(vlmevalkit_path=tmp_path / "path") == str(tmp_path / "path")
    own = {"vlmevalkit": {"checkout": str(tmp_path / "option")}}
    assert checkout(vlmevalkit_path=tmp_path / "path", options=own) == str(tmp_path / "option")
    said = wrong(**common, vlmevalkit_path=tmp_path)
    assert said.startswith(f"{tmp_path} is no checkout of VLMEvalKit")
