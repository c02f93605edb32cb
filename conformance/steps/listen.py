"""How the server starts, serves a crowd, and is killed."""

from batepapo import ServerDidNotStart


def comes_to_listen(room):
    """Start the server, and check that it listens on TCP."""
    server = room.open()
    room.expect(bool(server.ports_seen), "the server listens on a TCP port")


def crowd(room, size):
    """Bring in `size` people; who does not come in fails the check."""
    return [room.join(f"ana{number}") for number in range(1, size + 1)]


def kill_the_server(room):
    """Kill all processes of the server by SIGKILL, with everybody connected; then everybody closes."""
    process = room.process()
    room.may_end = True
    room.transcript.note("server", "is killed (SIGKILL)")
    process.kill()
    room.everybody_closes()


def listens_again(room):
    """Start the killed server again, and check that it comes to listen on the port that it had."""
    process = room.process()
    port = process.address[1]
    try:
        process.run_again()
    except ServerDidNotStart as error:
        room.fail(f"the server, started again, listens on port {port} at once", [error.what, *error.seen[-6:]])
    again = process.address[1]
    room.transcript.note("server", f"listens on port {again} again")
    room.expect(again == port, f"the server, started again, listens on port {port}", [f"it listens on port {again}"])


def ends_at_ctrl_c(room, *people):
    """Press Ctrl-C at the server's terminal, and check that the server ends, and that everybody sees the end."""
    room.may_end = True
    room.operator_presses_ctrl_c()
    room.ends(*people)
