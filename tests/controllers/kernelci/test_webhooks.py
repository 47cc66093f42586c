"""Webhooks over the wire: superusers make, see, change and take them away."""

from typing import Any

import pytest

from tests.controllers.kernelci.wire import Api, Person

HOOKS = "/latest/webhooks"
SAID = {"url": "https://hook.example/x", "topics": ["job", "run"]}


def make(api: Api, admin: Person, **said: Any) -> Any:
    """Make a webhook and return the answer."""
    return api.post(HOOKS, {**SAID, **said}, token=admin.token).json


def test_a_webhook_from_beginning_to_end(api: Api, admin: Person) -> None:
    """Its secret is shown once, to whoever makes it."""
    made = make(api, admin)
    path = f"{HOOKS}/{made['id']}"
    assert made["secret"].startswith("whsec_")

    (shown,) = api.get(HOOKS, token=admin.token).json
    assert {**SAID, "id": made["id"], "user": "admin", "due": 0, "dead": 0} == {
        name: value for name, value in shown.items() if name != "created"
    }
    assert shown == api.get(path, token=admin.token).json
    changed = api.put(path, {"topics": ["node"]}, token=admin.token).json
    assert {**shown, "topics": ["node"]} == changed
    assert [] == api.get(f"{path}/deliveries?status=dead", token=admin.token).json
    assert {"revived": 0} == api.post(f"{path}/deliveries", token=admin.token).json
    assert api.delete(path, token=admin.token).json is None
    for method in ("GET", "DELETE"):
        api.send(method, path, token=admin.token, status=404)
    api.put(path, {}, token=admin.token, status=404)
    api.get(f"{path}/deliveries", token=admin.token, status=404)


def test_a_secret_may_be_brought(api: Api, admin: Person) -> None:
    """It is the one that is used."""
    secret = "whsec_" + "QUFB" * 8
    assert secret == make(api, admin, secret=secret)["secret"]


@pytest.mark.parametrize(
    "said",
    [{"url": "ftp://x"}, {"url": "http://u:p@x"}, {"topics": []}, {"topics": [""]}, {"secret": "short"}],
)
def test_what_cannot_be_is_refused(api: Api, admin: Person, said: dict[str, Any]) -> None:
    """400, when it is made and when it is changed."""
    path = f"{HOOKS}/{make(api, admin)['id']}"

    api.post(HOOKS, {**SAID, **said}, token=admin.token, status=400)
    api.put(path, said, token=admin.token, status=400)


def test_only_superusers_may(api: Api, ann: Person) -> None:
    """Others are refused, whatever they ask."""
    for method, path in (("GET", HOOKS), ("POST", HOOKS), ("GET", f"{HOOKS}/1"), ("GET", f"{HOOKS}/1/deliveries")):
        api.send(method, path, SAID if method == "POST" else None, token=ann.token, status=403)
        api.send(method, path, SAID if method == "POST" else None, status=401)
