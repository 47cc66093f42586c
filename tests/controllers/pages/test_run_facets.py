"""Descriptions of jobs, taken apart."""

import pytest

from paddles.controllers.pages.run_facets import facets, matrix

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
def test_facets(description: str, found: dict[str, str]) -> None:
    """A value stands under the folder that it is in; what nobody can read says nothing."""
    assert found == facets(description)


def test_the_facets_that_differ_most_are_shown() -> None:
    """Unless others are asked for; what the lab broke counts where there is nothing else."""
    jobs = [
        {
            "key": str(n),
            "status": status,
            "description": f"s/{{a/{n} b/{n % 2} c/same}}",
            "os_type": "",
            "os_version": "",
        }
        for n, status in enumerate(("pass", "fail", "dead", "pass"))
    ]

    made = matrix(jobs)
    assert ("a", "b", ["a", "b"]) == (made.down, made.across, made.names)
    assert ["0", "1", "2", "3"] == list(made.rows)
    assert ["pass", "fail", "dead", "pass"] == [made.cells[str(n), str(n % 2)].kind for n in range(4)]
    other = matrix(jobs, "b", "c")
    of_pairs = {("0", "same"): "pass", ("1", "same"): "fail"}
    of_all = {("0", None): "pass", ("1", None): "fail", (None, "same"): "fail", (None, None): "fail"}
    assert of_pairs | of_all == {at: cell.kind for at, cell in other.cells.items()}
    assert ["0", "2"] == other.cells["0", "same"].keys
    assert (1, 0.5, 2 / 3) == tuple(other.cells[at].rate for at in (("0", None), ("1", "same"), (None, None)))
    assert made.cells["2", None].rate is None
    assert "" == matrix([]).down
