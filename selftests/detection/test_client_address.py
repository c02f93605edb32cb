"""What a client dials: found by one start of it, whoever it is."""

import sys

import pytest

from batepapo.detection.client_address import find_client_address, in_words, ipv4
from batepapo.detection.syn import DialledAddress
from batepapo.errors import ClientDidNotConnect
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.factory import Factory
from batepapo.under_test.command import Command
from batepapo.under_test.target import Target


@pytest.fixture
def find(private, tmp_path):
    """Find what Python code dials; the dialect is not known."""

    def find(code, *, start_timeout_s=5.0, known=False, dialect="x"):
        (tmp_path / "client.py").write_text(code)
        command = Command.parse(f"'{sys.executable}' -I client.py", tmp_path)
        target = Target(client=command, start_timeout_s=start_timeout_s)
        return find_client_address(Factory(private, target, load(dialect), Framing.RAW), dialect_is_known=known)

    return find


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.18.13"])
def test_a_client_is_seen_wherever_it_dials(find, host):
    """Also where nobody listens, in a network that is not ours."""
    code = f"import socket, time\ntry: socket.create_connection(({host!r}, 4321))\nexcept OSError: time.sleep(60)"

    assert list(map(str, find(code))) == [f"{host}:4321"]


def test_a_client_that_asks_where_to_dial_is_answered(find):
    """With the dialect's port."""
    code = "import socket\nhost = input('IP: ')\nport = int(input('Porta: '))\nsocket.create_connection((host, port))"

    (found,) = find(code)

    assert found.port == load("x").port


def test_a_client_of_a_known_dialect_is_let_in(find):
    """It then reads, and is found by its connection too."""
    code = "import socket\ns = socket.create_connection(('127.0.0.1', 3001))\ns.recv(1)"

    assert [found.port for found in find(code, known=True)] == [3001]


def test_a_client_that_never_connects_is_explained(find):
    with pytest.raises(ClientDidNotConnect, match=r"the client ended \(exit status 0\) before it tried to connect"):
        find("print('tchau')")


def test_addresses_are_shown_side_by_side():
    addresses = [DialledAddress("127.0.0.1", 5000), DialledAddress("::1", 5000)]

    assert in_words(addresses) == f"{addresses[0]}, {addresses[1]}"


@pytest.mark.parametrize(
    ("hosts", "found"), [(["127.0.0.1"], True), (["::1", "127.0.0.1"], True), (["::1"], False), ([], False)]
)
def test_a_client_that_comes_by_ipv4_at_all_finds_our_servers(hosts, found):
    assert ipv4(DialledAddress(host, 5000) for host in hosts) is found
