"""Many machines of all kinds at once, without firmware, while processes of the service are killed."""

import gzip
import http.client
import os
import random
import re
import signal
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from expect import BrokenError, same, true
from service import Service

JOBS, MACHINES, SUBMITTERS = 400, 16, 8
KILL_EVERY = 16  # jobs that ended
MOST_TRIES = 50
PAUSE_S = 0.05
RUN, GROUP = "crowd", "crowd"
ARCHIVE = re.compile(r"/job_initrd_tmpfs/([0-9]+)/job\.cgz")
NO_JOB = "\necho ...\necho No job now\necho ...\nreboot\n"
NOTHING = {f"#!ipxe{NO_JOB}", f"#!grub{NO_JOB}", "{}"}
# How each kind asks, by the number of the machine: a MAC address with dashes, one with colons, a name.
ASK = (
    "/boot.ipxe/mac/52-54-00-00-01-{number:02x}",
    "/boot.grub/mac/52:54:00:00:01:{number:02x}",
    "/boot.container/host/crowd-{number}",
)
REPORT = "/~lkp/cgi-bin/lkp-jobfile-append-var?job_file=/lkp/scheduled/job.yaml&job_id={job}&{said}&&"
POST_RUN = "/~lkp/cgi-bin/lkp-post-run?job_file=/lkp/scheduled/job.yaml&job_id={job}"


class Crowd:
    """What the machines were given, and the answers that never came."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.changed = threading.Condition()
        self.given: Counter[str] = Counter()
        self.holder: dict[str, str] = {}
        self.ended = 0
        self.kills = 0
        self.broken = 0  # answers that broke off
        self.lost = 0  # of these, answers to a machine that asked for a job
        self.submitted = threading.Event()
        self.over = threading.Event()

    def say(self, path: str, *, asks: bool = False) -> str:
        """Ask until there is an answer, which has to be 200."""
        for _ in range(MOST_TRIES):
            try:
                return self.service.say("GET", path)
            except (OSError, http.client.HTTPException):
                with self.changed:
                    self.broken += 1
                    self.lost += asks
        raise BrokenError(f"{path} was never answered")

    def machine(self, number: int) -> None:
        """Do one job after the other, until there is none although all were submitted."""
        path = ASK[number % len(ASK)].format(number=number)
        while True:
            # Looked at before it asks: a job may come between the answer and this.
            last = self.submitted.is_set()
            answer = self.say(path, asks=True)
            if found := ARCHIVE.search(answer):
                self.work(found[1], f"crowd-{number}")
                continue
            true(answer in NOTHING, f"{path}: {answer!r}")
            if last:
                return
            self.submitted.wait(PAUSE_S)

    def work(self, job: str, name: str) -> None:
        """Do a job as a machine does: load it, tell of it, end it."""
        with self.changed:
            self.given[job] += 1
            self.holder[job] = name
        true(f"\texport id={job}\n".encode() in self.archive(job), f"the archive of job {job} holds it")
        self.say(REPORT.format(job=job, said="job_state=running&start_time=1700000000"))
        self.say(REPORT.format(job=job, said=f"loadavg=0.1%200.2&start_time=&by={name}&job_state=finished"))
        self.say(POST_RUN.format(job=job))
        with self.changed:
            self.ended += 1
            self.changed.notify_all()

    def archive(self, job: str) -> bytes:
        """Load the archive of a job, again when the answer breaks off."""
        for _ in range(MOST_TRIES):
            try:
                return gzip.decompress(self.service.load(f"/job_initrd_tmpfs/{job}/job.cgz"))
            except (OSError, EOFError, http.client.HTTPException):
                with self.changed:
                    self.broken += 1
        raise BrokenError(f"the archive of job {job} never came")

    def submit(self, count: int) -> list[str]:
        """Submit jobs for whoever takes them first, and return their numbers."""
        job = {"suite": "nap", "tbox_group": GROUP, "os_arch": "x86_64", "submit_id": RUN, "nap": None}
        return [self.service.submit(job) for _ in range(count)]

    def kill(self) -> None:
        """Kill a worker each time that some jobs have ended."""
        dice = random.Random(0)
        self.submitted.wait()
        while not self.over.is_set():
            with self.changed:
                wanted = self.ended + KILL_EVERY
                self.changed.wait_for(lambda wanted=wanted: self.ended >= wanted or self.over.is_set())
            workers = sorted(self.service.workers())
            if workers and not self.over.is_set():
                os.kill(dice.choice(workers), signal.SIGKILL)
                self.kills += 1

    def run(self) -> list[str]:
        """Have all machines ask while the jobs come in, kill afterwards, and return the numbers of the jobs."""
        for number in range(MACHINES):
            mac = f"52:54:00:00:01:{number:02X}"
            same("Done\n", self.service.say("PUT", f"/set_host_mac?hostname=crowd-{number}&mac={mac}"), "answer")
        with ThreadPoolExecutor(MACHINES + SUBMITTERS + 1) as pool:
            killer = pool.submit(self.kill)
            machines = [pool.submit(self.machine, number) for number in range(MACHINES)]
            try:
                submitting = [pool.submit(self.submit, JOBS // SUBMITTERS) for _ in range(SUBMITTERS)]
                jobs = [job for each in submitting for job in each.result()]
                self.submitted.set()
                self.finish(machines)
            finally:
                self.submitted.set()
                self.over.set()
                with self.changed:
                    self.changed.notify_all()
            killer.result()
        return jobs

    @staticmethod
    def finish(machines: list[Future]) -> None:
        """Wait for all machines, and raise what stopped one of them."""
        for machine in machines:
            machine.result()


def check(crowd: Crowd, jobs: list[str]) -> None:
    """Each job was given to one machine and is finished there; none is held, waiting or unknown."""
    same(JOBS, len(set(jobs)), "numbers of jobs")
    same([], sorted(set(crowd.given) - set(jobs)), "jobs that nobody submitted")
    same([], [job for job, times in crowd.given.items() if times > 1], "jobs given to more than one")
    true(crowd.kills > 0, "a worker was killed")
    stored = {job["job_id"]: job for job in crowd.service.get(f"/runs/{RUN}/jobs/")}
    same(sorted(jobs), sorted(stored), "jobs in the archive")
    same([], [job for job in crowd.given if stored[job]["status"] != "pass"], "jobs that were done and did not pass")
    same([], [job for job in jobs if job not in crowd.given], "jobs that reached nobody")
    strays = 0
    for number in range(MACHINES):
        name = f"{GROUP}-{number}"
        listed = {job["job_id"] for job in crowd.service.get(f"/nodes/{name}/jobs/?count={JOBS}")}
        own = {job for job, holder in crowd.holder.items() if holder == name}
        same(set(), own - listed, f"jobs of {name} that its list misses")
        strays += len(listed - own)
    # What a machine was given in an answer that broke off is offered again, and may go to another one.
    true(strays <= crowd.lost, f"{strays} jobs listed with machines that never had them, {crowd.lost} answers lost")
