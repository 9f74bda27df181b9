"""Lists what a repository holds, and fetches files of it, with ModelScope's client.

run.py FOLDER reads FOLDER/asked.json and writes FOLDER/said.json. The address, the token and the
proxies are the client's own settings: MODELSCOPE_ENDPOINT, MODELSCOPE_API_TOKEN, HTTPS_PROXY.
"""

import os
import re
import sys

from bench_hub import answer, part_of, plain, public

NEAR = 50
DEFAULT = "master"  # the client's own; the hub's "newest tag" is another package's rule
FULL_COMMIT = re.compile(r"[0-9a-f]{40}")
QUIET = {
    "MODELSCOPE_LOG_LEVEL": "ERROR",
    "MODELSCOPE_DOWNLOAD_INTRA_CLOUD": "false",  # it asks a cloud's own address where we are
    "TQDM_DISABLE": "1",
}
# The client gives a file one hour in all, and a request of a list five more tries.
PATIENCE = {"MODELSCOPE_DOWNLOAD_TOTAL_TIMEOUT": "604800", "MODELSCOPE_API_MAX_RETRIES": "2"}


class RefusedError(Exception):
    """`said`: what went wrong, by kind."""

    def __init__(self, **said):
        super().__init__(said)
        self.said = said


def client(asked):
    """Its files, the id that it sends among them, lie in a folder that is removed afterwards."""
    for name in ("MODELSCOPE_HOME", "MODELSCOPE_CACHE"):
        os.environ[name] = os.path.join(asked["scratch"], name.lower())
    from modelscope_hub import HubApi

    return HubApi()


def listed(asked):
    api = client(asked)
    info = api.legacy.get_repo_info(asked["id"], asked["kind"])
    if not isinstance(info, dict) or info.get("Success") is False:
        raise RefusedError(kind="unknown", near=near_names(asked))
    name = asked["revision"] or DEFAULT
    if not FULL_COMMIT.fullmatch(name):
        names = revisions(api, asked)
        if names and name not in names:
            raise RefusedError(kind="revision", near=names)
    files = files_at(api, asked, name)
    commit = commit_of(api, asked, name, files)
    return {
        "revision": commit or name,
        "commit": commit,
        "endpoint": public(api.legacy.endpoint),
        "licence": info.get("License") or None,
        "files": files,
    }


def files_at(api, asked, revision):
    rows = (rows_of_data if asked["kind"] == "dataset" else rows_of_model)(api, asked, revision)
    files = [
        {
            "path": row.get("Path") or row.get("Name") or "",
            "bytes": row.get("Size"),
            "sha256": (row.get("Sha256") or "").lower() or None,
            "git_sha1": None,
        }
        for row in rows
        if row.get("Type") != "tree"
    ]
    return sorted(files, key=lambda one: one["path"])


def rows_of_model(api, asked, revision):
    """RefusedError where the hub lists a part of them: what is fetched would lack the rest."""
    rows = api.legacy.list_repo_files(asked["id"], "model", revision=revision)
    state = api.legacy._read_state  # noqa: SLF001  (the client warns in its log alone)
    if getattr(state, "listing_incomplete", False):
        text = "the hub lists a part of its files: they are too many"
        raise RefusedError(kind="partial", said=text)
    return rows


def rows_of_data(api, asked, revision):
    """The same; the client reads pages until one is short."""
    rows = []
    for _page, several, error in api.legacy.iter_dataset_file_pages(asked["id"], revision):
        if error:
            raise error
        rows += several
    asking = {"Revision": revision, "Recursive": "True", "PageNumber": 1, "PageSize": 1}
    body = got(api, "datasets/%s/repo/tree" % asked["id"], asking)
    there = (body.get("Data") or {}).get("TotalCount", body.get("TotalCount"))
    if isinstance(there, int) and there > len(rows):
        text = "the hub lists %d entries of %d" % (len(rows), there)
        raise RefusedError(kind="partial", said=text)
    return rows


def got(api, path, asking):
    """The body as the hub gives it: the client's own calls leave a part of it out."""
    return api.legacy._request("GET", path, params=asking).json()  # noqa: SLF001


def revisions(api, asked):
    """Names of branches and tags; none where this hub does not list them."""
    from modelscope_hub import errors

    try:
        both = api.legacy.list_revisions_detail(asked["id"], asked["kind"])
    except (errors.NotExistError, errors.InvalidParameter):
        return []
    return [one["Revision"] for several in both for one in several if one.get("Revision")]


def commit_of(api, asked, name, files):
    """The newest commit of the branch or the tag; None where it cannot be had or is not proven.

    The client has no call for it, its predecessor (modelscope 1.35, list_repo_commits) had. It is
    taken where the hub lists the same files for the commit as for the name.
    """
    from modelscope_hub import errors

    if FULL_COMMIT.fullmatch(name):
        return name
    not_offered = (
        errors.NotExistError,
        errors.InvalidParameter,
        errors.AuthenticationError,
        errors.PermissionDeniedError,
    )
    asking = {"Ref": name, "PageNumber": 1, "PageSize": 1}
    try:
        body = got(api, "%ss/%s/commits" % (asked["kind"], asked["id"]), asking)
        newest = ((body.get("Data") or {}).get("Commit") or [{}])[0].get("Id") or ""
        if FULL_COMMIT.fullmatch(newest) and files_at(api, asked, newest) == files:
            return newest
    except not_offered:
        pass
    return None


def fetched(asked):
    """The client writes PART/NAME.incomplete and goes on with it; then each to its place."""
    api = client(asked)
    from modelscope_hub import errors

    for one in asked["files"]:
        target = os.path.join(asked["into"], one["path"])
        try:
            whole = api.download_file(
                asked["id"],
                asked["kind"],
                one["path"],
                revision=asked["revision"],
                cache_dir=asked["parts"],  # its locks
                local_dir=part_of(asked, one) + ".folder",
                file_size=one["bytes"],
            )
        except errors.FileIntegrityError:  # its size, or the hash that came with it
            raise RefusedError(kind="hash", said=one["path"]) from None
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(whole, target)
    return {}


def failed(error, asked):
    """What went wrong, by kind; the texts of the client are for logs and name addresses."""
    import requests
    from modelscope_hub import errors

    token = os.environ.get("MODELSCOPE_API_TOKEN", "")
    status = getattr(error, "status_code", None)
    if isinstance(error, RefusedError):
        return error.said
    if isinstance(error, errors.PermissionDeniedError):
        return {"kind": "gated"}
    if isinstance(error, errors.AuthenticationError):
        return {"kind": "status", "said": 401} if token else {"kind": "gated"}
    if isinstance(error, errors.NotExistError) and asked["verb"] == "list":
        return missing(asked)
    if isinstance(error, errors.APIError) and status:
        return {"kind": "status", "said": status}
    if isinstance(error, (errors.NetworkError, errors.ServerError, requests.RequestException)):
        return {"kind": "network", "said": plain(error, token)}
    return {"kind": "other", "said": plain(error, token)}


def missing(asked):
    """The repository, or the revision of one that is there: the hub answers 404 to both."""
    from modelscope_hub import errors

    api = client(asked)
    try:
        api.legacy.get_repo_info(asked["id"], asked["kind"])
    except errors.NotExistError:
        return {"kind": "unknown", "near": near_names(asked)}
    except Exception as error:
        return {"kind": "other", "said": plain(error, os.environ.get("MODELSCOPE_API_TOKEN", ""))}
    return {"kind": "revision", "near": revisions(api, asked)}


def near_names(asked):
    owner = asked["id"].split("/")[0]
    try:
        found = client(asked).list_repos(asked["kind"], owner=owner, page_size=NEAR)
        return [one.repo_id for one in found.items if one.repo_id]
    except Exception:
        return []


if __name__ == "__main__":
    os.environ.update(QUIET)
    for setting, value in PATIENCE.items():
        os.environ.setdefault(setting, value)
    if os.environ.get("SSL_CERT_FILE") and not os.environ.get("CURL_CA_BUNDLE"):
        os.environ.setdefault("REQUESTS_CA_BUNDLE", os.environ["SSL_CERT_FILE"])  # its own name
    answer(sys.argv[1], {"list": listed, "get": fetched}, failed)
