"""``paddles feed`` and ``paddles samples``: what they print, what they do to whom, how they end."""

import io
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from paddles.commands import feed as command_module
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.feeds import feeding
from paddles.feeds.feeding import Total
from paddles.feeds.records import Outcome
from paddles.settings import Settings
from tests.commands.conftest import SCRIPT, Pecan, write_config
from tests.feeds.site import Site, boot, build, lava, working
from tests.processes import environment
from tests.sweep.receiver import receiving
from tests.waiting import until

KINDS = ("lava", "build", "boot")
FED = text("SELECT kind, source_id, digest FROM fed")
RECEIPTS = text("SELECT source, digest FROM receipts")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with three documents of each kind."""
    with working() as made:
        for kind in KINDS:
            for number in range(3):
                made.has(kind, number)
        yield made


@pytest.fixture
def config_file(tmp_path: Path, database: Database, settings: Settings, site: Site) -> Path:
    """A configuration that names that site besides."""
    more = f"""files_dir = {str(settings.files_dir)!r}
feed_host = {site.host!r}
feed_scheme = 'http'
feed_storage_url = 'http://{site.host}/storage'
"""
    return write_config(tmp_path, settings.database_url, more)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr(command_module.time, "sleep", lambda _seconds: None)


def fed(database: Database) -> set[tuple[str, str]]:
    """Return kind and name of what was brought, of which each has its receipt, and each receipt something brought."""
    rows = read(database, lambda session: session.execute(FED).all())
    kept = read(database, lambda session: session.execute(RECEIPTS).all())
    assert {(row.kind, bytes(row.digest)) for row in rows} == {(row.source, bytes(row.digest)) for row in kept}
    return {(row.kind, row.source_id) for row in rows}


def everything(numbers: int = 3) -> set[tuple[str, str]]:
    """Return kind and name of what the site has."""
    return {(kind, f"{kind}-{number}") for kind in KINDS for number in range(numbers)}


def test_it_brings_what_there_is_once(database: Database, pecan: Pecan) -> None:
    """The last line counts; what is there already is known the next time."""
    assert "9 found, 0 known, 9 new, 0 duplicates, 0 failed\n" == pecan("feed")
    assert everything() == fed(database)
    assert "9 found, 9 known, 0 new, 0 duplicates, 0 failed\n" == pecan("feed")


def test_kcings_file_of_state_is_not_used(pecan: Pecan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names one is told so."""
    monkeypatch.setenv("KCING_DB", "/tmp/kcing.db")

    assert "paddles: KCING_DB is not used" in pecan("feed")


def test_some_that_fail_exit_1(database: Database, pecan: Pecan, site: Site) -> None:
    """KCING's ended with 0 whatever had failed."""
    site.has("build", 7, stored=False)

    said = pecan("feed", code=1)

    assert said.endswith("10 found, 0 known, 9 new, 0 duplicates, 1 failed\n")
    assert everything() == fed(database)


def test_how_many_and_of_how_many_days_can_be_said(database: Database, pecan: Pecan, site: Site) -> None:
    """The site is asked for no more."""
    assert "2 found, 0 known, 2 new" in pecan("feed", "--how-many", "1", "--days", "7")
    assert all("date_range=7" in path and "limit=1&" in path for path in site.asked if "_ajax" in path)


def test_a_dry_run_changes_nothing(database: Database, pecan: Pecan, site: Site) -> None:
    """It lists what a feed would fetch."""
    pecan("feed", "--how-many", "1")
    before = fed(database)

    said = pecan("feed", "--dry-run").splitlines()

    assert f"{9} found, {len(before)} known, {9 - len(before)} new" == said[-1]
    assert everything() - before == {tuple(line.split("\t")[:2]) for line in said[:-1]}
    assert before == fed(database)
    assert len(before) == len(site.downloads())


def test_a_check_says_what_can_be_used(pecan: Pecan, site: Site, settings: Settings) -> None:
    """Database, files, site and storage; nothing is fetched."""
    said = pecan("feed", "--check").splitlines()

    assert ["the database is at this version's schema", f"{settings.files_dir} can be written",
            f"http://{site.host} lists builds", f"http://{site.host}/storage answers 404"] == said  # fmt: skip
    assert ["/storage/"] == site.downloads()


@pytest.mark.parametrize("words", [[], ["--check"], ["--dry-run"]])
def test_a_source_that_cannot_be_reached_exits_3(config_file: Path, pecan: Pecan, words: list[str]) -> None:
    """One line says which."""
    config_file.write_text(config_file.read_text().replace("feed_host = ", "feed_host = '127.0.0.1:1' or "))

    said = pecan("feed", *words, code=3)

    assert said.splitlines()[-1].startswith("paddles: http://127.0.0.1:1/: ")


@pytest.mark.parametrize("words", [["--source", "nowhere"], ["--how-many", "0"], ["--days", "x"], ["--builds"]])
def test_what_cannot_be_meant_exits_2(pecan: Pecan, words: list[str]) -> None:
    """Before anybody is asked for anything."""
    pecan("feed", *words, code=2)


def test_a_second_feed_exits_4(database: Database, pecan: Pecan) -> None:
    """While the first one works."""
    said: list[str] = []

    def second() -> Total:
        said.append(pecan("feed", code=4))
        return Total(0, 0, Outcome(), "")

    feeding.alone(database, second)

    assert ["paddles: another feed is at work\n"] == said
    assert "9 new" in pecan("feed")


def test_files_that_are_named_are_all_there_is(database: Database, pecan: Pecan, site: Site, tmp_path: Path) -> None:
    """By their kind; what is there already is known, wherever it lies."""
    for name, said in (("b", build(7)), ("l", lava(7)), ("t", boot(7))):
        (tmp_path / name).write_text(json.dumps(said))
    (tmp_path / "again").write_text(json.dumps(lava(7)))
    words = ["--builds", str(tmp_path / "b"), "--lavas", str(tmp_path / "l"), "--boots", str(tmp_path / "t")]

    assert "3 found, 0 known, 3 new, 0 duplicates, 0 failed\n" == pecan("feed", *words)
    assert "1 found, 1 known, 0 new, 0 duplicates, 0 failed\n" == pecan("feed", "--lavas", str(tmp_path / "again"))
    assert {"lava", "build", "boot"} == {kind for kind, _ in fed(database)}
    assert [] == site.asked


def test_a_file_that_cannot_be_read_fails(pecan: Pecan, tmp_path: Path) -> None:
    """The others are brought."""
    (tmp_path / "b").write_text(json.dumps(build(7)))

    said = pecan("feed", "--builds", str(tmp_path / "b"), str(tmp_path / "c"), code=1)

    assert said.endswith("2 found, 0 known, 1 new, 0 duplicates, 1 failed\n")


def test_a_directory_is_a_source(database: Database, pecan: Pecan, tmp_path: Path) -> None:
    """All JSON in it, of the kind that names or contents tell; a lab is said for what names none."""
    folder = tmp_path / "store" / "below"
    folder.mkdir(parents=True)
    without_lab = {name: value for name, value in lava(2).items() if name != "lab_name"}
    said = {"build.json": build(1), "lava-json-x.json": lava(1), "boot-x.json": boot(1), "a.json": boot(2)}
    for name, each in {**said, "b.json": build(2), "c.json": without_lab, "d.txt": build(3)}.items():
        (folder / name).write_text(json.dumps(each))

    assert "6 found, 0 known, 6 new" in pecan("feed", "--source", str(tmp_path / "store"), "--lab", "lab-x")
    assert {"build": 2, "lava": 2, "boot": 2} == {
        kind: len([each for each in fed(database) if each[0] == kind]) for kind in KINDS
    }


def test_the_standard_input_is_a_source(database: Database, pecan: Pecan, monkeypatch: pytest.MonkeyPatch) -> None:
    """One document, of the kind that it is."""
    content = io.BytesIO(json.dumps(lava(7)).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))

    assert "1 found, 0 known, 1 new" in pecan("feed", "--source", "-")
    assert ["lava"] == [kind for kind, _ in fed(database)]


def test_documents_go_where_they_are_to_be_posted(config_file: Path, database: Database, pecan: Pecan) -> None:
    """Nothing is posted to who does not answer ok when asked."""
    with receiving() as receiver:
        config_file.write_text(
            config_file.read_text() + "".join(f"feed_{kind}_url = {receiver.url!r}\n" for kind in KINDS)
        )
        said = pecan("feed", code=3)

    assert "it answers 501" in said
    assert [] == receiver.told


def test_a_feed_that_is_killed_loses_and_doubles_nothing(
    database: Database, config_file: Path, site: Site, tmp_path: Path
) -> None:
    """Killed at ten moments and begun again each time, it ends with exactly what there is."""
    for kind in KINDS:
        for number in range(3, 12):
            site.has(kind, number)
    chosen = random.Random(6)
    for _ in range(10):
        site.closes_at = len(site.downloads()) + chosen.randint(1, 6)
        words = [SCRIPT, "feed", config_file]
        with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
            until(lambda: not site.gate.is_set() or running.poll() is not None)
            running.send_signal(signal.SIGKILL)
            running.communicate()
        site.closes_at = 0
        site.gate.set()
        assert fed(database) <= everything(12)

    done = subprocess.run([SCRIPT, "feed", config_file], env=environment(), capture_output=True, text=True, check=True)

    assert done.stdout.startswith("36 found, ")
    assert everything(12) == fed(database)


def test_samples_are_files_and_nothing_else(database: Database, pecan: Pecan, site: Site, tmp_path: Path) -> None:
    """Some of each kind, called by kind and id, as the source has them."""
    folder = tmp_path / "samples"

    assert f"4 written to {folder}, 0 failed\n" == pecan("samples", "--sample_size", "2", "--samples-dir", str(folder))
    assert {"boot": 0, "lava": 2, "build": 2} == {
        kind: len(list(folder.glob(f"{kind}_{kind}-*.json"))) for kind in KINDS
    }
    assert lava(0) == json.loads((folder / "lava_lava-0.json").read_text())
    assert set() == fed(database)


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "", "x\0y", "/etc/passwd"])
def test_no_id_leads_out_of_the_directory(pecan: Pecan, site: Site, tmp_path: Path, name: str) -> None:
    """Whatever a source calls its documents."""
    site.listed["boot"] = []
    site.listed["build"] = site.listed["build"][:1]
    site.listed["build"][0]["_id"]["$oid"] = name
    folder = tmp_path / "here" / "samples"

    pecan("samples", "--samples-dir", str(folder), code=0 if name.isprintable() and name else 1)

    assert set(folder.parent.iterdir()) == {folder}
    assert all(path.parent == folder and path.name.startswith("build_") for path in folder.iterdir())


def test_a_directory_that_cannot_be_made_exits_1(pecan: Pecan, tmp_path: Path, site: Site) -> None:
    """Before anything is fetched."""
    (tmp_path / "file").touch()

    said = pecan("samples", "--samples-dir", str(tmp_path / "file" / "below"), code=1)

    assert "cannot be made: Not a directory" in said
    assert [] == site.asked
