"""Addresses at which a file of a job may be put or fetched for some time, by whoever has been given one (pure)."""

import hashlib
import hmac
import json
import mimetypes
from typing import NamedTuple

# Not what the machine that we happen to run on knows.
KINDS = mimetypes.MimeTypes(filenames=())
# Of what is packed, whatever is inside.
PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
MORE = {".log": "text/plain", ".yml": "text/yaml", ".yaml": "text/yaml"}
for _ending, _kind in MORE.items():
    KINDS.add_type(_kind, _ending)


class Use(NamedTuple):
    """What an address is good for: ``GET`` or ``PUT`` of one file of a job, of a content type, until ``expires``."""

    method: str
    job_id: int
    path: str
    kind: str
    expires: int


def signature(key: bytes, use: Use) -> str:
    """Return what only those can make who have the key, as hex digits."""
    return hmac.new(key, json.dumps(use).encode(), hashlib.sha256).hexdigest()


def good(key: bytes, use: Use, signature_: str, now: float) -> bool:
    """Say whether an address was signed for a use, and its time is not over."""
    made = hmac.compare_digest(signature(key, use).encode(), signature_.encode(errors="replace"))
    return made and now < use.expires


def kind(path: str) -> str:
    """Return the content type that the name of a file says it has, blank for one that says nothing."""
    found, packed = KINDS.guess_type(path.rpartition("/")[2])
    return PACKED.get(packed, "") if packed else found or ""
