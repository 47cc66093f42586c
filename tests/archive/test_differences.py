"""What two jobs were told differently."""

from typing import Any

import pytest

from paddles.archive import differences

CASES: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str]]]] = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1}, {"a": 2}, [("a", "1", "2")]),
    ({"a": 1}, {}, [("a", "1", "")]),
    ({}, {"a": None}, [("a", "", "null")]),
    ({"a": {"b": [1, {"c": "x"}]}}, {"a": {"b": [1, {"c": "y"}]}}, [("a.b[1].c", "x", "y")]),
    ({"a": [1]}, {"a": [1, 2]}, [("a", "[1]", "[1,2]")]),
    ({"a": ""}, {"a": {}}, [("a", '""', "{}")]),
    ({"job_id": 1, "duration": 3, "targets": {"x": "k"}}, {"job_id": 2, "duration": 4}, []),
    ({"a": "x" * 400}, {"a": "y"}, [("a", "x" * 300 + "...", "y")]),
]


@pytest.mark.parametrize(("before", "after", "found"), CASES)
def test_between(before: dict[str, Any], after: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    """Each value by its path, but for what is another for every job."""
    assert found == [tuple(each) for each in differences.between(before, after)]


def test_there_is_an_end_to_it() -> None:
    """Of very many differences there is one more than are shown, and what is very deep is compared as a whole."""
    many = {str(number): number for number in range(1000)}
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a": deep}

    assert differences.MOST + 1 == len(differences.between(many, {}))
    assert 1 == len(differences.between({"a": deep}, {"a": {"a": deep}}))
