"""The parent of one program: gives it a network, a folder and a terminal, serves its start, ends all of it.

Forked by the launcher for each start. It lives as long as its channel to pytest: when that ends, for whatever
reason, so does everything below it.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
from typing import Any, NoReturn

from batepapo.isolation import ipc, namespaces, overlay, process_tree, sockdiag

# A look at every packet of a network (linux/if_ether.h).
_ETH_P_ALL = 3

# Where a program on the fast clock finds the log of its waits; out of the way of its own descriptors.
CLOCK_LOG = 200


def keep(channel: socket.socket, private_network: bool, way: str, scratch: str) -> NoReturn:
    """Start the program that the channel asks for and keep it until the channel ends. Never returns.

    Args:
        channel: Our end of a stream to pytest.
        private_network: Whether the program gets a network of its own.
        way: "own", "user" or "": what namespaces we may make (see launcher.py).
        scratch: A folder to put mounts on.
    """
    statuses: dict[int, int] = {}
    try:
        _serve(channel, private_network, way, scratch, statuses)
    except (EOFError, ConnectionError):
        pass  # pytest is gone: end everything
    finally:
        if sys.exc_info()[0]:
            sys.excepthook(*sys.exc_info())  # our fault: say so, since os._exit would not
        process_tree.end_all(statuses)
        os._exit(0)


def _serve(channel: socket.socket, private_network: bool, way: str, scratch: str, statuses: dict[int, int]) -> None:
    namespaces.adopt_orphans()
    namespaces.name_process("batepapo-keeper")
    os.setsid()
    # SIGTTOU: we are not in the terminal's foreground group. The others must never end us before our program.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTTOU, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    awake, _ = process_tree.wakes_when_a_child_ends()

    # The lock of a shared network stays held until the last process of the program is gone: we keep its descriptor.
    request, descriptors = ipc.receive(channel)
    request["clock_log"] = descriptors[-1] if request["clock"] else None
    network = descriptors[0] if request["joins"] else None
    master, slave = os.openpty()
    step = "terminal"
    try:
        # Like a shell, the keeper has the terminal: a program that puts itself in the background is not hung up.
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        step = "network"
        isolate(private_network, way, scratch, network)
        diag = sockdiag.open_diag()
        step = "folder"
        if way and request["overlay"]:
            overlay.overlay(request["folder"], request["layers"], scratch, request["upper"], way)
        os.chdir(request["folder"])
        step = "exec"
        pid = 0 if request["held"] else _run(request, slave)
    except OSError as error:
        ipc.send(channel, {"failed": step, "errno": error.errno, "text": error.strerror or str(error)})
        return
    ipc.send(channel, {"pid": pid, "keeper": os.getpid()}, (master, diag.fileno()))
    os.close(master)  # when pytest's copy is closed, the terminal hangs up
    diag.close()

    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(awake, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if awake in ready:
            os.read(awake, 4096)
        process_tree.reap(statuses)
        if channel.fileno() in ready:
            order, _ = ipc.receive(channel)
            if order["do"] in ("kill", "stop"):
                gone = process_tree.end_all(statuses)
                ipc.send(channel, {"gone": gone, "status": statuses.get(pid)})
                if order["do"] == "stop":
                    return
            elif order["do"] == "run":
                try:
                    pid = _run(request, slave)
                    ipc.send(channel, {"pid": pid})
                except OSError as error:
                    ipc.send(channel, {"failed": "exec", "errno": error.errno, "text": error.strerror or str(error)})
            elif order["do"] == "terminal":
                ipc.send(channel, {}, (slave,))
            else:
                _answer(channel, order, statuses.get(pid))


def _answer(channel: socket.socket, request: dict[str, Any], status: int | None) -> None:
    if request["do"] == "status":
        ipc.send(channel, {"status": status})
        return
    try:
        descriptor = _open(request)
    except OSError as error:
        ipc.send(channel, {"errno": error.errno, "text": error.strerror})
        return
    ipc.send(channel, {}, (descriptor,))
    os.close(descriptor)


def _open(request: dict[str, Any]) -> int:
    """Return a descriptor of something that exists in the program's network.

    Raises:
        OSError: It cannot be had.
    """
    if request["do"] == "network":
        return os.open("/proc/self/ns/net", os.O_RDONLY)
    if request["do"] == "packets":
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL)).detach()
    with socket.socket(request["family"], socket.SOCK_STREAM) as fresh:
        if request["do"] == "listen":  # here, because a plain user may not bind the ports below 1024
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if request["family"] == socket.AF_INET6:
                fresh.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            fresh.bind(("", request["port"]))
            fresh.listen(socket.SOMAXCONN)
        return fresh.detach()


def _run(request: dict[str, Any], slave: int) -> int:
    """Start the program on a terminal as it comes, whatever one before it made of it; return its pid.

    Raises:
        OSError: What exec said.
    """
    attributes = termios.tcgetattr(slave)
    attributes[0] |= termios.ICRNL
    attributes[1] |= termios.OPOST | termios.ONLCR
    attributes[3] = (attributes[3] | termios.ICANON | termios.ISIG) & ~termios.ECHO
    if request["echo"]:
        attributes[3] |= termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *request["size"], 0, 0))
    return _spawn(request["argv"], request["env"], slave, request["stdin_is_terminal"], request["clock_log"])


def isolate(private_network: bool, way: str, scratch: str, network: int | None = None) -> None:
    """Enter fresh namespaces, as many as `way` and `private_network` say; or the `network` of another program.

    Raises:
        OSError: The kernel does not allow it.
    """
    if way:
        overlay.private_mounts(scratch)
    if private_network:
        overlay.private_hosts(scratch)
        if network is not None:
            namespaces.enter_network(network)
            return
        namespaces.unshare(namespaces.CLONE_NEWNET)
        namespaces.loopback_up()
        namespaces.every_address_is_local()


def _spawn(argv: list[str], env: dict[str, str], slave: int, stdin_is_terminal: bool, clock_log: int | None) -> int:
    """Fork and exec; return the program's pid.

    Raises:
        OSError: What exec said.
    """
    report, reporting = os.pipe()  # close-on-exec: an end without a word means that the program runs
    pid = os.fork()
    if pid == 0:
        try:
            _become(argv, env, slave, stdin_is_terminal, clock_log)
        except OSError as error:
            os.write(reporting, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(reporting)
    word = os.read(report, 16)
    os.close(report)
    if word:
        raise OSError(int(word), os.strerror(int(word)))
    return pid


def _become(
    argv: list[str], env: dict[str, str], slave: int, stdin_is_terminal: bool, clock_log: int | None
) -> NoReturn:
    os.setpgid(0, 0)
    os.tcsetpgrp(slave, os.getpid())
    os.dup2(slave if stdin_is_terminal else os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor in (1, 2):
        os.dup2(slave, descriptor)
    if clock_log is not None:
        os.dup2(clock_log, CLOCK_LOG)
    # Where pytest's parent ignored SIGINT (`pytest &` in a script, CI), Python would not set its handler.
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execvpe(argv[0], argv, env)
