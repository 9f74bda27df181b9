"""What surrounds lmms-eval in its process: settings, cache folders, the network."""

import os
import sys

OFF = ("LMMS_", "LM_HARNESS_", "ACCELERATE_", "HF_", "OPENAI_", "TQDM_")
SECRETS = ("_API_KEY", "_API_BASE", "_BASE_URL", "_TOKEN")
# A launcher's: lmms-eval would share the samples with processes that are not there.
LAUNCHERS = ("TORCHELASTIC_", "OMPI_COMM_", "PMI_", "MV2_COMM_", "MASTER_")
ALONE = ("WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "API_TYPE")
ON = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "TRANSFORMERS_OFFLINE": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # The model is an endpoint: no GPU is touched here.
    "ACCELERATE_USE_CPU": "true",
    "CUDA_VISIBLE_DEVICES": "",
}
# LM_HARNESS_CACHE_PATH: else lmms-eval looks for pickles inside its own package, and loads them.
CACHES = ("HF_HOME", "XDG_CACHE_HOME", "LMMS_EVAL_DATASETS_CACHE", "LM_HARNESS_CACHE_PATH")


def environment(cache):
    """The settings that lmms-eval and its libraries read; no key or setting of the person reaches
    it, and what they cache lies below `cache`.
    """
    for name in list(os.environ):
        if name.startswith(OFF + LAUNCHERS) or name.endswith(SECRETS) or name in ALONE:
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
