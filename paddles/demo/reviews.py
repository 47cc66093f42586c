"""What people say of regressions that are open: whose they are, what is known, and where it is written down."""

from paddles.demo.wire import Wire

# By the path of what fails.
SAID = {
    "boot": {"owner": "emeka", "note": "The clock of the SoC is off before the console is up; bisecting."},
    "kselftest-net/so_txtime": {
        "owner": "chiyo",
        "issue": "https://bugs.example.org/4711",
        "note": "Late packets since the timer rework. A fix is on the list.",
    },
    "bootrr/rockchip-pcie-probed": {"owner": "dolores", "issue": "https://bugs.example.org/4722"},
}


def fill(wire: Wire) -> int:
    """Say it of those that nobody owns yet and that the service knows by now; return of how many."""
    rows = wire.send("GET", "/regressions/?state=open&count=1000")["items"]
    found = [row for row in rows if row["path"] in SAID and not row["owner"]]
    wire.each(lambda row: wire.send("PUT", f"/regressions/{row['id']}/", SAID[row["path"]]), found)
    return len(found)
