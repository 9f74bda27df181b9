"""Drives VLMEvalKit through its own `run` entry, with a model class and datasets of ours."""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import ssl
import subprocess
import sys

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main, read_json, read_jsonl, write_json


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("vlmevalkit_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collect, invocation = sibling("collect"), sibling("invocation")
DISTRIBUTION = "ms-vlmeval"
# Those that VLMEvalKit's run entry only infers.
WITHOUT_TRUTH = (
    "DocVQA_TEST",
    "InfoVQA_TEST",
    "Q-Bench1_TEST",
    "A-Bench_TEST",
    "AesBench_TEST",
    "MLLMGuard_DS",
    "MMMU_TEST",
    "MMT-Bench_ALL",
    "MMT-Bench_ALL_MI",
)


def versions(checkout=None):
    found = {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
        "torch": importlib.metadata.version("torch"),
    }
    if checkout:
        found.update(harness="checkout " + commit(checkout), distribution=None)
    return found


def commit(checkout):
    """The checkout's commit, or the version that its package states."""
    argv = ["git", "-C", checkout, "rev-parse", "HEAD"]
    if os.path.exists(os.path.join(checkout, ".git")) and shutil.which("git"):
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    import vlmeval

    return str(getattr(vlmeval, "__version__", "unknown"))


def describe():
    capabilities = {"tasks": "both", "checkout": True, "modalities": ["IMAGE"]}
    capabilities["judge"] = invocation.JUDGE
    return {"versions": versions(), "capabilities": capabilities}


def refuse_unsupported(spec):
    """Before twenty seconds of imports: raise Unsupported for what cannot give a number."""
    task, checkout = spec["task"], spec["options"].get("checkout")
    if not spec.get("model"):
        raise Unsupported("VLMEvalKit needs a model")
    if checkout and not any(entry_points(checkout)):
        raise Unsupported("%s has no run.py and no vlmeval/run.py" % checkout)
    reason = invocation.taken(spec.get("harness_args") or {}, checkout)
    if reason:
        raise Unsupported(reason)
    if task["kind"] != "document":
        refuse_benchmark(task["benchmark"], checkout, task.get("file"))


def refuse_benchmark(name, checkout, table):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmarks.tsv")
    row = {one["name"]: one for one in collect.table_rows(path)}.get(name)
    if row is None and not checkout:
        raise Unsupported("VLMEvalKit has no benchmark %r" % name)
    if name in WITHOUT_TRUTH:
        raise Unsupported("%s has no public answers: VLMEvalKit cannot score it" % name)
    if row and row["modality"] != "IMAGE":
        raise Unsupported("%s is a %s benchmark" % (name, row["modality"]))
    if row and row["class"] == "ConcatDataset":
        raise Unsupported("%s is made of several tables; name one of its parts" % name)
    if row and row["type"] == "MT":
        raise Unsupported("%s is a dialogue of several turns" % name)
    if not table:
        raise Unsupported("%s needs its table: give the .tsv file" % name)


def entry_points(checkout):
    """The run.py of a checkout: at its top, or inside the package; None for each that is absent."""
    for parts in (("run.py",), ("vlmeval", "run.py")):
        path = os.path.join(checkout, *parts)
        yield path if os.path.isfile(path) else None


def load_harness(checkout, patches):
    """VLMEvalKit's run module, of the installed package or of the checkout."""
    trusting = ssl._create_default_https_context  # noqa: SLF001  (vlmeval replaces it)
    patches.install(sibling("literals").literal, sibling("tables").inside)
    if checkout:
        sys.path.insert(0, checkout)
    import vlmeval

    home = os.path.realpath(os.path.dirname(os.path.dirname(vlmeval.__file__)))
    if checkout and home != os.path.realpath(checkout):
        raise ImportError("vlmeval was imported from %s, not from the checkout" % home)
    top = next(entry_points(checkout)) if checkout else None
    if top:
        spec = importlib.util.spec_from_file_location("vlmevalkit_checkout_run", top)
        entry = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(entry)
    else:
        import vlmeval.run as entry
    import vlmeval.inference

    vlmeval.inference.track_progress_rich = patches.track_progress
    ssl._create_default_https_context = trusting  # noqa: SLF001
    return entry


def evaluate(job):
    spec = job.spec
    refuse_unsupported(spec)
    task, checkout = spec["task"], spec["options"].get("checkout")
    for name in ("raw", "lmu"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl")
    patches = sibling("patches")
    patches.environment(job.path("lmu"))
    refused = close_network()
    # VLMEvalKit replaces ".tsv" in whole paths: the job's own path must not be part of them.
    os.chdir(job.folder)
    job.stage("loading VLMEvalKit")
    entry = load_harness(os.path.abspath(checkout) if checkout else None, patches)
    reason = invocation.refusal(spec, invocation.parser_of(entry.parse_args))
    if reason:
        raise Unsupported(reason)
    classes = sibling("classes")
    tally = classes.Tally(job)
    evidence = {"versions": versions(checkout), "data": {"judge": invocation.JUDGE}}
    prepare(job, classes, tally, evidence["data"])
    write_json(job.path("raw", "evidence.json"), evidence)
    job.stage("preparing %s" % task["name"])
    try:
        drive(job, entry)
    finally:
        end_children()
        warn_of(job, refused)
        if tally.altered:
            job.warn(
                "%d answers are no valid Unicode: VLMEvalKit scored them with a question mark "
                "in place of each lone surrogate" % tally.altered
            )
    return results(job)


def prepare(job, classes, tally, evidence):
    """Put our classes where VLMEvalKit's --config finds them.

    `evidence` gets the md5 of the table beside the official one.
    """
    import vlmeval.api
    import vlmeval.dataset
    from vlmeval.dataset.image_base import ImageBaseDataset

    task = job.spec["task"]
    vlmeval.api.BenchModel = classes.model_class(job, tally, collect.in_table)
    if task["kind"] == "document":
        vlmeval.dataset.BenchDataset = classes.documents_class(job, tally, ImageBaseDataset)
        return
    name = task["benchmark"]
    owners = [one for one in vlmeval.dataset.DATASET_CLASSES if name in one.supported_datasets()]
    if not owners:
        raise Unsupported("this VLMEvalKit has no benchmark %r" % name)
    vlmeval.dataset.BenchDataset = classes.benchmark_class(
        job, tally, owners[0], sibling("literals"), sibling("tables")
    )
    os.symlink(task["file"], job.path("lmu", name + ".tsv"))
    official = getattr(owners[0], "DATASET_MD5", {}).get(name) or None
    md5 = file_md5(task["file"])
    evidence.update(md5=md5, official_md5=official, matches=md5 == official)
    if md5 != official:
        job.warn("the table of %s is not the official one (md5 %s, not %s)" % (name, md5, official))


def file_md5(path):
    digest = hashlib.md5()  # noqa: S324  (VLMEvalKit publishes md5)
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def drive(job, entry):
    """One call of VLMEvalKit's main, as from its command line."""
    model = collect.label(job.spec["model"]["name"])
    write_json(job.path("raw", "config.json"), invocation.config(model, job.spec["task"]))
    sys.argv = ["run.py", *invocation.command_line(job.spec)]
    entry.main()


def end_children():
    """VLMEvalKit leaves its pools open; os._exit would leave their processes without a parent."""
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
        child.join()


def written(job, name):
    """The rows of a .jsonl of this job; none where nothing was written."""
    return list(read_jsonl(job.path(name))) if os.path.exists(job.path(name)) else []


def results(job):
    """Read what VLMEvalKit wrote, and believe it only when every count closes."""
    task, model = job.spec["task"], job.spec["model"]["name"]
    document, dataset = task["kind"] == "document", invocation.dataset(task)
    entry = collect.check_status(job.folder, dataset, document)
    predictions = written(job, "predictions.jsonl")
    if document:
        asked = [item["id"] for item in job.items()[: job.spec.get("limit")]]
    else:
        asked = [row["id"] for row in written(job, "asked.jsonl")]
    table = collect.prediction_table(job.folder, model, dataset)
    rows = collect.table_rows(table)
    if document:
        rows = [dict(row, index=asked[int(row["index"])]) for row in rows]
    collect.check_predictions(rows, predictions, asked)
    evidence = read_json(job.path("raw", "evidence.json"))
    failed = {one["id"] for one in predictions if one["status"] == "failed"}
    native = []
    if not document:
        native = collect.native_results(job.folder, table, dataset, entry, failed)
    return dict(evidence, native=native)


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
