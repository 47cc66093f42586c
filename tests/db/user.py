"""A process that uses an embedded server: says that it has it, and lets go when its standard input ends.

``python user.py HOME [safe]``: with ``safe`` the server keeps its commits whatever happens.
"""

import sys
from pathlib import Path

from paddles.db import embedded


def say(*words: object) -> None:
    """Write one line to whoever started this."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


home = Path(sys.argv[1])
server = embedded.acquire(home, fast="safe" not in sys.argv)
say("ready", server.postmaster_pid(), server.url)
sys.stdin.read()
say("ended", embedded.release(home))
