"""``pecan submit``: the jobs of an lkp job file, into the queues of this service or of another."""

import argparse
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from paddles.archive.names import Scheme
from paddles.boot import defaults, expansion, job_file, job_words, jobs, preview
from paddles.boot.hosts import Hosts
from paddles.commands import posting
from paddles.commands.command import DONE, DatabaseCommand, words
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid, PaddlesError
from paddles.settings import Settings

# So many jobs are stored at once: neither are their run and queue locked for long, nor is each a transaction.
BATCH = 100
# What a dry run calls a job that nobody numbered.
NO_NUMBER = 0

Job = dict[str, Any]
Options = tuple[Mapping[str, Any], ...]

OPTIONS: Options = (
    {
        "name": ["-s", "--set"],
        "action": "append",
        "default": [],
        "type": words,
        "metavar": "key=value",
        "help": "override what the file says, as a word behind it does; may be repeated",
    },
    {
        "name": "--expand",
        "action": "append",
        "default": [],
        "type": words,
        "metavar": "NAME",
        "help": "lists under this key are alternatives too, each a job; may be repeated",
    },
    {"name": "--url", "type": words, "help": "submit to the scheduler at http://host:port instead of the database"},
    {"name": "--dry-run", "action": "store_true", "help": "show what machines would get, and submit nothing"},
)


class Submit(DatabaseCommand):
    """Submit the jobs of an lkp job file.

    Words are [key=value...] job.yaml [key=value...]: those before the file are defaults below what it says, those
    behind it override it. A job is submitted for each combination of the alternatives in the file's lists; all of them
    are checked before the first. Prints id and result root of each job. Options may stand anywhere.
    """

    arguments: ClassVar[Options] = (
        *OPTIONS,
        {"name": "words", "nargs": argparse.REMAINDER, "metavar": "word", "help": "the job file, and key=value words"},
    )

    def run(self, args: argparse.Namespace) -> None:
        """Find options and configuration file among the words, then do what any command does."""
        super().run(gathered(args))

    def execute(self, settings: Settings) -> int:
        """Expand and check the jobs, then show, send or store them."""
        hosts = jobs.hosts(settings)
        named = [(name, _checked(name, job, hosts)) for name, job in atomic(self.args)]
        if self.args.dry_run:
            for name, job in named:
                print(preview.text(name, defaults.completed(job, NO_NUMBER, hosts), hosts), flush=True)
            return DONE
        self.jobs = [job for _, job in named]
        if self.args.url is None:
            return super().execute(settings)
        for job in self.jobs:
            for job_id, result_root in posting.submit(self.args.url, job):
                print(job_id, result_root, flush=True)
        return DONE

    def work(self, database: Database, settings: Settings) -> int:
        """Store the jobs."""
        for start in range(0, len(self.jobs), BATCH):
            stored = transact(database, self._store(self.jobs[start : start + BATCH], settings))
            for job in stored:
                print(job["id"], job["result_root"], flush=True)
        return DONE

    def _store(self, batch: Sequence[Job], settings: Settings) -> Callable[[Session], list[Job]]:
        now, hosts, scheme = self.now, jobs.hosts(settings), Scheme(settings.zone, settings.known_suites)
        return lambda session: [jobs.submit(session, job, now, hosts, scheme) for job in batch]


def gathered(args: argparse.Namespace) -> argparse.Namespace:
    """Return arguments with the options that stand among the words; the first of two files is the configuration."""
    parser = argparse.ArgumentParser("pecan submit", description=" ".join((Submit.__doc__ or "").split()))
    for option in OPTIONS:
        names = option["name"] if isinstance(option["name"], list) else [option["name"]]
        parser.add_argument(*names, **{key: value for key, value in option.items() if key != "name"})
    parser.add_argument("said", nargs="*", type=words, metavar="word")
    found = parser.parse_intermixed_args([*filter(None, [args.config_file]), *args.words], args)
    configured = len([word for word in found.said if "=" not in word]) > 1 and "=" not in found.said[0]
    found.config_file = found.said[0] if configured else None
    found.words = found.said[1:] if configured else found.said
    return found


def atomic(args: argparse.Namespace) -> Iterator[tuple[str, Job]]:
    """Return the atomic jobs that arguments ask for, each with what its file is called, all under one ``submit_id``.

    Raises:
        Misuse: the words name no job file, or say no key and value.
        PaddlesError: the file cannot be read.
        Invalid: no jobs can be made of it; the message names the file.
    """
    try:
        said = job_words.arguments(args.words)
        overrides = {**said.overrides, **job_words.assignments(args.set)}
    except Invalid as error:
        raise Misuse(str(error)) from None
    if "submit_id" not in said.defaults:
        overrides = {"submit_id": str(uuid.uuid4()), **overrides}
    rules = expansion.Rules(dimensions=args.expand, defaults=said.defaults, overrides=overrides)
    text = _read(said.path)
    try:
        yield from expansion.files(job_file.read(text, path=said.path), Path(said.path).stem, rules)
    except Invalid as error:
        raise Invalid(f"{said.path}: {error}") from None


def _checked(name: str, job: Job, hosts: Hosts) -> Job:
    try:
        return jobs.checked(job, hosts)
    except Invalid as error:
        raise Invalid(f"{name}: {error}") from None


def _read(path: str) -> str:
    try:
        content = Path(path).read_bytes()
        return content.decode()
    except UnicodeDecodeError:
        raise PaddlesError(f"{path} is not UTF-8") from None
    except (OSError, ValueError) as error:
        raise PaddlesError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
