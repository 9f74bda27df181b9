"""Drives lm-eval through its Python API: document tasks of ours, and its own benchmarks."""

import importlib.metadata
import importlib.util
import inspect
import os
import platform
import shutil

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main, read_json, read_jsonl, write_json


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one; the folder's own name is the harness's."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("lm_eval_adapter_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


arguments, collect, models = sibling("arguments"), sibling("collect"), sibling("models")
DISTRIBUTION = "lm_eval"
MODEL = models.ENDPOINT
OPTIONAL = ("torch", "transformers", "accelerate")  # of the environment for weights


def versions():
    found = {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
        "datasets": importlib.metadata.version("datasets"),
    }
    for name in OPTIONAL:
        if importlib.util.find_spec(name):
            found[name] = importlib.metadata.version(name)
    return found


def describe():
    capabilities = {"tasks": "both", "modalities": ["TEXT", "IMAGE"]}
    return {"versions": versions(), "capabilities": capabilities}


def refuse_unsupported(spec):
    """Before seconds of imports: raise Unsupported for what cannot be asked."""
    if not spec.get("model"):
        raise Unsupported("lm-eval needs a model")
    document = spec["task"]["kind"] == "document"
    arguments.refuse(spec.get("harness_args") or {}, document)
    if document and spec["model"].get("in_process"):
        raise Unsupported("documents are asked over HTTP: lm-eval cannot load a model for them")
    if document and models.client(spec):
        raise Unsupported("client: documents are asked by our own class, which keeps them whole")
    if document and spec["model"].get("api", "chat") != "chat":
        raise Unsupported("documents are asked as chat messages: the model's api is completions")


def invocation(spec, modality, rows):
    """The arguments of simple_evaluate for the documents of one modality, all but objects.

    A dict, never "a=b,c=d": lm-eval splits texts at commas.
    """
    model = spec["model"]
    return dict(
        spec.get("harness_args") or {},
        model=MODEL,
        model_args={
            "model": model["served_id"],
            "base_url": model["base_url"],
            "num_concurrent": spec["concurrency"],
            "timeout": model["timeout_s"],
        },
        tasks=[collect.task(modality, rows)],
        limit=spec.get("limit"),
        gen_kwargs=dict(model.get("parameters") or {}),
        system_instruction=model.get("system_prompt") or None,
        **arguments.FIXED,
    )


def evaluate(job):
    spec = job.spec
    refuse_unsupported(spec)
    shutil.rmtree(job.path("raw"), ignore_errors=True)
    os.makedirs(job.path("raw"))
    job.restart("predictions.jsonl")
    sibling("surroundings").environment(job.path("raw", "home"))
    refused = close_network()
    if spec["task"]["kind"] != "document":
        sibling("native").evaluate(job, siblings(), refused, entry)
        return results(job)
    os.chdir(job.folder)
    job.stage("loading lm-eval")
    signature = inspect.signature(entry())
    arguments.check_signature(spec.get("harness_args") or {}, signature)
    items = job.items()[: spec.get("limit")]
    parts = collect.modalities(items)
    calls = {name: invocation(spec, name, rows) for name, rows in parts.items()}
    write_json(job.path("raw", "evidence.json"), {"versions": versions()})
    write_json(job.path("raw", "invocation.json"), list(calls.values()))
    classes = sibling("classes")
    tally = classes.Tally(job, len(items))
    register(classes.model_class(job, items, tally, collect, sibling("probe")))
    job.stage("preparing %s" % spec["task"]["name"])
    try:
        for name, call in calls.items():
            drive(job, name, dict(call, tasks=[classes.with_functions(call["tasks"][0], items)]))
    finally:
        warn_of(job, refused)
        if tally.altered:
            job.warn(
                "%d answers are no valid Unicode (%s first): lm-eval's own files have a question "
                "mark in place of each lone surrogate" % (len(tally.altered), tally.altered[0])
            )
    return results(job)


def entry():
    """simple_evaluate, with lm-eval's log on: what it could not write, and why, it says there."""
    from lm_eval import simple_evaluate
    from lm_eval.utils import setup_logging

    setup_logging()
    return simple_evaluate


def siblings():
    """What the run of a benchmark needs of this folder."""
    names = ("asking", "completions", "endpoint", "hub", "index", "probe", "samples")
    found = {name: sibling(name) for name in names}
    found.update(arguments=arguments, collect=collect, models=models)
    return dict(found, evidence=lambda: {"versions": versions()})


def register(model):
    from lm_eval.api.registry import register_model

    register_model(MODEL)(model)


def drive(job, modality, call):
    """One call of lm-eval, and its own files, as its command line writes them.

    One modality a call: with both in one, its API clients drop every image.
    """
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    # A name that ends in .json keeps the model's name, which may be any text, out of paths.
    tracker = EvaluationTracker(output_path=job.path("raw", modality, "results.json"))
    # The index of the 14,000 shipped files would take 7 seconds.
    index = TaskManager(include_defaults=False)
    found = simple_evaluate(task_manager=index, evaluation_tracker=tracker, **call)
    samples = found.pop("samples")
    tracker.save_results_aggregated(results=found, samples=samples)
    for name in found["configs"]:
        tracker.save_results_samples(task_name=name, samples=samples[name])


def results(job):
    """Read what lm-eval wrote, and believe it only when every count closes."""
    if job.spec["task"]["kind"] != "document":
        native = sibling("gathered").write(job, job.spec["task"].get("metric"), collect)
        evidence = read_json(job.path("raw", "evidence.json"))
        return {"versions": evidence["versions"], "native": native}
    items = job.items()[: job.spec.get("limit")]
    path = job.path("predictions.jsonl")
    predictions = list(read_jsonl(path)) if os.path.exists(path) else []
    rows = []
    for modality, numbers in collect.modalities(items).items():
        rows += collect.sample_rows(job.path("raw", modality), modality, len(numbers))
    collect.check(rows, predictions, [item["id"] for item in items])
    # No metric of lm-eval is computed: an error of one cannot be reported as a score of 0.
    return dict(read_json(job.path("raw", "evidence.json")), native=[])


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
