"""Child processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def ending_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a child calls first after the fork, to get signal ``number`` when this thread's process ends.

    The calling thread must be the one that forks, and must last: the kernel watches the thread. Elsewhere than on
    Linux the child lives on. The signals that the parent keeps blocked are unblocked in the child.
    """
    # Loaded before the fork: the child of a process with threads must not ask the dynamic loader for anything.
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def follow() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, int(number))
        # The parent may have ended between the fork and the call above.
        if os.getppid() != parent:
            os._exit(1)

    return follow
