"""Repositories of Git for tests, served over HTTP from this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import MemoryRepo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

MAIN = "refs/heads/main"
PATIENCE_S = 30


class Served:
    """Repositories by path, what is asked of them, and the headers that came with it."""

    def __init__(self) -> None:
        self.repositories: dict[str, MemoryRepo] = {}
        self.asked: list[tuple[str, str]] = []
        self.refuses: int | None = None
        self.port = 0
        self.held = ""
        self.gate = threading.Event()

    @contextmanager
    def holding(self, path: str) -> Iterator[None]:
        """Hold what is asked of a path, and of others from then on, until this ends."""
        self.held = path
        self.gate.clear()
        try:
            yield
        finally:
            self.held = ""
            self.gate.set()

    def url(self, path: str = "/p.git") -> str:
        """Return where a repository is."""
        return f"http://127.0.0.1:{self.port}{path}"

    def make(self, path: str = "/p.git", branch: str = MAIN) -> str:
        """Make an empty repository whose own branch is ``branch``, and return its address."""
        made = MemoryRepo()
        made.refs.set_symbolic_ref(b"HEAD", branch.encode())  # type: ignore[arg-type]
        self.repositories[path] = made
        return self.url(path)

    def commit(self, said: str, files: dict[str, str] | None = None, *, path: str = "/p.git", ref: str = MAIN) -> str:
        """Let a ref lead to a new commit with some files, each in the root or in one folder; return its SHA."""
        repository = self.repositories[path]
        tree = Tree()
        for name, content in (files or {"f": said}).items():
            blob = Blob.from_string(content.encode())
            repository.object_store.add_object(blob)
            folder, _, file = name.rpartition("/")
            entry = (file.encode(), 0o100644, blob.id)
            if folder:
                below = Tree()
                below.add(*entry)
                repository.object_store.add_object(below)
                entry = (folder.encode(), 0o040000, below.id)
            tree.add(*entry)
        repository.object_store.add_object(tree)
        made = Commit()
        made.tree, made.message = tree.id, said.encode()
        made.author = made.committer = b"A <a@example.org>"
        made.author_time = made.commit_time = 1_700_000_000
        made.author_timezone = made.commit_timezone = 0
        made.parents = [ObjectID(repository.refs[ref.encode()])] if ref.encode() in repository.refs else []  # type: ignore[index, operator]
        repository.object_store.add_object(made)
        repository.refs[ref.encode()] = made.id  # type: ignore[index]
        return made.id.decode()

    def lead(self, ref: str, sha: str, path: str = "/p.git") -> None:
        """Let a ref lead to a commit."""
        self.repositories[path].refs[ref.encode()] = ObjectID(sha.encode())  # type: ignore[index]

    def drop(self, ref: str, path: str = "/p.git") -> None:
        """Take a ref away."""
        del self.repositories[path].refs[ref.encode()]  # type: ignore[arg-type]


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Served]:
    """Repositories at work."""
    served = Served()
    chain = make_wsgi_chain(DictBackend(served.repositories))  # type: ignore[arg-type]

    def application(environ: Any, start_response: Any) -> Any:
        served.asked.append((environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")))
        if environ["PATH_INFO"] == served.held:
            served.gate.wait(PATIENCE_S)
        if served.refuses:
            start_response(f"{served.refuses} No", [("Location", served.url("/other.git"))])
            return [b""]
        return chain(environ, start_response)

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        served.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()
