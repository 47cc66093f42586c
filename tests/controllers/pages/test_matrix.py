"""How a page draws a matrix."""

from paddles.controllers.pages import matrix
from paddles.dashboards import crossing
from paddles.dashboards import matrix as crossed
from paddles.dashboards.cells import Cell


def test_a_large_matrix_has_pages_of_rows() -> None:
    """Together they have each row once; columns and all of them are added up on each."""
    shape = crossed.shape(("kernel",), ("board",), "boot")
    found = [Cell((f"v{row:03}",), (f"b{col}",), {"fail": 1}) for row in range(130) for col in range(60)]
    told = crossing.told(shape, found, [])

    first, second, none = (matrix.drawn(told, "/below", fold=True, page=page) for page in (1, 2, 9))

    assert [100, 30, 0] == [len(each["rows"]) for each in (first, second, none)]
    assert 130 == len({name for name, *_ in first["rows"] + second["rows"]})
    assert {"first": 101, "last": 130, "all": 130, "before": 1, "behind": None} == second["pages"]
    assert (None, 2) == (first["pages"]["before"], first["pages"]["behind"])
    assert (2, None) == (none["pages"]["before"], none["pages"]["behind"])
    assert first["total"] == second["total"] == none["total"]
    assert 130 == len(matrix.drawn(told, "", fold=True)["rows"])
    assert all(cell and cell[1].startswith("/below/boots?") for _, line, _ in second["rows"] for cell in line)


def test_heads_stand_over_their_columns() -> None:
    """The first of two fields over all columns that share it."""
    keys = [("arm", "a"), ("arm", "b"), ("", "c")]

    assert [[("arm", 2), ("none", 1)], [("a", 1), ("b", 1), ("c", 1)]] == matrix.heads(keys)
    assert [[("arm", 1)]] == matrix.heads([("arm",)])
    assert ["", "r-0", "r-1", "r-2", "r-3"] == [matrix.shade(rate) for rate in (None, 0.0, 0.5, 0.95, 1.0)]
