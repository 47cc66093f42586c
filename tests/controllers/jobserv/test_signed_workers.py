"""``/workers``: machines that show a token which a certificate vouches for."""

import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from paddles.settings import Settings
from tests.accounts.test_certificates import certified, token
from tests.controllers.jobserv.test_workers import ROOM
from tests.controllers.jobserv.wire import Api


def test_a_machine_with_a_signed_token_needs_no_registration(api: Api, tmp_path: Path, settings: Settings) -> None:
    """It is enlisted when it first asks, with the tags of its certificate, and may have no others."""
    key = ec.generate_private_key(ec.SECP256R1())
    kid = certified(tmp_path, key, "x", "y")
    own = Api(api.database, settings, machine_certificates_dir=tmp_path)
    until = int((datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).timestamp())
    shown = {"HTTP_AUTHORIZATION": f"Bearer {token(key, kid, name='w9', exp=until)}"}

    told = own.client.send("GET", f"/workers/w9/?{ROOM}", **shown).json["data"]["worker"]

    assert (["x", "y"], True) == (told["host_tags"], told["enlisted"])
    own.client.send("GET", f"/workers/w8/?{ROOM}", status=404, **shown)
    own.client.send("PATCH", "/workers/w9/", {"host_tags": "x,z"}, status=403, **shown)
    own.client.send("PATCH", "/workers/w9/", {"host_tags": "x"}, status=200, **shown)
    own.client.send("DELETE", "/workers/w9/", status=200, **shown)
    own.client.send("GET", f"/workers/w9/?{ROOM}", status=404, **shown)
