"""What the terminal shows: the block of a failure, the header and the summary of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from batepapo.verdicts.facts import Facts, StartFailure
from batepapo.verdicts.verdict import (
    BLOCKED,
    FAIL,
    HARNESS_ERROR,
    LEVELS,
    MUST,
    NOT_APPLICABLE,
    PASS,
    UNSTABLE,
    WORDS,
    Attempt,
    Program,
    Verdict,
    Word,
    in_turn,
)

LABELS: dict[Word, str] = {
    PASS: "pass",
    FAIL: "FAIL",
    UNSTABLE: "UNSTABLE",
    BLOCKED: "blocked",
    NOT_APPLICABLE: "not applicable",
    HARNESS_ERROR: "HARNESS ERROR",
}
NEVER_CAME: dict[Program, str] = {"server": "the server did not start", "client": "the client did not connect"}
NOT_OFFERED = {
    "joined": "notices of coming",
    "left": "notices of going",
    "idle": "the idle rule (too long to observe)",
    "signed": "the name in front of each message",
    "quiet-sender": "silence towards the sender",
    "terminal": "what is said at the server's terminal",
    "operator": "an operator who speaks",
    "operator-stop": "a word that stops the server",
}
MARGIN = 14
OUTPUT_LINES = 20


def block(verdict: Verdict) -> str:
    """Return the failure block: which clause, what was expected, what came, what was said, what to look at."""
    lines = [f"{LABELS[verdict.word]}  {verdict.id}  {verdict.title}"]
    if verdict.attempts and not verdict.attempts[0].started:
        did_not = NEVER_CAME[verdict.attempts[0].program]
        return "\n".join([*lines, f"  {did_not}; what happened stands at the end"])
    if verdict.word == HARNESS_ERROR:
        lines += _field("our fault", ["this says nothing about your server; please report it with the text below"])
    if verdict.word == UNSTABLE:
        lines += _field("attempts", [f"{in_turn(verdict.attempts)}: the same check, on a fresh server each time"])
    told = [attempt for attempt in verdict.attempts if attempt.word != PASS]
    shown = told if verdict.word == UNSTABLE else told[-1:]
    for attempt in shown:
        lines += _attempt(attempt)
    if verdict.advice:
        lines += _field("look at", [verdict.advice])
    return "\n".join(lines)


def _attempt(attempt: Attempt) -> list[str]:
    lines = _field("expected", [attempt.expected])
    lines += _field("heard", list(attempt.heard) or ["nothing"])
    lines += _field("conversation", [line.lstrip() for line in attempt.conversation] or ["(none)"])
    return lines + _field(f"your {attempt.program}", list(attempt.output[-OUTPUT_LINES:]) or ["(printed nothing)"])


def _field(name: str, values: Sequence[str]) -> list[str]:
    first, *rest = values
    return [f"  {name:<{MARGIN}}{first}", *(" " * (MARGIN + 2) + value for value in rest)]


def header(facts: Facts) -> list[str]:
    """Return the lines that say what is judged and on which rung of each ladder."""
    judged = [f"`{facts.command}`"] if facts.command else []
    judged += [f"the client `{facts.client_command}`"] if facts.client_command else []
    what = f"batepapo: judging {' and '.join(judged)}"
    if facts.included:
        what += " (the reference server that comes with batepapo; name yours with --server-cmd)"
    seen = "seen" if facts.framing_observed else facts.evidence[0] if facts.evidence else "not observed"
    network = _with_reason(facts.network, facts.network_why)
    lines = [
        what,
        f"batepapo: dialect {facts.dialect}, framing {facts.framing} ({seen})",
        f"batepapo: network {network}, folder {_with_reason(facts.folder_view, facts.folder_view_why)}, "
        f"clock {facts.clock}, machine factor {facts.machine_factor:g}, seed {facts.seed}",
    ]
    if facts.not_offered:
        lines.append("batepapo: seen in one conversation: " + "; ".join(facts.evidence[1:]))
        lines.append("batepapo: NOT OFFERED, so not asked: " + "; ".join(map(in_words, facts.not_offered)))
    if facts.died:
        what, how, *printed = facts.died
        lines.append(f"batepapo: THE SERVER DIED while it was observed, {what}: {how}")
        lines += [f"batepapo:     {line}" for line in printed]
    return lines + [f"batepapo: {note}" for note in facts.notes]


def _with_reason(rung: str, why: str) -> str:
    return f"{rung} ({why})" if why else rung


def in_words(missing: str) -> str:
    """Return a key of what is not offered as a person reads it."""
    return NOT_OFFERED.get(missing) or f"the exit word {missing.removeprefix('exit ')!r}"


def start_failure(failure: StartFailure, program: Program) -> list[str]:
    """Return what is said, once, of a server that never came to listen, or of a client that never connected."""
    lines = [f"{NEVER_CAME[program]}: {failure.what}"]
    if failure.seen:
        lines += ["its last output:", *(f"    {line}" for line in failure.seen)]
    else:
        lines.append("it printed nothing")
    return lines + ([f"try: {failure.hint}"] if failure.hint else [])


def summary(verdicts: Sequence[Verdict], facts: Facts | None, results: Path | None) -> list[str]:
    """Return the end of every run: counts, what did not pass, reasons, remarks, rungs and where the results are."""
    verdicts = sorted(verdicts, key=in_reading_order)
    counts = Counter(map(_label, sorted(verdicts, key=_by_gravity)))
    lines = [", ".join(f"{count} {label}" for label, count in counts.items()) or "nothing was decided"]
    if facts and facts.client_error:
        lines += start_failure(facts.client_error, "client")
    if facts and facts.start_error:
        lines += start_failure(facts.start_error, "server")
    if not (facts and facts.nothing_started):
        for level in LEVELS:
            for word in (FAIL, UNSTABLE, BLOCKED, HARNESS_ERROR):
                lines += [_line(verdict) for verdict in verdicts if (verdict.level, verdict.word) == (level, word)]
        absent = [(verdict.reason, verdict.id) for verdict in verdicts if verdict.word == NOT_APPLICABLE]
        lines += [f"not applicable: {reason}: {ids}" for reason, ids in _grouped(absent)]
        remarks = [(remark, verdict.id) for verdict in verdicts for remark in verdict.remarks]
        lines += [f"remark: {remark} ({ids})" for remark, ids in _grouped(remarks)]
    if facts:
        lines += header(facts)
    if results:
        lines.append(f"results: {results}")
    if facts and facts.nobody_heard:
        lines.append("no message was seen to reach anybody: name the dialect with --dialect")
    return lines


def _line(verdict: Verdict) -> str:
    return f"{_label(verdict):<9} {verdict.id:<9} {_one_line(verdict.reason)}"


def _label(verdict: Verdict) -> str:
    """Return the word for a verdict, with its level where a breach costs nothing."""
    counts = verdict.level == MUST or verdict.word not in (FAIL, UNSTABLE, BLOCKED)
    return LABELS[verdict.word] + ("" if counts else f" ({verdict.level})")


def _by_gravity(verdict: Verdict) -> tuple[int, int]:
    return WORDS.index(verdict.word), LEVELS.index(verdict.level)


def in_reading_order(verdict: Verdict) -> tuple[str, int]:
    """Return the key that sorts verdicts by area and number."""
    area, _, number = verdict.id.rpartition("-")
    return area, int(number) if number.isdecimal() else 0


def _grouped(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each text once, with all the ids that it is said of."""
    ids: dict[str, list[str]] = defaultdict(list)
    for text, id in pairs:
        ids[text].append(id)
    return [(text, " ".join(found)) for text, found in ids.items()]


def _one_line(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
