"""What is refused at /taskqueue/: an empty body, and the reason in a header."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.client import Client
from tests.controllers.taskqueue.calls import QUEUE, add, consume, keys


def told(client: Client, method: str, path: str, status: int, body: Any = None) -> str:
    """Send a request that is refused, without a body, and return what the header says."""
    answer = client.send(method, f"/taskqueue/{path}", body, status=status)
    assert b"" == answer.body
    return answer.headers["CCI-Error-Description"]


def without_lab(_client: Client) -> tuple[Any, str]:
    """A task of no lab."""
    return {"x": 1}, "Need the lab in the task content"


def above_the_counter(_client: Client) -> tuple[Any, str]:
    """An id that was never given."""
    return {"lab": "z9", "id": "z9.999999999999"}, "Add with error id <z9.999999999999>"


def no_id(_client: Client) -> tuple[Any, str]:
    """What is no id."""
    return {"lab": "z9", "id": "z9.x"}, "Add with error id <z9.x>"


def there(client: Client) -> tuple[Any, str]:
    """An id that is ready."""
    task_id = add(client)
    return {"lab": "z9", "id": task_id}, f"Queue <{QUEUE}> already has id <{task_id}>"


def in_process(client: Client) -> tuple[Any, str]:
    """An id that is in process."""
    task_id = add(client)
    consume(client)
    return {"lab": "z9", "id": task_id}, f"Service <sched> still has id <{task_id}> in process"


def in_process_elsewhere(client: Client) -> tuple[Any, str]:
    """An id that another service has in process."""
    task_id = add(client, "other")
    consume(client, "other")
    return {"lab": "z9", "id": task_id}, f"TaskQueue still has id <{task_id}> in process"


@pytest.mark.parametrize(
    "case", [without_lab, above_the_counter, no_id, there, in_process, in_process_elsewhere], ids=lambda f: f.__name__
)
def test_an_add_that_cannot_be_is_refused(client: Client, case: Callable[[Client], tuple[Any, str]]) -> None:
    """409 with the reason; what is there stays as it is."""
    body, reason = case(client)
    before = keys(client)

    assert reason == told(client, "POST", f"add?queue={QUEUE}", 409, body)
    assert before == keys(client)


@pytest.mark.parametrize(("method", "path", "body", "reason"), [
    ("POST", "add", {"lab": "z9"}, "Missing parameter <queue>"),
    ("POST", "add?queue=", {"lab": "z9"}, "Missing parameter <queue>"),
    ("POST", "add?queue=q", None, "Missing http body"),
    ("POST", "add?queue=q", b"{", "could not decode JSON body"),
    ("POST", "add?queue=q", b"[]", "could not decode JSON body: it must be an object"),
    ("PUT", "consume", None, "Missing parameter <queue>"),
    ("PUT", "hand_over?to=q&id=1", None, "Missing parameter <from>"),
    ("PUT", "hand_over?from=q&id=1", None, "Missing parameter <to>"),
    ("PUT", "hand_over?from=q&to=q", None, "Missing parameter <id>"),
    ("PUT", "delete?id=1", None, "Missing parameter <queue>"),
    ("PUT", "delete?queue=q", None, "Missing parameter <id>"),
    ("GET", "keys", None, "Missing parameter <queue>"),
    ("PUT", "consume?queue=/x", None, "a queue is called like service/name, by at most 256 characters"),
    ("PUT", "consume?queue=a%0d%0ab", None, "a queue is called like service/name, by at most 256 characters"),
    ("POST", "add?queue=branch/x", {"lab": "z9"}, "a run cannot be called branch: /runs/branch/ has a meaning of its own"),  # noqa: E501
])  # fmt: skip
def test_what_is_missing_or_wrong_is_said_in_the_header(
    client: Client, method: str, path: str, body: Any, reason: str
) -> None:
    """400, with an empty body."""
    assert reason == told(client, method, path, 400, body)


@pytest.mark.parametrize("call", ["hand_over?from=sched/q&to=x", "delete?queue=sched/q"])
@pytest.mark.parametrize("task_id", ["1", "z9.1", "../x", "%3Cb%3E%0D%0AX-Evil: 1", "x" * 5000, "ü"])
def test_a_task_that_is_not_there_is_said_so(client: Client, call: str, task_id: str) -> None:
    """409, whatever it is called; a line break does not leave the header."""
    assert told(client, "PUT", f"{call}&id={quote(task_id, safe='%')}", 409).startswith("Can not find id <")


def test_a_ready_task_cannot_be_handed_over(client: Client) -> None:
    """Nor one that is in process in another queue of the service."""
    task_id = add(client)
    assert "Can not find id" in told(client, "PUT", f"hand_over?from={QUEUE}&to=x&id={task_id}", 409)
    consume(client)
    assert "Can not find id" in told(client, "PUT", f"hand_over?from=sched/dc&to=x&id={task_id}", 409)
    assert f"{QUEUE}/in_process" in keys(client)


def test_only_its_own_methods_change_anything(client: Client) -> None:
    """Any other is a 405 that names those that are known."""
    add(client)

    for method in ("GET", "HEAD", "POST", "DELETE", "PATCH"):
        answer = client.send(method, f"/taskqueue/consume?queue={QUEUE}", status=405)
        assert "PUT, OPTIONS" == answer.headers["Allow"]
    assert [f"{QUEUE}/ready"] == keys(client)
