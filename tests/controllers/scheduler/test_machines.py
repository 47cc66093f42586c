"""Which machine has which address, and which queues it asks."""

import pytest

from tests.client import Client
from tests.controllers.scheduler.wire import CGI, MAC, MACHINE, boot, container, register, submit
from tests.factories import make_node, names_of

SET_MAC, DEL_MAC, SET_QUEUES, DEL_QUEUES = "/set_host_mac", "/del_host_mac", "/set_host2queues", "/del_host2queues"
ALL = (SET_MAC, DEL_MAC, SET_QUEUES, DEL_QUEUES)
RIGHT = f"hostname={MACHINE}&host={MACHINE}&mac={MAC}&queues=a,b"


@pytest.mark.parametrize("below", ["", "/scheduler"])
@pytest.mark.parametrize("path", ALL)
def test_the_answer_is_done(client: Client, below: str, path: str) -> None:
    """One word and a line feed, as text; again and again."""
    answers = [client.put(f"{below}{path}?{RIGHT}", status=200) for _ in range(2)]

    assert [b"Done\n"] * 2 == [answer.body for answer in answers]
    assert "text/plain; charset=utf-8" == answers[0].headers["Content-Type"]


def test_an_address_moves_to_another_machine(client: Client) -> None:
    """The last word counts; a forgotten one is nobody's."""
    small, big = submit(client, testbox="small-1"), submit(client, testbox="big-1")
    register(client, hostname="small-1")
    register(client, "52:54:00:12:34:56", "big-1")

    assert f"/{big}/job.cgz" in boot(client)
    client.put(f"{DEL_MAC}?mac={MAC}")
    assert "No job now" in boot(client)
    register(client, hostname="small-7")
    assert f"/{small}/job.cgz" in boot(client)


def test_a_machine_asks_the_queues_that_were_set(client: Client) -> None:
    """Instead of its group's, until they are taken away."""
    other, own = submit(client, testbox="other-1"), submit(client)
    client.put(f"{SET_QUEUES}?host={MACHINE}&queues=other,%20third")

    assert container(client)["job"].endswith(f"/{other}/job.cgz")
    client.get(f"{CGI}/lkp-post-run?job_id={other}")
    assert {} == container(client)
    client.put(f"{DEL_QUEUES}?host={MACHINE}")
    assert container(client)["job"].endswith(f"/{own}/job.cgz")


def test_machines_are_the_archives(client: Client) -> None:
    """One that is registered is a node, one that is a node is not registered twice."""
    make_node(client, MACHINE, arch="x86_64")
    register(client)
    register(client, "52-54-00-00-00-01", "vm-2p8g-2")

    nodes = client.get("/nodes/").json
    assert [MACHINE, "vm-2p8g-2"] == names_of(nodes)
    assert "x86_64" == nodes[0]["arch"]


def test_a_machine_without_queues_is_not_made(client: Client) -> None:
    """Taking away what was never set registers nobody."""
    client.put(f"{DEL_QUEUES}?host={MACHINE}", status=200)
    client.put(f"{DEL_MAC}?mac={MAC}", status=200)

    assert [] == client.get("/nodes/").json


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("wrong", [
    "hostname=&host=&mac=&queues=", "", "hostname=a/b&host=a/b&mac=x&queues=%0a",
    "hostname=%00&host=%00&mac=%00&queues=%00", "hostname=..&host=..&mac=..&queues=%7f",
    "hostname=lock_many&host=lock_many&mac=1&queues=" + "x" * 513,
    "hostname=%27&host=%27&mac=" + "5" * 9999 + "&queues=" + ",".join(map(str, range(101))), "host=%ff",
])  # fmt: skip
def test_bad_parameters_are_400(client: Client, path: str, wrong: str) -> None:
    """Whichever is missing or no name, address or list; nothing is registered."""
    # Each of the parameters is wrong, so one that an address does not read does not matter.
    assert client.refused("PUT", f"{path}?{wrong}", 400)
    assert [] == client.get("/nodes/").json


@pytest.mark.parametrize("name", ["hostname", "mac", "host", "queues"])
def test_a_missing_parameter_is_named(client: Client, name: str) -> None:
    """As every face says it."""
    left = "&".join(part for part in RIGHT.split("&") if not part.startswith(f"{name}="))
    path = SET_MAC if name in ("hostname", "mac") else SET_QUEUES

    assert f"could not find required key: '{name}'" == client.refused("PUT", f"{path}?{left}", 400)


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("path", ALL)
def test_only_put_changes_machines(client: Client, path: str) -> None:
    """Every other method is 405."""
    for method in ("GET", "HEAD", "POST", "DELETE", "PATCH", "PROPFIND"):
        client.send(method, f"{path}?{RIGHT}", b"", status=405)
    assert [] == client.get("/nodes/").json
