"""Another paddles as a source: it offers the documents that it was sent, as it was sent them."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from paddles.feeds.fetching import Site
from paddles.feeds.models import KINDS
from paddles.feeds.sources import Found, Missing, Unreached, Wanted

PAGE = 1000
NAME = re.compile(r"[0-9a-f]{64}")


class Instance:
    """The paddles at an address, which is part of what it is called here."""

    def __init__(self, site: Site, url: str, token: str, wanted: Wanted, now: datetime.datetime) -> None:
        """Ask it for what it received since some days before ``now``, with a token where one is given."""
        # What stands before an @ is nobody else's to know.
        self.name = f"paddles {url.partition('://')[2].rpartition('@')[2]}"
        self._site, self._url, self._wanted = site, url, wanted
        self._headers = {"Authorization": token} if token else {}
        since = now.astimezone(datetime.UTC) - datetime.timedelta(days=wanted.days)
        self._since = since.strftime("%Y-%m-%dT%H:%M:%SZ")

    def check(self) -> list[str]:
        """Ask for a first document."""
        self._page(0, 1)
        return [f"{self._url} offers documents"]

    def found(self) -> Iterator[Found]:
        """List what it offers, in the order in which it came there."""
        counts, after = dict.fromkeys(KINDS, 0), 0
        while page := self._page(after, PAGE):
            for said in page:
                found = self._document(said)
                counts[found.kind] += 1
                if not self._wanted.how_many or counts[found.kind] <= self._wanted.how_many:
                    yield found
            following = page[-1]["number"]
            if following <= after:
                raise Unreached(f"{self._url}: its list goes back")
            after = following

    def fetch(self, found: Found) -> bytes:
        """Return a document."""
        answer = self._site.get(found.where, self._headers)
        if answer.status != 200:
            raise Missing(f"{found.where}: {answer.status}")
        return answer.content

    def _page(self, after: int, count: int) -> list[Mapping[str, Any]]:
        said = {"since": self._since, "after": after, "count": count}
        url = f"{self._url}/ingest/offered?{urlencode(said)}"
        found = self._site.json(url, self._headers)
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list) or not all(isinstance(e, dict) and type(e.get("number")) is int for e in items):
            raise Unreached(f"{self._url}: it answers no list of documents")
        return items

    def _document(self, said: Mapping[str, Any]) -> Found:
        kind, name, lab = (said.get(key) for key in ("kind", "id", "lab"))
        if kind not in KINDS or not isinstance(name, str) or not NAME.fullmatch(name):
            raise Unreached(f"{self._url}: it offers something that is no document")
        return Found(kind, name, lab if isinstance(lab, str) else "", f"{self._url}/ingest/offered/{name}")
