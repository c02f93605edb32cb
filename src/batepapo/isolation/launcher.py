"""The process that forks a keeper for each start: long-lived, one thread, small.

pytest changes nothing about itself: under xdist it has threads, and a process with threads may not make a user
namespace. It runs this file as a script, in isolated mode, standard library only: a fork of it costs 1 ms.

    python -I -S launcher.py DESCRIPTOR NETWORK SCRATCH
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from typing import NoReturn

if __name__ == "__main__":
    # In isolated mode our package is not on the path: a bare one in its place says where its modules are.
    _package = type(sys)("batepapo")
    _package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.modules["batepapo"] = _package

from batepapo.isolation import ipc, keeper, namespaces, overlay, process_tree

_RUNGS = ("own", "user")

# An address that belongs to no machine here, to prove that any can be bound (one classroom server binds this one).
_FOREIGN_ADDRESS = "192.168.18.13"


def enter(way: str, private_network: bool) -> None:
    """Go where fresh namespaces can be made: into a user namespace, and a network whose children get small tables."""
    uid, gid = os.getuid(), os.getgid()
    flags = namespaces.CLONE_NEWNET if private_network else 0
    if way == "user":
        namespaces.unshare(flags | namespaces.CLONE_NEWUSER)
        namespaces.map_own_ids(uid, gid)
    elif flags:
        namespaces.unshare(flags)
    if private_network:
        namespaces.small_hash_tables()


def trouble(way: str, private_network: bool, scratch: str) -> tuple[str, str]:
    """Try one rung for good, in a child: what is wrong with its namespaces, and with overlays; "" where nothing is."""
    report, reporting = os.pipe()
    pid = os.fork()
    if pid == 0:
        words = ["the try-out did not finish", ""]
        try:
            enter(way, private_network)
            keeper.isolate(private_network, way, scratch)
            if private_network:
                _talk(_FOREIGN_ADDRESS)
            words[0] = ""
        except OSError as error:
            words[0] = error.strerror or str(error)
        else:
            try:
                overlay.try_overlay(scratch, way)
            except OSError as error:
                words[1] = f"no overlay: {error.strerror or error}"
        finally:
            os.write(reporting, "\0".join(words).encode())
            os._exit(0)
    os.close(reporting)
    with open(report, "rb") as file:
        first, _, second = file.read().decode().partition("\0")
    os.waitpid(pid, 0)
    return first, second


def _talk(address: str) -> None:
    with (
        socket.create_server((address, 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=2) as client,
    ):
        client.sendall(b"x")
        with listener.accept()[0] as accepted:
            accepted.recv(1)


def choose(wanted: str, scratch: str) -> dict[str, str]:
    """Return the highest rung that works, why not a higher one, and how overlays are made there."""
    reasons: list[str] = []
    for rung in _RUNGS:
        if wanted not in ("auto", rung):
            continue
        wrong, no_overlay = trouble(rung, True, scratch)
        if not wrong:
            return {"rung": rung, "why": "; ".join(reasons), "way": rung, "no_overlay": no_overlay}
        reasons.append(f"{rung}: {wrong}")
    why = "; ".join(reasons) or "asked for by BATEPAPO_NETWORK"
    if wanted in _RUNGS:
        return {"rung": "", "why": why}
    blocked = []
    for way in _RUNGS:
        wrong, no_overlay = trouble(way, False, scratch)
        if not wrong and not no_overlay:
            return {"rung": "shared", "why": why, "way": way, "no_overlay": ""}
        blocked.append(wrong or no_overlay)
    return {"rung": "shared", "why": why, "way": "", "no_overlay": "no overlay: " + "; ".join(blocked)}


def serve(control: socket.socket, wanted: str, scratch: str) -> None:
    """Fork a keeper for each descriptor that comes; return when pytest is gone."""
    chosen = choose(wanted, scratch)
    ipc.send(control, chosen)
    if not chosen["rung"]:
        return
    private_network, way = chosen["rung"] != "shared", chosen["way"]
    if way:
        enter(way, private_network)
    keepers: set[int] = set()
    awake, wake = process_tree.wakes_when_a_child_ends()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(awake, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if awake in ready:
            os.read(awake, 4096)
            _bury(keepers)
        if control.fileno() in ready:
            try:
                _, descriptors = ipc.receive(control)
            except EOFError:
                break
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for descriptor in (awake, wake, control.fileno()):
                    os.close(descriptor)
                keeper.keep(socket.socket(fileno=descriptors[0]), private_network, way, scratch)
            keepers.add(pid)
            for descriptor in descriptors:
                os.close(descriptor)
    # Each keeper ends its own program, because its channel ended with ours.
    while keepers and (pid := os.wait()[0]):
        keepers.discard(pid)
    process_tree.end_all({})


def _bury(keepers: set[int]) -> None:
    """Forget keepers that ended, and end what one left to us that was killed, perhaps by its own program."""
    statuses: dict[int, int] = {}
    process_tree.reap(statuses)
    keepers.difference_update(statuses)
    for pid in process_tree.descendants(os.getpid(), spare=keepers):
        process_tree.kill(pid)


def main() -> NoReturn:
    """Serve until pytest is gone, then remove the scratch folder."""
    descriptor, wanted, scratch = sys.argv[1:]
    # Ctrl-C at pytest's terminal is for pytest; we end when it does.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    namespaces.adopt_orphans()
    namespaces.name_process("batepapo-launch")
    try:
        serve(socket.socket(fileno=int(descriptor)), wanted, f"{scratch}/mount")
    except ConnectionError:
        pass  # pytest is gone already
    finally:
        if sys.exc_info()[0]:
            sys.excepthook(*sys.exc_info())
        overlay.remove(scratch)
        os._exit(0)


if __name__ == "__main__":
    main()
