"""What holds for all selftests."""

from hypothesis import settings

settings.register_profile("batepapo", deadline=None)  # a busy machine is no failure
settings.load_profile("batepapo")


def pytest_addoption(parser):
    """The one option that writes instead of comparing."""
    parser.addoption(
        "--record-messages",
        action="store_true",
        help="write selftests/messages anew, of the mutants that are run: pytest selftests/test_mutants.py -n 2",
    )
