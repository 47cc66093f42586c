"""``/runs/<name>/jobs/<job_id>`` as a page: what is known of a job, and of others of its description."""

import gzip
from typing import Any

import pytest

from paddles.archive import tests as core
from paddles.db import work
from paddles.db.engine import Database
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.test_statements import counted
from tests.factories import make_job, make_node

STATEMENTS = {"test": 12, "boot": 12}


def test_a_job_and_the_last_one_that_passed(client: Client) -> None:
    """Its reason in full, where it ran, the life of its description, and what it was told otherwise."""
    same = {"description": "rados/basic/{a b}", "os_type": "ubuntu", "targets": {"u@smithi001": "k"}}
    make_job(client, "r1", job_id="1", status="pass", sha1="a" * 40, tasks=[{"ceph": {"level": 1}}], **same)
    make_job(client, "r2", job_id="1", status="fail", sha1="b" * 40, failure_reason="x" * 900, **same)
    make_job(client, "r3", job_id="7", status="fail", sha1="c" * 40, tasks=[{"ceph": {"level": 2}}], new=True, **same)

    soup = page(client, "/runs/r3/jobs/7")
    text = told(soup)

    assert "Passed last in job 1 of r1" in text
    rows = [tuple(cell.get_text() for cell in row.find_all(["th", "td"])) for row in _rows(soup, "differences")]
    assert [
        ("sha1", "a" * 40, "c" * 40),
        ("tasks[0].ceph.level", "1", "2"),
        ("new", "not there", "true"),
    ] == sorted(rows, key=lambda each: ["sha1", "tasks[0].ceph.level", "new"].index(each[0]))
    life = soup.find("ol", class_="life").find_all("a")
    assert ["/runs/r1/jobs/1/", "/runs/r2/jobs/1/", "/runs/r3/jobs/7/"] == [each["href"] for each in life]
    assert ["pass", "fail", "fail"] == [each.get_text().split()[0] for each in life]
    assert "/nodes/smithi001/" in links(soup)
    assert "x" * 900 in told(page(client, "/runs/r2/jobs/1"))


def _rows(soup: Any, section: str) -> Any:
    return soup.find("section", id=section).find("tbody").find_all("tr")


def test_the_same_elsewhere_and_the_machine_meanwhile(client: Client) -> None:
    """How its description ends on other branches, types of machines and machines, and what else its machine did."""
    for run, branch, kind, machine, status in (
        ("r1", "main", "smithi", "smithi001", "pass"),
        ("r2", "main", "smithi", "smithi002", "fail"),
        ("r3", "squid", "trial", "trial001", "pass"),
        ("r4", "main", "smithi", "smithi001", "running"),
    ):
        said = {"branch": branch, "machine_type": kind, "targets": {f"u@{machine}": "k"}, "description": "d"}
        make_job(client, run, status=status, **said)
    make_job(client, "r5", status="running", description="other", targets={"u@smithi001": "k"})

    rows = [row.get_text(" ").split() for row in page(client, "/runs/r4/jobs/1").select("#elsewhere tbody tr")]

    assert [["main", "smithi", "here"], ["squid", "trial", "1"]] == [row[:3] for row in rows[:2]]
    assert [["smithi001", "here"], ["trial001", "1"], ["smithi002", "1"]] == [row[:2] for row in rows[2:5]]
    assert [["meanwhile", "running", "1", "r5"]] == [row[:4] for row in rows[5:]]


def test_what_became_of_a_job(client: Client) -> None:
    """Each status that it took, in its order, as the log tells."""
    make_job(client, "r", job_id="1")
    for status in ("running", "fail"):
        client.put_json("/runs/r/jobs/1/", {"status": status})

    said = [row.get_text(" ").split() for row in _rows(page(client, "/runs/r/jobs/1"), "moments")]
    assert [["queued"], ["running", "was", "queued"], ["fail", "was", "running"]] == [each[3:] for each in said]


def test_what_became_of_a_job_that_is_told_of_later(client: Client) -> None:
    """It ran when it says, and was heard of when it was over."""
    make_job(client, "r", job_id="1", status="fail", updated="2026-01-31 10:00:00", duration=600)

    said = [row.get_text(" ").split() for row in _rows(page(client, "/runs/r/jobs/1"), "moments")]
    times = [
        ["2026-01-31", time, "UTC", word]
        for time, word in (("09:50", "posted"), ("09:50", "running"), ("10:00", "fail"))
    ]
    assert times == [each[:4] for each in said[:3]]
    assert ["heard", "of", "fail"] == said[3][3:]


def test_a_job_that_machines_boot_for(client: Client) -> None:
    """What its machine is given: scripts, each by itself too, what is in its archive, and who had it."""
    number = _booted(client)
    soup = page(client, f"/runs/demo/jobs/{number}")
    boot = soup.find("section", id="boot")

    assert ["job.sh", "boot.ipxe", "boot.grub", "boot.container", "job.cgz"] == [
        each.get_text() for each in boot.find_all("summary")
    ]
    raw = client.get(f"/runs/demo/jobs/{number}/boot/boot.ipxe")
    assert "text/plain" == raw.content_type
    assert raw.text.startswith("#!ipxe\n")
    assert raw.text.strip() == boot.find_all("pre")[1].get_text().strip() == boot.find_all("button")[1]["data-copy"]
    assert "lkp/scheduled/job.yaml" in told(boot, "table")
    assert "given away to vm-2p8g-1" in told(soup)
    assert "hunter2" not in client.get(f"/runs/demo/jobs/{number}", headers=BROWSER).text
    client.get(f"/runs/demo/jobs/{number}/boot/boot.pxe", status=404)


def test_the_log_and_the_files_of_a_job(client: Client) -> None:
    """The last lines and the first that tell of trouble, each with the address of its line in the viewer of logs."""
    number = _booted(client)
    log = "".join(f"[ {line:4}.000001] line {line} <b>\n" for line in range(100)).replace("line 7 ", "BUG: at line 7 ")
    client.put(f"/result/nap/{number}/dmesg?job_id={number}", log)

    soup = page(client, f"/runs/demo/jobs/{number}")
    troubles, tail = soup.find("section", id="log").find_all("ol")
    assert ["8"] == [line["value"] for line in troubles.find_all("li")]
    assert ("71", "100") == (tail.find_all("li")[0]["value"], tail.find_all("li")[-1]["value"])
    assert "line 99 <b>" in tail.get_text()
    assert f"/runs/demo/jobs/{number}/log#L8" == troubles.a["href"]
    assert f"/result/nap/{number}/dmesg" in links(soup)
    client.get(f"/result/nap/{number}/dmesg", status=200)


def _booted(client: Client) -> int:
    job = {"suite": "nap", "sleep": {"secs": 3}, "testbox": "vm-2p8g-1", "submit_id": "demo", "os": "debian"}
    system = {"os_version": "13", "os_arch": "x86_64", "secrets": {"word": "hunter2"}}
    number = int(client.post_json("/scheduler/v1/jobs/submit", {**job, **system}).text)
    client.put("/set_host_mac?hostname=vm-2p8g-1&mac=52:54:00:00:00:01")
    client.get("/boot.ipxe/mac/52-54-00-00-00-01")
    return number


def test_only_jobs_that_boot_have_scripts(client: Client) -> None:
    """Of another one there are none."""
    make_job(client, "r", job_id="1")

    assert page(client, "/runs/r/jobs/1").find("section", id="boot") is None
    client.get("/runs/r/jobs/1/boot/boot.ipxe", status=404)


def test_the_tests_of_a_job(client: Client, database: Database) -> None:
    """Suites with their counts; of cases those that failed come first, then what was measured."""
    make_job(client, "r", job_id="1", status="fail")
    number = client.get("/runs/r/jobs/1/?fields=id").json["id"]
    case = {"waived": False, "output": "", "measurement": None, "units": "", "duration_s": None}
    cases = [
        {**case, "name": "good", "status": "pass"},
        {**case, "name": "fast", "status": "pass", "measurement": 12.5, "units": "MB/s"},
        {**case, "name": "bad", "status": "fail", "output": "it broke"},
    ]
    suite = {"name": "ltp", "context": "tap", "status": "fail", "duration_s": 3.0, "faults": [], "cases": cases}
    work.transact(database, lambda session: core.store(session, number, [suite], NOW))

    soup = page(client, "/runs/r/jobs/1")
    suites, notable = soup.find("section", id="tests").find_all("table")
    assert "fail ltp 2 pass 1 fail 0:00:03" in told(suites, "tbody")
    assert ["bad", "fast"] == [row.a.get_text() for row in notable.tbody.find_all("tr")]
    assert "12.50 MB/s" in told(notable, "tbody")


def test_what_was_said_of_a_job_as_yaml(client: Client) -> None:
    """Whole, with its parts told apart; what is private is left out, and what is too large is not written."""
    make_job(client, "r", job_id="1", tasks=[{"ceph": {"n": 3, "on": True}}], job_token="hunter2")
    make_job(client, "r", job_id="2", tasks=["x" * 300_000])

    soup = page(client, "/runs/r/jobs/1")
    yaml = soup.find("pre", class_="yaml")
    assert {"y-key", "y-number", "y-word"} <= {each["class"][0] for each in yaml.find_all("span")}
    assert "- ceph:" in yaml.get_text()
    assert "hunter2" not in soup.get_text()
    large = page(client, "/runs/r/jobs/2")
    assert "bytes, too many to be shown here" in told(large)
    assert large.find("pre", class_="yaml") is None


def test_a_job_without_anything(client: Client) -> None:
    """What there is nothing of has no part in the page."""
    make_job(client, "r", job_id="1")

    soup = page(client, "/runs/r/jobs/1")
    assert ["job", "moments", "document", "notes"] == [each["id"] for each in soup.find_all("section")]
    client.get("/runs/r/jobs/2", headers=BROWSER, status=404)
    client.get("/runs/none/jobs/1", headers=BROWSER, status=404)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_job_takes_few_statements(client: Client, kind: str) -> None:
    """Whatever there is of it."""
    make_node(client, "smithi001")
    for number in range(1, 31):
        make_job(client, "r", job_id=number, status="fail", description="d", targets={"u@smithi001": "k"})
    address = "/runs/r/jobs/30" if kind == "test" else f"/runs/demo/jobs/{_booted(client)}"
    with counted() as statements:
        page(client, address)

    assert STATEMENTS[kind] == len(statements) <= 12


def test_a_page_of_many_jobs_is_small(client: Client) -> None:
    """A run of 500 jobs fits into 60 kB, packed, whichever part of it is shown."""
    for number in range(500):
        said = {
            "description": f"rados/{{a/{number % 7} b/{number % 11}}}",
            "failure_reason": f"Test failure: t{number}",
        }
        make_job(client, "r", job_id=number, status=("fail", "pass")[number % 2], **said)
    for tab in ("failures", "jobs", "matrix", "timeline"):
        body = client.get(f"/runs/r?tab={tab}", headers=BROWSER).body
        assert len(gzip.compress(body, 5)) < 60_000, tab
