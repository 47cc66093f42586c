"""Which values may enter a boot script."""

from typing import Any

import pytest

from paddles.boot import values
from paddles.errors import Invalid

GOOD = [
    "debian",
    "x86_64",
    "22.04",
    "0",
    "openEuler",
    "a",
    "a" * 255,
    "centos:7",
    "reg.example/a/b:1.0",
    "a@b",
    "a+b",
    "a..b",
    "a...",
    "console=ttyS0,115200",
    "os.example:/os/debian",
    "cifs://h/x,guest,ro",
    "a/./b",
]
BAD = [
    "",
    "a" * 256,
    "/a",
    "-a",
    ".a",
    "..",
    "_a",
    "a b",
    "a;b",
    "a&&b",
    "a||b",
    "a$b",
    "${net0/mac}",
    'a"b',
    "a'b",
    "a`b",
    "a\\b",
    "a(b)",
    "a{b}",
    "a[b]",
    "a<b",
    "a>b",
    "a*b",
    "a?b",
    "a#b",
    "a!b",
    "a~b",
    "a%b",
    "a^b",
    "a|b",
    "a\nb",
    "a\n",
    "\na",
    "a\tb",
    "a\rb",
    "a\x00b",
    "a\x7fb",
    "ä",
    "a\u00a0b",
    "日本",
    "a/../b",
    "a/..",
    "h:../etc",
    "a=../b",
    "a,../b",
    "a@../b",
]


@pytest.mark.parametrize("value", GOOD)
@pytest.mark.parametrize("name", values.FIELDS)
def test_what_may_enter(name: str, value: str) -> None:
    """Letters, digits and a few marks, as they are."""
    assert value == values.checked(name, value)


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("name", [*values.FIELDS, "kernel_custom_params"])
def test_what_may_not_enter(name: str, value: str) -> None:
    """Whatever separates, quotes, expands, climbs or is too long is refused, and the refusal names the field."""
    if name == "kernel_append_root" and value == "/a":
        assert value == values.checked(name, value)
        return
    with pytest.raises(Invalid, match=name):
        values.checked(name, value)


@pytest.mark.parametrize(("value", "expected"), [(22.04, "22.04"), (7, "7"), (0, "0")])
def test_numbers_are_their_text(value: float, expected: str) -> None:
    """A version that YAML took for a number is one all the same."""
    assert expected == values.checked("os_version", value)


@pytest.mark.parametrize("value", [None, True, False, [], ["a"], {}, {"a": "b"}, -1, 1e22j])
def test_what_is_no_text(value: Any) -> None:
    """Null, booleans, lists and mappings are no values of one word, nor is a number with a sign."""
    with pytest.raises(Invalid, match=r"os must|os may"):
        values.checked("os", value)


@pytest.mark.parametrize("root", ["/dev/ram0", "/dev/mapper/os-x", "10.0.0.1:/os/debian/aarch64/sid"])
def test_a_root_may_be_a_path(root: str) -> None:
    """``kernel_append_root`` alone may begin with a slash."""
    assert root == values.checked("kernel_append_root", root)
    with pytest.raises(Invalid, match="os"):
        values.checked("os", "/dev/ram0")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"kernel_custom_params": None, "boot_params": ""}, ()),
        ({"kernel_custom_params": "quiet"}, ("quiet",)),
        ({"kernel_custom_params": ["console=ttyS0,115200", "console=tty0"]}, ("console=ttyS0,115200", "console=tty0")),
        ({"kernel_custom_params": "quiet", "boot_params": "x=1"}, ("x=1", "quiet")),
        (
            {"boot_params": {"bp_trace_clock": "x86-tsc", "bp12_mem": 4, "nosmt": None}},
            ("trace_clock=x86-tsc", "mem=4", "nosmt"),
        ),
        ({"boot_params": {"bp_root": "/dev/sda", "bp_x": ""}}, ("root=/dev/sda", "x")),
        ({"boot_params": []}, ()),
    ],
)
def test_further_parameters(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    """A string is one parameter, a list several, a mapping names and values; nothing is none."""
    assert expected == values.parameters(fields)


@pytest.mark.parametrize("name", values.PARAMETERS)
@pytest.mark.parametrize(
    "given",
    [
        "a b",
        ["a", "b c"],
        ["a", None],
        [["a"]],
        {"a": "b c"},
        {"a b": "c"},
        {"a": ["b"]},
        {"bp_": "x"},
        {"a": True},
        True,
        {"a\nb": None},
        {"a": "b\nreboot"},
        ["x" * 200] * 6,
        "a;b",
    ],
)
def test_what_is_no_parameter(name: str, given: Any) -> None:
    """Each parameter obeys the rule by itself, and all together are bounded."""
    with pytest.raises(Invalid, match=name):
        values.parameters({name: given})


@pytest.mark.parametrize(
    "name", ["dc-1g-1", "wfg-e595", "a", "taishan200-2280-2s64p-256g--a61", "vm-1p1g.h1", "q~user", "A_b"]
)
def test_names_of_machines(name: str) -> None:
    """Letters, digits and ``._~-``."""
    assert name == values.machine_name("testbox", name)


@pytest.mark.parametrize(
    "name", ["", "-a", ".", "..", "a/b", "a b", "a\n", "ä", "a" * 256, None, 7, ["a"], {"a": 1}, "a\x00"]
)
def test_what_is_no_name_of_a_machine(name: Any) -> None:
    """Anything else is refused under the field's name."""
    with pytest.raises(Invalid, match="tbox_group"):
        values.machine_name("tbox_group", name)


@pytest.mark.parametrize("suite", ["iperf", "build-pkg", "lkp:x", "a.b", "日本", "...", "_"])
def test_names_of_suites(suite: str) -> None:
    """Any word that can be a part of a path."""
    assert suite == values.suite_name(suite)


@pytest.mark.parametrize(
    "suite", ["", ".", "..", "a/b", "a b", "a\n", "\x00", "a\x7f", "a\u2028b", None, 5, [], {}, "a" * 256]
)
def test_what_is_no_name_of_a_suite(suite: Any) -> None:
    """Nothing that a path would lose or climb with."""
    with pytest.raises(Invalid, match="suite"):
        values.suite_name(suite)
