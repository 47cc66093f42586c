"""Changes that forges offer, acted on: the rest is asked for, the build is made, and its runs are told to be pending.

Everything is done after the forge was answered, which waits for ten seconds, and again when it did not come to its end.
"""

import datetime
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.controllers.jobserv import words
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Invalid, PaddlesError, Unavailable
from paddles.events.asking import Unreached
from paddles.lab import sweeps
from paddles.projects import definition, forge_servers, forges, git, offers
from paddles.projects.forge_servers import Server, Status
from paddles.projects.forges import Merge, Pull
from paddles.projects.git import Repository, Unread
from paddles.projects.vault import Unopened
from paddles.settings import Settings

log = logging.getLogger(__name__)

NAME = "offers"
BATCH = 10
IN_TREE = ".jobserv.yml"
OWN_CONTEXT = "JobServ"


@dataclass
class Acting:
    """An offer that is acted on, and the forge that it came from; ``params`` are those of its build once known."""

    database: Database
    settings: Settings
    offer: Row[Any]
    now: datetime.datetime
    server: Server
    secrets: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


def act(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Act on what forges offer, and return how many offers were done with."""
    done = 0
    for offer in transact(database, lambda session: _take(session, now)):
        done += _one(database, settings, offer, now)
    return done


def _take(session: Session, now: datetime.datetime) -> Any:
    taken = offers.take(session, now, BATCH)
    sweeps.record(session, NAME, now, len(taken))
    return taken


def _one(database: Database, settings: Settings, offer: Row[Any], now: datetime.datetime) -> bool:
    acting = Acting(database, settings, offer, now, forge_servers.server(offer.forge, settings, {}), {})
    try:
        acting.secrets = read(database, lambda session: offers.secrets(session, offer, settings))
        acting.server = forge_servers.server(offer.forge, settings, acting.secrets)
        run_id = offer.run_id or _built(acting)
        if run_id is not None:
            _tell_pending(acting, run_id)
    except (PaddlesError, Unreached) as error:
        if isinstance(error, Unavailable) and not isinstance(error, Unopened):
            raise
        _fail(acting, error)
        return False
    transact(database, lambda session: offers.done(session, offer.id))
    return True


def _built(acting: Acting) -> int | None:
    """Build what is offered and return the run of the build, None where it is not to be built."""
    said = orjson.loads(acting.offer.said)
    github = acting.offer.forge == "github"
    branch = _github(acting, Pull(**said)) if github else _gitlab(acting, Merge(**said))
    if branch is None:
        return None
    found = _definition(acting)
    trigger = forges.trigger_for(found, acting.offer.type, branch)
    if trigger is None:
        return None
    work = partial(
        offers.build,
        offer=acting.offer,
        wanted=(trigger["name"], found),
        params=acting.params,
        settings=acting.settings,
        now=acting.now,
    )
    return transact(acting.database, work)


def _github(acting: Acting, pull: Pull) -> str | None:
    """Ask for a pull request; return the branch that it is for, None where it may not be built."""
    repository = f"{acting.server.bases[0]}/repos/{pull.owner}/{pull.repository}"
    document = forge_servers.get(acting.server, f"{repository}/pulls/{pull.number}")
    if document is None:
        raise Invalid(f"there is no pull request {pull.number}")
    acting.params = forges.github_params(document, pull.old_sha)
    wanted = [forges.LABEL] if forge_servers.get(acting.server, f"{repository}/labels/{forges.LABEL}") else []
    labels = [str(label.get("name")) for label in document.get("labels", []) if isinstance(label, dict)]
    return acting.params["GH_BRANCH"] if forges.may_be_built(wanted, labels) else None


def _gitlab(acting: Acting, merge: Merge) -> str:
    """Ask what a merge request is compared with; return the branch that it is for."""
    acting.params = merge.params
    document = forge_servers.get(acting.server, merge.params["GL_MR_API"])
    refs = document.get("diff_refs") if isinstance(document, dict) else None
    if not isinstance(refs, dict):
        raise Invalid("the merge request does not say what it is compared with")
    acting.params = forges.gitlab_params(merge, str(refs.get("base_sha")))
    return merge.branch


def _definition(acting: Acting) -> Any:
    """Return the definition: of the trigger's repository, or where it names none, of the change itself."""
    offer, private = acting.offer, acting.settings.git_to_private
    if offer.definition_repo:
        repository = Repository(offer.definition_repo, acting.secrets, private)
        sha, path = git.refs(repository).head, offer.definition_file or f"{offer.project}.yml"
    else:
        repository = Repository(acting.params["GIT_URL"], acting.secrets, private)
        sha, path = acting.params["GIT_SHA"], offer.definition_file or IN_TREE
    if sha is None:
        raise Unread(f"{repository.url}: it has no branch of its own")
    return definition.checked(definition.parsed(git.file(repository, sha, path.lstrip("/")).encode()))


def _tell_pending(acting: Acting, run_id: int) -> None:
    """Tell the forge of each job of a build that it is pending; from then on runners do."""
    project = acting.offer.project
    number, params, keys = read(acting.database, lambda session: offers.made(session, project, run_id))
    for key in keys:
        url = words.run_url(acting.settings.base_url, project, number, key)
        status = Status(key, "pending", f"Build {number} waits for a machine", url)
        forge_servers.tell(acting.server, params[forge_servers.STATUS_URLS[acting.offer.forge]], status)


def _fail(acting: Acting, error: Exception) -> None:
    """Note that an offer could not be acted on; the last time, tell the forge."""
    offer = acting.offer
    passing = isinstance(error, (Unread, Unreached, Unopened))
    last = not passing or offer.attempts + 1 >= offers.MOST_ATTEMPTS
    log.warning("offer %d of %s: %s", offer.id, offer.project, error)
    transact(acting.database, partial(offers.failed, offer=offer, fault=str(error), now=acting.now, last=last))
    url = acting.params.get(forge_servers.STATUS_URLS[offer.forge])
    if not last or offer.run_id is not None or url is None:
        return
    place = words.project_url(acting.settings.base_url, offer.project)
    try:
        said = " ".join(str(error).split())
        forge_servers.tell(acting.server, url, Status(OWN_CONTEXT, "failure", said, place))
    except Unreached as fault:
        log.warning("offer %d of %s: %s", offer.id, offer.project, fault)
