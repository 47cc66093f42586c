"""Who hears of changes: at once while little happens, in turns while much does, and nobody never."""

from collections import Counter
from dataclasses import dataclass

from paddles.web.pacing import A_SECOND, AT_ONCE, LONGEST_S, Pacing


@dataclass(frozen=True)
class Item:
    """Something that has changed."""

    channel: str
    at: int
    place: str = ""
    event: bytes = b""
    name: str = "changed"


def test_who_waits_hears_the_last_of_each_topic_in_order() -> None:
    """Once, and of nothing again."""
    pacing: Pacing[str] = Pacing(0)
    pacing.hold("a", [Item("queue", 1), Item("run:x", 2)])
    pacing.hold("a", [Item("queue", 3)])

    assert [("a", [Item("run:x", 2), Item("queue", 3)])] == pacing.due(0, 1)
    assert [] == pacing.due(1, 1)


def test_what_seldom_changes_is_told_at_once() -> None:
    """To as many as there is room for, and again when some time has gone by; to others after them."""
    pacing: Pacing[int] = Pacing(0)
    for now in (0, AT_ONCE / A_SECOND):
        for listener in range(AT_ONCE):
            pacing.hold(listener, [Item("queue", 1)])
        assert AT_ONCE == len(pacing.due(now, AT_ONCE))


def test_it_is_known_when_somebody_is_due() -> None:
    """Not while nobody waits; and never later than asked for."""
    pacing: Pacing[int] = Pacing(0)
    assert 5 == pacing.pause(5)
    for listener in range(AT_ONCE + 1):
        pacing.hold(listener, [Item("queue", 1)])
    assert 0 == pacing.pause(5)
    pacing.due(0, 1)

    assert (0.1, 1 / A_SECOND) == (pacing.pause(0.1), pacing.pause(5))
    assert 1 == len(pacing.due(1 / A_SECOND, 1))
    assert 5 == pacing.pause(5)


def told(listeners: int, seconds: int) -> tuple[Counter[int], float]:
    """Return how often each of so many hears of something that changes twice a second, and the longest pause of one."""
    pacing: Pacing[int] = Pacing(0)
    heard, last, longest = Counter[int](), dict.fromkeys(range(listeners), 0.0), 0.0
    for tick in range(2 * seconds):
        for listener in range(listeners):
            pacing.hold(listener, [Item("queue", tick)])
        for listener, _ in pacing.due(tick / 2, listeners):
            heard[listener] += 1
            longest = max(longest, tick / 2 - last[listener])
            last[listener] = tick / 2
    return heard, max(longest, seconds - min(last.values()))


def test_what_changes_all_the_time_is_told_in_turns() -> None:
    """Not more often than answers can be given beside other work, and to each as often."""
    heard, longest = told(10, 200)

    assert sum(heard.values()) <= AT_ONCE + 200 * A_SECOND
    assert max(heard.values()) - min(heard.values()) <= 1
    assert 10 / A_SECOND + 1 > longest


def test_nobody_waits_for_long() -> None:
    """However many there are."""
    for listeners in (1, 300, 2000):
        heard, longest = told(listeners, 100)

        assert listeners == len(heard)
        assert LONGEST_S + 1 > longest


def test_who_has_gone_is_told_nothing() -> None:
    """Nor is anybody else kept waiting for it."""
    pacing: Pacing[str] = Pacing(0)
    for listener in ("a", "b"):
        pacing.hold(listener, [Item("queue", 1)])
    pacing.forget("a")

    assert ["b"] == [listener for listener, _ in pacing.due(0, 1)]
