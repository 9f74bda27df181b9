"""What EvalScope and its libraries read from the environment."""

import os

from bench_closed import close_environment

OFF = ("EVALSCOPE_", "MODELSCOPE_", "JUDGE_", "HF_", "OPENAI_", "DASHSCOPE_")
ALONE = ("USE_OSS", "DATASET_TF_BATCH_SIZE")
CACHES = ("HF_HOME", "MODELSCOPE_CACHE", "EVALSCOPE_CACHE", "NLTK_DATA", "XDG_CACHE_HOME")


def environment(cache):
    """No key or setting of the person reaches EvalScope; what is cached lies below `cache`."""
    close_environment(ALONE, OFF)
    os.environ.update({name: os.path.join(cache, name.lower()) for name in CACHES})
