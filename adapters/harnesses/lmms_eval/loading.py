"""lmms-eval's entry and the objects that it is given for a job. Imports the harness."""

import inspect
import json
import os
import shutil
from types import SimpleNamespace

from bench_protocol import Unsupported


def load(job, sibling):
    """simple_evaluate, its objects, the tally of what comes back, and the samples.

    `sibling` loads a file beside this one. Raises Unsupported for what lmms-eval does not have.
    """
    from lmms_eval.evaluator import simple_evaluate
    from lmms_eval.loggers.evaluation_tracker import EvaluationTracker

    spec, invocation = job.spec, sibling("invocation")
    free = spec.get("harness_args") or {}
    reason = invocation.refusal(free, inspect.signature(simple_evaluate).parameters)
    if reason:
        raise Unsupported(reason)
    tally = sibling("classes").Tally(job, sibling("collect").shown)
    here = bool(spec["model"].get("in_process"))
    samples, manager = (native if invocation.is_native(spec) else documents)(job, sibling)
    said = invocation.command_line(spec)
    objects = {
        "model": (own_class if here else endpoint)(job, sibling, tally, samples),
        "task_manager": manager,
        "evaluation_tracker": EvaluationTracker(**invocation.evaluation_tracker()),
        "cli_args": said and SimpleNamespace(**said),
    }
    return SimpleNamespace(
        simple_evaluate=simple_evaluate, objects=objects, tally=tally, samples=samples
    )


def endpoint(job, sibling, tally, samples):
    """Our model class, which asks the run's gateway."""
    from lmms_eval.api.model import lmms

    made = sibling("classes").model_class(lmms, tally, samples)
    return made(**sibling("invocation").model(job.spec))


def own_class(job, sibling, tally, samples):
    """lmms-eval's own class of the model, with the weights loaded in this process."""
    from lmms_eval.api.instance import unwrap_generation_output
    from lmms_eval.models import get_model, list_available_models

    weights, model = sibling("weights"), job.spec["model"]
    name = model["in_process"]["model"]
    if name not in list_available_models(include_aliases=True):
        raise Unsupported("lmms-eval has no class of models %r" % name)
    try:
        base = get_model(name)
    except ImportError as error:
        raise Unsupported(
            "the class %s of lmms-eval cannot be imported: %s" % (name, error)
        ) from error
    known = weights.accepted(base)
    given = weights.arguments(model, job.spec.get("flavour", "cpu"), known)
    if base.is_simple and model.get("system_prompt"):
        if "system_prompt" not in known:
            raise Unsupported("the class %s of lmms-eval takes no system prompt" % name)
        given["system_prompt"] = model["system_prompt"]
    job.stage("loading the weights")
    return weights.model_class(base, tally, samples, unwrap_generation_output)(**given)


def documents(job, sibling):
    """The job's own samples as a task of lmms-eval that stands for itself, in raw/task."""
    from lmms_eval.tasks import TaskManager

    home, model = os.path.dirname(os.path.abspath(__file__)), job.spec["model"]
    shutil.copytree(os.path.join(home, "task"), job.path("raw", "task"))
    with open(job.path("raw", "task", "documents.jsonl"), "w", encoding="ascii") as file:
        file.writelines(json.dumps({"item": json.dumps(item)}) + "\n" for item in job.items())
    manager = TaskManager(**sibling("invocation").task_manager(job.spec))
    samples = sibling("samples")
    if not model.get("in_process"):
        return samples.Documents(), manager
    from bench_images import decoded

    own = manager._get_config  # noqa: SLF001  (no other way)
    kwargs = sibling("weights").generation(model.get("parameters") or {})
    # Without `until` lmms-eval would add one, and some classes cut the answer there.
    manager._get_config = lambda name: dict(own(name), generation_kwargs={**kwargs, "until": []})  # noqa: SLF001
    return samples.Documents(decoded, model.get("system_prompt")), manager


def native(job, sibling):
    """A task of lmms-eval's own that reads the local copy."""
    import lmms_eval.tasks
    from bench_data import LocalCopy, hub_folder

    spec, invocation, tasks = job.spec, sibling("invocation"), sibling("native")
    copy = LocalCopy(spec["task"]["data"])
    once()
    parameters = spec["model"].get("parameters") or {}
    here = bool(spec["model"].get("in_process"))
    kwargs = sibling("weights").generation(parameters) if here else {}
    try:
        manager, names = tasks.indexed(
            lmms_eval.tasks.TaskManager,
            invocation.tasks(spec),
            os.path.dirname(lmms_eval.tasks.__file__),
            invocation.model_name(spec),
        )
        tables = tasks.redirect(
            manager,
            names,
            copy,
            lambda configs, splits: hub_folder(copy, job.path("cache"), None, configs, splits),
            lambda own: {**own, **kwargs},
        )
    except ImportError as error:
        raise Unsupported(
            "%s needs what this environment leaves out: %s" % (spec["task"]["benchmark"], error)
        ) from error
    tasks.rehearse(manager, tables)
    pictures, rewrite = sibling("pictures"), sibling("samples")
    made = sibling("native_samples").Samples(job, tables, tasks.SAMPLE, pictures, rewrite)
    return made, manager


def once():
    """lmms-eval tries five times, two seconds apart, to load data and to score, then hides why."""
    from lmms_eval.api.task import ConfigurableTask
    from tenacity import stop_after_attempt

    for method in (ConfigurableTask.download, ConfigurableTask.process_results):
        method.retry.stop = stop_after_attempt(1)
        method.retry.reraise = True
