"""Every page, in one table: each is opened with and without JavaScript, in both themes, wide and narrow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """An address, in which names in braces are those of ``filled.Names``, and a text that everybody must see there.

    ``chart``: one can be zoomed there. ``html``: how many bytes it may have, packed.
    """

    address: str
    seen: str
    chart: bool = False
    html: int = 30_000


PAGES = (Page("/builds/", "Builds"),)
