"""Documents that are fetched here and kept elsewhere: posted as they are, as KCING's crawler does."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.feeds import records
from paddles.feeds.feeding import IN_A_ROW, Fetched, Note
from paddles.feeds.fetching import Site, plain
from paddles.feeds.records import Outcome
from paddles.feeds.sources import Found, Unreached, Wait


class Rhythm(NamedTuple):
    """How often a document is tried, and after how many documents there is a rest of how many seconds."""

    attempts: int
    batch: int
    pause_s: float


class Posting:
    """Posts documents to the address of their kind, one after the other, and notes those that were taken."""

    def __init__(
        self, database: Database, site: Site, addresses: Mapping[str, str], token: str, rhythm: Rhythm, wait: Wait
    ) -> None:
        """Post to these addresses by kind, with a token where one is given."""
        self._database, self._site, self._addresses = database, site, addresses
        self._headers = {"Authorization": token} if token else {}
        self._rhythm, self._wait, self._posted = rhythm, wait, 0

    def check(self) -> list[str]:
        """Ask each address whether it is one. Raises Unreached."""
        for url in self._addresses.values():
            answer = self._site.get(url, self._headers)
            if answer.status != 200 or answer.content.strip() != b"ok":
                raise Unreached(f"{plain(url)}: it answers {answer.status} and not ok")
        return [f"{url} answers ok" for url in self._addresses.values()]

    def __call__(self, batch: Sequence[Fetched], note: Note, in_a_row: int) -> tuple[Outcome, list[Fetched]]:
        """Post the documents; with the third failure in a row the others are left for another time."""
        total, results = Outcome(), []
        for each in batch:
            result = each if each.fault else self._tried(each)
            outcome = Outcome(failed=1) if result.fault else Outcome(created=1)
            transact(self._database, _noted(each.found, hashlib.sha256(each.content).digest(), note, outcome))
            total = total.plus(outcome)
            results.append(result)
            in_a_row = in_a_row + 1 if result.passing else 0
            if in_a_row >= IN_A_ROW:
                break
        return total, results

    def _tried(self, each: Fetched) -> Fetched:
        url = self._addresses[each.found.kind]
        if each.found.kind == "lava" and each.found.lab:
            url += f"{'&' if '?' in url else '?'}lab_name={quote(each.found.lab, safe='')}"
        fault = ""
        for attempt in range(1, self._rhythm.attempts + 1):
            self._rest(attempt)
            try:
                status = self._site.post(url, each.content, self._headers).status
            except Unreached as error:
                fault = str(error)
                continue
            if 200 <= status < 300:
                return each
            fault = f"{plain(url)}: it answers {status}"
            # What is refused for what it is will be refused again, and says nothing of those behind it.
            if status < 500 and status not in (408, 429):
                return each._replace(fault=fault)
        return each._replace(fault=fault, passing=True)

    def _rest(self, attempt: int) -> None:
        """Wait where so many were posted, or where this one failed before."""
        if attempt > 1 or (self._posted and self._posted % self._rhythm.batch == 0):
            self._wait(self._rhythm.pause_s)
        self._posted += attempt == 1


def _noted(found: Found, digest: bytes, note: Note, outcome: Outcome) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        if outcome.created:
            records.note(session, note.source, found.kind, found.id, digest, note.clock())
        records.count(session, note.feed_id, outcome)

    return work
