"""Pictures of the main pages for the documents, in both themes, of a service that ``./dev demo`` has filled.

    ./dev pictures [http://127.0.0.1:8080]

They are written to ``docs/pictures``, each small enough to be kept with the code.
"""

import json
import sys
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.filled import names
from tests.browser.looking import looking
from tests.browser.packing import packed
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 120_000
SIZE = {"width": 1180, "height": 720}
THEMES = ("light", "dark")
PICTURES = {
    "home": "/",
    "runs": "/runs/",
    "run": "/runs/{run}/",
    "job": "/runs/{run}/jobs/{job}/",
    "log": "{boot}log",
    "machines": "/nodes/?machine_type=smithi",
    "queue": "/queue/",
    "compare": "/compare?a={before}&b={run}&class=all",
    "stats": "/stats/?since=14d",
    "matrix": "/matrix?rows=tree,branch&cols=arch,board&cell=boot&passed=show",
    "test": "/tests/{test}",
    "regressions": "/regressions/",
}


def draw(url: str, folder: Path) -> list[str]:
    """Draw every picture; return the names of those that are too large."""

    def read(path: str) -> Any:
        with urllib.request.urlopen(f"{url}{path}") as answer:
            return json.load(answer)

    known = asdict(names(read))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name, address in PICTURES.items():
            for theme in THEMES:
                with looking(browser, url, theme=theme, viewport=SIZE) as seen:
                    seen.open(address.format(**known))
                    (folder / f"{name}-{theme}.png").write_bytes(packed(seen.page.screenshot()))
        browser.close()
    return [file.name for file in sorted(folder.glob("*.png")) if file.stat().st_size > LARGEST]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    LARGE = draw(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080", FOLDER)
    sys.exit(f"too large: {' '.join(LARGE)}" if LARGE else 0)
