"""CLIENT: the interactive program, as the person at its terminal sees it."""

from batepapo import clause

STRANGE = "\x1b]2;{title}\x07\x1b[13;37H\x1b[8m"  # a title for the window, a place for the cursor, hidden text


@clause("CLIENT-1", of="client", applies="client broadcast")
def test_it_connects_and_sends_the_name(terminals):
    """It connects, asks for a name where the dialect has one, and sends it.

    Connect to the server, and send what the person typed at the name's prompt as your first message.
    """
    ana = terminals.comes_in("ana")

    if terminals.dialect.names == "client":
        ana.is_heard(ana.types())


@clause("CLIENT-2", of="client", applies="client", needs="CLIENT-1:broadcast")
def test_a_typed_line_reaches_the_others(terminals):
    """A typed line reaches the others, unharmed.

    Send each line as UTF-8, as it was typed, and with the name in front where your client writes that.
    """
    ana = terminals.gather("ana")

    for text in ("oi", "tudo bem?", "ação, maçã e pêra 🎉"):
        ana.is_heard(ana.types(text))


@clause("CLIENT-3", of="client", applies="client broadcast", needs="CLIENT-1")
def test_others_show_while_it_waits_for_typing(terminals):
    """Lines of others show while it waits for typing, each once.

    Read from the server in a thread of its own, or wait for socket and keyboard together.
    """
    ana = terminals.gather("ana")

    for text in ("oi", "tudo bem?", "ação 🎉"):
        ana.sees_once(terminals.somebody_says(ana, text))


@clause("CLIENT-4", of="client", applies="client exit-word", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_the_exit_word_ends_it(terminals):
    """The exit word ends the program with status 0 and without a traceback, and the server sees the end.

    Leave the loop, let the reading thread know that this end is meant, and wake it: close() does not, shutdown() does.
    """
    for word in terminals.dialect.exit.words:
        ana = terminals.gather("ana")

        ana.types_exactly(word)

        ana.ends(f"the program, told {word!r},")
        ana.left_no_trace()
        ana.ended_well()
        ana.let_the_server_go()


@clause("CLIENT-5", of="client", applies="client", level="should", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_ctrl_c_ends_it(terminals):
    """Ctrl-C on an empty line, also at the name's prompt, ends it without a traceback.

    Catch the interrupt around all of the program, the prompts at its beginning too.
    """
    for ana in terminals.at_each_empty_line():
        ana.presses_ctrl_c()

        ana.ends("the program, at Ctrl-C,")
        ana.left_no_trace()


@clause("CLIENT-6", of="client", applies="client", level="should", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_the_end_of_input_ends_it(terminals):
    """Ctrl-D (end of input) on an empty line, also at the name's prompt, ends it without a traceback.

    Catch the end of input around all of the program, the prompts at its beginning too.
    """
    for ana in terminals.at_each_empty_line():
        ana.presses_ctrl_d()

        ana.ends("the program, at Ctrl-D,")
        ana.left_no_trace()


@clause("CLIENT-7", of="client", applies="client", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_a_server_that_goes_away_is_noticed(terminals):
    """When the server goes away, the person learns of it, and the program neither spins nor prints without end.

    An empty read means that the server has ended: say so, and end the program or at least the loop that reads.
    """
    for reset in (False, True):
        ana = terminals.gather("ana")
        before = terminals.after_some_talk(ana)

        terminals.server_goes(ana, reset=reset)

        ana.stays_calm()
        ana.learns("the server has reset the connection" if reset else "the server has ended", before)
        ana.stays_calm()


@clause("CLIENT-8", of="client", applies="client", level="should", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_no_server_is_said_in_one_line(terminals):
    """With no server it says so in one line and ends with a status other than 0, without a traceback.

    Catch the error of connect(), print one sentence, and end with exit(1).
    """
    before = terminals.what_shows_until_connected()

    ana = terminals.starts_without_a_server("ana")

    ana.has_given_up()
    ana.left_no_trace()
    ana.is_told_something("that there is no server", before)
    ana.ended_badly()


@clause("CLIENT-9", of="client", applies="client idle", needs="CLIENT-1:broadcast CLIENT-2:echo")
def test_the_timeout_is_made_known_and_ends_it(terminals):
    """The server's idle text, followed by the end of the connection, is made known, and the program ends.

    Show what the server says, whatever it is, and end the program when the connection has ended.
    """
    ana = terminals.gather("ana")
    before = terminals.after_some_talk(ana)

    terminals.times_out(ana)

    ana.learns("the server has timed it out", before, must_end=True)
    ana.is_told_something("that the time is over", before)


@clause("CLIENT-10", of="client", applies="client broadcast", needs="CLIENT-3")
def test_a_burst_shows_whole_and_in_order(terminals):
    """A hundred lines that arrive in one burst all show, in order.

    One read may bring many lines, and a part of one: keep what follows the last newline for the next read.
    """
    ana = terminals.gather("ana")
    with terminals.arranging():
        ana.sees(terminals.somebody_says(ana))

    texts = terminals.somebody_says_a_hundred_lines(ana)

    ana.sees_all(texts)


@clause("CLIENT-11", of="client", applies="client quiet-sender", level="should", needs="CLIENT-2 CLIENT-3")
def test_its_own_line_is_not_shown_twice(terminals):
    """Its own line is not shown twice; people whose name begins as its own still show.

    What the person typed stands on the screen already: print only what the server sends.
    """
    ana = terminals.gather("ana")
    with terminals.arranging():
        ana.is_heard(text := ana.types())
        ana.sees(terminals.somebody_says(ana))

    theirs = terminals.somebody_says(ana, name=ana.name[:-2])

    ana.settles()
    terminals.expect(ana.copies(text) <= 1, f"{ana}'s screen shows {text!r} once", ana.seen())
    ana.sees(theirs)


@clause("CLIENT-12", of="client", applies="client", level="should", needs="CLIENT-3:broadcast CLIENT-2:echo")
def test_escapes_of_others_do_not_take_over_the_terminal(terminals):
    """Terminal escapes sent by another user do not take over the terminal.

    Replace the control characters in what the server sends before you print it.
    """
    ana = terminals.gather("ana")
    with terminals.arranging():
        terminals.is_answered(ana)
    strange = STRANGE.format(title=terminals.word())

    terminals.somebody_says_strangely(ana, strange)

    ana.terminal_is_untouched(strange)
