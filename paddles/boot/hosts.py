"""Where a booting machine finds the scheduler, the kernels and the initrds."""

import re
from dataclasses import dataclass

ADDRESS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?:[1-9][0-9]{0,4}")


@dataclass(frozen=True)
class Hosts:
    """Three servers, each ``host:port`` as the booting machine reaches it; a name or an IPv4 address.

    Raises:
        ValueError: an address is none. What is checked here enters scripts as it stands.
    """

    sched: str
    os_http: str
    initrd_http: str

    def __post_init__(self) -> None:
        for name, address in (("sched", self.sched), ("os_http", self.os_http), ("initrd_http", self.initrd_http)):
            if not ADDRESS.fullmatch(address):
                raise ValueError(f"{name} is host:port, not {address!r}")

    @property
    def os_name(self) -> str:
        """The host of the kernels without its port, as root file systems are mounted from it."""
        return self.os_http.rpartition(":")[0]
