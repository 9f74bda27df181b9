"""Which model of lm-eval's registry a job runs, and every argument of it. Standard library only."""

from bench_protocol import Unsupported

ENDPOINT = "bench-endpoint"  # our class's name in lm-eval's registry
CLIENTS = {
    "local-chat-completions": "/chat/completions",
    "openai-chat-completions": "/chat/completions",
    "local-completions": "/completions",
}
MULTIMODAL = ("hf-multimodal", "vllm-vlm", "hf-mistral3", "hf-audiolm-qwen")
ENTRY = ("batch_size", "max_batch_size", "device")  # of simple_evaluate, not of the model's class
# A request's parameters by lm-eval's words for them.
LOCAL = {"max_tokens": "max_gen_toks", "stop": "until", "temperature": "temperature"}
LOCAL.update(top_p="top_p", top_k="top_k", repetition_penalty="repetition_penalty")


def client(spec):
    """lm-eval's own client that was asked for; None for our class."""
    name = (spec.get("options") or {}).get("client")
    if name is not None and name not in CLIENTS:
        raise Unsupported("client: %r is none of %s" % (name, ", ".join(sorted(CLIENTS))))
    return name


def chats(spec):
    """Whether the model is given messages; else it is given one text."""
    name = client(spec)
    if name:
        return CLIENTS[name] == "/chat/completions"
    inside = spec["model"].get("in_process")
    if inside:
        return inside["model"] in MULTIMODAL
    return spec["model"].get("api", "chat") == "chat"


def model_call(spec):
    """The arguments of simple_evaluate that say which model runs, and how it generates."""
    inside = spec["model"].get("in_process")
    if inside and client(spec):
        raise Unsupported("client: the model runs in lm-eval's process, no client asks it")
    if inside:
        return _loaded(spec, inside)
    return _own_client(spec, client(spec)) if client(spec) else _endpoint(spec)


def _endpoint(spec):
    model = spec["model"]
    args = {
        "model": model["served_id"],
        "base_url": model["base_url"],
        "num_concurrent": spec["concurrency"],
        "timeout": model["timeout_s"],
    }
    return {
        "model": ENDPOINT,
        "model_args": args,
        "gen_kwargs": _generation(model.get("parameters") or {}, free=True),
    }


def _own_client(spec, name):
    """The key is the gateway's: lm-eval is given none. Retries are the gateway's as well."""
    model = spec["model"]
    args = {
        "model": model["served_id"],
        "base_url": model["base_url"] + CLIENTS[name],
        "num_concurrent": spec["concurrency"],
        "max_retries": 1,
        "timeout": int(model["timeout_s"]),
        "tokenizer_backend": None,
        "tokenized_requests": False,
    }
    if name == "local-completions" and model.get("tokenizer"):
        args.update(tokenizer=model["tokenizer"], tokenizer_backend="huggingface")
    return {
        "model": name,
        "model_args": args,
        "batch_size": 1,
        "gen_kwargs": _generation(model.get("parameters") or {}, free=True),
    }


def _loaded(spec, inside):
    args = dict(inside.get("arguments") or {})
    entry = {name: args.pop(name) for name in ENTRY if name in args}
    if inside.get("weights"):
        args["pretrained"] = inside["weights"]
    if not args.get("pretrained"):
        raise Unsupported("no folder of weights was named for lm-eval's %r" % inside["model"])
    tokenizer = spec["model"].get("tokenizer")
    if tokenizer and inside["model"] not in MULTIMODAL:
        args.setdefault("tokenizer", tokenizer)
    if not inside["model"].startswith("vllm"):  # vllm takes what CUDA_VISIBLE_DEVICES shows it
        entry.setdefault("device", "cpu" if spec.get("flavour", "cpu") == "cpu" else "cuda")
    entry.setdefault("batch_size", 1)
    parameters = dict(spec["model"].get("parameters") or {})
    call = {"model": inside["model"], "model_args": args, **entry}
    if "seed" in parameters:
        call["torch_random_seed"] = parameters.pop("seed")
    return dict(call, gen_kwargs=_generation(parameters, free=False))


def _generation(parameters, free):
    """`free`: what is not known here goes into the request as it is."""
    known = {LOCAL[name]: value for name, value in parameters.items() if name in LOCAL}
    other = {name: value for name, value in parameters.items() if name not in LOCAL}
    if other and not free:
        raise Unsupported(
            "a model in lm-eval's process takes no parameter %r; it takes %s"
            % (min(other), ", ".join(sorted(LOCAL)))
        )
    if isinstance(known.get("until"), str):
        known["until"] = [known["until"]]
    if not free and "temperature" in known:
        known["do_sample"] = known["temperature"] > 0
    return dict(known, **other)
