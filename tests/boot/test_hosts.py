"""Where a booting machine finds its servers."""

import pytest

from paddles.boot.hosts import Hosts


def test_the_name_of_a_host_is_its_address_without_a_port() -> None:
    """Root file systems are mounted from the host of the kernels."""
    assert "10.0.2.2" == Hosts("10.0.2.2:3000", "10.0.2.2:8000", "10.0.2.2:8800").os_name


@pytest.mark.parametrize("address", ["lab-1.example.org:80", "a:1", "sched_1:65535", "10.0.2.2:3000"])
def test_what_is_an_address(address: str) -> None:
    """A name or an IPv4 address, and a port."""
    assert address == Hosts(address, address, address).sched


@pytest.mark.parametrize(
    "address", ["", "lab", "lab:", ":80", "lab:0", "lab:x", "a b:1", "a;b:1", "lab:80\n", "[::1]:80"]
)
@pytest.mark.parametrize("which", range(3))
def test_what_is_no_address(address: str, which: int) -> None:
    """What could not stand in a script is refused when the service starts, not when a machine boots."""
    addresses = ["lab:1"] * 3
    addresses[which] = address

    with pytest.raises(ValueError, match="host:port"):
        Hosts(*addresses)
