"""The table of deliberate bugs: each breaks one clause, and each clause has one."""

from selftests.mutants.cast import CAST
from selftests.mutants.client import CLIENT
from selftests.mutants.console import CONSOLE
from selftests.mutants.drop import DROP
from selftests.mutants.idle import IDLE
from selftests.mutants.join import JOIN
from selftests.mutants.leave import LEAVE
from selftests.mutants.mutant import Mutant, command, judge, source, write
from selftests.mutants.techniques import TECHNIQUES
from selftests.mutants.tough import TOUGH

__all__ = ["MUTANTS", "TABLES", "Mutant", "command", "judge", "source", "write"]

TABLES = {  # the files of the rows, from the root of the checkout
    "selftests/mutants/join.py": JOIN,
    "selftests/mutants/cast.py": CAST,
    "selftests/mutants/leave.py": LEAVE,
    "selftests/mutants/idle.py": IDLE,
    "selftests/mutants/drop.py": DROP,
    "selftests/mutants/console.py": CONSOLE,
    "selftests/mutants/tough.py": TOUGH,
    "selftests/mutants/techniques.py": TECHNIQUES,
    "selftests/mutants/client.py": CLIENT,
}
MUTANTS = tuple(mutant for table in TABLES.values() for mutant in table)
