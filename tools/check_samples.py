"""Hold what the ingest reads in raw test output against the statistics that lkp-tests makes of the same.

python tools/check_samples.py DIRECTORY, which has folders kselftests, kunit and ltp; in each a file of output, and
beside it FILE.yaml with its statistics, as in the fixtures of lkp-tests.
"""

import sys
from collections import Counter
from pathlib import Path

from paddles.ingest import kselftest, kunit, lkp_stats, ltp
from paddles.ingest.facts import Suite

READERS = {"kselftests": kselftest.parse, "kunit": kunit.parse, "ltp": ltp.parse}


def said(kind: str, suites: list[Suite]) -> Counter[tuple[str, str]]:
    """Return cases by name and status, with the blanks that lkp's names do not have; KUnit's suites are results too."""
    found = Counter((case.name, case.status) for suite in suites for case in suite.cases)
    if kind == "kunit":
        found = Counter((f"{suite.name}.{case.name}", case.status) for suite in suites for case in suite.cases)
        found.update((suite.name, suite.status) for suite in suites if not suite.faults)
    return Counter({(name.replace(" ", "_"), status): count for (name, status), count in found.items()})


def main(directory: Path) -> int:
    """Say what differs and return how many files do."""
    wrong = 0
    for key in sorted(directory.glob("*/*.yaml")):
        kind = key.parent.name
        expected = said("", lkp_stats.parse(key.read_bytes()))
        found = said(kind, READERS[kind](key.with_suffix("").read_bytes()))
        wrong += found != expected
        lines = [f"{kind}/{key.stem}: {sum(found.values())} of {sum(expected.values())}"]
        lines += [f"  missing {name} {status}" for name, status in (expected - found).elements()]
        lines += [f"  too much: {name} {status}" for name, status in (found - expected).elements()]
        sys.stdout.write("\n".join(lines) + "\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
