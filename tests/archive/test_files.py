"""Files of jobs: which paths they may have, which there are, and what becomes of contents that nobody names."""

import datetime
from pathlib import Path

import pytest

from paddles.archive import contents, files
from paddles.archive.disks import Disk
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, Unavailable
from tests.conftest import NOW
from tests.units import delete, job_of, rows, submit

LATER = NOW + files.PATIENCE + datetime.timedelta(seconds=1)


@pytest.fixture
def job(database: Database) -> int:
    """The number of a job."""
    submit(database)
    return int(job_of(database).id)


def store(database: Database, place: Path, job_id: int, path: str, content: bytes) -> None:
    """Store a file of a job, as an upload does."""
    digest = contents.digest(content)
    transact(database, lambda session: files.expect(session, {digest: len(content)}, NOW))
    contents.keep(Disk(place), content)
    transact(database, lambda session: files.add(session, job_id, path, digest, NOW))


def clean(database: Database, place: Path, now: datetime.datetime = LATER, limit: int = 100) -> int:
    """Take away what nobody names."""
    return transact(database, lambda session: files.clean(session, Disk(place), now, limit))


def kept(place: Path) -> set[bytes]:
    """Return the contents in a store."""
    return {path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (["dmesg"], "dmesg"),
        (["a", "b.c", "d e"], "a/b.c/d e"),
        (["ü😀", "...", "~", "%2F", "-rf"], "ü😀/.../~/%2F/-rf"),
    ],
)
def test_a_path_is_made_of_names(parts: list[str], path: str) -> None:
    """Of any letters."""
    assert path == files.checked_path(parts)


@pytest.mark.parametrize(
    "parts",
    [
        [], [""], ["."], [".."], ["a", ".."], ["..", "etc", "passwd"], ["a/b"], ["a/../../b"], ["a\0"], ["a\nb"],
        ["\x7f"], ["\ud800"], ["x" * 256], ["ü" * 128], ["x" * 255] * 5,
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_none(parts: list[str]) -> None:
    """Nor is one that no disk or terminal would take."""
    with pytest.raises(Invalid):
        files.checked_path(parts)


def test_files_are_known_by_their_path(database: Database, job: int, tmp_path: Path) -> None:
    """Two of one content are two files and one content."""
    assert not read(database, lambda session: files.any_of(session, job))

    for path in ("b", "a"):
        store(database, tmp_path, job, path, b"same")

    found = read(database, lambda session: list(files.of_job(session, job)))
    assert [("a", 4, NOW), ("b", 4, NOW)] == [(row.path, row.size, row.stored) for row in found]
    assert b"same" == contents.read(Disk(tmp_path), bytes(found[0].digest))
    assert 1 == len(rows(database, "SELECT digest FROM contents"))
    assert read(database, lambda session: files.any_of(session, job))
    assert not read(database, lambda session: files.any_of(session, job + 1))


def test_a_path_is_given_once(database: Database, job: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same content again is not wanted, another is refused, and so is one more than there may be."""
    store(database, tmp_path, job, "a", b"one")

    def wanted(path: str, content: bytes) -> bool:
        return read(database, lambda session: files.wanted(session, job, path, contents.digest(content)))

    assert wanted("b", b"one")
    assert not wanted("a", b"one")
    with pytest.raises(Conflict, match="another file a"):
        wanted("a", b"two")
    monkeypatch.setattr(files, "MOST_FILES", 1)
    assert not wanted("a", b"one")
    with pytest.raises(Conflict, match="at most 1 files"):
        wanted("b", b"one")


def test_contents_that_nobody_names_go(database: Database, job: int, tmp_path: Path) -> None:
    """The last job that names one takes it away, a while later; what is named stays."""
    submit(database, key="2")
    other = int(job_of(database, key="2").id)
    store(database, tmp_path, job, "a", b"mine")
    store(database, tmp_path, job, "b", b"ours")
    store(database, tmp_path, other, "b", b"ours")
    delete(database)

    assert 0 == clean(database, tmp_path, NOW + files.PATIENCE)
    assert 1 == clean(database, tmp_path)
    assert {b"ours"} == kept(tmp_path)
    assert 0 == clean(database, tmp_path)

    delete(database, key="2")
    assert 1 == clean(database, tmp_path)
    assert set() == kept(tmp_path)
    assert [] == rows(database, "SELECT digest FROM contents")


def test_a_content_that_was_never_noted_goes(database: Database, job: int, tmp_path: Path) -> None:
    """Its process was killed in between; nothing lies there of which the database does not know."""
    digest = contents.digest(b"x")
    transact(database, lambda session: files.expect(session, {digest: 1}, NOW))
    contents.keep(Disk(tmp_path), b"x")

    assert 1 == clean(database, tmp_path)
    assert set() == kept(tmp_path)
    with pytest.raises(Unavailable):
        transact(database, lambda session: files.add(session, job, "a", digest, NOW))


def test_a_content_that_is_expected_again_stays(database: Database, job: int, tmp_path: Path) -> None:
    """Whoever is about to name it has the time to do so."""
    digest = contents.digest(b"x")
    for moment in (NOW, LATER):
        transact(database, lambda session, at=moment: files.expect(session, {digest: 1}, at))  # type: ignore[misc]
    contents.keep(Disk(tmp_path), b"x")

    assert 0 == clean(database, tmp_path)
    transact(database, lambda session: files.add(session, job, "a", digest, LATER))
    assert 0 == clean(database, tmp_path, LATER + 2 * files.PATIENCE)
    assert {b"x"} == kept(tmp_path)


def test_contents_go_in_batches(database: Database, tmp_path: Path) -> None:
    """As few at a time as are asked for; what is not of this service stays."""
    for number in range(5):
        content = b"%d" % number
        digest = contents.digest(content)
        transact(database, lambda session, d=digest: files.expect(session, {d: 1}, NOW))  # type: ignore[misc]
        contents.keep(Disk(tmp_path), content)
    contents.keep(Disk(tmp_path), b"somebody else's")

    assert [2, 2, 1, 0] == [clean(database, tmp_path, limit=2) for _ in range(4)]
    assert {b"somebody else's"} == kept(tmp_path)
