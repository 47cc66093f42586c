"""A listening socket that outlives the server using it, so that a restart of the server refuses nobody.

    python -m paddles.commands.listener PATH                  listen, and hand the socket to whoever asks at PATH
    python -m paddles.commands.listener PATH COMMAND...       become COMMAND, with the socket that is handed out there

While no server runs, clients wait in the socket's queue. The socket reaches COMMAND as systemd's socket activation
would give it: descriptor 3, LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)). ``supervisord_paddles.conf`` uses both forms.
"""

import contextlib
import errno
import os
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

BACKLOG = 2048
# systemd calls it SD_LISTEN_FDS_START.
FIRST = 3
# For how long a server waits for somebody to hand out the socket, and how often it looks.
PATIENCE_S = 15.0
PAUSE_S = 0.05
# Nobody but the account that listens may be handed the socket.
OWNER_ONLY = 0o177


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments say; return the exit code of what failed, and otherwise not at all."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    path, command = Path(words[0]), words[1:]
    try:
        if command:
            become(command, received(path, PATIENCE_S))
        hand_out(awaited(*address()), path)
    except (OSError, OverflowError, ValueError) as error:
        print(f"paddles: {error}", file=sys.stderr)
        return 1


def address() -> tuple[str, int]:
    """Return where to listen, as gunicorn_config.py reads it."""
    return os.environ.get("PADDLES_SERVER_HOST") or "127.0.0.1", int(os.environ.get("PADDLES_SERVER_PORT") or "8080")


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError, OverflowError: there can be none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def awaited(host: str, port: int) -> socket.socket:
    """Return a socket that listens, once the address is free.

    A listener that was killed left its socket with the server, which goes on; this one has its turn afterwards.

    Raises:
        OSError, OverflowError: there can be none, however long one waits.
    """
    said = False
    while True:
        try:
            return listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        if not said:
            print(f"paddles: port {port} of {host} is in use; waiting for it", file=sys.stderr, flush=True)
        said = True
        time.sleep(PAUSE_S)


def hand_out(listener: socket.socket, path: Path) -> NoReturn:
    """Give the socket to each process of this account that connects to ``path``, for ever."""
    path.unlink(missing_ok=True)
    before = os.umask(OWNER_ONLY)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        os.umask(before)
        door.listen()
        while True:
            server, _ = door.accept()
            # Whoever does not wait for it does not get it.
            with contextlib.suppress(OSError), server:
                socket.send_fds(server, [b"1"], [listener.fileno()])


def received(path: Path, patience_s: float) -> int:
    """Return the socket that is handed out at ``path``, as a descriptor.

    Raises:
        OSError: there was none in time.
    """
    deadline = time.monotonic() + patience_s
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as door:
            door.connect(str(path))
            _, found, _, _ = socket.recv_fds(door, 1, 1)
            if found:
                return found[0]
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody hands out a listening socket at {path}")
        time.sleep(PAUSE_S)


def become(command: list[str], listener: int) -> NoReturn:
    """Run ``command`` instead of this program, with the socket.

    Raises:
        OSError: there is no such program.
    """
    if listener != FIRST:
        os.dup2(listener, FIRST)
        os.close(listener)
    os.set_inheritable(FIRST, True)
    environment = os.environ | {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execvpe(command[0], command, environment)  # noqa: S606 - the command of whoever starts this


if __name__ == "__main__":
    sys.exit(main())
