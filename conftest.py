"""What is true only in this checkout. Options live in batepapo.plugin, fixtures in conformance/conftest.py."""

import importlib.util
import shlex
import sys
from pathlib import Path

HERE = Path(__file__).parent

if importlib.util.find_spec("batepapo") is None:  # fresh clone, nothing installed
    sys.path.insert(0, str(HERE / "src"))

pytest_plugins = ["batepapo.plugin"]


def pytest_configure(config):
    """With nothing to judge named, judge our own reference server."""
    option = config.option
    if not (option.batepapo_server_cmd or option.batepapo_server_addr or option.batepapo_client_cmd):
        option.batepapo_server_cmd = shlex.join([sys.executable, str(HERE / "reference" / "completo_threads.py")])
        option.batepapo_dialect = option.batepapo_dialect or "completo"
        option.batepapo_included = True
