"""What LAVA says of a job that has ended: its callback, into facts. Pure.

A callback is a JSON object; its parts ``definition``, ``results`` and ``log`` are YAML in strings. Source: LAVA v2,
notify.callback with the dataset ``all``, and real callbacks of several versions.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paddles import plain_json, tagless_yaml
from paddles.archive import texts
from paddles.errors import Invalid
from paddles.ingest import facts, text, values

# Of all YAML in one callback: a case is some fifty events.
MOST_EVENTS = 500_000
# Of a definition that is looked at while its sender waits.
MOST_CHECKED = 20_000
MOST_LINES = 500_000
LONGEST_MESSAGE = 1000
LONGEST_LEVEL = 100
STATUSES = ("submitted", "running", "complete", "incomplete", "canceled", "canceling")
GOES_ON = ("submitted", "running")
RESULTS = ("pass", "fail", "skip", "unknown")
# What YAML does not read (YAML 1.1, section 5.1).
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Case:
    """One check: its name and result (of ``RESULTS``), the ``set`` of its suite that it is in, what it measured.

    ``line`` is the number, from 1, of the line of the log that tells of it, ``logged`` when it ended, ``level`` at
    which step of the job, ``duration_s`` how long it took. Where it failed ``error_type`` may say whose fault that was.
    """

    name: str
    result: str
    set: str = ""
    measurement: float | None = None
    units: str = ""
    line: int | None = None
    logged: datetime.datetime | None = None
    level: str = ""
    duration_s: float | None = None
    error_type: str = ""
    error_msg: str = ""


@dataclass(frozen=True)
class Callback:
    """A job of a lab.

    Attributes:
        id: what the lab calls it, unique in the lab alone; blank where it says none.
        status: one of ``STATUSES``.
        device: the board that it ran on; ``device_type`` is what it was to run on.
        lab: as it is called there, if that is said.
        metadata: of its definition, by name; text, lists and mappings of these.
        suites: the cases of each suite in the order in which they ended; ``lava`` are the lab's own steps.
        log: the log as it was sent.
        checks_health: the lab made it up to see whether the board is well.
        whole: nothing is missing that LAVA can send: neither the results nor the log.
        submitted, started, ended: when, if that is said.
    """

    id: str
    status: str
    device: str = ""
    device_type: str = ""
    lab: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    suites: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    log: str = field(default="", repr=False)
    checks_health: bool = False
    whole: bool = True
    description: str = ""
    priority: int | None = None
    failure_comment: str = ""
    submitted: datetime.datetime | None = None
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None

    @property
    def failure(self) -> Case | None:
        """What the lab says of the job as a whole, where that is that it failed."""
        jobs = [case for case in self.suites.get("lava", ()) if case.name == "job"]
        return jobs[-1] if jobs and jobs[-1].result != "pass" else None


def received(content: bytes) -> tuple[bytes, bool]:
    """Return a callback as it may be kept, without the token that some servers put into it; and whether the job ended.

    Raises:
        Invalid: it is no JSON object, or does not say how its job stands.
    """
    document = plain_json.object_(content)
    document.pop("token", None)
    return plain_json.dumps(document), _status(document) not in GOES_ON


def check(document: Mapping[str, Any], needed: Iterable[str]) -> None:
    """Do nothing where a callback says how its job stands, and its definition says of it what is needed.

    Raises:
        Invalid: it does not; or its definition is no YAML, or too large.
    """
    _status(document)
    found = tagless_yaml.read(_text(document.get("definition")), iter(range(MOST_CHECKED)))
    metadata = found.get("metadata") if isinstance(found, dict) else None
    said = metadata if isinstance(metadata, dict) else {}
    missing = [name for name in needed if not values.word(said.get(name))]
    if missing:
        raise Invalid(f"metadata of the definition: missing: {', '.join(missing)}")


def checks_health(document: Mapping[str, Any]) -> bool:
    """Return whether a callback is of a health check, as newer servers say; in forms it is a word."""
    said = document.get("health_check")
    return said is True or (isinstance(said, str) and said.strip().lower() == "true")


def read(content: bytes) -> Callback:
    """Return the facts of a callback. Whatever is missing is left out.

    Raises:
        Invalid: it is no JSON object or has no status, its YAML is none, or it is too large or too deep.
    """
    document = plain_json.object_(content)
    budget = iter(range(MOST_EVENTS))
    definition = tagless_yaml.read(_text(document.get("definition")), budget)
    results = document.get("results")
    found = results.items() if isinstance(results, dict) else ()
    suites = {texts.named(str(name)): _cases(tagless_yaml.read(_text(cases), budget)) for name, cases in found}
    if sum(map(len, suites.values())) > facts.MOST_CASES:
        raise Invalid(f"a document has at most {facts.MOST_CASES} cases")
    log = _text(document.get("log"))
    said = definition if isinstance(definition, dict) else {}
    metadata = said.get("metadata")
    return Callback(
        id=values.word(document.get("id")),
        status=_status(document),
        device=values.word(document.get("actual_device_id")),
        device_type=values.word(said.get("device_type")),
        lab=values.word(document.get("lab_name")),
        metadata=metadata if isinstance(metadata, dict) else {},
        suites=suites,
        log=log,
        checks_health=checks_health(document),
        whole=bool(log and suites),
        description=values.word(document.get("description")),
        priority=values.whole(document.get("priority")),
        failure_comment=values.word(document.get("failure_comment"), LONGEST_MESSAGE),
        submitted=values.moment(document.get("submit_time")),
        started=values.moment(document.get("start_time")),
        ended=values.moment(document.get("end_time")),
    )


def _status(document: Mapping[str, Any]) -> str:
    said = document.get("status")
    if type(said) is int and 0 <= said < len(STATUSES):
        return STATUSES[said]
    # Newer servers say how it went as its health, and may leave the old number out one day.
    for name in ("status_string", "health_string"):
        word = values.word(document.get(name)).lower()
        if word in STATUSES:
            return word
    raise Invalid(f"status: one of 0 to {len(STATUSES) - 1}")


def _cases(said: Any) -> tuple[Case, ...]:
    """Return the cases of a suite. They come newest first: their ids rise as they end."""
    given: list[Any] = said if isinstance(said, list) else []
    rows = [row for row in reversed(given) if isinstance(row, dict)]
    return tuple(_case(row) for row in sorted(rows, key=lambda row: values.number(row.get("id")) or 0))


def _case(row: Mapping[str, Any]) -> Case:
    metadata = row.get("metadata")
    more = metadata if isinstance(metadata, dict) else {}
    result = values.word(row.get("result")).lower()
    line = values.whole(row.get("log_start_line"), MOST_LINES)
    return Case(
        name=texts.named(values.word(row.get("name"))),
        result=result if result in RESULTS else "unknown",
        set=values.word(more.get("set")),
        measurement=values.number(row.get("measurement")),
        units=values.word(row.get("unit")),
        # What is said there is an index.
        line=None if line is None else line + 1,
        logged=values.moment(row.get("logged")),
        level=values.word(row.get("level"), LONGEST_LEVEL),
        duration_s=values.seconds(more.get("duration")),
        error_type=values.word(more.get("error_type")),
        error_msg=values.word(more.get("error_msg"), LONGEST_MESSAGE),
    )


def _text(said: Any) -> str:
    """Return text that can be stored, and YAML reads: without control characters but those of lines."""
    return UNPRINTABLE.sub(text.REPLACEMENT, said) if isinstance(said, str) else ""
