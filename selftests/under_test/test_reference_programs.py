"""The reference programs that are the other half of a pair."""

from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.under_test.reference_programs import reference_client, reference_server


def test_a_reference_program_gets_the_environment_that_is_given(monkeypatch):
    """And reads none of ours: pytest changes that between two checks, while another is heard in a thread."""
    monkeypatch.setenv("ONLY_OURS", "1")
    given = {"GIVEN": "1"}

    server = reference_server(load("x"), 3001, given)
    client = reference_client(load("x"), ("127.0.0.1", 3001), Framing.LINE, given)

    assert [command.env["GIVEN"] for command in (server, client)] == ["1", "1"]
    assert all("ONLY_OURS" not in command.env for command in (server, client))
    assert client.argv[-1] == "--line"


def test_no_reference_client_speaks_lengths():
    assert reference_client(load("x"), ("127.0.0.1", 3001), Framing.LENGTH4, {}) is None
