"""Mail addresses: which there can be, and when two are the same. Pure."""

import re

from paddles.errors import Invalid

LONGEST = 254
# What mail servers take without quoting (RFC 5321); a domain is a name, so that nothing is sent to numbers.
LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"({LOCAL})@({LABEL}(\.{LABEL})*)")


def checked(text: str) -> str:
    """Return an address with its domain in lower case.

    Raises:
        Invalid: it is none.
    """
    found = ADDRESS.fullmatch(text)
    if found is None or len(text) > LONGEST or len(found[1]) > 64:
        raise Invalid("must be an e-mail address")
    return f"{found[1]}@{found[3].lower()}"


def key(address: str) -> str:
    """Return what is the same for addresses that differ by case alone."""
    return address.lower()
