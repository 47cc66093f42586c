"""Reasons that differ in what does not matter are alike; others are not."""

import pytest

from paddles.archive import reasons

WORKUNIT = (
    "Command failed (workunit test rados/test.sh) on {host} with status {status}: 'mkdir -p -- "
    "/home/{user}/cephtest/mnt.{n}/client.{n}/tmp && cd -- /home/{user}/cephtest/mnt.{n}/client.{n}/tmp && "
    'CEPH_ARGS="--cluster{sign}ceph" adjust-ulimits timeout {timeout} rados/test.sh\''
)


@pytest.mark.parametrize(
    ("reason", "alike"),
    [
        ("\x1b[31mred\x1b[0m and [0mlost", "red and lost"),
        ("2026-01-31T09:00:00.123+0000 slow", "DATE slow"),
        ("at 09:00:01,5 on 2026-01-31 10:00", "at DATE on DATE"),
        ("volume 123e4567-e89b-12d3-a456-426614174000 gone", "volume ID gone"),
        ("at 0xFFFF8801deadbeef+0x10", "at ID+ID"),
        ("sha1 8c5e1d2f3a4b5c6d is gone", "sha1 ID is gone"),
        ("the facade decade", "the facade decade"),
        ("failed on smithi079 and on vpm042.front.sepia.ceph.com.", "failed on HOST and on HOST."),
        ("it depends on it. No", "it depends on it. No"),
        ("slow ops on osd.12", "slow ops on osd.N"),
        ("osd.6 and mds.a and rbd-mirror.4", "osd.N and mds.a and rbd-mirror.N"),
        ("/tmp/tmp8h2/x and /var/tmp/y", "/TMP/x and /TMP"),
        ("/home/ubuntu/a and /root/b", "~/a and ~/b"),
        ("rados --cluster=ceph", "rados --cluster ceph"),
        ("'mkdir -p a && cd a'", "cd a"),
        ("we mkdir -p a && b", "we mkdir -p a && b"),
        ("port 6789, pid 12, job 7654321, 30s, 1.5.2", "port N, pid N, job N, Ns, N"),
        ("exit status 137 after 137 s", "exit status 137 after N s"),
        ("[Errno 110] from 172.21.15.79:6789/0", "[Errno 110] from N:N/N"),
        ("x86_64 ext4 v15", "x86_64 ext4 v15"),
        (" a\n\tb\0 ", "a b\0"),
        ("é" * 400, "é" * 300),
        ("\ud800", "\ud800"),
        ("{'a': \"b\"}", "{a: b}"),
    ],
)
def test_what_does_not_matter_is_taken_out(reason: str, alike: str) -> None:
    """Rule by rule; what is left is one line, and its own kind."""
    assert alike == reasons.alike(reason)
    assert -(2**63) <= reasons.number(alike) < 2**63


@pytest.mark.parametrize(
    "reason", ["a 12", "on smithi1", WORKUNIT.format(host="m1", status=1, user="u", n=0, sign="=", timeout=3)]
)
def test_what_is_left_is_left_again(reason: str) -> None:
    """Nothing that the rules put in is taken for something to be taken out."""
    assert reasons.alike(reason) == reasons.alike(reasons.alike(reason))


def test_the_same_failure_elsewhere() -> None:
    """Another host, user, client and way to quote: one kind. Another exit status: another one."""
    first = {"host": "smithi001", "status": 1, "user": "ubuntu", "n": 0, "sign": "=", "timeout": "3h"}
    other = {"host": "mira012.x.org", "status": 1, "user": "kim", "n": 12, "sign": " ", "timeout": "6h"}
    one, two, three = (WORKUNIT.format(**said) for said in (first, other, {**other, "status": 124}))

    assert reasons.alike(one) == reasons.alike(two) != reasons.alike(three)
    assert reasons.number(reasons.alike(one)) == -7638124838230587979


@pytest.mark.parametrize("said", [None, "", "  ", "None", "'null'", "BACKTRACE", "n/a", 7, ["x"], {"a": 1}, True])
def test_what_is_no_reason(said: object) -> None:
    """Nothing, a word for nothing, or no text."""
    assert reasons.of({"failure_reason": said}) == ""


@pytest.mark.parametrize(
    "part", ["a", "on ", "0a", "mkdir -p ", "1.", "--a", " ", "[1;", "/home/", "a-", "\x1b[1", "on a"]
)
def test_no_rule_stalls(part: str) -> None:
    """However long and repetitive a reason is: a part of it is read, and what is left is short."""
    assert len(reasons.alike(part * 1_000_000)) <= reasons.LONGEST
