"""What lmms-eval and its libraries read from the environment."""

import os

from bench_closed import close_environment

OFF = ("LMMS_", "LM_HARNESS_", "ACCELERATE_", "HF_", "OPENAI_", "TQDM_")
# A launcher's: lmms-eval would share the samples with processes that are not there.
LAUNCHERS = ("TORCHELASTIC_", "OMPI_COMM_", "PMI_", "MV2_COMM_", "MASTER_")
ALONE = ("WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "API_TYPE")
ON = {
    "HF_EVALUATE_OFFLINE": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
}
# The model is an endpoint, or its weights are run on the CPU: no GPU is touched here.
NO_GPU = {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
# LM_HARNESS_CACHE_PATH: else lmms-eval looks for pickles inside its own package, and loads them.
CACHES = ("HF_HOME", "XDG_CACHE_HOME", "LMMS_EVAL_DATASETS_CACHE", "LM_HARNESS_CACHE_PATH")


def environment(cache, *, gpu=False):
    """No key or setting of the person reaches lmms-eval; what is cached lies below `cache`."""
    close_environment(ALONE, OFF + LAUNCHERS)
    os.environ.update(ON)
    os.environ.update({} if gpu else NO_GPU)
    os.environ.update({name: os.path.join(cache, name.lower()) for name in CACHES})
