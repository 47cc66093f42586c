"""Jobs submitted to a scheduler over HTTP, ours or another that answers as compass-ci's ``/submit_job``."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import orjson

from paddles.errors import PaddlesError

TIMEOUT_S = 60
LONGEST_ANSWER = 2**20
LONGEST_REASON = 500


def submit(url: str, job: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Submit one job to the scheduler at ``url`` and return id and result root of each job that it made of it.

    Raises:
        PaddlesError: it refuses, with its own words; it cannot be reached, or answers something else.
    """
    address = f"{checked(url)}/submit_job"
    answer = _decoded(address, _posted(address, orjson.dumps(job)))
    made = answer if isinstance(answer, list) else []
    for each in made:
        if not isinstance(each, dict) or not isinstance(each.get("job_id"), str | int):
            raise PaddlesError(f"{address} answers no list of jobs")
        if str(each["job_id"]) == "0":
            raise PaddlesError(f"{address} refuses: {_reason(each)}")
    if not made:
        raise PaddlesError(f"{address} answers no list of jobs")
    return [(str(each["job_id"]), str(each.get("result_root", ""))) for each in made]


def checked(url: str) -> str:
    """Return the address of a scheduler without a slash at its end. Raises PaddlesError when it is none."""
    if not url.lower().startswith(("http://", "https://")):
        raise PaddlesError(f"{url} is no http:// or https:// address")
    return url.rstrip("/")


def _posted(address: str, body: bytes) -> bytes:
    try:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - as checked
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the scheme is checked above
            content: bytes = answer.read(LONGEST_ANSWER)
            return content
    except urllib.error.HTTPError as error:
        reason = _reason(_json(error.read(LONGEST_ANSWER))) or error.reason
        raise PaddlesError(f"{address} answers {error.code}: {reason}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PaddlesError(f"cannot reach {address}: {getattr(error, 'reason', error)}") from None


def _decoded(address: str, content: bytes) -> Any:
    answer = _json(content)
    if answer is None:
        raise PaddlesError(f"{address} answers no JSON")
    return answer


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _reason(answer: Any) -> str:
    """Return the words of a refusal: an object's ``message``, or that of the first object in a list."""
    said = answer[0] if isinstance(answer, list) and answer else answer
    return str(said.get("message") or "")[:LONGEST_REASON] if isinstance(said, dict) else ""
