"""The service's own addresses: what is here, and how it is doing."""

import pytest

import paddles
from paddles.app import serve
from paddles.db import engine, migrations
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.factories import make_job


def test_the_root_says_what_is_here(client: Client) -> None:
    """Name, version, the addresses, and how many runs and jobs there are in each status."""
    make_job(client, "a", job_id=1, status="pass")
    make_job(client, "b", job_id=1, status="queued")
    make_job(client, "b", job_id=2, status="queued")

    root = client.get("/").json

    assert ("paddles", paddles.__version__) == (root["name"], root["version"])
    assert "http://paddles.example/runs/" == root["links"]["runs"]
    assert {"runs", "jobs", "nodes", "queue"} <= set(root["links"])
    assert (2, 3, 1, 2, 0) == tuple(root["counts"][key] for key in ("runs", "jobs", "pass", "queued", "dead"))


def test_the_links_of_the_root_work(client: Client) -> None:
    """Every address that the root names answers."""
    for link in client.get("/").json["links"].values():
        client.get(link.removeprefix("http://paddles.example"), status=200)


def test_links_fall_back_to_where_the_server_listens(database: Database, settings: Settings) -> None:
    """Without a public address, links name host and port."""
    bare = settings.model_copy(update={"address": "", "server_host": "10.0.0.1", "server_port": 99})

    assert "http://10.0.0.1:99/runs/" == Client(serve(database, bare)).get("/").json["links"]["runs"]


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz", "/readyz/"])
def test_a_running_service_is_well(client: Client, path: str) -> None:
    """Both probes answer 200 while the database is there and up to date."""
    assert "ok" == client.get(path, status=200).json["status"]


def test_readiness_names_the_migration(client: Client) -> None:
    """The schema that the database is at is the one this code needs."""
    assert migrations.head() == client.get("/readyz").json["migration"]


def test_without_a_database_the_process_is_alive_and_not_ready(settings: Settings) -> None:
    """healthz answers whatever the database does; everything else is a 503 in JSON that says when to ask again."""
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg2://paddles@127.0.0.1:1/none"})
    client = Client(serve(engine.connect(nowhere), nowhere))

    assert "ok" == client.get("/healthz", status=200).json["status"]
    for path in ("/readyz", "/runs/", "/", "/nodes/x/"):
        answer = client.get(path, status=503)
        assert "the database is unavailable, please retry" == answer.json["message"]
        assert answer.headers["Retry-After"].isdigit()
    assert "unavailable" in client.refused("POST", "/runs/", 503, {"name": "x"})
