"""What files are, by their names (pure)."""

import mimetypes

# Not what the machine that we happen to run on knows.
KINDS = mimetypes.MimeTypes(filenames=())
# Of what is packed, whatever is inside.
PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
MORE = {".log": "text/plain", ".yml": "text/yaml", ".yaml": "text/yaml"}
for _ending, _kind in MORE.items():
    KINDS.add_type(_kind, _ending)


def kind(path: str) -> str:
    """Return the content type that the name of a file says it has, blank for one that says nothing."""
    found, packed = KINDS.guess_type(path.rpartition("/")[2])
    return PACKED.get(packed, "") if packed else found or ""
