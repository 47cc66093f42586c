"""Telemetry over the wire: told, listed, counted, looked through, forgotten."""

import datetime
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import loop
from tests.controllers.kernelci.trees import detail
from tests.controllers.kernelci.wire import Api, Person
from tests.controllers.test_statements import counted

PATH = "/latest/telemetry"
STEP = {"kind": "job_result", "runtime": "lava-x"}
COUNTS = ("total", "pass", "fail", "incomplete", "skip", "infra_error")
HOSTILE = [
    "../../etc/passwd",
    "'; DROP TABLE signals; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "$(reboot)",
    "ü\u202e",
]


def ago(hours: float) -> str:
    """Return the moment so many hours before now as clients write it."""
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)).isoformat()


def tell(api: Api, who: Person, *steps: dict[str, Any]) -> None:
    """Tell of steps, each what is said over a usual one."""
    answer = api.post(PATH, [{**STEP, **step} for step in steps], token=who.token)
    assert {"inserted": len(steps)} == answer.json


def results(**counts: int) -> list[dict[str, Any]]:
    """Return so many steps of each result."""
    return [{"result": result} for result, count in counts.items() for _ in range(count)]


def test_what_is_told_is_shown(api: Api, ann: Person) -> None:
    """With everything that was said, and defaults for the rest; the moment in UTC without saying so."""
    said = {
        "ts": ago(1),
        "lab": "l",
        "device_type": "d",
        "device_id": "d-1",
        "job_name": "j",
        "test_name": "t",
        "job_id": "1",
        "node_id": "f" * 24,
        "tree": "next",
        "branch": "b",
        "arch": "arm",
        "result": "incomplete",
        "is_infra_error": True,
        "error_type": "E",
        "error_msg": "no",
        "retry": 2,
        "extra": {"a": [1, None]},
    }
    tell(api, ann, said, {})

    page = api.get(PATH).json

    moment = datetime.datetime.fromisoformat(said["ts"]).replace(tzinfo=None).isoformat()
    assert (2, 50, 0) == (page["total"], page["limit"], page["offset"])
    first, second = page["items"]
    assert {**STEP, **said, "ts": moment, "id": first["id"]} == first
    assert 24 == len(first["id"])
    assert (None, False, 0, None) == tuple(second[n] for n in ("result", "is_infra_error", "retry", "extra"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["a", "b", "c"]),
        ("arch=arm", ["a"]),
        ("result=fail", ["b"]),
        ("is_infra_error=true", ["c"]),
        ("is_infra_error=False", ["a", "b"]),
        ("kind=other", []),
        ("runtime=lava-x&arch=x86", ["b"]),
        ("unheard=of", ["a", "b", "c"]),
        ("limit=1&offset=1", ["b"]),
        ("limit=5000", ["a", "b", "c"]),
    ],
)
def test_fields_filter_exactly(api: Api, ann: Person, asked: str, found: list[str]) -> None:
    """All that is asked must be so; what is no filter is ignored; the oldest comes first."""
    tell(
        api,
        ann,
        {"job_name": "a", "ts": ago(3), "arch": "arm"},
        {"job_name": "b", "ts": ago(2), "arch": "x86", "result": "fail"},
        {"job_name": "c", "ts": ago(1), "is_infra_error": True},
    )

    assert found == [item["job_name"] for item in api.get(f"{PATH}?{asked}").json["items"]]


def test_moments_bound_a_list(api: Api, ann: Person) -> None:
    """Both are included, whatever the form and the zone in which they are written."""
    tell(api, ann, *({"job_name": str(hour), "ts": f"2026-01-31T{hour:02}:00:00Z"} for hour in range(5)))

    def names(asked: str) -> list[str]:
        return [item["job_name"] for item in api.get(f"{PATH}?{asked}").json["items"]]

    assert ["3", "4"] == names("since=2026-01-31T03:00:00")
    assert ["0", "1"] == names("until=2026-01-31T03:00:00%2B02:00")
    assert ["2", "3"] == names("since=2026-01-31 02:00&until=2026-01-31 03:00:00Z")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        "x",
        [1],
        [{"kind": "k"}],
        [{"runtime": "r"}],
        [{**STEP, "kind": ""}],
        [{**STEP, "result": "great"}],
        [{**STEP, "extra": [1]}],
        [{**STEP, "ts": "yesterday"}],
        [{**STEP, "retry": 2**31}],
        [{**STEP, "runtime": "x" * 501}],
        [STEP, {**STEP, "is_infra_error": "perhaps"}],
    ],
)
def test_what_is_no_list_of_steps_is_refused(api: Api, ann: Person, body: Any) -> None:
    """400 with words, and nothing of it is kept."""
    refused = api.post(PATH, body, token=ann.token, status=400)

    assert isinstance(detail(refused), str)
    assert 0 == api.get(PATH).json["total"]


def test_many_steps_come_at_once_and_too_many_do_not(api: Api, ann: Person) -> None:
    """Ten thousand are one statement; one more is refused."""
    api.post(PATH, [STEP] * 10_000, token=ann.token, status=200)
    api.post(PATH, [STEP] * 10_001, token=ann.token, status=400)

    assert 10_000 == api.get(PATH).json["total"]


def test_telling_takes_a_token(api: Api, ann: Person) -> None:
    """Reading does not."""
    api.post(PATH, [STEP], status=401)
    api.post(PATH, [STEP], token="x", status=401)
    for path in (PATH, f"{PATH}/stats?group_by=kind", f"{PATH}/anomalies", "/telemetry"):
        api.get(path, status=200)


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_nothing_but_text(api: Api, ann: Person, text: str) -> None:
    """What somebody sends is kept, found and counted as it is."""
    tell(api, ann, {"tree": text, "error_type": text, "result": "fail", "extra": {text: text}})

    found = api.client.get(PATH, {"tree": text}).json["items"]
    groups = api.get(f"{PATH}/stats?group_by=tree").json

    assert [text, {text: text}] == [found[0]["tree"], found[0]["extra"]]
    assert [text] == [group["tree"] for group in groups]


@pytest.mark.parametrize("path", ["", "/stats", "/anomalies"])
@pytest.mark.parametrize(
    "asked",
    [
        *("since=x", "limit=0", "offset=-1", "is_infra_error=so", "window=2h", "threshold=2", "threshold=nan"),
        *("min_total=0", "scope=lab", "group_by=id", "group_by=runtime;--", "group_by=,", "tree=%00"),
    ],
)
def test_bad_questions_are_told_so(api: Api, path: str, asked: str) -> None:
    """4xx where the address knows the word, never a fault of ours."""
    status = api.get(f"{PATH}{path}?{asked}", status="*").status_int

    assert status in (200, 400, 422)
    if path == "/stats":
        assert status != 200


def test_counts_go_by_what_is_asked(api: Api, ann: Person) -> None:
    """Each group with its values and counts, the largest first; filters hold."""
    tell(api, ann, *({**each, "arch": "arm"} for each in results(**{"pass": 2}, fail=1)))
    tell(api, ann, {"arch": "arm", "tree": "next", "is_infra_error": True}, {"arch": "x86", "result": "skip"})

    def groups(asked: str) -> list[list[Any]]:
        return [list(group.values()) for group in api.get(f"{PATH}/stats?{asked}").json]

    assert [["arm", 4, 2, 1, 0, 0, 1], ["x86", 1, 0, 0, 0, 1, 0]] == groups("group_by=arch")
    assert [[None, "arm", 3, 2, 1, 0, 0, 0], ["next", "arm", 1, 0, 0, 0, 0, 1]] == groups("group_by=tree,arch&arch=arm")
    assert ["arch", *COUNTS] == list(api.get(f"{PATH}/stats?group_by=arch").json[0])
    assert [] == groups("group_by=kind&until=2020-01-01")


def test_what_fails_too_often_is_shown(api: Api, ann: Person) -> None:
    """From a threshold on, when there is enough of it, the worst first, with its newest error."""
    bad = [{**each, "device_type": "bad", "error_type": "E"} for each in results(fail=2, incomplete=1)]
    half = [{**each, "device_type": "half"} for each in results(**{"pass": 2}, fail=2)]
    good = [{**each, "device_type": "good"} for each in results(**{"pass": 5}, fail=1)]
    few = [{**each, "device_type": "few"} for each in results(fail=2)]
    old = [{**each, "device_type": "old", "ts": ago(7)} for each in results(fail=9)]
    newest = {"device_type": "bad", "result": "fail", "error_type": "F", "error_msg": "m", "lab": "l"}
    tell(api, ann, *bad, *half, *good, *few, *old, *({**newest, "is_infra_error": True} for _ in range(4)))

    said = api.get(f"{PATH}/anomalies").json
    shown = said["result_anomalies"]

    assert ("6h", 0.5, 3, "device_type") == tuple(said[n] for n in ("window", "threshold", "min_total", "scope"))
    assert [("bad", "l", 1.0, 1.0), ("bad", None, 0.0, 1.0), ("half", None, 0.0, 0.5)] == [
        tuple(each[n] for n in ("device_type", "lab", "infra_rate", "fail_rate")) for each in shown
    ]
    assert [(True, True), (True, False), (False, False)] == [
        (each["constant_failure"], each["constant_infra_failure"]) for each in shown
    ]
    assert [("F", "m"), ("E", None), (None, None)] == [
        (each["latest_error_type"], each["latest_error_msg"]) for each in shown
    ]
    assert [4, 0, 4, 0, 0, 4] == [shown[0][name] for name in COUNTS]
    assert 4 == len(api.get(f"{PATH}/anomalies?threshold=0.1").json["result_anomalies"])
    assert ["old"] == [
        e["device_type"] for e in api.get(f"{PATH}/anomalies?window=12h&min_total=9").json["result_anomalies"]
    ]


def test_devices_are_looked_at_one_by_one(api: Api, ann: Person) -> None:
    """A bad one stands out among good ones of its type."""
    tell(api, ann, *({**each, "device_type": "t", "device_id": "bad"} for each in results(fail=3)))
    tell(api, ann, *({**each, "device_type": "t", "device_id": "good"} for each in results(**{"pass": 9})))

    assert [] == api.get(f"{PATH}/anomalies").json["result_anomalies"]
    (shown,) = api.get(f"{PATH}/anomalies?scope=device").json["result_anomalies"]
    assert ("t", "bad") == (shown["device_type"], shown["device_id"])


def test_errors_without_a_result_are_counted(api: Api, ann: Person) -> None:
    """By runtime and type, the most frequent first."""
    tell(api, ann, *({"error_type": "offline"} for _ in range(4)), *({"error_type": "queue"} for _ in range(3)))
    tell(api, ann, {"error_type": "rare"}, {})

    said = api.get(f"{PATH}/anomalies").json

    assert [] == said["result_anomalies"]
    assert [("lava-x", "offline", 4), ("lava-x", "queue", 3)] == [tuple(e.values()) for e in said["error_anomalies"]]


def test_old_signals_go(api: Api, ann: Person, database: Database, settings: Settings) -> None:
    """After fourteen days, by the sweep."""
    tell(api, ann, {"ts": ago(15 * 24), "job_name": "old"}, {"ts": ago(13 * 24), "job_name": "new"})

    loop.once(database, settings, datetime.datetime.now(datetime.UTC))

    assert ["new"] == [item["job_name"] for item in api.get(PATH).json["items"]]


def test_questions_take_as_few_statements_among_many(api: Api, ann: Person, database: Database) -> None:
    """The same number however much was told."""
    paths = {PATH: 2, f"{PATH}/stats?group_by=arch": 1, f"{PATH}/anomalies": 2}
    for many in (1, 100):
        tell(api, ann, *({"arch": str(number), "result": "fail"} for number in range(many)))
        for path, most in paths.items():
            with counted() as statements:
                api.get(path)
            assert most == len(statements), (path, many)
