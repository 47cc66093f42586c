"""``/workers``: machines that show a token which a certificate vouches for."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from paddles.settings import Settings
from tests.accounts.test_certificates import certified, token
from tests.concurrency.threads import together
from tests.controllers.jobserv.test_workers import ROOM
from tests.controllers.jobserv.wire import Api


@pytest.fixture
def fleet(api: Api, tmp_path: Path, settings: Settings) -> Callable[[str], tuple[Api, dict[str, str]]]:
    """Return what gives a machine of the certificate's: the service as it sees it, and what it shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    kid = certified(tmp_path, key, "x", "y")
    until = int((datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).timestamp())

    def machine(name: str) -> tuple[Api, dict[str, str]]:
        shown = {"HTTP_AUTHORIZATION": f"Bearer {token(key, kid, name=name, exp=until)}"}
        return Api(api.database, settings, machine_certificates_dir=tmp_path), shown

    return machine


def test_a_machine_with_a_signed_token_needs_no_registration(fleet: Callable[..., tuple[Api, dict[str, str]]]) -> None:
    """It is enlisted when it first asks, with the tags of its certificate, and may have no others."""
    own, shown = fleet("w9")

    told = own.client.send("GET", f"/workers/w9/?{ROOM}", **shown).json["data"]["worker"]

    assert (["x", "y"], True) == (told["host_tags"], told["enlisted"])
    own.client.send("GET", f"/workers/w8/?{ROOM}", status=404, **shown)
    own.client.send("PATCH", "/workers/w9/", {"host_tags": "x,z"}, status=403, **shown)
    own.client.send("PATCH", "/workers/w9/", {"host_tags": "x"}, status=200, **shown)
    own.client.send("DELETE", "/workers/w9/", status=200, **shown)
    own.client.send("GET", f"/workers/w9/?{ROOM}", status=404, **shown)


def test_whatever_it_asks_first_it_is_registered_by(fleet: Callable[..., tuple[Api, dict[str, str]]]) -> None:
    """Also by a question that changes nothing else; one that was forgotten is not, and nothing is left of asking."""
    own, shown = fleet("w9")

    answer = own.client.send("GET", "/workers/w9/volumes-deleted/", {"directories": ["a"]}, status=200, **shown)

    assert ["a"] == answer.json["data"]["volumes"]
    assert ["w9"] == [worker["name"] for worker in own.get("/workers/")["workers"]]
    own.client.send("DELETE", "/workers/w9/", status=200, **shown)
    own.client.send("GET", "/workers/w9/volumes-deleted/", {"directories": ["a"]}, status=404, **shown)


def test_one_that_asks_twice_at_first_is_registered_once(fleet: Callable[..., tuple[Api, dict[str, str]]]) -> None:
    """Neither request is refused."""
    for number in range(5):
        users = [fleet(f"w{number}") for _ in range(4)]
        path = f"/workers/w{number}/?{ROOM}"

        def ask(at: int, users: Any = users, path: str = path) -> int:
            own, shown = users[at]
            return int(own.client.send("GET", path, status="*", **shown).status_int)

        assert [200] * 4 == together(4, ask)
