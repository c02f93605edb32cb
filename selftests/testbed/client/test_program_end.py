"""How a client ended: by itself, well or badly, with a trace or without; and whether it keeps calm."""

import signal

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.testbed.client.program_end import is_a_crash
from selftests.testbed.client.programs import CHATS

CONNECTS = "import socket, os, signal, time, sys; sock = socket.create_connection(('127.0.0.1', 5555)); "

STATUSES = {
    None: False,
    0: False,
    1: False,
    -signal.SIGSEGV: True,
    128 + signal.SIGSEGV: True,
    -signal.SIGINT: False,
    -signal.SIGKILL: False,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_crash_is_a_signal_that_no_program_sends_itself(status):
    """Told by a shell, too. Ctrl-C is none."""
    assert is_a_crash(status) == STATUSES[status]


@pytest.mark.parametrize(("code", "well"), [("exit(0)", True), ("exit(4)", False)])
def test_status_0_is_an_end_that_is_well(terminals, code, well):
    ana = terminals(CONNECTS + "input(); " + code).gather("ana")
    ana.types()
    ana.ends()

    right, wrong = (ana.ended_well, ana.ended_badly) if well else (ana.ended_badly, ana.ended_well)
    right()
    with pytest.raises(ConformanceFailure) as failure:
        wrong()
    assert failure.value.heard[0] == f"it ended (exit status {0 if well else 4})"


def test_a_process_that_is_left_behind_is_no_end(terminals):
    """It is said how many there are."""
    ana = terminals(CONNECTS + "input(); os.fork() or time.sleep(600); os._exit(0)").gather("ana")
    ana.types()

    with pytest.raises(ConformanceFailure) as failure:
        ana.ends("the program, told so,")

    assert failure.value.expected.startswith("the program, told so, ends within ")
    assert failure.value.heard[0] == "it ended (exit status 0), and left 1 process behind"


def test_a_trace_of_a_thread_is_a_trace(terminals):
    """The program goes on, and its user has seen it."""
    code = CONNECTS + "import threading; input(); threading.Thread(target=lambda: {}[1]).start(); input()"
    ana = terminals(code).gather("ana")
    ana.left_no_trace()

    ana.types()
    ana.settles()

    with pytest.raises(ConformanceFailure, match="ana's screen shows no traceback"):
        ana.left_no_trace()


def test_a_program_that_ends_by_a_signal_crashes(terminals):
    ana = terminals(CONNECTS + "input(); os.kill(os.getpid(), signal.SIGSEGV)").gather("ana")
    ana.types()
    ana.ends()

    with pytest.raises(ConformanceFailure, match="the program does not crash"):
        ana.left_no_trace()


def test_who_waits_is_calm(terminals):
    ana = terminals(CHATS).gather("ana")

    ana.stays_calm()


SPINS = {
    "it spins": ("while True: pass", "the program does not burn processor time"),
    "it prints": ("while True: print('caiu')", "the program prints on no more"),
    "it prints in its own time": ("while True: print('caiu'); time.sleep(0.05)", "the program prints on no more"),
}


@pytest.mark.parametrize("what", SPINS)
def test_who_spins_or_prints_on_is_not(terminals, what):
    code, expected = SPINS[what]
    ana = terminals(f"{CONNECTS}input()\n{code}").gather("ana")
    ana.types()

    with pytest.raises(ConformanceFailure, match=expected):
        ana.stays_calm()
