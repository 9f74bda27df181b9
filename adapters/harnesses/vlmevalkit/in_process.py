"""A model class of VLMEvalKit in this process: which one, with what arguments, and its answers.

The class is used as it is. Around it: samples are told apart by their ids, each answer is kept as
the class returned it, and an error of one sample ends one sample.
"""

import inspect
import mimetypes
import os

from bench_protocol import media_type

FOLDERS = ("model_path", "pretrained", "ckpt_pth", "llava_path")  # of weights, by the class
GENERATION = ("generate_kwargs", "gen_kwargs", "kwargs")  # where classes keep what generate() gets
RENAMED = {"max_tokens": "max_new_tokens"}
PASSED = ("max_new_tokens", "top_p", "top_k", "repetition_penalty")
FAILED = "Failed to obtain answer via API."  # VLMEvalKit's own failure text


def build(asked, system_prompt, vlmeval, refuse):
    """The model that job.json's `in_process` names: a name of models.tsv, or a class's.

    `vlmeval` is the package, with its vlm and config loaded. Raises `refuse` where the class cannot
    take what it is given.
    """
    name, given, folder = asked["model"], dict(asked.get("arguments") or {}), asked.get("weights")
    listed = vlmeval.config.supported_VLM.get(name)
    made = listed.func if listed is not None else getattr(vlmeval.vlm, name, None)
    if made is None:
        raise refuse("VLMEvalKit has no model %r" % name)
    keys = parameters(made)
    if folder is not None:
        key = next((one for one in FOLDERS if one in keys), None)
        if key is None:
            raise refuse("%s takes no folder of weights" % made.__name__)
        given.setdefault(key, folder)
    if system_prompt:
        if "system_prompt" not in keys:
            raise refuse("%s takes no system prompt" % made.__name__)
        given["system_prompt"] = system_prompt
    unknown = [] if "**" in keys else sorted(set(given) - set(keys))
    if unknown:
        raise refuse("%s has no argument %r" % (made.__name__, unknown[0]))
    return made(**dict(listed.keywords if listed is not None else {}, **given))


def parameters(made):
    """The names of the class's arguments; "**" where it takes others too."""
    found = inspect.signature(made).parameters.values()
    return ["**" if one.kind is one.VAR_KEYWORD else one.name for one in found]


def generation(model, wanted):
    """Give the model the job's parameters; return (all that it generates with, the names of those
    that it does not take). Temperature 0 is greedy; a class without such settings keeps its own.
    """
    found = next(
        (one for one in (getattr(model, name, None) for name in GENERATION) if _settings(one)), None
    )
    wanted = {RENAMED.get(name, name): value for name, value in wanted.items()}
    wanted.pop("seed", None)
    if found is None:
        return None, sorted(wanted)
    for name in PASSED:
        if wanted.get(name) is not None:
            found[name] = wanted.pop(name)
    temperature = wanted.pop("temperature", None)
    if temperature is not None:
        found["do_sample"] = temperature > 0
        if temperature > 0:
            found["temperature"] = temperature
    return dict(found), sorted(name for name, value in wanted.items() if value is not None)


def _settings(value):
    return isinstance(value, dict) and "max_new_tokens" in value


def readable(part, folder):
    """A part without the sample's id; an image whose name does not say that it is one gets a link
    in `folder` that does: VLMEvalKit tells images by their names. ValueError for what is none.
    """
    kept = {name: value for name, value in part.items() if name != "sample"}
    path = kept["value"]
    guessed = mimetypes.guess_type(path)[0] or ""
    if kept["type"] != "image" or guessed.startswith("image/") or path.startswith("data:"):
        return kept
    with open(path, "rb") as file:
        kind = media_type(file.read(16))
    if not kind.startswith("image/"):
        raise ValueError("%s is no image" % os.path.basename(path))
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, "%d.%s" % (len(os.listdir(folder)), kind.partition("/")[2]))
    os.symlink(os.path.abspath(path), link)
    return dict(kept, value=link)


def model_class(job, tally, asking, made, in_table):
    """A class for --config around the model that `made()` gives, once it is wanted."""

    class BenchModel:
        is_api = False

        def __init__(self, **_invocation):
            self.model = made()

        def __getattr__(self, name):
            return getattr(self.model, name)

        def set_dump_image(self, function):
            self.model.set_dump_image(function)

        def use_custom_prompt(self, dataset):
            return self.model.use_custom_prompt(dataset)

        def build_prompt(self, line, dataset=None):
            message = self.model.build_prompt(line, dataset=dataset)
            return asking.told(line, message, "model")

        def generate(self, message, dataset=None):
            sample = message[0]["sample"]
            try:
                parts = [readable(part, job.path("lmu", "named")) for part in message]
                answer = self.model.generate(message=parts, dataset=dataset)
            except Exception as error:  # of a model's own code: anything
                return self._failed(sample, "%s: %s" % (type(error).__name__, error))
            if not isinstance(answer, str):
                return self._failed(sample, "the model's answer is no text: %r" % (answer,))
            job.answered(sample, answer)
            shown = in_table(answer)
            tally.came_back(altered=shown != answer)
            return shown

        def _failed(self, sample, error):
            job.failed(sample, error)
            tally.came_back(altered=False)
            return FAILED

    return BenchModel
