"""Lists what a repository holds, and fetches files of it, with Hugging Face's client.

run.py FOLDER reads FOLDER/asked.json and writes FOLDER/said.json. The address, the token and the
proxies are the client's own settings: HF_ENDPOINT, HF_TOKEN, HTTPS_PROXY. None of them is written.
"""

import fcntl
import os
import sys

from bench_hub import answer, part_of, plain, public

TIMEOUT_S = 30.0
NEAR = 50
QUIET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "HF_HUB_DISABLE_XET": "1",
}


def listed(asked):
    from huggingface_hub import HfApi

    api = HfApi()
    info = api.repo_info(
        asked["id"],
        repo_type=asked["kind"],
        revision=asked["revision"],
        timeout=TIMEOUT_S,
        files_metadata=True,
    )
    card = info.card_data
    return {
        "revision": info.sha,
        "commit": info.sha,
        "endpoint": public(api.endpoint),
        "licence": getattr(card, "license_name", None) or getattr(card, "license", None),
        "files": [
            {
                "path": one.rfilename,
                "bytes": one.size,
                "sha256": one.lfs.sha256 if one.lfs else None,
                "git_sha1": None if one.lfs else one.blob_id,
            }
            for one in info.siblings or ()
        ],
    }


def fetched(asked):
    """Each file into `parts` first, where a part of it may lie already, then to its place.

    The client's own download keeps nothing of a file that was cut off; its `http_get` goes on.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    for one in asked["files"]:
        url = hf_hub_url(
            asked["id"], one["path"], repo_type=asked["kind"], revision=asked["revision"]
        )
        part, target = part_of(asked, one), os.path.join(asked["into"], one["path"])
        with open(part, "r+b" if os.path.exists(part) else "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # one that was orphaned writes for a moment more
            there = file.seek(0, os.SEEK_END)
            if there > one["bytes"]:
                there = file.seek(0)
                file.truncate()
            headers = dict(build_hf_headers(), **{"Accept-Encoding": "identity"})
            if there < one["bytes"]:
                http_get(url, file, resume_size=there, headers=headers, expected_size=one["bytes"])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(part, target)
    return {}


def failed(error, asked):
    """What went wrong, by kind; the texts of the client are for logs and name addresses."""
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return {"kind": "gated"}
    if isinstance(error, errors.RevisionNotFoundError):
        return {"kind": "revision", "near": near_revisions(asked)}
    if isinstance(error, errors.RepositoryNotFoundError):
        return {"kind": "unknown", "near": near_names(asked)}
    if isinstance(error, errors.OfflineModeIsEnabled):
        return {"kind": "offline"}
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        return {"kind": "status", "said": status}
    if isinstance(error, (httpx2.TransportError, httpx2.InvalidURL)):
        return {"kind": "network", "said": plain(error, os.environ.get("HF_TOKEN", ""))}
    return {"kind": "other", "said": plain(error, os.environ.get("HF_TOKEN", ""))}


def near_names(asked):
    from huggingface_hub import HfApi

    try:
        list_them = HfApi().list_models if asked["kind"] == "model" else HfApi().list_datasets
        return [one.id for one in list_them(author=asked["id"].split("/")[0], limit=NEAR)]
    except Exception:
        return []


def near_revisions(asked):
    from huggingface_hub import HfApi

    try:
        refs = HfApi().list_repo_refs(asked["id"], repo_type=asked["kind"])
        return [one.name for one in list(refs.branches) + list(refs.tags)]
    except Exception:
        return []


if __name__ == "__main__":
    os.environ.update(QUIET)
    answer(sys.argv[1], {"list": listed, "get": fetched}, failed)
