"""What HRET and its libraries read from the environment."""

import os

from bench_closed import close_environment

OFF = ("HF_", "HUGGING_FACE_", "OPENAI_", "LITELLM_", "VLLM_", "SPACY_", "TQDM_", "WANDB_")
ALONE = ("MLFLOW_TRACKING_URI",)
CACHES = ("HF_HOME", "HF_DATASETS_CACHE", "XDG_CACHE_HOME", "TORCH_HOME")


def environment(cache):
    """No key or setting of the person reaches HRET; what is cached lies below `cache`."""
    close_environment(ALONE, OFF)
    os.environ.update({name: os.path.join(cache, name.lower()) for name in CACHES})
