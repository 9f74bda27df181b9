"""What RAGAS and its libraries read from the environment."""

import os

from bench_closed import close_environment

OFF = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
OFF_PREFIXES = ("RAGAS_", "__RAGAS_", "OPENAI_", "LANGCHAIN_", "LANGSMITH_", "HF_", "INSTRUCTOR_")


def environment(home):
    """No setting, key or proxy of the person reaches RAGAS; what it writes lies below `home`.

    Its telemetry is on unless this variable says `true`. Off as well, it makes an id of the user
    and keeps it in the data folder: that is `home` too.
    """
    close_environment(OFF, OFF_PREFIXES)
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    os.environ["LANGSMITH_TRACING"] = "false"
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME"):
        os.environ[name] = os.path.join(home, name.lower())
