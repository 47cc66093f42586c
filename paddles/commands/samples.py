"""``paddles samples``: some documents of a source as files, to try things with."""

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from paddles.commands.command import DONE, FAILED, Command, Progress, complain, number, words
from paddles.commands.feed import SOURCE_OPTIONS, chosen, now
from paddles.errors import PaddlesError
from paddles.feeds import feeding
from paddles.feeds.sources import Found
from paddles.settings import Settings

MOST = 100_000
UNFIT = re.compile(r"[^\w.-]+", re.ASCII)


class Samples(Command):
    """Write some documents of each kind to files, each called by its kind and its id; nothing is stored.

    Exits with 1 when the directory cannot be written, or a document is not there.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": ["--sample-size", "--sample_size"],
            "type": number(1, MOST),
            "default": 10,
            "dest": "how_many",
            "metavar": "N",
            "help": "so many of each kind (default: 10)",
        },
        {
            "name": ["--samples-dir", "--samples_dir"],
            "type": words,
            "default": "samples",
            "metavar": "D",
            "help": "the directory, which is made where it is not there (default: samples)",
        },
        *SOURCE_OPTIONS,
    )

    def execute(self, settings: Settings) -> int:
        """Fetch and write."""
        folder = writable(Path(self.args.samples_dir))
        source = chosen(settings, self.args, now(), time.sleep)
        written, found = 0, list(source.found())
        with Progress("Writing", len(found)) as progress:
            for each in found:
                result = feeding.fetched(source, each)
                if result.fault:
                    complain(f"{each.kind} {each.id}: {result.fault}")
                else:
                    (folder / name(each)).write_bytes(result.content)
                    written += 1
                progress.advance(1)
        print(f"{written} written to {folder}, {len(found) - written} failed")
        return DONE if written == len(found) else FAILED


def writable(folder: Path) -> Path:
    """Return a directory that can be written, made where it was not there. Raises PaddlesError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise PaddlesError(f"{folder} cannot be made: {getattr(error, 'strerror', None) or error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PaddlesError(f"{folder} cannot be written")
    return folder


def name(found: Found) -> str:
    """Return what the file of a document is called; no id leads out of the directory."""
    return f"{found.kind}_{UNFIT.sub('_', found.id).strip('.') or 'unnamed'}.json"
