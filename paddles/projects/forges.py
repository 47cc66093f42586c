"""What GitHub and GitLab say of changes: whether one is to be built, and with which variables. Pure.

A webhook says that something happened to a change; GitHub is then asked for the rest of it, GitLab has said nearly all.
Source: the webhooks and the REST interfaces of GitHub (2022-11-28) and GitLab (v4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from paddles.errors import Invalid
from paddles.projects import faults
from paddles.projects.shapes import Line, Url

RETEST = "ci-retest"
LABEL = "ok-to-test"
# Events of GitHub that are sent when somebody chooses all, and say nothing here.
IGNORED = frozenset("fork ping push status pull_request_review pull_request_review_comment".split())
BUILT = frozenset(("opened", "synchronize", "labeled"))
MERGES_BUILT = frozenset(("open", "reopen", "update"))
NO_PULL = "the change comes from a repository that is gone"

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
Number = Annotated[int, Field(ge=1, lt=2**53)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


M = TypeVar("M", bound=_Said)


class _Owner(_Said):
    login: Word


class _Repository(_Said):
    name: Word
    owner: _Owner


class _Cloned(_Repository):
    clone_url: Url


class _Side(_Said):
    ref: Line
    sha: Sha
    repo: _Cloned | None


class _Pull(_Said):
    number: Number
    statuses_url: Url
    base: _Side
    head: _Side


class _PullEvent(_Said):
    action: str
    number: Number
    repository: _Repository
    before: Sha | None = None


class _Text(_Said):
    body: str | None


class _Issue(_Said):
    number: Number
    pull_request: dict[str, Any] | None = None


class _CommentEvent(_Said):
    action: str
    comment: _Text
    issue: _Issue
    repository: _Repository


class _Project(_Said):
    git_http_url: Url
    web_url: Url
    path_with_namespace: Line


class _Commit(_Said):
    id: Sha


class _Merge(_Said):
    iid: Number
    source_project_id: Number
    target_project_id: Number
    source: _Project
    target: _Project
    target_branch: Line
    last_commit: _Commit


class _MergeAttributes(_Merge):
    action: str | None = None


class _MergeEvent(_Said):
    object_attributes: _MergeAttributes


class _Note(_Said):
    note: str


class _NoteEvent(_Said):
    object_attributes: _Note
    merge_request: _Merge | None = None


@dataclass(frozen=True)
class Pull:
    """A pull request of GitHub that is to be built, and what was built of it before, if that was said."""

    owner: str
    repository: str
    number: int
    old_sha: str = ""


@dataclass(frozen=True)
class Merge:
    """A merge request of GitLab that is to be built.

    Attributes:
        server: where that GitLab is, without a slash at the end.
        branch: into which it is to be merged.
        params: variables of the build, but for the commit that it is compared with: ``GL_MR_API`` has that.
    """

    server: str
    branch: str
    params: Mapping[str, str]


def github(event: str, document: Any) -> Pull | None:
    """Return the pull request that a webhook of GitHub wants to be built; None for what needs nothing.

    Raises:
        Invalid: there is no such event, or the document is none of it.
    """
    if event in IGNORED:
        return None
    if event == "pull_request":
        change = _read(_PullEvent, document)
        pull = Pull(change.repository.owner.login, change.repository.name, change.number, change.before or "")
        return pull if change.action in BUILT else None
    if event == "issue_comment":
        said = _read(_CommentEvent, document)
        asked = said.action != "deleted" and RETEST in (said.comment.body or "")
        pull = Pull(said.repository.owner.login, said.repository.name, said.issue.number)
        return pull if asked and said.issue.pull_request is not None else None
    raise Invalid(f"the event {event[:80]} is not known here")


def may_be_built(of_repository: Iterable[str], of_pull: Iterable[str]) -> bool:
    """Say whether a pull request may be built by its labels: where there is a label ``ok-to-test``, it must have it."""
    return LABEL not in of_repository or LABEL in of_pull


def github_params(document: Any, old_sha: str) -> dict[str, str]:
    """Return the variables of a build of a pull request that GitHub describes; ``old_sha`` was built before, if any.

    Raises:
        Invalid: it is no such description, or what is to be merged is in a repository that is gone.
    """
    pull = _read(_Pull, document)
    base, head = pull.base.repo, pull.head.repo
    if base is None or head is None:
        raise Invalid(NO_PULL)
    return {
        "GH_PRNUM": str(pull.number),
        "GH_OWNER": base.owner.login,
        "GH_REPO": base.name,
        "GH_BRANCH": pull.base.ref,
        "GH_STATUS_URL": pull.statuses_url,
        "GH_TARGET_REPO": base.clone_url,
        "GIT_URL": head.clone_url,
        "GIT_SHA": pull.head.sha,
        "GIT_SHA_BASE": pull.base.sha,
        "GIT_OLD_SHA": old_sha or pull.base.sha,
    }


def gitlab(event: str, document: Any) -> Merge | None:
    """Return the merge request that a webhook of GitLab wants to be built; None for what needs nothing.

    Raises:
        Invalid: there is no such event, or the document is none of it.
    """
    if event == "Merge Request Hook":
        change = _read(_MergeEvent, document).object_attributes
        return _merge(change) if change.action in MERGES_BUILT else None
    if event == "Note Hook":
        said = _read(_NoteEvent, document)
        return _merge(said.merge_request) if said.merge_request and RETEST in said.object_attributes.note else None
    raise Invalid(f"the event {event[:80]} is not known here")


def gitlab_params(merge: Merge, base_sha: str) -> dict[str, str]:
    """Return the variables of a build of a merge request, compared with a commit. Raises Invalid: that is none."""
    commit = _read(_Commit, {"id": base_sha})
    return {**merge.params, "GIT_SHA_BASE": commit.id}


def trigger_for(definition: Mapping[str, Any], type_: str, branch: str) -> Mapping[str, Any] | None:
    """Return the first trigger of a type for changes to a branch: it names the branch in ``GH_BRANCH``, or none."""
    for trigger in definition["triggers"]:
        branches = [name.strip() for name in trigger.get("params", {}).get("GH_BRANCH", "").split(",") if name.strip()]
        if trigger["type"] == type_ and (branch in branches or not branches):
            found: Mapping[str, Any] = trigger
            return found
    return None


def _merge(said: _Merge) -> Merge:
    # GitLab may be installed below a path, which stands in front of the project's own.
    server = said.target.web_url.removesuffix(f"/{said.target.path_with_namespace}")
    if server == said.target.web_url:
        raise Invalid("the address of the project does not end in its path")
    api = f"{server}/api/v4/projects"
    params = {
        "GIT_SHA": said.last_commit.id,
        "GIT_URL": said.source.git_http_url,
        "GL_STATUS_URL": f"{api}/{said.source_project_id}/statuses/{said.last_commit.id}",
        "GL_TARGET_REPO": said.target.git_http_url,
        "GL_MR": f"{said.target.web_url}/-/merge_requests/{said.iid}",
        "GL_MR_API": f"{api}/{said.target_project_id}/merge_requests/{said.iid}",
    }
    return Merge(server, said.target_branch, params)


def _read(model: type[M], document: Any) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults.refuse(faults.said(error), "the document")
        raise
