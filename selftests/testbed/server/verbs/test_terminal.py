"""The server's own terminal, on a server that reads it."""

import pytest

from batepapo.errors import ConformanceFailure

READS = """
import threading
def reads():
    for line in sys.stdin:
        for other in list(people):
            other.sendall(line.strip().encode())
threading.Thread(target=reads, daemon=True).start()
"""


def test_what_the_operator_types_is_read_by_the_server(relay):
    """In its own time, as the kernel brings the keys; and it can stand in what people hear from then on."""
    room = relay(READS)
    ana, bia = room.gather("ana", "bia")

    text = room.operator_types("oi da sala")

    ana.hears_in_the_end(text)
    bia.hears_in_the_end(text)
    assert text in room.evidence.expected_words().texts
    assert any("'oi da sala\\n'" in line for line in room.transcript.lines())


def test_ctrl_c_ends_the_server_and_everybody_sees_that(relay):
    room = relay()
    ana, bia = room.gather("ana", "bia")
    room.may_end = True

    room.operator_presses_ctrl_c()

    room.ends(ana, bia)
    assert room.process().exit_status() in (-2, 130)


def test_a_server_that_goes_on_is_said(relay):
    room = relay("signal.signal(signal.SIGINT, signal.SIG_IGN)")
    (ana,) = room.gather("ana")
    room.may_end = True
    room.limit_s = 0.3

    room.operator_presses_ctrl_c()

    with pytest.raises(ConformanceFailure, match=r"the server ends within 0\.3 s") as error:
        room.ends(ana)
    assert error.value.heard == ("it still runs",)
