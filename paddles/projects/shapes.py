"""The shape of a project's definition: its keys, what each may hold, and how much of it. Pure.

Keys are written as in the YAML, with dashes but for those of mails and webhooks. What is null is taken for not said.
"""

import datetime
import re
from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from paddles.projects import patterns

LONGEST_LINE = 1024
LONGEST_NAME = 80
# What Linux takes as one argument or variable of a program has less than 128 KiB.
LONGEST_VALUE = 2**16
LONGEST_SCRIPT = 2**19
LONGEST_TIMEOUT_MIN = 366 * 24 * 60
LONGEST_SCHEDULE = 100
MOST_TRIGGERS, MOST_ENTRIES = 100, 1000
# A schedule that does not come within fifty years of it never does.
ANY_MOMENT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
WORD = re.compile(r"[a-zA-Z0-9_.-]+")


def _line(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("must be one line, without control characters")
    return text


def _storable(text: str) -> str:
    if UNSTORABLE.search(text):
        raise ValueError("must not have a NUL character or half a surrogate pair")
    return text


def _variable(name: str) -> str:
    # An environment holds name=value, and the file from which containers read theirs holds lines of it.
    if "=" in name or not name.strip():
        raise ValueError("must be the name of a variable, which has no =")
    return name


def _volume(name: str) -> str:
    if not WORD.fullmatch(name) or name in (".", ".."):
        raise ValueError("must be of letters, digits, _, . and -")
    return name


def _url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if not urlsplit(url).hostname:
        raise ValueError("must name a host")
    return url


def _cron(schedule: str) -> str:
    # With a sixth field the library counts seconds.
    if len(schedule.split()) != 5:
        raise ValueError("must have five fields: minute, hour, day, month, day of the week")
    try:
        next(CronSim(schedule, ANY_MOMENT))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"must be a schedule as cron has them: {str(error) or 'it never comes'}") from None
    return schedule


def _pattern(*groups: str) -> Callable[[str], str]:
    def check(pattern: str) -> str:
        return patterns.checked(_storable(pattern), groups)

    return check


Line = Annotated[str, Field(min_length=1, max_length=LONGEST_LINE), AfterValidator(_line)]
MaybeEmpty = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_line)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_line)]
Value = Annotated[str, Field(max_length=LONGEST_VALUE), AfterValidator(_storable)]
Script = Annotated[str, Field(min_length=1, max_length=LONGEST_SCRIPT), AfterValidator(_storable)]
Variable = Annotated[Line, AfterValidator(_variable)]
Url = Annotated[Line, AfterValidator(_url)]
Volume = Annotated[Line, AfterValidator(_volume)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_TIMEOUT_MIN)]
Schedule = Annotated[str, Field(max_length=LONGEST_SCHEDULE), AfterValidator(_cron)]
Params = Annotated[dict[Variable, Value], Field(max_length=MOST_ENTRIES)]
Lines = Annotated[list[Line], Field(max_length=MOST_ENTRIES)]
Volumes = Annotated[dict[Volume, Line], Field(max_length=MOST_ENTRIES)]
Type = Literal["git_poller", "github_pr", "gitlab_mr", "simple", "schedule"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Dashed(_Part):
    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))


class Email(_Part):
    """To whom mails go: addresses with commas between them."""

    users: Line
    only_failures: bool | None = None


class Webhook(_Part):
    """What is told of builds; ``secret_name`` is that of the secret which signs."""

    url: Url
    secret_name: Line
    only_failures: bool | None = None


class Repository(_Dashed):
    """Where a script is cloned from; ``token`` names secrets, one or two with a colon between them."""

    clone_url: Line
    git_ref: Line | None = None
    token: Line | None = None


class Place(_Dashed):
    """A script in a repository."""

    name: Line
    path: Line


class Loop(_Dashed):
    """A parameter of a run, and the values that it takes in turn."""

    param: Variable
    values: Annotated[list[Value], Field(min_length=1, max_length=MOST_ENTRIES)]


class Fired(_Dashed):
    """A trigger that is fired by what passed, and what its runs are then called."""

    name: Line
    run_names: Line | None = None


class Progress(_Dashed):
    """How a line of the log says how far a run is."""

    progress_pattern: Annotated[str, AfterValidator(_pattern("current", "total"))]


class Grepping(_Dashed):
    """How lines of the log say what was tested and what came of it."""

    test_pattern: Annotated[str, AfterValidator(_pattern("name"))] | None = None
    result_pattern: Annotated[str, AfterValidator(_pattern("name", "result"))]
    fixupdict: Annotated[dict[Line, Line], Field(max_length=MOST_ENTRIES)] | None = None


class Run(_Dashed):
    """One script in one container, once or for each value of its loops."""

    name: Line
    container: Line
    host_tag: Line | None = None
    script: Line | None = None
    script_repo: Place | None = None
    params: Params | None = None
    loop_on: Annotated[list[Loop], Field(max_length=20)] | None = None
    container_auth: Line | None = None
    container_user: MaybeEmpty | None = None
    container_entrypoint: MaybeEmpty | None = None
    privileged: bool | None = None
    cap_add: Lines | None = None
    cap_drop: Lines | None = None
    persistent_volumes: Volumes | None = None
    shared_volumes: Volumes | None = None
    console_progress: Progress | None = None
    test_grepping: Grepping | None = None
    triggers: Annotated[list[Fired], Field(max_length=MOST_TRIGGERS)] | None = None


class Trigger(_Dashed):
    """What starts a build, and the runs that the build then has."""

    name: Name
    type: Type
    cron: Schedule | None = None
    params: Params | None = None
    email: Email | None = None
    webhooks: Annotated[list[Webhook], Field(max_length=MOST_TRIGGERS)] | None = None
    triggers: Annotated[list[Fired], Field(max_length=MOST_TRIGGERS)] | None = None
    runs: Annotated[list[Run], Field(min_length=1, max_length=MOST_ENTRIES)]


class Definition(_Dashed):
    """All of a project's definition; ``timeout`` is in minutes, for each run."""

    description: Value | None = None
    timeout: Minutes
    params: Params | None = None
    email: Email | None = None
    webhooks: Annotated[list[Webhook], Field(max_length=MOST_TRIGGERS)] | None = None
    scripts: Annotated[dict[Line, Script], Field(max_length=MOST_ENTRIES)] | None = None
    script_repos: Annotated[dict[Line, Repository], Field(max_length=MOST_ENTRIES)] | None = None
    triggers: Annotated[list[Trigger], Field(min_length=1, max_length=MOST_TRIGGERS)]
