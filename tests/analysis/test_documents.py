"""Documents are judged as they are loaded, in the unit of work that stores them."""

import dataclasses

from paddles.analysis import judging
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.ingest import kernel_load
from paddles.ingest.facts import Suite, case
from paddles.ingest.kernel_load import At, Told
from paddles.ingest.lava import Callback
from paddles.kernels.facts import Boot
from tests.analysis.boots import regressions, short
from tests.conftest import NOW
from tests.units import SCHEME, at, events_of

BOOT = Boot(
    tree="next", branch="master", kernel="v1", arch="arm64", lab="lab-a", board="rock", plan="boot", result="pass"
)


def load(database: Database, said: Boot, seconds: float) -> int:
    """Load what a lab without LAVA says of a boot that ended then."""
    said = dataclasses.replace(said, ended=at(seconds))
    return transact(database, lambda session: kernel_load.boot(session, said, At(NOW, NOW, SCHEME, b"")))


def call_back(database: Database, lava_id: str, kernel: str, seconds: float, result: str, *more: Suite) -> None:
    """Load what LAVA says of a job with one case, and more."""
    said = Callback(lava_id, "complete", ended=at(seconds))
    boot = dataclasses.replace(BOOT, external_id=lava_id, kernel=kernel, plan="p", ended=at(seconds))
    suites = [Suite("0_dmesg", (case("alert", result),), result, "lava"), *more]
    told = Told(said, boot, suites, None)
    transact(database, lambda session: kernel_load.callback(session, told, At(NOW, NOW, SCHEME, b"")))


def test_boots_of_labs_without_lava(database: Database) -> None:
    """A board that does not boot any more is a regression."""
    load(database, BOOT, 1)
    load(database, dataclasses.replace(BOOT, kernel="v2", result="fail"), 2)

    (found,) = regressions(database)
    assert ("boot", "v1", "v2", "open") == (found.name, found.good_kernel, found.bad_kernel, found.state)


def test_callbacks(database: Database) -> None:
    """So is a case that fails now; a callback that says otherwise of the same job takes it back."""
    call_back(database, "1", "v1", 1, "pass")
    call_back(database, "2", "v2", 2, "fail")
    assert ["alert"] == [row.name for row in regressions(database)]

    call_back(database, "2", "v2", 3, "pass")
    assert [] == regressions(database)


def test_a_job_that_is_of_another_kernel_now(database: Database) -> None:
    """It is another job of another run then, and what it was taken for has done nothing."""
    call_back(database, "1", "v1", 1, "pass")
    call_back(database, "2", "v2", 2, "fail")
    call_back(database, "2", "v3", 3, "fail")

    assert ["v3"] == [row.bad_kernel for row in regressions(database)]
    told = [event.type for event in events_of(database, "regression")]
    assert ["regression.opened", "regression.withdrawn", "regression.opened"] == told


def test_names_with_slashes(database: Database) -> None:
    """What is called the same once written is one path, which passes when all of it does."""
    for number, status in enumerate(("pass", "fail")):
        more = (
            Suite("a/z", (case("c", "pass"),), "pass"),
            Suite("a", (case("z/c", status), case("/", "pass"), case("", "pass")), status),
            Suite("boot", (case("", "pass"), case("boot", "pass")), "pass"),
        )
        call_back(database, str(number), f"v{number}", number, "pass", *more)

    assert [("a", "z/c")] == [(row.suite, row.name) for row in regressions(database)]


def test_jobs_that_booted_nothing_are_not_judged(database: Database) -> None:
    """Nor is a job that is not there, nor taken back what was never judged."""
    job_id = load(database, dataclasses.replace(BOOT, result="offline"), 1)

    for number in (job_id, job_id + 1):
        transact(database, lambda session, number=number: judging.judge(session, number))  # type: ignore[misc]
        transact(database, lambda session, number=number: judging.retract(session, number))  # type: ignore[misc]

    assert [] == short(database)
