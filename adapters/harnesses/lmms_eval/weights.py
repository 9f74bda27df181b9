"""A model class of lmms-eval that loads weights in this process, asked one sample at a time, so
that each answer is written as it comes, under its sample's id.
"""

import inspect

from bench_protocol import Unsupported

WORDS = {  # of a request's parameters, in what lmms-eval's classes read
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "num_beams": "num_beams",
}
FOLDERS = ("pretrained", "model", "model_path", "model_id_name")  # what a class calls its weights
ENGINES = ("vllm", "vllm_generate", "sglang")  # these pass any further argument on


def generation(parameters):
    """A request's parameters as generation_kwargs.

    Raises Unsupported for one that the classes would drop.
    """
    found = {}
    for name, value in parameters.items():
        if name not in WORDS:
            raise Unsupported("lmms-eval's own classes of models take no parameter %r" % name)
        found[WORDS[name]] = value
    if "temperature" in found:
        found["do_sample"] = found["temperature"] > 0
    return found


def accepted(base):
    """The names of the arguments of the class, with those of the classes it passes the rest to."""
    names = []
    for one in base.__mro__:
        if "__init__" not in vars(one):
            continue
        known = inspect.signature(one.__init__).parameters
        names += [name for name in known if name not in ("self", "args", "kwargs")]
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
            break
    return list(dict.fromkeys(names))


def arguments(model, flavour, names):
    """The keyword arguments of the class that takes `names`, for the job's `model`.

    `batch_size` and `device` are always given, as on lmms-eval's command line. Raises Unsupported.
    """
    spec = model["in_process"]
    found = {"batch_size": 1, "device": flavour}
    if flavour == "cpu" and "device_map" in names:
        found["device_map"] = "cpu"  # with "auto" the inputs are moved to a GPU
    if spec.get("weights"):
        named = [one for one in FOLDERS if one in names]
        if not named:
            raise Unsupported("the class %s of lmms-eval loads no weights" % spec["model"])
        found[named[0]] = spec["weights"]
    found.update(spec.get("arguments") or {})
    unknown = sorted(set(found) - set(names) - {"batch_size", "device"})
    if unknown and spec["model"] not in ENGINES:
        raise Unsupported(
            "the class %s of lmms-eval has no argument %r; it has %s"
            % (spec["model"], unknown[0], ", ".join(names))
        )
    if found["batch_size"] != 1:
        raise Unsupported("batch_size is 1 here: each answer is written as it comes")
    return found


def model_class(base, tally, samples, text_of):
    """`base`, lmms-eval's own class, watched. `text_of` is lmms-eval's unwrap_generation_output;
    `tally` and `samples` are as in classes.py.
    """

    class Watched(base):
        def generate_until(self, requests):
            tally.expect(len(requests))
            samples.expect(requests, self.task_dict)
            self.errors = watch(self)
            return [self.one(request) for request in requests]

        def one(self, request):
            sample = samples.id_of(request, self.task_dict)
            self.errors.clear()
            try:
                request = samples.prepared(request, self.task_dict, chat=not self.is_simple)
                (found,) = super().generate_until([request])
                text, _counts = text_of(found)
                if not isinstance(text, str):
                    raise TypeError("the class returned no text: %r" % (text,))
            except Exception as error:
                self.errors.append(error)
            if self.errors:
                error = self.errors[0]
                return tally.failed(sample, "%s: %s" % (type(error).__name__, error))
            return tally.answered(sample, text)

        def generate_until_multi_round(self, requests):
            raise NotImplementedError("each sample is asked once")

    Watched.__name__, Watched.__module__ = base.__name__, base.__module__
    return Watched


def watch(model):
    """The list that every error of the model's `generate` goes to from now on: some classes log an
    error there, and answer with an empty text.
    """
    errors, module = [], getattr(model, "_model", None)
    if hasattr(module, "generate"):
        generate = module.generate

        def watched(*args, **named):
            try:
                return generate(*args, **named)
            except Exception as error:
                errors.append(error)
                raise

        module.generate = watched
    return errors
