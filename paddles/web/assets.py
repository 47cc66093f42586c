"""The files that pages are made of: named by what is in them, so that whoever has one never asks for it again."""

import functools
import gzip
import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

import pecan
from webob import Response

from paddles.errors import NotFound

FOLDER = "static/pages"
KINDS = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "txt": "text/plain",
}
# Lines that are comments and nothing else, and what lines begin with or are blank.
COMMENTS = re.compile(rb"(?m)^[ \t]*(?:/\*\*(?:[^*]|\*(?!/))*\*/|//[^\n]*)[ \t]*\n")
INDENTS = re.compile(rb"(?m)^\s+")
# For a year: its name changes with it.
CACHED = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file: its name with a part of its digest in it, its bytes as they are and packed, and their kind."""

    name: str
    content: bytes
    packed: bytes
    kind: str


def address(path: str) -> str:
    """Return the address of a file of ``static/pages``, below that of the service."""
    return f"/static/{found()[path].name}"


def answer(name: str) -> Response:
    """Return a file by its name with the digest. Raises NotFound."""
    asset = _named().get(name)
    if asset is None:
        raise NotFound(f"no file is called {name}")
    packed = "gzip" in pecan.request.headers.get("Accept-Encoding", "")
    response = Response(body=asset.packed if packed else asset.content, content_type=asset.kind, charset="utf-8")
    if packed:
        response.content_encoding = "gzip"
    response.vary = ["Accept-Encoding"]
    response.headers["Cache-Control"] = CACHED
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@functools.cache
def found() -> dict[str, Asset]:
    """Return the files by their path below ``static/pages``.

    Modules of ours leave out the lines that are comments, and indentation: a fifth of what is sent would be what nobody
    runs; no text of theirs goes over more than one line. A module
    names the others that it imports as they lie there; each name is replaced by the one with a digest, so a module's
    own digest says what it imports, too.
    """
    files = dict(_files(resources.files("paddles").joinpath(FOLDER), ""))
    made: dict[str, Asset] = {}
    while len(made) < len(files):
        ready = [path for path, text in files.items() if path not in made and _ready(text, files, made, path)]
        if not ready:
            raise ValueError(f"modules import each other in a circle: {sorted(files.keys() - made.keys())}")
        for path in ready:
            made[path] = _asset(path, _linked(_lean(path, files[path]), made))
    return made


def _lean(path: str, content: bytes) -> bytes:
    # What others wrote lies in folders of its own, and keeps its licence.
    return INDENTS.sub(b"", COMMENTS.sub(b"", content)) if path.endswith(".js") and "/" not in path else content


def _ready(content: bytes, files: dict[str, bytes], made: dict[str, Asset], own: str) -> bool:
    return all(path in made for path in files if path != own and _import(path) in content)


def _linked(content: bytes, made: dict[str, Asset]) -> bytes:
    for path, asset in made.items():
        content = content.replace(_import(path), f'"./{asset.name}"'.encode())
    return content


def _import(path: str) -> bytes:
    return f'"./{path}"'.encode()


def _asset(path: str, content: bytes) -> Asset:
    stem, _, suffix = path.replace("/", "-").rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"{stem}.{digest}.{suffix}", content, gzip.compress(content, mtime=0), KINDS[suffix])


@functools.cache
def _named() -> dict[str, Asset]:
    return {asset.name: asset for asset in found().values()}


def _files(folder: Traversable, before: str) -> "list[tuple[str, bytes]]":
    """Return the files of a folder and of those below by their paths."""
    read = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            read += _files(each, f"{before}{each.name}/")
        elif each.name.rpartition(".")[2] in KINDS:
            read.append((before + each.name, each.read_bytes()))
    return read
