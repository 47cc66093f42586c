"""The story itself: every promise in order, one line for each, an end at the first that is broken.

Runs in teuthology's virtualenv with HOME set to the directory that ``lab.home`` made; see ``drive.py``.
"""

import teuthology  # First of all: gevent has to patch the standard library before anything loads ssl.

# isort: split

import base64
import hashlib
import logging
import pathlib
import sys
import time
from importlib import metadata

import ending
import finding
import killing
import locking
import reporting
from client import Aside, Lab
from expect import BrokenError, same, true


def unmodified(lab: Lab) -> None:
    """teuthology 1.3.0 is installed as released, file by file"""
    same("1.3.0", teuthology.__version__, "version")
    code = [file for file in metadata.files("teuthology") if file.suffix == ".py" and file.hash]
    true(len(code) > 100, f"only {len(code)} files")
    for file in code:
        digest = hashlib.new(file.hash.mode, file.locate().read_bytes()).digest()
        same(file.hash.value, base64.urlsafe_b64encode(digest).decode().rstrip("="), f"hash of {file}")


def empty(lab: Lab) -> None:
    """the server is empty at the beginning"""
    same(([], []), (lab.get("/runs/"), lab.get("/nodes/")), "runs and machines")


STORY = (unmodified, empty, *locking.STORY, *reporting.STORY, *ending.STORY, *finding.STORY, *killing.STORY)


def tell(lab: Lab) -> bool:
    """Check the promises in order and print them; stop at the first that does not hold."""
    begun = time.monotonic()
    for promise in STORY:
        text = " ".join(promise.__doc__.split())
        at = time.monotonic()
        try:
            lab.nightly = Aside(lambda promise=promise: (promise(lab), lab.nightly)[1]).result()
        except BrokenError as broken:
            sys.stdout.write(f"BROKEN  {text}\n{promise.__module__}.{promise.__name__}: {broken}\n")
            return False
        sys.stdout.write(f"ok {time.monotonic() - at:5.1f} s  {text}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(STORY)} promises kept in {time.monotonic() - begun:.0f} s\n")
    return True


def main() -> int:
    """Tell the story to the server at the given address."""
    url, home = sys.argv[1:]
    # teuthology logs to standard error by default; the promises are easier to read without.
    logging.basicConfig(filename=f"{home}/story.log", level=logging.INFO, force=True)
    return 0 if tell(Lab(url, pathlib.Path(home))) else 1


if __name__ == "__main__":
    sys.exit(main())
