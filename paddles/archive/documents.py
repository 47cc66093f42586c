"""A job's document and the answer made from it. Pure.

The document is everything that was ever reported of a job. The answer is what readers of the archive are shown of it,
rendered once when it changes; what changes without the document (status, times) stands in columns and is put in front
when a job is served.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from paddles.errors import Invalid

# Always in an answer, null when nothing was said.
ANSWERED = tuple(
    """archive_path branch description duration email failure_reason flavor kernel last_in_suite machine_type name
    nuke_on_error os_type os_version overrides owner package_source pcp_grafana_url pid priority queue roles
    seed sentry_event sha1 subset success suite suite_branch suite_path suite_relpath suite_repo suite_sha1 targets
    tasks teuthology_branch timestamp user verbose""".split()
)
# In an answer when reported and not null: a null would say something else to the clients that know these keys.
ANSWERED_IF_SAID = ("mon_a_kernel_sha1", "mon_b_kernel_sha1", "no_nested_subset")
# Kept and given to whoever asks for them by name.
KEPT = ("repo", "sleep_before_teardown", "teuthology_sha1", "issue_url", "comment")
# Said by the job's row itself, and never by a document.
OWN = frozenset(("id", "job_id", "status", "posted", "started", "updated", "log_href", "href"))

LONGEST_WORD = 512


def merge(old: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``old`` with what ``report`` says put over it, key by key; neither is changed."""
    return {**old, **{key: value for key, value in report.items() if key not in OWN}}


def word(document: Mapping[str, Any], name: str) -> str | None:
    """Return what a document says under a name, if that is text short enough for an index; what else it is, it keeps.

    The results face refuses other values. Whoever submits jobs of other kinds may mean something else by the name.
    """
    value = document.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_WORD else None


def dumps(value: Any) -> str:
    """Return ``value`` as JSON text.

    Raises:
        Invalid: it holds what JSON or the database cannot.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise Invalid(f"cannot be stored as JSON: {error}") from None


def answer(document: Mapping[str, Any]) -> str:
    """Return the answer of ``document``: a JSON object that begins ``{"archive_path":``."""
    shown = {key: document.get(key) for key in ANSWERED}
    for key in ANSWERED_IF_SAID:
        if document.get(key) is not None:
            shown[key] = document[key]
    return dumps(shown)
