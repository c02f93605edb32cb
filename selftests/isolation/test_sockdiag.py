"""The sockets of a network, as the kernel lists them."""

import socket

from batepapo.isolation import sockdiag
from selftests.isolation.starting import printed, talk, until


def test_a_listener_on_both_families_says_that_it_is_not_v6only(run, private):
    start = run(
        """
        import socket
        server = socket.create_server(("::", 5000), family=socket.AF_INET6, dualstack_ipv6=True)
        server.accept()[0].sendall(b"hello")
        input()
        """
    )

    (listener,) = until(start.listeners)
    assert (listener.family, listener.local, listener.v6only) == (socket.AF_INET6, ("::", 5000), False)
    assert talk(start, "127.0.0.1", 5000) == b"hello"


def test_both_ends_of_a_connection_are_seen_with_their_queues(run, private):
    start = run("import socket; s = socket.create_server(('', 5000)); c, _ = s.accept(); print('ok'); input()")
    until(start.listeners)
    with start.socket(socket.AF_INET) as client:
        client.connect(("127.0.0.1", 5000))
        printed(start, b"ok")
        client.sendall(b"unread")

        ends = {one.local[1]: one for one in sockdiag.sockets(start.diag) if one.state == sockdiag.ESTABLISHED}

        theirs, ours = ends[5000], ends[client.getsockname()[1]]
    assert theirs.unread == 6
    assert theirs.info.bytes_received == 6
    assert ours.info.bytes_sent == 6
    assert (theirs.local, theirs.remote) == (ours.remote, ours.local)
