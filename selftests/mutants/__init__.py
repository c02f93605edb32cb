"""The table of deliberate bugs: each breaks one clause, and each clause has one."""

from selftests.mutants.cast import CAST
from selftests.mutants.drop import DROP
from selftests.mutants.idle import IDLE
from selftests.mutants.join import JOIN
from selftests.mutants.leave import LEAVE
from selftests.mutants.mutant import Mutant, command, judge, source, write
from selftests.mutants.techniques import TECHNIQUES

__all__ = ["MUTANTS", "Mutant", "command", "judge", "source", "write"]

MUTANTS = (*JOIN, *CAST, *LEAVE, *IDLE, *DROP, *TECHNIQUES)
