"""``paddles demo``: a running service filled with a lab that never was, through its own addresses."""

import argparse
import datetime
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pecan.commands.base import BaseCommand

from paddles.commands import demo_account
from paddles.commands.command import DONE, Configured, end_with, number, words
from paddles.commands.configuring import Misuse
from paddles.demo import filling
from paddles.demo.filling import Wanted
from paddles.demo.wire import Wire

USUAL = "http://127.0.0.1:8080"
ABOUT = """Fill a running service with a lab that never was: machines, queues, runs of weeks, kernels, projects. Speaks
to it as its clients do, and but with --own needs neither its configuration nor its database. Exit code: 0 done, 1
refused, 3 nobody answers."""
# Fewer have no room for what breaks and is mended.
FEWEST_DAYS, MOST_DAYS = 3, 365
MOST_RUNS, MOST_SEED = 20_000, 10**6


class Demo(BaseCommand):  # type: ignore[misc]
    """Fill a running service with a lab that never was."""

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": "url",
            "nargs": "?",
            "default": USUAL,
            "type": words,
            "action": Configured,
            "about": ABOUT,
            "help": f"where it listens ({USUAL})",
        },
        {"name": "--days", "type": number(FEWEST_DAYS, MOST_DAYS), "default": 60, "help": "how far back (60)"},
        {"name": "--runs", "type": number(1, MOST_RUNS), "default": 400, "help": "how many that have ended (400)"},
        {"name": "--seed", "type": number(1, MOST_SEED), "default": 1, "help": "another number is another lab (1)"},
        {"name": "--token", "type": words, "default": "", "help": "of an administrator: for projects and nodes"},
        {"name": "--own", "action": "store_true", "help": "make that token, where `./dev up` of this user serves it"},
        {"name": "--data", "type": Path, "help": "with --own: the directory that `./dev up` was told"},
        {"name": "--samples", "type": Path, "help": "a directory of LAVA callbacks and KCIDB documents to send too"},
        {"name": "--yes", "action": "store_true", "help": "also where there are runs of others"},
    )

    def run(self, args: argparse.Namespace) -> None:
        """Do what the arguments say; ends the process with its exit code unless that is 0."""
        super().run(args)
        end_with(self.execute)

    def execute(self) -> int:
        """Look at what is there, then fill."""
        if self.args.samples and not self.args.samples.is_dir():
            raise Misuse(f"{self.args.samples} is no directory")
        now = datetime.datetime.now(datetime.UTC)
        if self.args.token or not self.args.own:
            self._fill(self.args.token, now)
            return DONE
        with demo_account.token(self.args.url, self.args.data, now) as token:
            self._fill(token, now)
        return DONE

    def _fill(self, token: str, now: datetime.datetime) -> None:
        # Within an hour the same words say the same.
        hour = now.replace(minute=0, second=0, microsecond=0)
        wire = Wire(self.args.url, token)
        try:
            filling.check_token(wire)
            if not self.args.yes:
                filling.check_runs(wire)
            filling.fill(wire, Wanted(self.args.seed, self.args.days, self.args.runs, hour, self.args.samples), _say)
        finally:
            wire.close()


def _say(line: str) -> None:
    print(f"demo: {line}", file=sys.stderr, flush=True)
