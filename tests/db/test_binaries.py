"""Which programs PostgreSQL is run from, by whom, and what root must never change."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from paddles.db import binaries
from paddles.db.binaries import Account, EmbeddedError

PADDLES = Account("paddles", 901, 902)
POSTGRES = Account("postgres", 903, 904)
NOBODY = Account("nobody", 65534, 65534)
STRANGER = Account("stranger", 4242424, 4242424)


def programs(directory: Path, said: str = "postgres (PostgreSQL) 17.2") -> Path:
    """Make ``directory`` look like one that holds PostgreSQL's programs, which say ``said``."""
    directory.mkdir(parents=True)
    for name in binaries.PROGRAMS:
        (directory / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (directory / name).chmod(0o755)
    return directory


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "WHEELS", ("no_such_package",))


def test_the_directory_that_is_named_comes_first(tmp_path: Path) -> None:
    """``PADDLES_PG_BINDIR`` beats whatever is installed, and must hold the programs."""
    named = programs(tmp_path / "named")

    assert binaries.find({"PADDLES_PG_BINDIR": str(named)}) == named
    with pytest.raises(EmbeddedError, match="does not hold postgres and initdb"):
        binaries.find({"PADDLES_PG_BINDIR": str(tmp_path)})


def test_a_wheel_is_found_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wheel that is installed, before the programs of the system."""
    wheel = tmp_path / "some_postgres"
    expected = programs(wheel / "pginstall" / "bin")
    (wheel / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(binaries, "WHEELS", ("no_such_package", "some_postgres"))
    system = programs(tmp_path / "system" / "18" / "bin").parent.parent

    assert binaries.find({}, system) == expected


@pytest.mark.usefixtures("no_wheels")
def test_the_newest_of_the_system_is_taken(tmp_path: Path) -> None:
    """Newest by number, not by letter; a directory without the programs does not count."""
    for version in ("9", "15", "17"):
        programs(tmp_path / version / "bin")
    (tmp_path / "18" / "bin").mkdir(parents=True)
    programs(tmp_path / "old" / "bin")

    assert binaries.find({"PATH": ""}, tmp_path) == tmp_path / "17" / "bin"


@pytest.mark.usefixtures("no_wheels")
def test_the_path_is_the_last_resort(tmp_path: Path) -> None:
    """A link on the path leads to the directory where the other programs are; with nothing at all, say what to do."""
    real = programs(tmp_path / "real" / "bin")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "postgres").symlink_to(real / "postgres")

    assert binaries.find({"PATH": str(linked)}, tmp_path / "none") == real
    with pytest.raises(EmbeddedError, match="set DATABASE_URL"):
        binaries.find({"PATH": str(tmp_path)}, tmp_path / "none")


@pytest.mark.parametrize(
    ("said", "full", "major"),
    [
        ("postgres (PostgreSQL) 18.6", "18.6", 18),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 15),
        ("postgres (PostgreSQL) 19beta2", "19beta2", 19),
    ],
)
def test_versions_are_read(tmp_path: Path, said: str, full: str, major: int) -> None:
    """Distributions add words of their own to what ``postgres --version`` says."""
    assert binaries.version(programs(tmp_path / "bin", said)) == binaries.Version(full, major)


def test_versions_that_do_not_do_are_refused(tmp_path: Path) -> None:
    """Too old, not running, not there."""
    with pytest.raises(EmbeddedError, match="PostgreSQL 15 or newer"):
        binaries.version(programs(tmp_path / "old", "postgres (PostgreSQL) 14.9"))
    broken = programs(tmp_path / "broken")
    (broken / "postgres").write_text("#!/bin/sh\nexit 127\n")
    with pytest.raises(EmbeddedError, match="does not run here"):
        binaries.version(broken)
    with pytest.raises(EmbeddedError, match="does not run here"):
        binaries.version(tmp_path)


@pytest.mark.parametrize(
    ("wished", "existing", "added", "chosen"),
    [
        ("postgres", [PADDLES, POSTGRES], False, POSTGRES),
        (None, [PADDLES, POSTGRES, NOBODY], False, PADDLES),
        (None, [POSTGRES, NOBODY], False, POSTGRES),
        (None, [NOBODY], True, PADDLES),
        (None, [NOBODY], False, NOBODY),
    ],
)
def test_the_account_of_a_server_that_root_starts(
    wished: str | None, existing: list[Account], added: bool, chosen: Account
) -> None:
    """The one that is wished for, one of ours, one made for it, and nobody where none can be made."""
    known = {account.name: account for account in existing}
    makes = (lambda name: known.update({name: PADDLES})) if added else (lambda name: None)

    assert binaries.choose_account(wished, known.get, makes) == chosen


def test_a_second_process_may_make_the_account_first() -> None:
    """Whose attempt to add it fails, takes the account that the other one made."""
    known: dict[str, Account] = {"nobody": NOBODY}

    assert binaries.choose_account(None, known.get, lambda name: known.update({"paddles": PADDLES})) == PADDLES


@pytest.mark.parametrize("wished", ["ghost", "root"])
def test_a_wish_that_cannot_be_met_is_an_error(wished: str) -> None:
    """PostgreSQL refuses a user that has no name, and root."""
    known = {"root": Account("root", 0, 0)}

    with pytest.raises(EmbeddedError, match=f"PADDLES_PG_USER: '{wished}'"):
        binaries.choose_account(wished, known.get, lambda name: None)


def test_without_any_account_say_what_to_set() -> None:
    """Not even ``nobody`` exists."""
    with pytest.raises(EmbeddedError, match="set PADDLES_PG_USER"):
        binaries.choose_account(None, lambda name: None, lambda name: None)


def test_who_runs_the_server() -> None:
    """A plain user runs it as itself; root leaves existing data with its owner, if that has a name."""
    if os.geteuid():
        assert binaries.account() is None
        assert binaries.account(owner=os.geteuid()) is None
        return
    owner = binaries.account(owner=65534)
    assert owner
    assert owner.uid == 65534
    with pytest.raises(EmbeddedError, match="user id 4242424"):
        binaries.account(owner=4242424)


@pytest.mark.parametrize(
    ("mode", "owner", "allowed"),
    [
        (0o711, (0, 0), True),
        (0o710, (0, 0), False),
        (0o700, (901, 0), True),
        (0o077, (901, 0), False),
        (0o070, (0, 902), True),
        (0o707, (0, 902), False),
    ],
)
def test_permission_bits_count_for_the_first_class_that_fits(mode: int, owner: tuple[int, int], allowed: bool) -> None:
    """Owner before group before others, as in the kernel."""
    assert binaries.permits(mode, owner, PADDLES, 0o1) is allowed


def test_the_first_closed_directory_is_named(tmp_path: Path) -> None:
    """From the root down, whatever the directories below it allow; what does not exist yet is no obstacle."""
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    tmp_path.chmod(0o755)

    found = binaries.obstacle(closed / "open", STRANGER)

    assert found is not None
    assert closed.is_relative_to(found)
    assert binaries.obstacle(Path("/none/such"), STRANGER) is None


def installation(place: Path) -> Path:
    """Make a wheel's files, closed to everybody else, and return the directory of its programs."""
    bindir = programs(place / "site" / "wheel" / "pginstall" / "bin")
    (bindir.parent / "share").mkdir()
    (bindir.parent / "share" / "postgres.bki").write_text("x")
    (bindir.parent / "include").mkdir()
    (place / "site" / "wheel.libs").mkdir()
    (place / "site" / "wheel.libs" / "libpq.so").write_text("x")
    (bindir / "latest").symlink_to("postgres")
    for path in (*place.rglob("*"), place):
        if not path.is_symlink():
            path.chmod(0o700)
    return bindir


def test_programs_are_copied_once_with_their_libraries(tmp_path: Path) -> None:
    """The copy keeps the places relative to each other, is readable by all, and the original stays closed."""
    bindir = installation(tmp_path / "closed")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".pg-left-over").mkdir()

    copy = binaries.usable(bindir, STRANGER, home)

    assert copy == home / "pg-17.2" / "wheel" / "pginstall" / "bin"
    assert (copy / "latest").readlink() == Path("postgres")
    assert (copy.parent.parent.parent / "wheel.libs" / "libpq.so").read_text() == "x"
    assert not (copy.parent / "include").exists()
    assert not (home / ".pg-left-over").exists()
    assert subprocess.run([copy / "postgres"], capture_output=True, check=True).stdout
    copied = [home / "pg-17.2", *(home / "pg-17.2").rglob("*")]
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in copied)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "closed", *(tmp_path / "closed").rglob("*")))

    (copy / "postgres").write_text("mark")
    assert binaries.usable(bindir, STRANGER, home) == copy
    assert (copy / "postgres").read_text() == "mark"


def test_programs_within_reach_are_used_where_they_are(tmp_path: Path) -> None:
    """No account to switch to, or one that can get there."""
    bindir = installation(tmp_path / "closed")

    assert binaries.usable(bindir, None, tmp_path) == bindir
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        within_reach = programs(Path(place) / "bin")
        within_reach.chmod(0o755)
        assert binaries.usable(within_reach, STRANGER, tmp_path) == within_reach
        (within_reach / "postgres").chmod(0o700)
        assert binaries.usable(within_reach, STRANGER, tmp_path) != within_reach
