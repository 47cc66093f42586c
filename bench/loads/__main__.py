"""Put small loads on a service that runs, print a line of figures for each, and fail when anything was lost or wrong.

    python -m bench.loads [report read lock queue] [--url http://127.0.0.1:8080] [--jobs 400] [--clients 8]

The rates depend on the machine and on its neighbours: compare two versions on one machine, one right after the other.
"""

import argparse
import json
import sys
from typing import Any

from bench.loads.scenarios import SCENARIOS


def main() -> int:
    """Measure and print; return 1 when something was lost, wrong or refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", default=list(SCENARIOS))
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    if unknown := sorted(set(options.scenarios) - SCENARIOS.keys()):
        parser.error(f"no scenario is called {unknown[0]}; there are {', '.join(SCENARIOS)}")
    faults = 0
    for name in options.scenarios:
        found = SCENARIOS[name](options.url, options.jobs, options.clients)
        print(json.dumps({"scenario": name, **found}), flush=True)
        faults += wrong(found)
    return int(faults > 0)


def wrong(found: dict[str, Any]) -> int:
    """Return how many faults the figures of a scenario, and of its parts, speak of."""
    parts = [part for part in found.values() if isinstance(part, dict)]
    own = int(found.get("wrong", 0)) + int(found.get("failed", 0))
    return own + sum(wrong(part) for part in parts)


if __name__ == "__main__":
    sys.exit(main())
