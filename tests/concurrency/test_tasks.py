"""Tasks under load: none is lost, none is given to two, none is in two places."""

import itertools
import random

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.concurrency.test_reports import clients
from tests.concurrency.threads import inexact, together


def test_tasks_added_and_consumed_at_once_are_each_handed_out_once(database: Database, settings: Settings) -> None:
    """Eight add 25 each while eight consume: what was acknowledged is consumed, by one of them."""
    callers = clients(database, settings, 16)
    added: list[list[str]] = [[] for _ in range(8)]

    def work(number: int) -> list[str]:
        if number < 8:
            for _ in range(25):
                answer = callers[number].post_json("/taskqueue/add?queue=s/q", {"lab": "l"}, status=200)
                added[number].append(answer.json["id"])
            return []
        got = []
        while len(got) < 25:
            answer = callers[number].send("PUT", "/taskqueue/consume?queue=s/q", status=[200, 201])
            if answer.status_int == 200:
                got.append(answer.json["id"])
        return got

    handed = list(itertools.chain(*together(16, work)))

    assert 200 == len(set(handed))
    assert sorted(itertools.chain(*added)) == sorted(handed)
    assert [] == inexact(database)


def test_tasks_passed_around_stay_whole(database: Database, settings: Settings) -> None:
    """Twelve pass twenty tasks between two services, delete some and put them back: each is in one place at the end."""
    callers = clients(database, settings, 12)
    ids = [callers[0].post_json("/taskqueue/add?queue=a/q", {"lab": "l"}).json["id"] for _ in range(20)]

    def work(number: int) -> None:
        dice = random.Random(number)
        for _ in range(30):
            here, there = dice.choice((("a/q", "b/q"), ("b/q", "a/q")))
            taken = callers[number].send("PUT", f"/taskqueue/consume?queue={here}", status=[200, 201])
            if taken.status_int == 201:
                continue
            task_id = taken.json["id"]
            if dice.random() < 0.2:
                callers[number].send("PUT", f"/taskqueue/delete?queue={here}&id={task_id}", status=201)
                callers[number].post_json(f"/taskqueue/add?queue={there}", {"lab": "l", "id": task_id}, status=200)
            else:
                path = f"/taskqueue/hand_over?from={here}&to={there}&id={task_id}"
                callers[number].send("PUT", path, status=201)

    together(12, work)

    left = []
    for queue in ("a/q", "b/q"):
        while (answer := callers[0].send("PUT", f"/taskqueue/consume?queue={queue}")).status_int == 200:
            left.append(answer.json["id"])
    assert sorted(ids) == sorted(left)
    assert [] == inexact(database)


def test_one_id_is_added_once(database: Database, settings: Settings) -> None:
    """Sixteen put the same task back: one is taken, the others hear that it is there."""
    callers = clients(database, settings, 16)
    task_id = callers[0].post_json("/taskqueue/add?queue=s/q", {"lab": "l"}).json["id"]
    callers[0].send("PUT", f"/taskqueue/delete?queue=s&id={task_id}", status=201)

    def put_back(number: int) -> int:
        body = {"lab": "l", "id": task_id}
        return int(callers[number].send("POST", "/taskqueue/add?queue=s/q", body, status="*").status_int)

    assert [200] + [409] * 15 == sorted(together(16, put_back))
