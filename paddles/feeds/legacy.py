"""The site of KernelCI as it was until 2024, by the requests of its own pages, and the storage behind it.

Source: KCING's crawler, whose requests these are.
"""

import functools
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

from paddles.feeds.fetching import Answer, Site, decoded, plain
from paddles.feeds.sources import Found, Missing, Unreached, Wanted, paged

PAGE = 1000
# How often a page of a list is asked for, each time with a new token.
ATTEMPTS = 5


class Legacy:
    """The source ``kernelci-legacy``."""

    name = "kernelci-legacy"

    def __init__(self, site: Site, url: str, storage_url: str, non_lava_lab: str, wanted: Wanted) -> None:
        """Ask the site at ``url``; boots of one lab have documents of their own, those of all others LAVA's."""
        self._site, self._url, self._storage_url = site, url, storage_url
        self._non_lava_lab, self._wanted = non_lava_lab, wanted
        self._token = ""

    def check(self) -> list[str]:
        """Ask for a token and a first build, and whether the storage answers."""
        self._refresh()
        self._page("build", 0, 1)
        answer = self._site.get(f"{self._storage_url}/")
        return [f"{self._url} lists builds", f"{self._storage_url} answers {answer.status}"]

    def found(self) -> Iterator[Found]:
        """List boots, then builds, as they were made."""
        self._refresh()
        for kind in ("boot", "build"):
            page = functools.partial(self._page, kind)
            yield from (self._document(kind, said) for said in paged(page, PAGE, self._wanted.how_many))

    def fetch(self, found: Found) -> bytes:
        """Return a document from the storage."""
        answer = self._site.get(found.where)
        if answer.status != 200:
            raise Missing(f"{found.where}: {answer.status}")
        return answer.content

    def _page(self, kind: str, skip: int, limit: int) -> list[Any]:
        said = {"date_range": self._wanted.days, "skip": skip, "limit": limit, "sort": "created_on", "sort_order": 1}
        url = f"{self._url}/_ajax/{kind}?{urlencode(said)}"
        for _ in range(ATTEMPTS):
            answer: Answer = self._site.get(url, {"x-csrftoken": self._token})
            if answer.status == 200:
                return listed(url, answer.content)
            self._refresh()
        raise Unreached(f"{plain(url)}: it answers {answer.status} after {ATTEMPTS} attempts")

    def _refresh(self) -> None:
        answer = self._site.get(f"{self._url}/")
        page = _Tokens()
        page.feed(answer.content.decode(errors="replace"))
        if answer.status != 200 or not page.token:
            raise Unreached(f"{self._url}/: it answers {answer.status} without a csrf-token")
        self._token = page.token

    def _document(self, kind: str, said: Any) -> Found:
        """Return where the document of a listed object lies; blank where it does not say so."""
        base, lab, board = (_text(said, name) for name in ("file_server_resource", "lab_name", "board"))
        name = _text(said.get("_id"), "$oid") if isinstance(said, dict) else ""
        if not (name and base and (kind == "build" or (lab and board))):
            return Found(kind, name, lab, "")
        folder = f"{self._storage_url}/{quote(base.strip('/'))}"
        if kind == "build":
            return Found("build", name, "", f"{folder}/build.json")
        if lab == self._non_lava_lab:
            return Found("boot", name, lab, f"{folder}/{quote(lab, safe='')}/boot-{quote(board, safe='')}.json")
        return Found("lava", name, lab, f"{folder}/{quote(lab, safe='')}/lava-json-{quote(board, safe='')}.json")


def listed(url: str, content: bytes) -> list[Any]:
    """Return the objects of a page of a list. Raises Unreached where it is none."""
    found = decoded(url, content)
    result = found.get("result") if isinstance(found, dict) else None
    if not isinstance(result, list):
        raise Unreached(f"{plain(url)}: it answers no list")
    return result


class _Tokens(HTMLParser):
    """Finds ``<meta name="csrf-token" content="...">``."""

    token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag."""
        said = dict(attrs)
        if tag == "meta" and said.get("name") == "csrf-token":
            self.token = said.get("content") or ""


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    return value if isinstance(value, str) else ""
