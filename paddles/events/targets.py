"""Where webhooks lead: addresses are looked up once, judged, and connected to as they were judged."""

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from paddles.errors import Invalid

LONGEST_URL = 2000
PORTS = {"http": 80, "https": 443}
# IPv6 addresses whose end is the IPv4 address that is meant: RFC 6052.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """The place is none that a webhook may lead to, or cannot be found."""


@dataclass(frozen=True)
class Target:
    """A place on the network: ``address`` is what ``host`` was found to be; ``path`` is what is asked for there."""

    host: str
    port: int
    address: str
    secure: bool
    path: str


def check(url: str) -> str:
    """Return the address of a webhook if it is one. Raises Invalid; whether the place may be reached is seen later."""
    if len(url) > LONGEST_URL or any(letter <= " " or letter == "\x7f" for letter in url) or not url.isascii():
        raise Invalid("url: must be an address without blanks, of ASCII, and not longer than 2000 characters")
    try:
        parts = urlsplit(url)
        fits = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise Invalid("url: must be like https://host/path")
    if parts.username is not None or parts.password is not None:
        raise Invalid("url: holds no names and passwords")
    return url


def find(url: str, *, private: bool) -> Target:
    """Look up where an address leads, once, for :func:`connection` to go there and nowhere else.

    Raises:
        Refused: nothing is known by that name, or it leads to this machine, a private network, or no one place,
            and ``private`` is not said.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("its host is not known") from None
    addresses = [str(place[0]) for *_, place in found]
    if not private and not all(public(address) for address in addresses):
        raise Refused("it leads to an address that is not public")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, addresses[0], parts.scheme == "https", path)


def public(address: str) -> bool:
    """Say whether an IP address is one of the world's, and of one machine."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    meant = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if ip in TRANSLATED:
        meant = ipaddress.IPv4Address(ip.packed[-4:])
    return ip.is_global and not ip.is_multicast and (meant is None or public(str(meant)))


class Plain(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever the host's name leads to by now."""

    def __init__(self, target: Target, timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self.target = target

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.create_connection((self.target.address, self.target.port), self.timeout)


class Secure(Plain):
    """The same with TLS; the certificate is the name's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Connect."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.target.host)


def connection(target: Target, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to a place, not made yet."""
    return (Secure if target.secure else Plain)(target, timeout)
