"""Machines: entering them, locking one and many, refusals, giving back, listing."""

import json
import re

import archive
import requests
import yaml
from archive import host, key_of
from client import Aside, Lab, heard, silent
from expect import node_equals, same, true
from teuthology.config import FakeNamespace
from teuthology.lock import ops, query

ALICE, BOB = f"alice@{archive.LAB}", f"bob@{archive.LAB}"
TRIALS = [host(f"trial{number:03}") for number in range(1, 5)]


def machine(short: str, **details: object) -> dict:
    """What teuthology-update-inventory sends of a machine (``Remote.inventory_info`` and the type)."""
    inventory = {
        "name": host(short),
        "user": "ubuntu",
        "arch": "x86_64",
        "os_type": "ubuntu",
        "os_version": "22.04",
        "ssh_pub_key": key_of(short),
        "up": True,
        "machine_type": re.sub(r"\d+", "", short),
        "mac_address": f"0c:c4:7a:00:00:{int(short[-2:]):02x}",
        "description": None,
        "is_vm": False,
    }
    return inventory | details


def machines() -> list[dict]:
    """The lab: ten of type smithi, six of type trial (one down, one with another system), one virtual machine."""
    lab = [machine(f"smithi{number:03}") for number in range(1, 11)]
    lab += [machine(f"trial{number:03}") for number in range(1, 5)]
    lab.append(machine("trial005", up=False, description="bad disk"))
    lab.append(machine("trial006", os_type="centos", os_version="9.stream"))
    lab.append(machine("vpm001", is_vm=True, vm_host=host("smithi010")))
    return lab


def unlocked(inventory: dict) -> dict:
    """A machine as served while nobody holds it."""
    fields = {key: value for key, value in inventory.items() if key not in ("user", "vm_host")}
    return fields | {"locked": False, "locked_by": None, "locked_since": None}


def entering(lab: Lab) -> None:
    """machines are entered by PUT, 404, POST and read back with exactly fourteen keys"""
    # teuthology-update-inventory asks the machine by ssh first; this is the function it then calls.
    with silent():
        for inventory in machines():
            ops.update_inventory(inventory)
            ops.update_inventory(inventory)
        found = query.list_locks(keyed_by_name=True)
    same(sorted(inventory["name"] for inventory in machines()), sorted(found), "machines")
    for inventory in machines():
        node_equals(unlocked(inventory), found[inventory["name"]])
        same(found[inventory["name"]], query.get_status(inventory["name"]), "one machine and the list")
    same(found[host("smithi010")], found[host("vpm001")]["vm_host"], "the host of the virtual machine")
    same({}, query.get_status("nowhere001"), "a machine that does not exist")


def filters(lab: Lab) -> None:
    """list_locks filters by types, up, locked and count"""
    with silent():
        same(15, len([n for n in query.list_locks(machine_type="smithi,trial") if n["up"]]), "two types")
        same(5, len(query.list_locks(machine_type="trial", up=True, locked=False)), "free and up")
        same([host("trial005")], [n["name"] for n in query.list_locks(machine_type="trial", up=False)], "down")
        same(3, len(query.list_locks(machine_type="smithi", up=True, locked=False, count=3)), "count")
        same([], query.list_locks(locked=True), "locked")


def take(number: int, machine_type: str, owner: str, **wishes: object) -> dict:
    """``lock_many`` without reinstalling what it got."""
    ctx = FakeNamespace({"machine_type": machine_type})
    return ops.lock_many(ctx, number, machine_type, owner, "looking into it", reimage=False, **wishes)


def many(lab: Lab) -> None:
    """lock_many gives the wanted number of machines with their keys, never one twice, not even to its owner"""
    with silent():
        first = take(2, "trial", ALICE, os_type="ubuntu", os_version="22.04", arch="x86_64")
        second = take(2, "trial", ALICE, os_type="ubuntu")
        other = take(1, "trial", BOB, os_type="centos", os_version="9.stream")
    same(sorted(TRIALS), sorted([*first, *second]), "machines locked")
    same({host("trial006"): key_of("trial006")}, other, "machines with the other system")
    for name, key in (first | second).items():
        node = query.get_status(name)
        node_equals({"name": name, "ssh_pub_key": key, "locked": True, "locked_by": ALICE, "up": True}, node)
        same("looking into it", node["description"], "description")


def too_many(lab: Lab) -> None:
    """lock_many for more than there are is answered 503, which means wait, and locks none"""
    with heard() as lines:
        same([], take(1, "trial", BOB), "machines of type trial")
        same([], take(9, "smithi,trial", BOB, os_type="centos"), "machines with the other system")
    insufficient = [line for line in lines if line.startswith("Insufficient nodes")]
    same((2, 4), (len(insufficient), len(lines)), f"what lock_many made of the answers: {lines}")
    true("only 0 nodes available" in lines[1], f"the text of the answer: {lines[1]}")
    same([], query.list_locks(locked_by=BOB, machine_type="smithi"), "what was locked in spite of it")


def giving_back(lab: Lab) -> None:
    """unlock_many gives all back at once"""
    with silent():
        true(ops.unlock_many(TRIALS, ALICE), "unlock_many")
        true(ops.unlock_many(["trial006"], BOB), "unlock_many by short name")
        same([], query.list_locks(locked=True), "machines still locked")
    for name in TRIALS:
        node_equals({"name": name, "locked_by": None, "locked_since": None}, query.get_status(name))


def attempt(owner: str) -> tuple[list[str], list[str]]:
    """Try to lock one machine; return its name, and what the client had to say."""
    with heard() as lines:
        return list(take(1, "trial", owner)), lines


def racing(lab: Lab) -> None:
    """twelve requests at once for one of five machines: five win, each a machine of its own"""
    owners = [f"user{number}@{archive.LAB}" for number in range(12)]
    race = [Aside(lambda owner=owner: attempt(owner)) for owner in owners]
    outcomes = dict(zip(owners, (racer.result() for racer in race), strict=True))
    won = {owner: names for owner, (names, _) in outcomes.items() if names}
    same(sorted([*TRIALS, host("trial006")]), sorted(name for names in won.values() for name in names), "machines won")
    refusals = [lines[0] for names, lines in outcomes.values() if not names]
    same(["Insufficient nodes available to lock 1 trial nodes."] * 7, refusals, "refusals")
    for owner, names in won.items():
        same(owner, query.get_status(names[0])["locked_by"], "who holds the machine")
        true(ops.unlock_many(names, owner), "giving it back")


def twice(lab: Lab) -> None:
    """a machine in use cannot be locked by another, or for another purpose; the same lock again is no error"""
    answer = ops.lock_one("trial001", ALICE, "debugging")
    same(200, answer.status_code, "lock")
    same(
        {"name": TRIALS[0], "locked": True, "locked_by": ALICE, "machine_type": "trial", "is_vm": False},
        answer.json(),
        "answer to a lock",
    )
    before = query.get_status("trial001")
    same(200, ops.lock_one("trial001", ALICE, "debugging").status_code, "the same lock again")
    for owner, description in ((BOB, "debugging"), (ALICE, "something else"), (BOB, None)):
        with heard() as lines:
            same(403, ops.lock_one("trial001", owner, description).status_code, f"lock by {owner}: {description}")
        same([f"failed to lock {TRIALS[0]}. reason: Cannot lock an already-locked node"], lines, "reason")
    lab.script("teuthology-lock", "--lock", "--owner", BOB, "--desc", "mine", "trial001", code=1)
    same(before, query.get_status("trial001"), "the machine after all that")
    same(404, ops.lock_one("nowhere001", ALICE, "x").status_code, "lock of a machine that does not exist")


def strangers(lab: Lab) -> None:
    """a stranger cannot unlock a machine, nor its owner for another purpose: 403 at once, and nothing changes"""
    true(ops.lock_one("smithi006", ALICE, "debugging").ok, "lock")
    before = query.get_status("smithi006")
    for owner, description, reason in (
        (BOB, None, "Cannot unlock - locked_by values must match"),
        (ALICE, "something else", "Cannot unlock - description values must match"),
    ):
        with heard() as lines:
            same(False, ops.unlock_one("smithi006", owner, description), f"unlock by {owner}")
        same([f"failed to unlock {host('smithi006')}. reason: {reason}"], lines, "reason")
    output = lab.script("teuthology-lock", "--unlock", "--owner", BOB, "smithi006", code=1)
    true("locked_by values must match" in output, output)
    same(before, query.get_status("smithi006"), "the machine after all that")
    lab.script("teuthology-lock", "--unlock", "--owner", ALICE, "smithi006")
    node_equals({"name": host("smithi006"), "locked": False, "locked_by": None}, query.get_status("smithi006"))
    with heard() as lines:
        same(False, ops.unlock_one("smithi006", ALICE), "unlock of a free machine")
    true("Cannot unlock an already-unlocked node" in lines[0], lines)


def command_line(lab: Lab) -> None:
    """teuthology-lock locks many, lists, sums up and updates what the server holds"""
    output = lab.script("teuthology-lock", "--lock-many", "2", "-m", "trial", "--owner", BOB, "--desc", "by hand")
    targets = yaml.safe_load(output[output.index("targets:") :])["targets"]
    same(sorted(targets), sorted(n["name"] for n in query.list_locks(locked_by=BOB)), "machines of --lock-many")
    listed = lab.script("teuthology-lock", "--list", "--all")
    nodes = {node["name"]: node for node in json.loads(listed[listed.index("[\n") :])}
    served = query.list_locks(keyed_by_name=True)
    served[host("vpm001")]["vm_host"] = host("smithi010")  # teuthology-lock shows the host's name only.
    same(served, nodes, "teuthology-lock --list")
    true(f"smithi    10   10  {'(free)'}" in lab.script("teuthology-lock", "--summary", "-m", "smithi"), "--summary")
    brief = lab.script("teuthology-lock", "--brief", "--owner", ALICE)
    true(re.search(rf'{TRIALS[0]} up +locked +{ALICE} "debugging"', brief), brief)
    lab.script("teuthology-lock", "--update", "--status", "down", "--desc", "fan is loud", "trial003")
    node_equals({"name": TRIALS[2], "up": False, "description": "fan is loud"}, query.get_status("trial003"))
    with silent():
        true(ops.update_lock("trial003", status="up"), "back up")
        true(ops.unlock_many(list(targets), BOB) and ops.unlock_many(TRIALS[:1], ALICE), "giving back")
    same([], query.list_locks(locked=True), "machines still locked")


def keys(lab: Lab) -> None:
    """a changed host key is found and stored"""
    # teuthology-updatekeys reads the keys from the machines by ssh; this is the function it then calls.
    same(0, ops.push_new_keys({TRIALS[3]: "ssh-rsa new"}, query.list_locks(keyed_by_name=True)), "push_new_keys")
    same("ssh-rsa new", lab.node("trial004")["ssh_pub_key"], "key")


def refused_reimage(lab: Lab) -> None:
    """machines whose installation fails are given back, their operating system forgotten"""
    ctx = FakeNamespace({"machine_type": "smithi", "os_type": "ubuntu", "os_version": "22.04", "config": {}})
    with heard() as lines:
        same([], ops.lock_many(ctx, 1, "smithi", ALICE, "to be installed"), "machines")
    true("Reimaging error. Unlocking machines..." in lines, lines)
    reset = [node for node in query.list_locks(machine_type="smithi") if node["os_type"] == ""]
    same([("", False)], [(node["os_version"], node["locked"]) for node in reset], "the machine that was tried")
    ops.update_inventory({"name": reset[0]["name"], "os_type": "ubuntu", "os_version": "22.04"})


def no_content_type(lab: Lab) -> None:
    """a body is read as JSON whatever the content type, as lock_one sends it"""
    url, body = f"{lab.url}/nodes/{TRIALS[3]}/lock/", '{"locked": true, "locked_by": "curl"}'
    answer = requests.put(url, data=body, timeout=60)
    same(200, answer.status_code, "no content type")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(url, data=body.replace("true", "false"), headers=form, timeout=60)
    same(200, answer.status_code, "the content type of a form")


STORY = (
    entering,
    filters,
    many,
    too_many,
    giving_back,
    racing,
    twice,
    strangers,
    command_line,
    keys,
    refused_reimage,
    no_content_type,
)
