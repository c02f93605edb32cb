"""Mutants of CONSOLE: the server's own terminal."""

from selftests.mutants.mutant import Mutant

CONSOLE = (
    Mutant(
        name="shows_nothing",
        of="sair",
        story="Relays everything and prints nothing.",
        old="screen.put(text)  # CONSOLE-1",
        new="pass",
        breaks="CONSOLE-1",
        tells=(r"expected +the server's terminal shows '\w+' within", r"heard +listening on"),
    ),
    Mutant(
        name="the_operator_speaks_to_the_last",
        of="operador",
        story="Sends what the operator types to the client that came last.",
        old='relay(f"Servidor: {line.rstrip()}", people)',
        new='relay(f"Servidor: {line.rstrip()}", people[-1:])',
        breaks="CONSOLE-2",
        tells=(r"expected +ana hears 'oi \w+' within", r"heard +'bia entrou no chat"),
    ),
    Mutant(
        name="the_word_ends_the_keyboard",
        of="completo",
        story="Takes the operator's word for the end of the keyboard, and goes on serving.",
        old='if line.strip() == "sair":  # CONSOLE-3\n                return',
        new='if line.strip() == "sair":\n                break',
        breaks="CONSOLE-3",
        tells=(r"expected +the server ends within", r"heard +it still runs"),
    ),
    Mutant(
        name="waits_for_enter",
        of="prefixo",
        story="Waits for Enter at its keyboard to end, and dies where there is none.",
        old="    with listener:\n        accept(listener)",
        new="    threading.Thread(target=accept, args=(listener,), daemon=True).start()\n"
        '    input("Enter ends the server\\n")',
        breaks="CONSOLE-4",
        tells=(r"expected +the server (goes on running|starts, with its standard input)", r"heard +"),
        varies=("expected", "heard"),
    ),
)
