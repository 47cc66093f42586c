"""Webhooks of forges: what is built, what is not, and what cannot be read."""

import copy
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.projects import forges
from paddles.projects.definition import checked
from paddles.projects.forges import Pull
from tests.projects.definitions import definition
from tests.projects.definitions import trigger as fires

HEAD, BASE, OLD = "a" * 40, "b" * 40, "c" * 64
REPOSITORY = {"name": "tool.x", "owner": {"login": "lab-1", "id": 7}, "private": False}
PULL_EVENT = {"action": "opened", "number": 17, "repository": REPOSITORY, "pull_request": {"title": "x"}}
COMMENT_EVENT = {
    "action": "created",
    "issue": {"number": 17, "pull_request": {"url": "https://x"}},
    "comment": {"body": "please\nci-retest this"},
    "repository": REPOSITORY,
}
PULL: dict[str, Any] = {
    "number": 17,
    "statuses_url": f"https://api.github.example/repos/lab-1/tool.x/statuses/{HEAD}",
    "base": {
        "ref": "main",
        "sha": BASE,
        "repo": {**REPOSITORY, "clone_url": "https://github.example/lab-1/tool.x.git"},
    },
    "head": {"ref": "fix", "sha": HEAD, "repo": {**REPOSITORY, "clone_url": "https://github.example/me/tool.x.git"}},
}
MERGE: dict[str, Any] = {
    "iid": 3,
    "source_project_id": 14,
    "target_project_id": 15,
    "target_branch": "main",
    "last_commit": {"id": HEAD},
    "source": {
        "git_http_url": "https://git.example/me/tool.git",
        "web_url": "https://git.example/sub/me/tool",
        "path_with_namespace": "me/tool",
    },
    "target": {
        "git_http_url": "https://git.example/sub/lab/tool.git",
        "web_url": "https://git.example/sub/lab/tool",
        "path_with_namespace": "lab/tool",
    },
}
MERGE_EVENT: dict[str, Any] = {"object_kind": "merge_request", "object_attributes": {**MERGE, "action": "open"}}
NOTE_EVENT: dict[str, Any] = {"object_attributes": {"note": "ci-retest"}, "merge_request": MERGE}


def changed(document: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """Return a document with another value at a place, ``a.b``."""
    other = copy.deepcopy(document)
    *parents, last = place.split(".")
    part = other
    for name in parents:
        part = part[name]
    part[last] = value
    return other


@pytest.mark.parametrize(
    ("event", "document", "pull"),
    [
        *[(event, None, None) for event in sorted(forges.IGNORED)],
        *[("pull_request", {**PULL_EVENT, "action": one}, Pull("lab-1", "tool.x", 17)) for one in sorted(forges.BUILT)],
        *[("pull_request", {**PULL_EVENT, "action": action}, None) for action in ("closed", "edited", "unlabeled", "")],
        (
            "pull_request",
            {**PULL_EVENT, "action": "synchronize", "before": OLD, "after": HEAD},
            Pull("lab-1", "tool.x", 17, OLD),
        ),
        ("issue_comment", COMMENT_EVENT, Pull("lab-1", "tool.x", 17)),
        ("issue_comment", {**COMMENT_EVENT, "action": "edited"}, Pull("lab-1", "tool.x", 17)),
        ("issue_comment", {**COMMENT_EVENT, "action": "deleted"}, None),
        ("issue_comment", {**COMMENT_EVENT, "comment": {"body": "nice"}}, None),
        ("issue_comment", {**COMMENT_EVENT, "comment": {"body": None}}, None),
        ("issue_comment", {**COMMENT_EVENT, "issue": {"number": 17}}, None),
    ],
)
def test_github_says_what_is_to_be_built(event: str, document: Any, pull: Pull | None) -> None:
    """A pull request that is new, has new commits or a new label, or is asked for; nothing else."""
    assert pull == forges.github(event, document)


@pytest.mark.parametrize(
    ("event", "document", "message"),
    [
        ("release", {}, "^the event release is not known here$"),
        ("", {}, "^the event  is not known here$"),
        ("x" * 10_000, {}, "^the event x{80} is not known here$"),
        ("pull_request", None, "^the document: must be a mapping$"),
        ("pull_request", [], "^the document: must be a mapping$"),
        ("pull_request", {}, "^action: is required\nnumber: is required\nrepository: is required$"),
        ("pull_request", changed(PULL_EVENT, "number", "17"), "^number: must be a whole number$"),
        ("pull_request", changed(PULL_EVENT, "number", -1), "^number: "),
        ("pull_request", changed(PULL_EVENT, "repository.name", "../x"), "^repository.name: "),
        ("pull_request", changed(PULL_EVENT, "repository.owner.login", "a\n"), "^repository.owner.login: "),
        ("pull_request", {**PULL_EVENT, "before": "--upload-pack=x"}, "^before: "),
        ("issue_comment", changed(COMMENT_EVENT, "comment", "x"), "^comment: must be a mapping$"),
    ],
)
def test_what_github_does_not_say_is_refused(event: str, document: Any, message: str) -> None:
    """With the part of it that cannot be."""
    with pytest.raises(Invalid, match=message):
        forges.github(event, document)


def test_a_pull_request_has_its_variables() -> None:
    """Those of the repository that it is for, and of the commits to be fetched."""
    expected = {
        "GH_PRNUM": "17",
        "GH_OWNER": "lab-1",
        "GH_REPO": "tool.x",
        "GH_BRANCH": "main",
        "GH_STATUS_URL": f"https://api.github.example/repos/lab-1/tool.x/statuses/{HEAD}",
        "GH_TARGET_REPO": "https://github.example/lab-1/tool.x.git",
        "GIT_URL": "https://github.example/me/tool.x.git",
        "GIT_SHA": HEAD,
        "GIT_SHA_BASE": BASE,
        "GIT_OLD_SHA": OLD,
    }

    assert expected == forges.github_params(PULL, OLD)
    assert {**expected, "GIT_OLD_SHA": BASE} == forges.github_params(PULL, "")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("head.repo", None, "^the change comes from a repository that is gone$"),
        ("head.sha", "main", "^head.sha: "),
        ("head.sha", HEAD.upper(), "^head.sha: "),
        ("head.repo.clone_url", "ext::sh -c id", "^head.repo.clone_url: must begin with http:// or https://$"),
        ("head.repo.clone_url", "https://x\nGIT_SHA=y", "^head.repo.clone_url: must be one line"),
        ("base.ref", "a\nb", "^base.ref: must be one line"),
        ("statuses_url", "file:///etc/passwd", "^statuses_url: must begin"),
    ],
)
def test_a_pull_request_that_cannot_be_fetched_is_refused(place: str, value: Any, message: str) -> None:
    """Its parts become variables of a program that fetches by them."""
    with pytest.raises(Invalid, match=message):
        forges.github_params(changed(PULL, place, value), "")


@pytest.mark.parametrize(
    ("of_repository", "of_pull", "may"),
    [("", "", True), ("bug", "bug", True), ("ok-to-test", "bug", False), ("bug ok-to-test", "ok-to-test", True)],
)
def test_a_label_may_be_needed(of_repository: str, of_pull: str, may: bool) -> None:
    """Where the repository has it."""
    assert may is forges.may_be_built(of_repository.split(), of_pull.split())


@pytest.mark.parametrize(
    ("event", "document", "built"),
    [
        *[
            ("Merge Request Hook", changed(MERGE_EVENT, "object_attributes.action", action), True)
            for action in ("open", "reopen", "update")
        ],
        *[
            ("Merge Request Hook", changed(MERGE_EVENT, "object_attributes.action", action), False)
            for action in ("close", "merge", "approved", None)
        ],
        ("Note Hook", NOTE_EVENT, True),
        ("Note Hook", {**NOTE_EVENT, "object_attributes": {"note": "nice"}}, False),
        ("Note Hook", {"object_attributes": {"note": "ci-retest"}}, False),
    ],
)
def test_gitlab_says_what_is_to_be_built(event: str, document: Any, built: bool) -> None:
    """A merge request that is opened or changed, or is asked for; its addresses are those of its server."""
    merge = forges.gitlab(event, document)

    assert built is (merge is not None)
    if merge is None:
        return
    assert ("https://git.example/sub", "main") == (merge.server, merge.branch)
    api = "https://git.example/sub/api/v4/projects"
    assert {
        "GIT_SHA": HEAD,
        "GIT_SHA_BASE": BASE,
        "GIT_URL": "https://git.example/me/tool.git",
        "GL_STATUS_URL": f"{api}/14/statuses/{HEAD}",
        "GL_TARGET_REPO": "https://git.example/sub/lab/tool.git",
        "GL_MR": "https://git.example/sub/lab/tool/-/merge_requests/3",
        "GL_MR_API": f"{api}/15/merge_requests/3",
    } == forges.gitlab_params(merge, BASE)
    with pytest.raises(Invalid, match=r"^id: "):
        forges.gitlab_params(merge, "main")


@pytest.mark.parametrize(
    ("event", "document", "message"),
    [
        ("Push Hook", MERGE_EVENT, "^the event Push Hook is not known here$"),
        ("Merge Request Hook", {}, "^object_attributes: is required$"),
        ("Merge Request Hook", changed(MERGE_EVENT, "object_attributes.last_commit.id", "x"), "last_commit.id: "),
        ("Merge Request Hook", changed(MERGE_EVENT, "object_attributes.source", None), "source: must be a mapping$"),
        (
            "Merge Request Hook",
            changed(MERGE_EVENT, "object_attributes.target.path_with_namespace", "other"),
            "^the address of the project does not end in its path$",
        ),
        ("Note Hook", {"object_attributes": {"note": 7}}, "^object_attributes.note: must be text; quote it$"),
    ],
)
def test_what_gitlab_does_not_say_is_refused(event: str, document: Any, message: str) -> None:
    """With the part of it that cannot be."""
    with pytest.raises(Invalid, match=message):
        forges.gitlab(event, document)


@pytest.mark.parametrize(
    ("branch", "name"), [("main", "ours"), ("stable", "ours"), ("next", "any"), ("mai", "any"), ("main, stable", "any")]
)
def test_the_first_trigger_of_a_branch_is_taken(branch: str, name: str) -> None:
    """Of its type; one that names no branches takes all."""
    data = checked(
        definition(
            fires("poll", type="git_poller"),
            fires("ours", type="github_pr", params={"GH_BRANCH": "main, stable,"}),
            fires("any", type="github_pr", params={"GH_BRANCH": " "}),
            fires("more", type="github_pr"),
        )
    )

    found = forges.trigger_for(data, "github_pr", branch)

    assert found is not None
    assert name == found["name"]
    assert forges.trigger_for(data, "gitlab_mr", branch) is None
