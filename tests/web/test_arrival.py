"""Requests on their way in: how much of them there is, whatever pieces they come in."""

import pytest

from paddles.web.arrival import HEAD_BYTES, LARGEST_BYTES, Arrival

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
WHOLE = [
    GET + b"\r\n",
    GET + b"Content-Length: 0\r\n\r\n",
    GET + b"content-length:\t5 \r\n\r\nabcde",
    GET + b"Content-Length: 4\r\n\r\n\r\n\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n2\r\n\r\n\r\n0\r\n\r\n",
    GET + b"transfer-encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nZ: y\r\n\r\n",
]
# Enough of them to be refused.
HOPELESS = [
    GET + b"Content-Length: %d\r\n\r\n" % (LARGEST_BYTES + 1),
    GET + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    GET + b"Content-Length: -1\r\n\r\n",
    GET + b"Content-Length: \r\n\r\n",
    GET + b"Content-Length: five\r\n\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\n2000000\r\n" + b"x" * LARGEST_BYTES,
]


@pytest.mark.parametrize("request_", WHOLE)
def test_a_request_is_ready_with_its_last_byte(request_: bytes) -> None:
    """Not one byte sooner, and with what follows it too."""
    arrival = Arrival(b"", 0)
    for index in range(len(request_)):
        assert not arrival.ready()
        arrival.add(request_[index : index + 1], index)
    assert arrival.ready()
    assert arrival.whole

    arrival = Arrival(request_ + b"GET / HT", 0)
    assert arrival.ready()
    assert arrival.whole


@pytest.mark.parametrize("request_", HOPELESS, ids=range(len(HOPELESS)))
def test_a_request_that_must_be_refused_is_not_waited_for(request_: bytes) -> None:
    """Its length is too much, or none: the beginning is enough, and known to be no more than that."""
    arrival = Arrival(request_, 0)

    assert arrival.ready()
    assert not arrival.whole


def test_what_is_no_chunk_ends_the_wait() -> None:
    """The parser is to refuse it."""
    assert Arrival(GET + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 0).ready()
    assert Arrival(GET + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n-1\r\n\r\n", 0).ready()


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_headers_have_a_limit(end: bytes) -> None:
    """Whether they end or not."""
    arrival = Arrival(GET + b"X: x\r\n" * (HEAD_BYTES // 6) + end, 0)
    arrival.ready()
    assert arrival.oversized

    arrival = Arrival(GET + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000, 0)
    arrival.ready()
    assert not arrival.oversized


def test_it_is_known_who_waits_to_be_told_to_go_on() -> None:
    """By the header ``Expect``, in any case."""
    arrival = Arrival(GET + b"expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", 0)
    assert not arrival.ready()
    assert arrival.expects
    other = Arrival(GET + b"Content-Length: 1\r\n\r\n", 0)
    other.ready()
    assert not other.expects
