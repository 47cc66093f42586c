"""Repositories of Git on this machine, served over HTTP by Git's own ``git http-backend``."""

import contextlib
import http.server
import os
import pathlib
import subprocess
import threading
from collections.abc import Iterator

MAIN = "main"
WHO = {f"GIT_{role}_{what}": "story@example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
PLAIN = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def git(place: pathlib.Path, *words: str) -> str:
    """Execute a command of Git in a folder, which has to end well, and return what it prints."""
    command, environment = ["git", *words], {**os.environ, **WHO, **PLAIN}
    done = subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Served(http.server.ThreadingHTTPServer):
    """The repositories below a folder; those that are ``away`` are answered for with 503."""

    daemon_threads = True

    def __init__(self, root: pathlib.Path) -> None:
        """Listen on a port of this machine."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.away: set[str] = set()

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Answer in a thread."""
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """A request, for Git to answer as a program of CGI (RFC 3875)."""

    server: Served

    def do_GET(self) -> None:
        """Answer."""
        self.answer()

    def do_POST(self) -> None:
        """Answer."""
        self.answer()

    def answer(self) -> None:
        """Have Git answer, unless its repository is away."""
        path, _, query = self.path.partition("?")
        if path.split("/")[1].removesuffix(".git") in self.server.away:
            self.send_error(503)
            return
        size = self.headers.get("Content-Length", "0")
        said = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": size,
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
        }
        environment, body = {**os.environ, **PLAIN, **said}, self.rfile.read(int(size))
        command = ["git", "http-backend"]
        done = subprocess.run(command, input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Repository:
    """A repository, and a clone of it from which is pushed."""

    def __init__(self, served: Served, name: str) -> None:
        """Make it, empty."""
        self.url = f"http://127.0.0.1:{served.server_port}/{name}.git"
        self.name, self.clone = name, served.root / "clones" / name
        self.clone.mkdir(parents=True)
        git(served.root, "init", "-q", "--bare", "-b", MAIN, f"{name}.git")
        git(self.clone, "init", "-q", "-b", MAIN)
        git(self.clone, "remote", "add", "origin", str(served.root / f"{name}.git"))

    def push(self, message: str, files: dict[str, str], branch: str = MAIN, *, amend: bool = False) -> str:
        """Push a commit with some files to a branch, which may be new, and return its SHA.

        With ``amend`` it takes the place of the latest one.
        """
        if branch != git(self.clone, "symbolic-ref", "--short", "HEAD"):
            known = git(self.clone, "branch", "--list", branch)
            git(self.clone, "checkout", "-q", *([] if known else ["-b"]), branch)
        for name, content in files.items():
            (self.clone / name).write_text(content)
            (self.clone / name).chmod(0o755)
        git(self.clone, "add", ".")
        git(self.clone, "commit", "-q", "-m", message, *(["--amend"] if amend else []))
        git(self.clone, "push", "-q", "--force", "origin", branch)
        return git(self.clone, "rev-parse", "HEAD")
