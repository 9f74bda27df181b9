"""lm-eval's own benchmarks: its tasks, prompts and metrics, on the local copy of their data."""

import inspect
import json
import os
import shutil

from bench_closed import warn_of
from bench_protocol import Unsupported, write_json

UNSAFE = "runs code that the model writes, and there is no sandbox around it"


def names(task):
    """lm-eval's tasks that a job asks: the parts that are named, else the whole."""
    return sorted(set((task.get("parts") or {}).values())) or [task["benchmark"]]


def invocation(spec, models, arguments, tasks=None):
    """The arguments of simple_evaluate for a benchmark, all but objects."""
    chats = models.chats(spec)
    call = {
        "tasks": tasks or names(spec["task"]),
        "limit": spec.get("limit"),
        "system_instruction": spec["model"].get("system_prompt") or None,
        "apply_chat_template": chats,
        **models.model_call(spec),
        **arguments.FIXED_BENCHMARK,
    }
    given = spec.get("harness_args") or {}
    inside = bool(spec["model"].get("in_process"))
    for name in ("apply_chat_template", "fewshot_as_multiturn"):
        if chats and given.get(name) is False and not inside:
            raise Unsupported("harness_args: %r: a chat endpoint takes messages" % name)
    for name in ("batch_size", "max_batch_size", "device"):
        if name in given and not inside:
            raise Unsupported("harness_args: %r: the model is behind an endpoint" % name)
    return dict(call, **given)


def evaluate(job, siblings, refused, load):
    """Run the benchmark; `load` returns simple_evaluate. What it leaves lies in raw/."""
    spec, task = job.spec, job.spec["task"]
    siblings["index"].refuse_unknown(names(task))
    call = invocation(spec, siblings["models"], siblings["arguments"])
    write_json(job.path("raw", "invocation.json"), [call])
    job.stage("loading lm-eval")
    simple_evaluate = load()
    given = spec.get("harness_args") or {}
    siblings["arguments"].check_signature(given, inspect.signature(simple_evaluate))
    root = job.path("raw", "hub")
    os.makedirs(root)
    os.chdir(root)
    job.stage("preparing %s" % task["name"])
    try:
        objects, told = prepared(job, siblings, root, call)
        ids = {(one["task"], one["number"]): one["id"] for one in told}
        log = siblings["endpoint"].Log(job, ids)
        if call["model"] == siblings["models"].ENDPOINT:
            register(job, log, told, siblings)
        else:
            if call["model"] == "local-completions" and objects["likelihoods"]:
                siblings["probe"].require_logprobs(spec["model"])
            show_progress(job)
            if "OPENAI_API_KEY" not in os.environ:  # its client wants one; the gateway has the key
                os.environ["OPENAI_API_KEY"] = "kept-by-the-gateway"
        drive(job, dict(call, tasks=objects["specs"]), objects["manager"], simple_evaluate)
        if log.unsent_stops:
            said = "%d stop texts of lm-eval's task were not sent: the API takes four"
            job.warn(said % log.unsent_stops)
    finally:
        warn_of(job, refused)
        os.chdir(job.folder)
        for name in ("hub", "home"):
            shutil.rmtree(job.path("raw", name), ignore_errors=True)


def prepared(job, siblings, root, call):
    """lm-eval's Task and Group objects on the local copy, and every sample that will be asked."""
    import datasets

    spec, task = job.spec, job.spec["task"]
    index, hub = siblings["index"], siblings["hub"]
    manager = index.catalogue(names(task), task["benchmark"])
    found = whole_of(manager, names(task), index)
    copy, specs, found = placed(job, siblings, root, manager, found)
    datasets.load_dataset = hub.with_empty_splits(datasets.load_dataset, hub.absent_splits(found))
    loaded = manager.load(specs)
    top = [loaded["groups"].get(one) for one in specs]
    tasks = loaded["tasks"]
    refuse(tasks, call, siblings["models"].chats(spec))
    parts = {native: ours for ours, native in (task.get("parts") or {}).items()}
    parts = {name: parts.get(name, name) for name in tasks} if len(tasks) > 1 else {}
    told = samples_of(siblings["samples"], hub, copy, found, tasks, parts, spec.get("limit"))
    with open(job.path("raw", "told.jsonl"), "wb") as file:
        file.writelines((json.dumps(one) + "\n").encode("ascii") for one in told)
    evidence = siblings["evidence"]()
    evidence["parts"] = parts
    evidence["whole"] = task["benchmark"]
    evidence["asked_by_us"] = call["model"] == siblings["models"].ENDPOINT
    write_json(job.path("raw", "evidence.json"), evidence)
    groups = [one for one in top if one is not None]
    likelihoods = any(one.OUTPUT_TYPE != "generate_until" for one in tasks.values())
    specs = groups or list(tasks.values())
    return {"manager": manager, "specs": specs, "likelihoods": likelihoods}, told


def whole_of(manager, asked, index):
    """The configurations of every task behind the names, their classes resolved."""
    from lm_eval.tasks._yaml_loader import load_yaml

    found = {}
    for name in asked:
        found.update(index.leaves(manager.task_index, name))
    for name, cfg in found.items():
        entry = manager.task_index.get(name)
        if cfg.get("class") and entry is not None and entry.yaml_path:
            cfg["class"] = load_yaml(entry.yaml_path)["class"]
    return found


def placed(job, siblings, root, manager, found):
    """(the copy, what lm-eval is asked, its tasks): only those that the copy has data of."""
    import bench_data

    task, hub = job.spec["task"], siblings["hub"]
    if not task.get("data"):
        raise Unsupported(
            "%s needs a local copy of its data: bench data add %s --from PATH"
            % (task["name"], task["name"].partition(":")[0])
        )
    copy = bench_data.LocalCopy(task["data"])
    absent = hub.missing(copy, found)
    if absent and (task.get("parts") or len(absent) == len(found)):
        raise Unsupported(
            "the local copy of %s has no data of %s: bench data add it" % (copy.name, absent[0])
        )
    held = {name: cfg for name, cfg in found.items() if name not in absent}
    if absent:
        said = "%s: %d of %d parts are in the local copy; %s and others are not asked"
        job.warn(said % (task["name"], len(held), len(found), absent[0]))
    hub.write(bench_data, copy, held, root)
    group = manager.task_index.get(task["benchmark"])
    known = group is not None and group.kind.name == "GROUP"
    if not absent and not task.get("parts"):
        return copy, names(task), held
    if not known:
        return copy, sorted(held), held
    # The group's own number over the parts that are asked, by its own rule.
    group.cfg = dict(group.cfg, task=sorted(held))
    group.yaml_path = None  # else lm-eval would read its members anew
    return copy, [task["benchmark"]], held


def refuse(tasks, call, chats):
    """Raise Unsupported for what cannot give a number, before the model is loaded or asked."""
    for name, task in tasks.items():
        if getattr(task, "UNSAFE_CODE", False):
            raise Unsupported("lm-eval's task %r %s" % (name, UNSAFE))
        kind = task.OUTPUT_TYPE
        if chats and kind != "generate_until":
            raise Unsupported(
                "lm-eval's task %r asks for log-probabilities (%s), which a chat endpoint does not "
                "give: use a model with `api: completions`, or --in-process" % (name, kind)
            )
        cuts = call["model"] == "local-completions" and kind != "generate_until"
        if cuts and not call["model_args"].get("tokenizer"):
            raise Unsupported(
                "lm-eval's local-completions counts the tokens of %r itself: name the model's "
                "`tokenizer`, a folder" % name
            )
        shots = call.get("num_fewshot")
        shots = task.get_config("num_fewshot") if shots is None else shots
        held = getattr(getattr(task, "sampler", None), "df", None)
        if shots and held is not None and len(held) < shots:
            raise Unsupported(
                "lm-eval's task %r shows %d examples before each question; the local copy has %d "
                "of their split: add it, or harness_args num_fewshot: 0" % (name, shots, len(held))
            )


def samples_of(samples, hub, copy, found, tasks, parts, limit):  # noqa: PLR0917
    """Every sample in lm-eval's order; ids that two tasks share get the task's name before them."""
    tables = hub.tables(copy, found)
    seen, shared = {}, set()
    for name in tasks:
        for one in tables[name].ids():
            if seen.setdefault(one, name) != name:
                shared.add(name)
                shared.add(seen[one])
    return [
        dict(one, own_rule=callable(task.get_config("process_results")))
        for name, task in tasks.items()
        for one in samples.told(
            task, name, tables[name], parts.get(name), limit, qualify=name in shared
        )
    ]


def register(job, log, told, siblings):
    """Our class under its name, and failed choices as wrong ones."""
    from lm_eval.api.registry import register_model
    from lm_eval.api.task import ConfigurableTask

    endpoint = siblings["endpoint"]
    pictures = endpoint.own_files({one["id"]: one["images"] for one in told})
    register_model(siblings["models"].ENDPOINT)(endpoint.model_class(job, log, pictures, siblings))
    scored = ConfigurableTask.process_results

    def process_results(task, doc, results):
        found = scored(task, doc, results)
        failed = all(one == endpoint.FAILED for one in results)
        if task.OUTPUT_TYPE != "multiple_choice" or not failed:
            return found
        # The first of equal choices would be the answer, and sometimes the right one.
        return {key: 0.0 if isinstance(one, (int, float)) else one for key, one in found.items()}

    ConfigurableTask.process_results = process_results


def show_progress(job):
    """lm-eval's own models count their requests in a bar: it becomes ours."""
    import tqdm as original

    class Bar(original.tqdm):
        def update(self, n=1):
            shown = super().update(n)
            if self.total and "request" in (self.desc or "").lower():
                job.progress(int(self.n), int(self.total))
            return shown

    original.tqdm = Bar  # before lm-eval's model classes are imported: each takes it by name
    original.std.tqdm = Bar


def drive(job, call, manager, simple_evaluate):
    """One call of lm-eval, and its own files, as its command line writes them."""
    from lm_eval.loggers import EvaluationTracker

    job.stage("running lm-eval")
    tracker = EvaluationTracker(output_path=job.path("raw", "lm_eval", "results.json"))
    found = simple_evaluate(task_manager=manager, evaluation_tracker=tracker, **call)
    samples = found.pop("samples")
    tracker.save_results_aggregated(results=found, samples=samples)
    for name in found["configs"]:
        tracker.save_results_samples(task_name=name, samples=samples[name])
