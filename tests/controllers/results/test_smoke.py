"""One job, from post to pass."""

from tests.client import Client


def test_a_passing_job_finishes_its_run(client: Client) -> None:
    """The run's summary and status follow a report at once."""
    client.post_json("/runs/r/jobs/", {"job_id": 1, "status": "running"})

    client.put_json("/runs/r/jobs/1/", {"success": True})

    run = client.get("/runs/r/").json
    assert "finished pass" == run["status"]
    assert 1 == run["results"]["pass"]
