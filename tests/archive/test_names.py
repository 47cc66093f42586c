"""What the names of runs say, and what may be a name."""

import datetime
import time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from paddles.archive import names
from paddles.archive.names import Said, Scheme
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid
from paddles.settings import KNOWN_SUITES
from tests.conftest import NOW
from tests.units import SCHEME, run_of, submit

BERLIN = Scheme(ZoneInfo("Europe/Berlin"), SCHEME.suites)
STAMP = "2013-12-22_01:00:02"

# What stands directly below /runs/.
WORDS = "branch date machine_type status suite sha1 user flavor flavors queued".split()
# name: username, suite, branch, machine type.
SAID = [
    ("teuthology-2013-09-25_23:00:06-rados-master-testing-basic-plana", "teuthology rados master plana"),
    (
        "teuthology-2013-10-22_03:00:02-ceph-deploy-wip-9999-testing-basic-plana",
        "teuthology ceph-deploy wip-9999 plana",
    ),
    ("teuthology-2013-10-23_00:30:38-rgw-next---basic-saya", "teuthology rgw next saya"),
    ("teuthology-2014-01-01_00:00:00-rados-master-testing-basic-plana-ubuntu", "teuthology rados master plana"),
    ("a-b-2013-12-22_01:00:02-fs-main-k-f-vps", "a-b fs main vps"),
    # Suites that nobody listed, with the machine type in its place.
    ("teuthology-2013-10-22_03:00:02-kittens-next-testing-basic-plana", "teuthology kittens next plana"),
    ("teuthology-2013-10-22_03:00:02-kittens-wip-1-testing-basic-plana", "teuthology kittens wip-1 plana"),
    # Machine types of today.
    ("vallariag-2024-04-15_05:24:46-rbd:nvmeof-main-distro-default-smithi", "vallariag rbd:nvmeof main smithi"),
    ("teuthology-2026-01-31_23:00:06-rados-wip-a-b-distro-default-gibba", "teuthology rados wip-a-b gibba"),
    ("teuthology-2026-01-31_23:00:06-ceph-deploy-main---default-trial", "teuthology ceph-deploy main trial"),
    (
        "teuthology-2026-01-31_23:00:06-upgrade:quincy-x-main-distro-default-multi",
        "teuthology upgrade:quincy x-main multi",
    ),
    ("u-2013-12-22_01:00:02-upgrade:dumpling-x-main-k-f-smithi", "u upgrade:dumpling-x main smithi"),
    (
        "u-2013-12-22_01:00:02-upgrade:dumpling-x:stress-split-main-k-f-vps",
        "u upgrade:dumpling-x:stress-split main vps",
    ),
    ("u-2013-12-22_01:00:02-mixed-clients-main-k-f-vps-rhel", "u mixed-clients main vps"),
    # A slice of a suite goes up to the next dash.
    ("u-2013-12-22_01:00:02-rados:thrash-main-k-f-vps", "u rados:thrash main vps"),
    ("u-2013-12-22_01:00:02-rados:a-b-main-k-f-vps", "u rados:a b-main vps"),
    # One digit will do where two are usual.
    ("u-2013-1-2_3:4:5-fs-main-k-f-vps", "u fs main vps"),
]


@pytest.mark.parametrize(("name", "expected"), SAID)
def test_what_a_name_says(name: str, expected: str) -> None:
    """User, suite, branch and machine type come out of a name, dashes inside the fields and all."""
    said = names.parse(name, SCHEME)

    assert expected.split() == [said.username, said.suite, said.branch, said.machine_type]


@pytest.mark.parametrize(
    "name",
    [
        "foo",
        "",
        "u-2013-12-22_01:00:02-rados",
        "u-2013-12-22_01:00:02-",
        "u-2013-12-22_01:00-rados-main-k-f-vps",
        "u-2013-12-22 01:00:02-rados-main-k-f-vps",
        "2013-12-22_01:00:02-rados-main-k-f-vps",
    ],
)
def test_a_name_of_another_kind_says_nothing(name: str) -> None:
    """Without a user, a time and enough fields nothing is guessed."""
    assert Said() == names.parse(name, SCHEME)


@pytest.mark.parametrize(
    "stamp",
    [
        "2013-02-29_01:00:02",
        "2013-02-30_01:00:02",
        "2013-13-01_01:00:02",
        "2013-00-01_01:00:02",
        "2013-01-00_01:00:02",
        "2013-12-22_24:00:00",
        "2013-12-22_01:60:00",
        "2013-12-22_01:00:60",
        "0-12-22_01:00:00",
        "0000-00-00_00:00:00",
        # The ends of the calendar, which are beyond it in some zone or other.
        "0001-01-01_00:00:00",
        "9999-12-31_23:59:59",
    ],
)
def test_an_impossible_date_says_nothing(stamp: str) -> None:
    """A moment that never was makes the name one of another kind, and no error."""
    assert Said() == names.parse(f"u-{stamp}-rados-main-k-f-vps", SCHEME)


@pytest.mark.parametrize(
    ("scheme", "stamp", "expected"),
    [
        (SCHEME, "2013-12-22_01:00:02", "2013-12-22T01:00:02+00:00"),
        (BERLIN, "2013-12-22_01:00:02", "2013-12-22T00:00:02+00:00"),
        (BERLIN, "2013-07-22_01:00:02", "2013-07-21T23:00:02+00:00"),
        # The hour that is skipped in spring, as if the clock had not been set yet.
        (BERLIN, "2026-03-29_02:30:00", "2026-03-29T01:30:00+00:00"),
        (BERLIN, "2026-03-29_03:00:00", "2026-03-29T01:00:00+00:00"),
        # The hour that comes twice in autumn: the first.
        (BERLIN, "2026-10-25_02:30:00", "2026-10-25T00:30:00+00:00"),
        (BERLIN, "2026-10-25_03:00:00", "2026-10-25T02:00:00+00:00"),
        (Scheme(ZoneInfo("Asia/Kathmandu"), ("rados",)), "2026-01-01_00:00:00", "2025-12-31T18:15:00+00:00"),
        (Scheme(ZoneInfo("Pacific/Kiritimati"), ("rados",)), "2026-01-01_00:00:00", "2025-12-31T10:00:00+00:00"),
        (SCHEME, "2024-02-29_00:00:00", "2024-02-29T00:00:00+00:00"),
    ],
)
def test_times_are_those_of_the_zone(scheme: Scheme, stamp: str, expected: str) -> None:
    """The time in a name is local time of the configured zone, summer time included, and comes out as UTC."""
    said = names.parse(f"u-{stamp}-rados-main-k-f-vps", scheme)

    assert said.scheduled is not None
    assert expected == said.scheduled.isoformat()


def test_the_known_suites_are_the_schemes() -> None:
    """A lab that lists a suite with a dash has its branches read rightly."""
    name = "u-2013-12-22_01:00:02-kit-tens-main-k-f-smithi"

    assert ("kit", "tens-main") == (names.parse(name, SCHEME).suite, names.parse(name, SCHEME).branch)
    listed = names.parse(name, Scheme(SCHEME.zone, (*SCHEME.suites, "kit-tens")))
    assert ("kit-tens", "main") == (listed.suite, listed.branch)


def test_a_scheme_without_suites_still_reads_names() -> None:
    """An empty list of suites leaves the runner's seven fields."""
    said = names.parse("u-2013-12-22_01:00:02-rados-main-k-f-smithi", Scheme(SCHEME.zone, ()))

    assert ("rados", "main", "smithi") == (said.suite, said.branch, said.machine_type)


LONG = {
    "dashes": "-" * 512,
    "digits": "1" * 512,
    "dated": f"-{STAMP}-" * 30,
    "half dated": "u-2013-12-22_01:00:0" * 30,
    "dashes after a suite": f"u-{STAMP}-rados{'-' * 600}",
    "dashes after two suites": f"u-{STAMP}-upgrade:dumpling-x{'-' * 600}",
    "parts": f"u-{STAMP}-rados-{'a-' * 300}",
    "machine types": f"u-{STAMP}-rados-{'plana-' * 100}",
    "machine types with more": f"u-{STAMP}-rados{'-planax' * 100}",
    "distributions": f"u-{STAMP}-rados-{'plana-ubuntu' * 60}x",
    "suites": f"u-{STAMP}-{'rados-' * 100}",
    "one slice": f"u-{STAMP}-rados:{'x' * 600}",
    "letters of other scripts": f"u-{STAMP}-rados-{'дата-' * 120}",
}


@pytest.mark.parametrize("name", [each[:512] for each in LONG.values()], ids=list(LONG))
def test_a_hostile_name_is_read_in_no_time(name: str) -> None:
    """No name of 512 characters takes a tenth of a second: nothing backtracks without bound."""
    names.parse("warm-2013-12-22_01:00:02-rados-main-k-f-vps", SCHEME)
    before = time.process_time()

    names.parse(name, SCHEME)

    assert 0.1 > time.process_time() - before


def test_a_name_twice_as_long_takes_no_more_than_its_square() -> None:
    """Time grows with the square of the length at most: 2,048 dashes are still read in less than two seconds."""
    before = time.process_time()

    names.parse(f"u-{STAMP}-upgrade:dumpling-x{'-' * 2048}", SCHEME)

    assert 2 > time.process_time() - before


@pytest.mark.parametrize("name", ["a", "a" * 512, "wip/x y", "ünïcode-日本-😀", "a&b;c%d+e", "jobs", "DATE", "..."])
def test_what_may_be_a_name(name: str) -> None:
    """Any text does, slashes, blanks and other scripts included."""
    assert name == names.check(name)


@pytest.mark.parametrize(
    "name",
    ["", "a" * 513, "a\nb", "a\x00b", "a\x7f", "\t", ".", "..", *WORDS],
)
def test_what_may_not_be_a_name(name: str) -> None:
    """Nothing, too much, control characters and the words of the service's own addresses are refused."""
    with pytest.raises(Invalid):
        names.check(name)


@pytest.mark.parametrize("key", ["1", "0", "a" * 256, "a/b", "branch", "日本", "-1"])
def test_what_may_be_a_key(key: str) -> None:
    """A job may be called as a run may, the words of run addresses included."""
    assert key == names.check_key(key)


@pytest.mark.parametrize("key", ["a" * 257, "a\nb", "\x00", "\x7f", ".", ".."])
def test_what_may_not_be_a_key(key: str) -> None:
    """Too much, control characters and what an address would lose are refused."""
    with pytest.raises(Invalid):
        names.check_key(key)


def test_a_run_says_what_its_name_says(database: Database) -> None:
    """A run is stored with what its name says of it, scheduled in UTC; posted is now."""
    submit(database, SAID[0][0])

    run = run_of(database, SAID[0][0])
    assert ("teuthology", "rados", "master", "plana") == (run.username, run.suite, run.branch, run.machine_type)
    assert datetime.datetime(2013, 9, 25, 23, 0, 6, tzinfo=datetime.UTC) == run.scheduled
    assert NOW == run.posted


def test_a_run_without_a_time_is_scheduled_when_posted(database: Database) -> None:
    """A name of another kind is no error: its run is scheduled now, its words are blank."""
    submit(database, "foo")

    run = run_of(database, "foo")
    assert ("", "", "", "") == (run.username, run.suite, run.branch, run.machine_type)
    assert NOW == run.scheduled == run.posted


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def test_the_latest_and_earliest_names_can_be_read_in_every_zone(database: Database, zone: str) -> None:
    """What a name says of time can be read back from a server that shows times in its own zone."""
    for stamp in ("9999-12-31_23:59:59", "9998-12-31_23:59:59", "1-1-1_0:0:0", "2-1-1_0:0:0"):
        submit(database, f"u-{stamp}-rados-main-k-f-vps")

    def shown(session: Session) -> int:
        session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        return len(session.execute(text("SELECT scheduled FROM runs")).all())

    assert 4 == transact(database, shown)


def test_the_listed_suites_are_those_of_the_default_settings() -> None:
    """43 suites are known from the start."""
    assert 43 == len(set(KNOWN_SUITES.split(", "))) == len(SCHEME.suites)
