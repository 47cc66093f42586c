"""Jobs by two facets of their descriptions."""

from paddles.controllers.pages.run_facets import matrix


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
    assert {("0", "same"): "pass", ("1", "same"): "fail"} == {at: cell.kind for at, cell in other.cells.items()}
    assert ["0", "2"] == other.cells["0", "same"].keys
    assert "" == matrix([]).down
