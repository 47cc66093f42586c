"""What two jobs were told differently: their documents, compared value by value. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

# What is another for every job, whatever it does.
FATE = frozenset(
    """id job_id name status success duration failure_reason updated posted started timestamp archive_path targets pid
    pcp_grafana_url sentry_event log_href href owner verbose last_in_suite job_state job_stage job_health start_time
    end_time finish_time submit_id testbox result_root stats milestones loadavg job_step""".split()
)
LONGEST, DEEPEST, MOST = 300, 20, 200
MISSING = object()


class Difference(NamedTuple):
    """A value at a ``path`` of keys with dots: as it was ``before``, and ``after``; blank where it is not there."""

    path: str
    before: str
    after: str


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs, at most ``MOST`` and one more, but for what is another for every job."""
    found: list[Difference] = []
    for difference in _of(_config(before), _config(after), "", 0):
        found.append(difference)
        if len(found) > MOST:
            break
    return found


def _config(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in FATE}


def _of(before: Any, after: Any, path: str, depth: int) -> Iterator[Difference]:
    if before == after:
        return
    if depth < DEEPEST and isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            inner = f"{path}.{name}" if path else str(name)
            yield from _of(before.get(name, MISSING), after.get(name, MISSING), inner, depth + 1)
    elif depth < DEEPEST and isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _of(one, other, f"{path}[{place}]", depth + 1)
    else:
        yield Difference(path, _written(before), _written(after))


def _written(value: Any) -> str:
    if value is MISSING:
        return ""
    text = value if isinstance(value, str) and value else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
