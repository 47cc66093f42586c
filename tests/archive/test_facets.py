"""Descriptions of jobs, taken apart."""

import pytest

from paddles.archive import facets

DESCRIPTIONS: list[tuple[str, dict[str, str]]] = [
    (
        "rados/thrash/{0-size/2-size clusters/{fixed-2 openstack} objectstore/bluestore distro$/{ubuntu} w/cache}",
        {
            "0-size": "2-size",
            "clusters": "fixed-2 openstack",
            "objectstore": "bluestore",
            "distro": "ubuntu",
            "w": "cache",
        },
    ),
    ("smoke/basic/{clusters/{a b} rados}", {"clusters": "a b", "description": "rados"}),
    ("one/two/{a/{b/{c/d}}}", {"a/b/c": "d"}),
    ("plain", {"description": "plain"}),
    ("", {}),
    ("}}}{{ a/", {}),
    ("{" * 10_000, {}),
]


@pytest.mark.parametrize(("description", "found"), DESCRIPTIONS)
def test_a_description(description: str, found: dict[str, str]) -> None:
    """A value stands under the folder that it is in; what nobody can read says nothing."""
    assert found == facets.of(description)


DESCRIBED = {
    1: {"objectstore": "bluestore", "os": "a", "w": "x"},
    2: {"objectstore": "filestore", "os": "a", "w": "y"},
    3: {"objectstore": "memstore", "os": "b"},
    4: {},
}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], [1, 2, 3, 4]),
        (["os:a"], [1, 2]),
        (["os:a", "os:b"], [1, 2, 3]),
        (["os:a", "objectstore:bluestore", "objectstore:memstore"], [1]),
        (["os:a", "os:c"], [1, 2]),
        (["os:c"], []),
        (["nothing:a", "os:a"], []),
        (["os", ""], []),
    ],
)
def test_descriptions_are_chosen(wanted: list[str], found: list[int]) -> None:
    """By all facets that are named; several values of one are alternatives, and what is not there matches nothing."""
    assert found == facets.matching(DESCRIBED, wanted)


def test_a_name_may_hold_a_colon() -> None:
    """Then it is still the name of that facet."""
    described = {1: {"a:b": "c"}, 2: {"a:b": "d"}, 3: {"a": "e"}}

    assert [1, 2] == facets.matching(described, ["a:b:c", "a:b:d"])


def test_what_can_be_chosen() -> None:
    """Facets of several values, with these."""
    assert {"objectstore": ["bluestore", "filestore", "memstore"], "os": ["a", "b"], "w": ["x", "y"]} == (
        facets.choices(DESCRIBED.values())
    )
