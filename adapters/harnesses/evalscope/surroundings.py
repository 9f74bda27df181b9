"""What surrounds EvalScope in its process: settings, cache folders, the network."""

import os
import sys

OFF = ("EVALSCOPE_", "MODELSCOPE_", "JUDGE_", "HF_", "OPENAI_", "DASHSCOPE_")
SECRETS = ("_API_KEY", "_API_BASE", "_BASE_URL", "_TOKEN")
ALONE = ("USE_OSS", "DATASET_TF_BATCH_SIZE")
ON = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
CACHES = ("HF_HOME", "MODELSCOPE_CACHE", "EVALSCOPE_CACHE", "NLTK_DATA", "XDG_CACHE_HOME")


def environment(cache):
    """The settings that EvalScope and its libraries read; no key or setting of the person reaches
    it, and what they cache lies below `cache`.
    """
    for name in list(os.environ):
        if name.startswith(OFF) or name.endswith(SECRETS) or name in ALONE:
            del os.environ[name]
    os.environ.update(ON)
    os.environ.update({name: os.path.join(cache, name.lower()) for name in CACHES})


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
        if host and host not in ("localhost", "::1") and not host.startswith("127."):
            refused.add(host)
            raise PermissionError("%s is outside this machine: refused" % host)

    sys.addaudithook(look)
