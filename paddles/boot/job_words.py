"""``key=value``: what a submitter says beside the job file, as defaults below it and as overrides above it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from paddles.boot import job_programs
from paddles.boot.job_programs import NOTHING_DECLARED, Declared
from paddles.errors import Invalid
from paddles.plain_yaml import loads

LONGEST_KEY = 256
DEEPEST = 8


class Said(NamedTuple):
    """The words of a submission: what stood before the job file, the file, and what stood behind it."""

    defaults: dict[str, Any]
    path: str
    overrides: dict[str, Any]


def arguments(words: Iterable[str]) -> Said:
    """Return what ``a=1 job.yaml b=2`` says: ``a`` is a default, ``b`` an override.

    Raises:
        Invalid: no job file or two, or a word that ``assignments`` refuses.
    """
    listed = list(words)
    files = [place for place, word in enumerate(listed) if "=" not in word]
    if len(files) != 1:
        raise Invalid("name one job file; defaults stand before it and overrides behind it, as key=value")
    before, behind = listed[: files[0]], listed[files[0] + 1 :]
    return Said(assignments(before), listed[files[0]], assignments(behind))


def assignments(words: Iterable[str]) -> dict[str, Any]:
    """Return ``key=value`` words as keys and values, the last of equal keys; values are read as YAML.

    Raises:
        Invalid: a word without ``=``, a key that is empty, too long or holds control characters, a value that is a
            mapping or no YAML.
    """
    said = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise Invalid(f"{key} has no value: write {key}=value")
        said[_key(key.strip())] = _value(key, text)
    return said


def over(job: Mapping[str, Any], said: Mapping[str, Any], programs: Declared = NOTHING_DECLARED) -> dict[str, Any]:
    """Return ``job`` with each key of ``said`` set, whatever it was; neither is changed.

    A key with dots is a path into mappings, made where they are missing, unless the job has a key of just that name.
    ``iperf.runtime`` and ``pp.iperf.runtime`` are both the option of the program iperf, wherever the job has it.

    Raises:
        Invalid: a path leads through what is neither a mapping nor empty.
    """
    changed = dict(job)
    for key, value in said.items():
        changed = _set(changed, _path(changed, key, programs), value, key)
    return changed


def under(job: Mapping[str, Any], said: Mapping[str, Any], programs: Declared = NOTHING_DECLARED) -> dict[str, Any]:
    """Return ``job`` with those keys of ``said`` set of which it says nothing, not even null. Raises as ``over``."""
    missing = {key: value for key, value in said.items() if not _says(job, _path(job, key, programs))}
    return over(job, missing, programs)


def _key(key: str) -> str:
    if not key or len(key) > LONGEST_KEY or not key.isprintable() or not all(key.split(".")):
        raise Invalid(f"{key[:40]!r} is no key: use names of at most {LONGEST_KEY} characters, with dots between them")
    if key.count(".") >= DEEPEST:
        raise Invalid(f"{key[:40]} leads deeper than {DEEPEST} levels")
    return key


def _value(key: str, text: str) -> Any:
    try:
        value = loads(text)
    except Invalid as error:
        raise Invalid(f"{key}: {error}") from None
    if isinstance(value, dict):
        raise Invalid(f"{key}: a mapping cannot be set at once; set its keys: {key}.name=value")
    return value


def _path(job: Mapping[str, Any], key: str, programs: Declared) -> Sequence[str]:
    if key in job:
        return [key]
    words = key.split(".")
    places = {use.name: use.path for use in job_programs.used(job, programs)}
    if words[0] == "pp" and len(words) > 1 and words[1] in places:
        words = words[1:]
    return [*places.get(words[0], words[:1]), *words[1:]]


def _says(job: Mapping[str, Any], path: Sequence[str]) -> bool:
    inside: Any = job
    for name in path:
        if not isinstance(inside, Mapping) or name not in inside:
            return False
        inside = inside[name]
    return True


def _set(job: Mapping[str, Any] | None, path: Sequence[str], value: Any, key: str) -> dict[str, Any]:
    """Copy what is on the way, and only that."""
    if job is not None and not isinstance(job, Mapping):
        raise Invalid(f"{key} leads through {job!r:.40}, which is no mapping")
    name, *further = path
    inside = (job or {}).get(name)
    return {**(job or {}), name: _set(inside, further, value, key) if further else value}
