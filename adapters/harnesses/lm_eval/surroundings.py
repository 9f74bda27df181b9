"""What lm-eval and its libraries read from the environment."""

import os

from bench_closed import close_environment

# TQDM_ASCII=1 ends lm-eval with a ZeroDivisionError; LOCAL_RANK=1 leaves it without results.
OFF = ("LOCAL_RANK",)
OFF_PREFIXES = ("LMEVAL_", "LM_HARNESS_", "TQDM_", "HF_", "HUGGING_FACE_", "OPENAI_", "WANDB_")


def environment(home):
    """No setting or key of the person reaches lm-eval; its caches lie below `home`."""
    close_environment(OFF, OFF_PREFIXES)
    caches = {"HF_HOME": "huggingface", "LM_HARNESS_CACHE_PATH": "requests", "XDG_CACHE_HOME": "x"}
    os.environ.update({name: os.path.join(home, one) for name, one in caches.items()})
    # lm-eval writes `git describe` of where it runs into its results: not of somebody's checkout.
    os.environ["GIT_CEILING_DIRECTORIES"] = os.path.dirname(os.path.dirname(home))
