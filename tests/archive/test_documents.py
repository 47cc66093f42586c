"""What is kept of the reports of a job, and the answer made of it."""

import json
from typing import Any

import pytest

from paddles.archive import documents
from paddles.errors import Invalid

# Of a report, what a reader of the archive has always been shown, but for what the job's row says itself.
SHOWN = """archive_path branch description duration email failure_reason flavor kernel last_in_suite machine_type name
    nuke_on_error os_type os_version overrides owner package_source pcp_grafana_url pid priority queue roles seed
    sentry_event sha1 subset success suite suite_branch suite_path suite_relpath suite_repo suite_sha1 targets tasks
    teuthology_branch timestamp user verbose""".split()
OWN = ("id", "job_id", "status", "posted", "started", "updated", "log_href", "href")


def test_an_empty_job_is_shown_with_every_key_null() -> None:
    """Readers find each of the 39 reported keys, null when nothing was said, and no other."""
    assert dict.fromkeys(SHOWN) == json.loads(documents.answer({}))
    assert 39 == len(set(SHOWN))


@pytest.mark.parametrize("key", SHOWN)
def test_what_was_said_is_shown(key: str) -> None:
    """A value of any shape is shown as it was said."""
    for value in ("text", 0, False, {"a": [1, None]}, []):
        assert value == json.loads(documents.answer({key: value}))[key]


@pytest.mark.parametrize("key", ["no_nested_subset", "mon_a_kernel_sha1", "mon_b_kernel_sha1"])
def test_keys_whose_null_would_mislead_are_shown_only_with_a_value(key: str) -> None:
    """A re-run compares ``no_nested_subset`` with False: it is true, false or absent, never null."""
    assert key not in json.loads(documents.answer({}))
    assert key not in json.loads(documents.answer({key: None}))
    assert json.loads(documents.answer({key: False}))[key] is False


@pytest.mark.parametrize("key", ["first_in_suite", "worker_log", "repo", "comment", "anything"])
def test_other_keys_are_kept_and_not_shown(key: str) -> None:
    """All that was said is in the document; the answer keeps to its keys."""
    merged = documents.merge({}, {key: 1})

    assert {key: 1} == merged
    assert key not in json.loads(documents.answer(merged))


@pytest.mark.parametrize("key", OWN)
def test_what_the_row_says_is_no_part_of_a_document(key: str) -> None:
    """A report cannot set what the archive itself says of a job."""
    assert {"pid": "1"} == documents.merge({"pid": "1"}, {key: "x"})


def test_a_report_is_put_over_what_was_said_before() -> None:
    """Key by key, the last word counts, a null too; what is not mentioned stays."""
    old, new = {"a": 1, "b": {"x": 1}, "c": 3}, {"b": {"y": 2}, "c": None, "d": 4}

    assert {"a": 1, "b": {"y": 2}, "c": None, "d": 4} == documents.merge(old, new)


def test_merging_changes_neither_side() -> None:
    """A unit of work that is repeated finds what it was given."""
    old: dict[str, Any] = {"a": 1}
    new: dict[str, Any] = {"a": 2, "status": "pass"}

    documents.merge(old, new)

    assert {"a": 1} == old
    assert {"a": 2, "status": "pass"} == new


def test_the_order_of_keys_is_kept() -> None:
    """The order in which a job's tasks were written is the order in which they run."""
    tasks = {"tasks": [{"z": 1, "a": {"y": 1, "b": 2}}]}

    assert ["z", "a"] == list(json.loads(documents.answer(tasks))["tasks"][0])
    assert '{"tasks":[{"z":1,"a":{"y":1,"b":2}}]}' == documents.dumps(tasks)


def test_an_answer_begins_with_its_first_key() -> None:
    """What stands in columns is put in front of an answer, whose beginning is therefore fixed."""
    assert documents.answer({"user": "u", "archive_path": "/a"}).startswith('{"archive_path":')


@pytest.mark.parametrize("value", [{1, 2}, object(), "\ud800", 2**64, {"a": {1: 2}}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """A value that cannot be stored is refused, not changed."""
    with pytest.raises(Invalid, match="cannot be stored as JSON"):
        documents.dumps({"a": value})
