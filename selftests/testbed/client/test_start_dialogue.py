"""What a client asks at its start is answered, and no key is pressed that nobody asked for."""

from batepapo.testbed.client.prompts import HOST, NAME, PORT
from batepapo.testbed.client.start_dialogue import MOST_ANSWERS
from selftests.testbed.client.programs import ASKS, CHATS


def test_each_question_gets_its_own_answer(terminals):
    """The address where our server listens, and the name."""
    ana = terminals(ASKS, "sair").starts("ana")

    assert ana.answers_until(lambda: ana.server.name is not None)
    assert [question.kind for question in ana.asked] == [HOST, PORT, NAME]
    assert ana.typed == ["127.0.0.1", "5555", ana.name]
    assert ana.server.name == ana.name


def test_a_client_that_connects_without_a_question_is_told_nothing(terminals):
    ana = terminals(CHATS).starts("ana")

    assert ana.answers_until(lambda: bool(ana.server.connections))
    assert ana.typed == []


def test_a_client_that_ends_is_not_waited_for(terminals):
    """What it said right before stands on the screen then."""
    ana = terminals("print('adeus')", start_timeout_s=60.0).starts("ana")

    assert not ana.answers_until(lambda: bool(ana.server.connections))
    assert ana.rows() == ["adeus"]


def test_a_client_that_asks_in_a_circle_is_left(terminals):
    ana = terminals("while True: input('Senha: ')", start_timeout_s=60.0).starts("ana")

    assert not ana.answers_until(lambda: bool(ana.server.connections))
    assert len(ana.asked) == MOST_ANSWERS


def test_a_client_that_waits_for_no_key_is_waited_for_until_its_time_is_over(terminals):
    """It may connect yet; a key that nobody asked for might end it."""
    ana = terminals("import time; time.sleep(600)", start_timeout_s=0.3).starts("ana")

    assert not ana.answers_until(lambda: bool(ana.server.connections))
    assert ana.typed == []


def test_a_name_is_asked_for_by_a_question_and_not_by_a_sentence(terminals):
    """A greeting that speaks of the name is none; and what stood there before the answer is not asked again."""
    ana = terminals("input('Seu nome: '); print('Seu nome foi aceito.'); input(); input('Outro nome: ')").starts("ana")

    assert ana.answers_until(lambda: len(ana.asked) == 1)
    ana.settles()
    assert (ana.asks_for_a_name(), ana.prompts_for_a_name(), ana.wants_a_name()) == (True, False, False)

    ana.types()
    ana.settles()
    assert ana.wants_a_name()
