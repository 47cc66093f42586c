"""``{{ name }}`` in a job: what it becomes, and what is no reference."""

import itertools
import time
from typing import Any

import pytest

from paddles.boot import job_references
from paddles.errors import Invalid

JOB: dict[str, Any] = {
    "nr": 4,
    "up": True,
    "none": None,
    "deep": {"a-b": {"c": "x"}},
    "if role x": {},
    "list": [1, "2"],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ nr }}", 4),
        ("{{nr}}", 4),
        (" {{ nr }}\n", 4),
        ("{{ up }}", True),
        ("{{ none }}", None),
        ("{{ deep }}", {"a-b": {"c": "x"}}),
        ("{{ list }}", [1, "2"]),
        ("{{ deep.a-b.c }}", "x"),
        ("n={{ nr }}", "n=4"),
        ("{{ nr }}{{ up }}{{ none }}!", "4true!"),
        ("{{ nr", "{{ nr"),
        ("}}{{", "}}{{"),
        ("nr", "nr"),
    ],
)
def test_a_reference_becomes_what_it_names(text: str, value: Any) -> None:
    """Alone it keeps the type, inside a text it is text; what is none stays. The job is not changed."""
    job = {**JOB, "x": text, "in": {"side": [text]}}

    found = job_references.resolve(job)

    assert {**JOB, "x": value, "in": {"side": [value]}} == found
    assert text == job["x"]


def test_references_may_lead_through_others() -> None:
    """In any order."""
    assert {"a": 1, "b": 1, "c": 1} == job_references.resolve({"a": "{{ b }}", "b": "{{ c }}", "c": 1})


@pytest.mark.parametrize("key", ["job2sh", "secrets", "pkg_data", "define_files"])
def test_what_client_and_machine_exchange_is_left_alone(key: str) -> None:
    """A shell line may hold braces."""
    job = {key: {"run_job": ["docker ps --format '{{.Names}}'"]}}

    assert job == job_references.resolve(job)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nr + 1 }}", r"^x: \{\{ nr \+ 1 \}\} is an expression; only the name of a field"),
        ("{{ nr * 2 }}G", "is an expression"),
        ("{{ `id` }}", "is an expression"),
        ("{{ }}", "is an expression"),
        ("{{ {{ nr }} }}", "is an expression"),
        ("{{ deep['a'] }}", "is an expression"),
        ("{{ __class__ }}", r"names no field of the job$"),
        ("{{ nr.real }}", "names no field"),
        ("{{ deep.x }}", r"^x: \{\{ deep.x \}\} names no field of the job$"),
        ("{{ x }}", "or to itself"),
        ("a {{ x }}", "or to itself"),
        ("{{ deep }}!", "a mapping or a list stands alone"),
        ("{{ list }}!", "a mapping or a list stands alone"),
        ("{{ none }}" * 300_000, "at most 200000 values"),
        ("{{ long }}" * 2, "more than 65536 characters"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_reference_to_a_field_is_refused(text: str, message: str) -> None:
    """The message names the key, and nothing is evaluated."""
    with pytest.raises(Invalid, match=message):
        job_references.resolve({**JOB, "long": "y" * 40_000, "x": text})


@pytest.mark.parametrize("last", ["", {}])
def test_references_do_not_multiply_without_end(last: Any) -> None:
    """A few lines cannot make a value that fills the memory, or one that takes a day to find empty."""
    names = "abcdefgh"
    many: Any = {name: {str(n): f"{{{{ {after} }}}}" for n in range(40)} for name, after in itertools.pairwise(names)}
    if last == "":
        many = {name: f"{{{{ {after} }}}}" * 40 for name, after in itertools.pairwise(names)}
    before = time.process_time()

    with pytest.raises(Invalid, match="at most 200000 values"):
        job_references.resolve({**many, "h": last})
    assert 5 > time.process_time() - before
