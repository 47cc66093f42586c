"""Where webhooks may lead, and what they are signed with."""

import base64
import hashlib
import hmac

import pytest

from paddles.errors import Invalid
from paddles.events import signatures, targets
from paddles.events.targets import Refused


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
    ],
)
def test_addresses_of_the_world(address: str, expected: bool) -> None:
    """Neither this machine, nor private networks, nor many at once, however they are written."""
    assert expected == targets.public(address)


@pytest.mark.parametrize(
    "url", ["http://h", "https://h:8443/p/a?q=1", "http://127.0.0.1:1/", "http://[::1]/", "HTTP://H/"]
)
def test_addresses_that_can_be(url: str) -> None:
    """HTTP with or without TLS, any host and port; where it leads is seen when it is told something."""
    assert url == targets.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h",
        "//h/",
        "ftp://h/",
        "file:///etc/passwd",
        "http:///p",
        "http://h:0/",
        "http://h:x/",
        "http://h:99999/",
        "http://u:p@h/",
        "http://u@h/",
        "http://h/ x",
        "http://h/\r\nX: y",
        "http://[::1/",
        "http://ä/",
        f"http://h/{'x' * 2000}",
    ],
)
def test_addresses_that_cannot_be(url: str) -> None:
    """They are refused when a webhook is made."""
    with pytest.raises(Invalid):
        targets.check(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_this_machine_is_refused_unless_allowed(host: str) -> None:
    """Whatever it is called; what was found is what is connected to."""
    with pytest.raises(Refused):
        targets.find(f"http://{host}:81/p?q", private=False)


def test_what_was_found_is_connected_to() -> None:
    """The name stays for the request and the certificate."""
    found = targets.find("https://localhost/p?q", private=True)

    assert ("localhost", 443, True, "/p?q") == (found.host, found.port, found.secure, found.path)
    assert found.address in ("127.0.0.1", "::1")


def test_hosts_that_are_not_known() -> None:
    """They may be tomorrow: it is refused now, and tried again."""
    with pytest.raises(Refused):
        targets.find("http://nobody.invalid/", private=True)


def test_a_signature_is_what_receivers_compute() -> None:
    """HMAC-SHA256 of id, moment and body, as Standard Webhooks has it."""
    key = bytes(range(24))
    secret = "whsec_" + base64.b64encode(key).decode()

    expected = base64.b64encode(hmac.new(key, b'msg.1700000000.{"a": 1}', hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" == signatures.sign(secret, "msg", 1700000000, b'{"a": 1}')


def test_a_new_secret_is_one() -> None:
    """And no other is the same."""
    made = signatures.make()
    assert made == signatures.check(made) != signatures.make()


@pytest.mark.parametrize("secret", ["", "x", "whsec_", "whsec_eA==", "whsec_%%", "whsec_" + "QUFB" * 40, "QUFB" * 8])
def test_weak_secrets_are_refused(secret: str) -> None:
    """Too short, too long, or not written as they are."""
    with pytest.raises(Invalid):
        signatures.check(secret)
