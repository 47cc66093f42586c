"""What has to be so of one job before another begins, or before somebody who waits is told. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from paddles.boot.privacy import private
from paddles.boot.stages import ENDS, STAGES
from paddles.errors import Invalid

# How far the data of a job have come, in their order; from ``complete`` on nothing more comes.
READINESS = {name: number for number, name in enumerate("N/A uploading uploaded complete incomplete norun".split())}
COMPLETE = READINESS["complete"]
FINISHED = ("pass", "fail", "dead")
MOST = 100
LONGEST_NAME = 64


class State(NamedTuple):
    """What a job has come to: its status, why it is dead, and what was said of it."""

    status: str
    reason: str | None
    document: Mapping[str, Any]

    @property
    def finished(self) -> bool:
        """Whether nothing more is to come."""
        return self.status in FINISHED

    @property
    def failed(self) -> bool:
        """Whether it ended, and not well."""
        return self.finished and self.status != "pass"

    def says(self, field: str) -> Any:
        """Return what is known of a job under a name of the wire, None for what is nobody else's business."""
        if private(field):
            return None
        if field == "job_stage":
            return self._stage()
        if field == "job_health":
            return self._health()
        return self._readiness() if field == "job_data_readiness" else self.document.get(field)

    def _stage(self) -> str:
        if self.finished:
            return self.reason if self.reason in ENDS else "finish"
        said = self.document.get("job_stage")
        known = said if isinstance(said, str) and said in STAGES else "submit"
        return "boot" if self.status == "running" and known == "submit" else known

    def _health(self) -> Any:
        if not self.finished:
            return self.document.get("job_health")
        if self.status == "dead":
            return self.reason
        return self.document.get("job_health") or ("success" if self.status == "pass" else "fail")

    def _readiness(self) -> str:
        said = self.document.get("job_data_readiness")
        known = said if isinstance(said, str) and said in READINESS else "N/A"
        return "complete" if self.finished and READINESS[known] < COMPLETE else known


def parsed(said: Any) -> dict[int, Mapping[str, Any] | None]:
    """Return ``wait_on``, what is waited for by the number of a job; None is its data's being complete.

    Raises:
        Invalid: it is no such object, or holds more than ``MOST`` jobs.
    """
    if not isinstance(said, Mapping) or len(said) > MOST:
        raise Invalid(f"wait_on must be an object of at most {MOST} job numbers")
    found: dict[int, Mapping[str, Any] | None] = {}
    for job_id, condition in said.items():
        if not (job_id.isascii() and job_id.isdigit() and len(job_id) < 19):
            raise Invalid("wait_on holds numbers of jobs")
        found[int(job_id)] = _checked(condition)
    return found


def fields(said: Any) -> list[str]:
    """Return the further fields that ``wait_options`` asks for. Raises Invalid."""
    wanted = _options(said).get("get_fields") or {}
    if (
        not isinstance(wanted, Mapping | list)
        or len(wanted) > MOST
        or not all(isinstance(each, str) for each in wanted)
    ):
        raise Invalid(f"get_fields names at most {MOST} fields")
    return list(wanted)


def fails_fast(said: Any) -> bool:
    """Say whether ``wait_options`` ask to give up with the first job that ends and not well. Raises Invalid."""
    options = _options(said)
    return "fail_fast" in options and options["fail_fast"] is not False


def met(condition: Mapping[str, Any] | None, state: State) -> bool:
    """Say whether a job is as a condition wants it: stages and readiness there or beyond, milestones among its own."""
    if condition is None:
        return READINESS[state.says("job_data_readiness")] >= COMPLETE
    return all(_met(field, wanted, state) for field, wanted in condition.items())


def _met(field: str, wanted: Any, state: State) -> bool:
    said = state.says(field)
    if field == "job_stage":
        return STAGES[said] >= STAGES[wanted]
    if field == "job_data_readiness":
        return READINESS[said] >= READINESS[wanted]
    if field == "milestones":
        return set(_words(wanted)) <= set(_words(said))
    return said is not None and str(said) == str(wanted)


def _words(said: Any) -> Iterable[str]:
    if isinstance(said, str):
        return said.replace(",", " ").split()
    return [str(each) for each in said] if isinstance(said, list) else []


def _options(said: Any) -> Mapping[str, Any]:
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise Invalid("wait_options must be an object")
    return said


def _checked(condition: Any) -> Mapping[str, Any] | None:
    if condition is None:
        return None
    if not isinstance(condition, Mapping) or len(condition) > MOST:
        raise Invalid("wait_on says null or an object of fields for each job")
    for field, wanted in condition.items():
        known = {"job_stage": STAGES, "job_data_readiness": READINESS}.get(field)
        if len(field) > LONGEST_NAME or not (isinstance(wanted, str | int | float | bool) or field == "milestones"):
            raise Invalid("a field that is waited for has a name and one value")
        if known is not None and wanted not in known:
            raise Invalid(f"{field} must be one of: {', '.join(known)}")
    return condition
