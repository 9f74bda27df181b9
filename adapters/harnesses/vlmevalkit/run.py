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
from types import SimpleNamespace

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main, read_json, read_jsonl, write_json


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("vlmevalkit_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collect, invocation, refusals = sibling("collect"), sibling("invocation"), sibling("refusals")
DISTRIBUTION = "ms-vlmeval"


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
    capabilities["in_process"] = True
    capabilities["judge"] = invocation.JUDGE
    return {"versions": versions(), "capabilities": capabilities}


def load_harness(checkout, patches, more):
    """VLMEvalKit's run module, of the installed package or of the checkout."""
    trusting = ssl._create_default_https_context  # noqa: SLF001  (vlmeval replaces it)
    patches.install(sibling("literals").literal, sibling("tables").inside, more)
    if checkout:
        sys.path.insert(0, checkout)
    import vlmeval

    home = os.path.realpath(os.path.dirname(os.path.dirname(vlmeval.__file__)))
    if checkout and home != os.path.realpath(checkout):
        raise ImportError("vlmeval was imported from %s, not from the checkout" % home)
    top = next(refusals.entry_points(checkout)) if checkout else None
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
    siblings = SimpleNamespace(collect=collect, invocation=invocation, needs=sibling("needs"))
    refusals.refuse_unsupported(spec, siblings)
    task, checkout = spec["task"], spec["options"].get("checkout")
    for name in ("raw", "lmu"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl", "native_scores.jsonl")
    patches = sibling("patches")
    patches.environment(job.path("lmu"))
    refused = close_network()
    # VLMEvalKit replaces ".tsv" in whole paths: the job's own path must not be part of them.
    os.chdir(job.folder)
    own = sibling("own_process").OwnProcess(job) if spec["model"].get("in_process") else None
    job.stage("loading VLMEvalKit")
    more = own.repairs(sibling("cpu")) if own else None
    entry = load_harness(os.path.abspath(checkout) if checkout else None, patches, more)
    reason = invocation.refusal(spec, invocation.parser_of(entry.parse_args))
    if reason:
        raise Unsupported(reason)
    classes = sibling("classes")
    tally = classes.Tally(job)
    evidence = {"versions": versions(checkout), "data": {"judge": invocation.JUDGE}}
    asking = prepare(job, classes, tally, own, evidence["data"])
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
        if own:
            evidence["data"].update(own.told())
        if asking:
            evidence["data"]["prompt"] = " and ".join(sorted(asking.by)) or None
        write_json(job.path("raw", "evidence.json"), evidence)
    return results(job)


def prepare(job, classes, tally, own, evidence):
    """Put our classes where VLMEvalKit's --config finds them; return what asks a benchmark's
    questions, None for a document task.

    `evidence` gets what is known of the data: whose table, or which local copy.
    """
    import vlmeval.api
    import vlmeval.dataset
    from vlmeval.dataset.image_base import ImageBaseDataset

    task, asking = job.spec["task"], None
    if task["kind"] == "document":
        vlmeval.dataset.BenchDataset = classes.documents_class(job, tally, ImageBaseDataset)
    else:
        owner = owner_of(task["benchmark"], vlmeval.dataset.DATASET_CLASSES)
        names, samples, home = place_table(job, owner, evidence)
        literals = sibling("literals")
        asking = classes.Asking(job, literals.references, names, samples)
        vlmeval.dataset.BenchDataset = classes.benchmark_class(
            job,
            asking,
            owner,
            home=home,
            prompt=invocation.prompt_of(job.spec),
            literals=literals,
            tables=sibling("tables"),
            tally=tally,
        )
    if own:
        vlmeval.api.BenchModel = own.model_class(
            sibling("in_process"), tally, asking, collect.in_table
        )
    else:
        vlmeval.api.BenchModel = classes.model_class(job, tally, collect.in_table)
    return asking


def owner_of(name, classes):
    owners = [one for one in classes if name in one.supported_datasets()]
    if not owners:
        raise Unsupported("this VLMEvalKit has no benchmark %r" % name)
    return owners[0]


def place_table(job, owner, evidence):
    """Put the benchmark's table where VLMEvalKit looks for it.

    Return the samples' ids by `index` where they differ, what a local copy says of the samples, and
    the folder where relative paths of images begin.
    """
    task = job.spec["task"]
    name, target = task["benchmark"], job.path("lmu", task["benchmark"] + ".tsv")
    if task.get("data"):
        official = sibling("official")
        names, left_out = official.write_table(
            task["data"], target, name, getattr(owner, "TYPE", "VQA")
        )
        write_json(job.path("raw", "ids.json"), names)
        copy = read_json(os.path.join(task["data"], "data.json"))
        evidence.update(copy=copy["name"], content_sha256=copy["content_sha256"])
        if left_out:
            evidence["left_out"] = left_out
            job.warn("%d rows of the local copy are no questions on images: left out" % left_out)
        return names, official.samples(task["data"]), task["data"]
    os.symlink(task["file"], target)
    official_md5 = getattr(owner, "DATASET_MD5", {}).get(name) or None
    md5 = file_md5(task["file"])
    evidence.update(md5=md5, official_md5=official_md5, matches=md5 == official_md5)
    if md5 != official_md5:
        told = (name, md5, official_md5)
        job.warn("the table of %s is not the official one (md5 %s, not %s)" % told)
    return {}, {}, os.path.dirname(task["file"])


def file_md5(path):
    digest = hashlib.md5()  # noqa: S324  (VLMEvalKit publishes md5)
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def drive(job, entry):
    """One call of VLMEvalKit's main, as from its command line."""
    model = collect.label(job.spec["model"]["name"])
    write_json(job.path("raw", "config.json"), invocation.config(model, job.spec))
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
        names = {str(number): sample for number, sample in enumerate(asked)}
    else:
        asked = [row["id"] for row in written(job, "asked.jsonl")]
        placed = job.path("raw", "ids.json")
        names = read_json(placed) if os.path.exists(placed) else {}
    table = collect.prediction_table(job.folder, model, dataset)
    rows = collect.table_rows(table)
    by_sample = [dict(row, index=names.get(row["index"], row["index"])) for row in rows]
    collect.check_predictions(by_sample, predictions, asked)
    evidence = read_json(job.path("raw", "evidence.json"))
    native = []
    if not document:
        samples = {sample: own for own, sample in names.items()}
        failed = {one["id"] for one in predictions if one["status"] == "failed"}
        failed = {samples.get(one, one) for one in failed}
        native = collect.native_results(job.folder, table, dataset, entry, failed)
        write_scores(job, table, dataset, native, names)
    return dict(evidence, native=native)


def write_scores(job, table, dataset, native, names):
    """VLMEvalKit's score of each sample, where their mean is the number that it gives."""
    scores = sibling("scores")
    job.restart("native_scores.jsonl")
    found = scores.of_samples(
        os.path.splitext(table)[0],
        dataset,
        collect.table_rows(table),
        metric=collect.vqa_metric(dataset),
        read=collect.table_rows,
        literal=sibling("literals").literal,
    )
    closed, open_ = scores.closing(found, native)
    for metric in open_:
        job.warn("the mean of VLMEvalKit's scores is not its %s: not kept by sample" % metric)
    for metric, values in closed.items():
        for own, value in values.items():
            job.scored(names.get(own, own), metric, value)


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
