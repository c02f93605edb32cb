"""What is judged, as the options say it: each value is good, or one line names it."""

import pytest

from batepapo.errors import UsageError
from batepapo.under_test.target import address, seconds


@pytest.mark.parametrize(("text", "value"), [(None, 10.0), ("1", 1.0), ("0.5", 0.5), ("1e2", 100.0)])
def test_seconds_are_a_positive_number(text, value):
    """Without the option it is the default."""
    assert seconds("start-timeout", text, 10.0) == value


@pytest.mark.parametrize("text", ["", "soon", "0", "-1", "inf", "nan", "10s"])
def test_other_seconds_are_refused_with_an_example(text):
    """The line names the option and the value."""
    with pytest.raises(UsageError, match=f"--start-timeout: '{text}' is no positive number of seconds.*10"):
        seconds("start-timeout", text, 10.0)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("127.0.0.1:5555", ("127.0.0.1", 5555)),
        ("127.3.2.1:1", ("127.3.2.1", 1)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:5555", ("::1", 5555)),
        ("::1:5555", ("::1", 5555)),
    ],
)
def test_an_address_is_a_host_and_a_port(text, pair):
    """IPv6 with or without brackets."""
    assert address(text, allow_remote=False) == pair


@pytest.mark.parametrize("text", ["", "5555", ":5555", "host", "host:", "host:0", "host:65536", "host:x", "host:-1"])
def test_what_is_no_address_is_refused_with_an_example(text):
    """Also where other machines are allowed."""
    with pytest.raises(UsageError, match=r"is no HOST:PORT; write for example 127\.0\.0\.1:5555"):
        address(text, allow_remote=True)


@pytest.mark.parametrize("text", ["192.168.18.13:5555", "[2001:db8::1]:5555", "example.org:80", "0.0.0.0:5555"])
def test_another_machine_needs_leave(text):
    """A typing mistake must not send a load test to a stranger."""
    with pytest.raises(UsageError, match="is another machine; add --allow-remote"):
        address(text, allow_remote=False)

    assert address(text, allow_remote=True)[1] in (80, 5555)
