"""What clients of the JobServ face send."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from paddles.errors import Invalid
from paddles.projects import triggers

LONGEST_WORD = 1024
LARGEST_PRIORITY = 2**31 - 1
MOST_SECRETS, LONGEST_SECRET = 1000, 2**16
# What of a trigger is no secret where secrets stand beside the rest.
PLAIN = ("type", "owner", "definition_repo", "definition_file", "queue-priority", "secrets")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _line(text: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("must be one line, without control characters")
    return text


def _secret_name(name: str) -> str:
    try:
        return triggers.check_name(name)
    except Invalid as error:
        raise ValueError(str(error)) from None


class Body(BaseModel):
    """What every body derives from: types are taken as they are, and what is not known is not looked at."""

    model_config = ConfigDict(strict=True, alias_generator=_dashed)


class Strict(BaseModel):
    """What derives from this has no other keys."""

    model_config = ConfigDict(strict=True, alias_generator=_dashed, extra="forbid")


def _name(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("must be a name, which . and .. are not")
    return name


Line = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_line)]
GithubName = Annotated[str, Field(pattern="^[A-Za-z0-9_.-]{1,100}$"), AfterValidator(_name)]
Text = Annotated[str, Field(max_length=2**24)]
SecretName = Annotated[str, AfterValidator(_secret_name)]
SecretValue = Annotated[str, Field(max_length=LONGEST_SECRET)]
Secrets = Annotated[dict[SecretName, SecretValue], Field(max_length=MOST_SECRETS)]
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY)]
Tags = list[Annotated[str, Field(max_length=LONGEST_WORD)]]


class NewProject(Body):
    """A project."""

    name: str
    synchronous_builds: bool = False
    allowed_host_tags: Tags | None = None


class Allowed(Strict):
    """Which machines the jobs of a project may ask for; none lets them ask for any."""

    allowed_host_tags: Tags | None


class Sure(Body):
    """That somebody means it."""

    I_REALLY_MEAN_TO_DO_THIS: str

    model_config = ConfigDict(alias_generator=None)


class NewSecret(BaseModel):
    """A secret of a new trigger."""

    model_config = ConfigDict(strict=True)

    name: SecretName
    value: SecretValue


class Secret(NewSecret):
    """A secret of a trigger that there is; with null it is taken away."""

    value: SecretValue | None  # type: ignore[assignment]


class NewTrigger(BaseModel):
    """What starts builds. Where there are no ``secrets``, every other key is one."""

    model_config = ConfigDict(strict=True, extra="allow")

    type: str
    owner: Line = ""
    definition_repo: Line | None = None
    definition_file: Line | None = None
    queue_priority: Annotated[Priority, Field(alias="queue-priority")] = 0
    secrets: Annotated[list[NewSecret], Field(max_length=MOST_SECRETS)] | None = None


class NewHook(BaseModel):
    """A repository at GitHub that is to send its changes here; every further key is a secret of their trigger."""

    model_config = ConfigDict(strict=True, extra="allow")

    owner: GithubName
    project: GithubName
    githubtok: Annotated[SecretValue, Field(pattern="^[!-~]+$")]
    definition_repo: Line | None = None
    definition_file: Line | None = None


class BareSecrets(BaseModel):
    """Secrets by their names."""

    model_config = ConfigDict(strict=True)

    secrets: Secrets


class TriggerChanges(Body):
    """What is to be different about a trigger; what is not said stays."""

    model_config = ConfigDict(alias_generator=None)

    definition_repo: Line | None = None
    definition_file: Line | None = None
    queue_priority: Annotated[Priority | None, Field(alias="queue-priority")] = None
    secrets: Annotated[list[Secret], Field(max_length=MOST_SECRETS)] | None = None


class NewBuild(Body):
    """A build. ``params`` are of any type, and become text; what is null is not said."""

    reason: Text | None = None
    trigger_name: Line
    params: dict[Line, Any] | None = None
    secrets: Secrets | None = None
    project_definition: dict[str, Any]
    queue_priority: Priority | None = None
    trigger_type: Line | None = None
    trigger_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class Promotion(BaseModel):
    """The name that a build is given for good."""

    model_config = ConfigDict(strict=True)

    name: Annotated[Line, Field(min_length=1, max_length=256)]
    annotation: Text | None = None


class Annotation(Strict):
    """What is noted of a build."""

    annotation: Text


class Link(BaseModel):
    """A file that lies elsewhere."""

    model_config = ConfigDict(strict=True)

    name: Annotated[Line, Field(min_length=1)]
    url: Annotated[Line, Field(pattern="^https?://")]
    size_bytes: Annotated[int, Field(ge=0, le=2**62)] = 0


class LinkedRun(Body):
    """A run of a build that was made elsewhere."""

    name: Annotated[Line, Field(min_length=1, max_length=79)]
    artifact_links: Annotated[list[Link], Field(max_length=10_000)] = []


class ExternalBuild(Body):
    """A build that was made elsewhere."""

    trigger_name: Annotated[Line, Field(min_length=1, max_length=80)]
    runs: Annotated[list[LinkedRun], Field(min_length=1, max_length=1000)]
