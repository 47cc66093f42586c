"""What a run's name says: who scheduled it, when, which suite of which branch, on what machines. Pure."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from paddles.errors import Invalid

# The suite of jobs by which a lab looks whether its machines are well.
HEALTH_CHECKS = "health-check"
LONGEST = 512
LONGEST_KEY = 256
# What stands directly below /runs/ in the service's own addresses.
RESERVED = frozenset(
    "branch date machine_type status suite sha1 user flavor flavors queued . ..".split()
)  # fmt: skip

STAMP = r"(?P<scheduled>\d{1,4}-\d{1,2}-\d{1,2}_\d{1,2}:\d{1,2}:\d{1,2})"
MACHINE_TYPES = "burnupi|mira|plana|saya|tala|vps"
DISTROS = "centos|debian|fedora|opensuse|rhel|suse|ubuntu"
PARTS = re.compile(rf"^(?P<username>.*)-{STAMP}-(?P<rest>.*)$", re.DOTALL)
# How runs end that do another again whose name has no time in it.
REPEATED = re.compile(rf"-again-{STAMP}$")
# The loosest form: two parts, then at least two more that say nothing.
LOOSE = re.compile(r"^(?P<suite>.*)-(?P<branch>.*)-.*-.*?-", re.DOTALL)


@dataclass(frozen=True)
class Scheme:
    """How names are read here: the zone of their times and the suites whose names may hold a dash."""

    zone: ZoneInfo
    suites: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """What a name says; blank where it says nothing. ``scheduled`` is UTC, None when there is no time in it."""

    username: str = ""
    suite: str = ""
    branch: str = ""
    machine_type: str = ""
    scheduled: datetime.datetime | None = None


def check(name: str) -> str:
    """Return ``name`` when a run may be called so.

    Any text will do, slashes and blanks included (an address then holds ``%2F`` and ``%20``), up to ``LONGEST``
    characters, but for control characters and the words that have a meaning of their own below ``/runs/``.

    Raises:
        Invalid: what is wrong with the name.
    """
    if not name:
        raise Invalid("could not find required key: 'name'")
    if len(name) > LONGEST:
        raise Invalid(f"a run's name has at most {LONGEST} characters")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise Invalid("a run's name holds no control characters")
    if name in RESERVED:
        raise Invalid(f"a run cannot be called {name}: /runs/{name}/ has a meaning of its own")
    return name


def check_key(key: str) -> str:
    """Return ``key`` when a job may be called so: as a run, but for the reserved words. Raises Invalid."""
    if len(key) > LONGEST_KEY:
        raise Invalid(f"a job_id has at most {LONGEST_KEY} characters")
    if key in (".", "..") or any(ord(letter) < 32 or ord(letter) == 127 for letter in key):
        raise Invalid("a job_id is neither . nor .. and holds no control characters")
    return key


def parse(name: str, scheme: Scheme) -> Said:
    """Return what ``name`` says.

    Names are ``user-time-suite-branch-kernel-flavor-machine_type`` with dashes inside the fields as well, older ones
    with a distribution behind. Known machine types settle where the fields end; then the runner's seven fields are
    counted from the right; then what is left of the name is guessed. A name with an impossible date says nothing.

    Source: teuthology ``suite/run.py`` (make_run_name), and the names that ceph/paddles has met.
    """
    parts = PARTS.match(name)
    when = parts and _moment(parts["scheduled"], scheme.zone)
    if not parts or when is None:
        return Said()
    found = (
        _known(parts["rest"], scheme.suites)
        or _seven(parts["rest"], scheme.suites)
        or _rest(parts["rest"], scheme.suites)
    )
    if found is None:
        return Said()
    suite, branch, machine_type = (_strip(value) for value in found)
    return Said(_strip(parts["username"]), suite, branch, machine_type, when)


def again(name: str, now: datetime.datetime, scheme: Scheme) -> str:
    """Return what a run may be called that does again what the run ``name`` did: so, with the time of now in it."""
    stamp = f"{now.astimezone(scheme.zone):%Y-%m-%d_%H:%M:%S}"
    parts = PARTS.match(name)
    if parts:
        return f"{parts['username']}-{stamp}-{parts['rest']}"
    suffix = f"-again-{stamp}"
    return REPEATED.sub("", name)[: LONGEST - len(suffix)] + suffix


def _known(rest: str, suites: Sequence[str]) -> tuple[str, str, str] | None:
    """``suite-branch-kernel-flavor-machine_type[-distro]`` with a known suite and a known machine type."""
    middle = r"-(?P<branch>.*)-.*-[^-]*-"
    pattern = rf"(?P<suite>{_alternatives(suites)}){middle}(?P<machine_type>{MACHINE_TYPES})(-(?:{DISTROS}))?$"
    match = re.match(pattern, rest, re.DOTALL)
    return (match["suite"], match["branch"], match["machine_type"]) if match else None


def _seven(rest: str, suites: Sequence[str]) -> tuple[str, str, str] | None:
    """The runner's own form: machine type, flavor and kernel from the right; a kernel not given is a dash."""
    head, *tail = rest.rsplit("-", 2)
    if len(tail) < 2 or not all(tail):
        return None
    body = head[:-2] if head.endswith("--") else head.rpartition("-")[0]
    match = re.match(rf"(?P<suite>{_alternatives(suites)})-(?P<branch>.+)$", body, re.DOTALL)
    suite, _, branch = (match["suite"], "-", match["branch"]) if match else body.partition("-")
    return (suite, branch, tail[1]) if suite and branch else None


def _rest(rest: str, suites: Sequence[str]) -> tuple[str, str, str] | None:
    """A name without a machine type, or with parts in numbers that nobody foresaw."""
    match = re.match(rf"(?P<suite>{_alternatives(suites)})-(?P<branch>.*)-.*-[^-]*$", rest, re.DOTALL) or LOOSE.match(
        rest
    )
    return (match["suite"], match["branch"], "") if match else None


def _alternatives(suites: Sequence[str]) -> str:
    """Known suites, longer names first, each with whatever slice of it follows up to the next dash."""
    return "(?:" + "|".join(re.escape(name) for name in sorted(suites, key=len, reverse=True)) + ")[^-]*"


def _moment(text: str, zone: ZoneInfo) -> datetime.datetime | None:
    year, month, day, hour, minute, second = map(int, re.split(r"[-_:]", text))
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None
    # The first and the last year cannot be written in every zone, and a server shows times in its own.
    return moment if datetime.MINYEAR < moment.year < datetime.MAXYEAR else None


def _strip(value: str) -> str:
    return value.strip(" -")
