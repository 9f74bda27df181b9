"""What lm-eval and its libraries read from the environment, and what they may reach."""

import os
import sys

# TQDM_ASCII=1 ends lm-eval with a ZeroDivisionError; LOCAL_RANK=1 leaves it without results.
OFF = ("LOCAL_RANK",)
OFF_PREFIXES = ("LMEVAL_", "LM_HARNESS_", "TQDM_", "HF_", "HUGGING_FACE_", "OPENAI_", "WANDB_")
OFF_SUFFIXES = ("_API_KEY", "_API_BASE", "_BASE_URL")
ON = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def environment(home):
    """No setting or key of the person reaches lm-eval; its caches lie below `home`."""
    for name in list(os.environ):
        if name in OFF or name.startswith(OFF_PREFIXES) or name.endswith(OFF_SUFFIXES):
            del os.environ[name]
    caches = {"HF_HOME": "huggingface", "LM_HARNESS_CACHE_PATH": "requests", "XDG_CACHE_HOME": "x"}
    os.environ.update(ON, **{name: os.path.join(home, one) for name, one in caches.items()})
    # lm-eval writes `git describe` of where it runs into its results: not of somebody's checkout.
    os.environ["GIT_CEILING_DIRECTORIES"] = os.path.dirname(os.path.dirname(home))


def close_network(refused):
    """Let this process and its children reach loopback only; `refused` collects the other hosts."""

    def look(event, args):
        if event == "socket.getaddrinfo":
            host = args[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            host = args[1][0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if host and host not in ("localhost", "::1", "0.0.0.0") and not host.startswith("127."):  # noqa: S104
            refused.add(host)
            raise PermissionError("%s is outside this machine: refused" % host)

    sys.addaudithook(look)
