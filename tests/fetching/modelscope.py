"""ModelScope's protocol on loopback, as its client's source has it; see docs/fetch.md."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fetching.hub import Hub, Repository, Requests, commit_of

BRANCH = "master"
CUT_OFF = 3000  # entries of one list of a model's files, as the client's source has it
_LISTS = {"models": "files", "datasets": "tree"}


@dataclass
class Scope(Repository):
    """`revisions`: files of other branches, tags and commits. `commits`: is their history told?

    `newest`: the commit that it tells, whatever is asked. `more`: entries of a data set that
    exist and are not listed. `broken`: its second page says that it failed, with status 200.
    """

    revisions: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    commits: bool = True
    newest: str | None = None
    more: int = 0
    broken: bool = False

    def at(self, revision: str) -> Mapping[str, bytes] | None:
        if revision in (BRANCH, self.commit):
            return self.files
        names = {commit_of(f"{self.id}@{name}"): name for name in self.revisions}
        return self.revisions.get(names.get(revision, revision))

    def commit_at(self, revision: str) -> str:
        return commit_of(f"{self.id}@{revision}") if revision in self.revisions else self.commit

    def rows(self, files: Mapping[str, bytes]) -> list[dict[str, object]]:
        folders = {path.rpartition("/")[0] for path in files if "/" in path}
        trees: list[dict[str, object]] = [
            {"Path": one, "Type": "tree", "Size": 0, "Sha256": ""} for one in sorted(folders)
        ]
        return trees + [
            {
                "Name": path.rpartition("/")[2],
                "Path": path,
                "Type": "blob",
                "Size": len(content),
                "Sha256": hashlib.sha256(content).hexdigest(),
                "Revision": "0" * 40,  # the commit that changed it last, not the one asked
            }
            for path, content in files.items()
        ]


class ModelScopeRequests(Requests):
    def answer(self, hub: Hub, parts: list[str], query: dict[str, list[str]]) -> None:
        prefix, _, kind, *rest = parts
        if prefix == "openapi":
            (owner,) = query["owner"]
            ids = [id_ for known, id_ in hub.repositories if known == kind]
            near = [{"id": one} for one in ids if one.startswith(f"{owner}/")]
            self.said(200, {"success": True, "data": {kind: near}})
            return
        repository = hub.repositories.get((kind, "/".join(rest[:2])))
        if not isinstance(repository, Scope):
            self.said(404, {"Code": 404, "Success": False, "Message": "not found"})
        elif rest[2:] == []:
            self._told({"Id": 1, "Name": rest[1], "License": repository.licence})
        elif rest[2] == "revisions":
            tags = [{"Revision": name, "CreatedAt": 1} for name in repository.revisions]
            branches = [{"Revision": BRANCH, "CreatedAt": 1}]
            self._told({"RevisionMap": {"Branches": branches, "Tags": tags}})
        elif rest[2] == "commits":
            self._history(repository, query["Ref"][0])
        elif repository.gated:
            self.said(403, {"Code": 403, "Success": False, "Message": "access denied"})
        elif (files := repository.at(query["Revision"][0])) is None:
            self.said(404, {"Code": 404, "Success": False, "Message": "no revision"})
        elif rest[3:] == [_LISTS[kind]]:
            self._list(repository, files, query)
        else:
            self.file(hub, repository, query["FilePath"][0], files)

    def _list(
        self, repository: Scope, files: Mapping[str, bytes], query: dict[str, list[str]]
    ) -> None:
        rows = repository.rows(files)
        if "PageSize" not in query:
            below, deep = query.get("Root", [""])[0], query["Recursive"][0] == "True"
            start = f"{below}/" if below else ""
            inside = [row for row in rows if str(row["Path"]).startswith(start)]
            shown = [row for row in inside if deep or "/" not in str(row["Path"])[len(start) :]]
            self._told({"Files": shown[:CUT_OFF], "LatestCommitter": {"Id": ""}})
            return
        size, page = int(query["PageSize"][0]), int(query["PageNumber"][0])
        if repository.broken and page == 2:
            self.said(200, {"Code": 500, "Success": False, "Message": "busy"})
            return
        shown = rows[(page - 1) * size : page * size]
        self._told({"Files": shown, "TotalCount": len(rows) + repository.more})

    def _history(self, repository: Scope, ref: str) -> None:
        if not repository.commits:
            self.said(404, {"Code": 404, "Success": False, "Message": "not found"})
            return
        newest = repository.newest or repository.commit_at(ref)
        self._told({"Commit": [{"Id": newest, "ShortId": newest[:8]}]})

    def _told(self, told: object) -> None:
        self.said(200, {"Code": 200, "Success": True, "Data": told})
